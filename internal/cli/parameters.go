package cli

import (
	"encoding/hex"
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"github.com/jangle-otp/jangle/internal/account"
)

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

// parseSecret reads a secret as its type writes it: hex for mOTP, base32 for all
// others.
func parseSecret(text, typ string) (account.Secret, error) {
	if !strings.EqualFold(typ, string(account.MOTP)) {
		return account.ParseBase32(text)
	}
	b, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return account.Secret{}, errors.New("the secret of an mOTP account is hexadecimal: 0-9 and a-f, an even number of them")
	}
	if len(b) == 0 {
		return account.Secret{}, account.ErrEmptySecret
	}
	return account.NewSecret(b), nil
}
