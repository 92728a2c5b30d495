package cli

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jangle-otp/jangle/internal/account"
)

// flagValue is a value of our own for a flag: what help calls it, and what reads it.
// Help shows no default.
type flagValue struct {
	kind string
	set  func(text string) error
}

func (v flagValue) Set(text string) error { return v.set(text) }
func (v flagValue) Type() string          { return v.kind }
func (v flagValue) String() string        { return "" }

// texts may be given several times. pflag's own writes its empty default with a CSV
// writer of 4 KB for each flag, at each start.
func texts(to *[]string) flagValue {
	return flagValue{"stringArray", func(text string) error {
		*to = append(*to, text)
		return nil
	}}
}

// span is a length of time: "1m30s", or a number of seconds.
func span(to *time.Duration) flagValue {
	return flagValue{"seconds", func(text string) (err error) {
		if n, errSeconds := strconv.ParseUint(text, 10, 31); errSeconds == nil {
			*to = time.Duration(n) * time.Second
		} else if *to, err = time.ParseDuration(text); err != nil || *to < 0 {
			return errors.New("a length of time is 10 or 10s for ten seconds, or 1m30s")
		}
		return nil
	}}
}

// moment is a point in time: RFC 3339, a date with or without a time in UTC, or
// seconds since 1970.
func moment(to *time.Time) flagValue {
	return flagValue{"time", func(text string) error {
		if n, err := strconv.ParseInt(strings.TrimPrefix(text, "@"), 10, 64); err == nil {
			*to = time.Unix(n, 0).UTC()
			return nil
		}
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
			if t, err := time.Parse(layout, text); err == nil && !t.IsZero() {
				*to = t
				return nil
			}
		}
		return errors.New("a time is 2026-11-22T10:00:00Z, 2026-11-22 10:00 (UTC) or 1795341600 (seconds since 1970)")
	}}
}

// parameterFlags are the flags for what a code is made of; sites that differ
// from the usual say so beside the secret.
type parameterFlags struct {
	typ       string
	algorithm string
	digits    int
	period    int
	counter   uint64
}

func (p *parameterFlags) register(f *pflag.FlagSet) {
	f.StringVar(&p.typ, "type", "", "totp (the usual), hotp, steam, motp, yandex")
	f.StringVar(&p.algorithm, "algorithm", "", "SHA1 (the usual), SHA256, SHA512")
	f.IntVar(&p.digits, "digits", account.DefaultDigits, "length of a code, 1 to 10")
	f.IntVar(&p.period, "period", account.DefaultPeriod, "seconds that a code lasts, 1 to 86400")
	f.Uint64Var(&p.counter, "counter", 0, "counter of the next code of a counter-based account")
}

// apply changes what was given on the command line, and nothing else.
func (p *parameterFlags) apply(f *pflag.FlagSet, a *account.Account) error {
	if f.Changed("algorithm") {
		alg, err := account.ParseAlgorithm(p.algorithm)
		if err != nil {
			return usage("SHA1 (the usual), SHA256 or SHA512: --algorithm SHA256", "%w", err)
		}
		a.Algorithm = alg
	}
	if f.Changed("digits") {
		a.Digits = p.digits
	}
	if f.Changed("period") {
		a.HandedOut, a.Period = a.HandedOutIn(p.period), p.period
	}
	if f.Changed("counter") {
		a.Counter = p.counter
	}
	return nil
}

// exactArgs, minArgs and noArgs are cobra's checks with our exit status.
func exactArgs(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usage(cmd.CommandPath()+" --help", "%s wants %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

func minArgs(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return usage(cmd.CommandPath()+" --help", "%s wants %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(cmd.CommandPath()+" --help", "%s takes no %q", cmd.CommandPath(), args[0])
	}
	return nil
}
