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

// texts is the value of a flag that may be given several times. pflag's own writes
// its empty default with a CSV writer of 4 KB for each flag, at each start.
type texts []string

// Set adds one.
func (t *texts) Set(text string) error {
	*t = append(*t, text)
	return nil
}

// Type is what help calls the value.
func (t *texts) Type() string { return "stringArray" }

// String is what help shows as the default: nothing.
func (t *texts) String() string { return "" }

// span is the value of a flag for a length of time: "1m30s", or a number of seconds.
type span struct{ time.Duration }

// Set reads it.
func (s *span) Set(text string) error {
	d, err := time.ParseDuration(text)
	if n, errSeconds := strconv.ParseUint(text, 10, 31); errSeconds == nil {
		d, err = time.Duration(n)*time.Second, nil
	}
	if err != nil || d < 0 {
		return errors.New("a length of time is 10 or 10s for ten seconds, or 1m30s")
	}
	s.Duration = d
	return nil
}

// Type is what help calls the value.
func (s *span) Type() string { return "seconds" }

// String is what help shows as the default: nothing.
func (s *span) String() string { return "" }

// moment is the value of a flag for a point in time: RFC 3339, a date with or
// without a time in UTC, or seconds since 1970. It is the zero time if the flag was
// not given.
type moment struct{ time.Time }

// Set reads it.
func (m *moment) Set(text string) error {
	if n, err := strconv.ParseInt(strings.TrimPrefix(text, "@"), 10, 64); err == nil {
		m.Time = time.Unix(n, 0).UTC()
		return nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil && !t.IsZero() {
			m.Time = t
			return nil
		}
	}
	return errors.New("a time is 2026-11-22T10:00:00Z, 2026-11-22 10:00 (UTC) or 1795341600 (seconds since 1970)")
}

// Type is what help calls the value.
func (m *moment) Type() string { return "time" }

// String is what help shows as the default: nothing.
func (m *moment) String() string { return "" }

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
			return usage("--algorithm SHA1, SHA256 or SHA512", "%w", err)
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
