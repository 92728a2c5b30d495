package format

import (
	"bytes"
	"context"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
)

// rsc2fa is the file of rsc.io/2fa: "name digits SECRET", and for HOTP the
// counter that was used last, in 20 digits.
func rsc2fa() App {
	can := ability{id: "rsc-2fa", types: []account.Type{account.TOTP, account.HOTP}, algorithms: []account.Algorithm{account.SHA1},
		digits: [2]int{6, 8}, period: oneOf(30), maxCounter: maxInt64}
	return App{
		ID: "rsc-2fa", Name: "2fa (rsc.io)", Extension: "2fa",
		HowTo:  "the file ~/.2fa itself",
		Detect: func(in Input) bool { return isRSC2FA(in.look().text) },
		Read:   readRSC2FA, Write: writeRSC2FA,
		Unique: rscName,
		Loses: func(a account.Account) []string {
			lost := can.loses(a)
			if a.Issuer != "" || rscName(a) != a.Name {
				lost = append(lost, "issuer and account (they become one word)")
			}
			return lost
		},
		CanHold: func(a account.Account) error {
			if a.Type == account.HOTP && a.Counter == 0 {
				return fieldError("counter", "2fa stores the last one used, so it cannot store that none was")
			}
			return can.canHold(a)
		},
	}
}

// isRSC2FA: every line is such a one, but for a damaged one here and there.
func isRSC2FA(text []byte) bool {
	good, bad := 0, 0
	for line := range bytes.Lines(text[:min(len(text), maxLineBytes)]) {
		switch f := strings.Fields(string(line)); {
		case len(f) == 0:
		case isRSCLine(f):
			good++
		default:
			bad++
		}
	}
	return good > bad
}

func isRSCLine(f []string) bool {
	if len(f) < 3 || len(f) > 4 || len(f[1]) != 1 || f[1] < "6" || f[1] > "8" || len(f[2]) < minSecretText {
		return false
	}
	_, err := account.ParseBase32(f[2])
	return err == nil && (len(f) == 3 || len(f[3]) == rscCounterDigits)
}

const rscCounterDigits = 20

func readRSC2FA(_ context.Context, in Input, _ Options) (Result, error) {
	var l entryList
	err := eachLine(plainText(in.Data), func(n int, line string) {
		l.addRSC2FA(n, line)
	})
	return Result{Title: "2fa keychain, not encrypted", Protection: Plain, Entries: l.list}, err
}

func (l *entryList) addRSC2FA(n int, line string) {
	f := strings.Fields(line)
	if len(f) != 3 && len(f) != 4 {
		l.fail(fmt.Sprintf("line %d", n), fmt.Errorf("%w: it is not \"name digits secret\"", ErrDamaged))
		return
	}
	p := parts{Kind: account.TOTP, Name: f[0], Base32: f[2], Digits: looseInt{f[1]}}
	if len(f) == 4 {
		last, err := strconv.ParseUint(f[3], 10, 63)
		if err != nil || last == maxInt64 {
			l.fail(clip(f[0]), fieldError("counter", "%q is not a usable number", clip(f[3])))
			return
		}
		p.Kind, p.Counter = account.HOTP, looseNumber(int64(last)+1)
	}
	a, err := p.account()
	if err == nil && (a.Digits < 6 || a.Digits > 8) {
		err = fieldError("digits", "2fa knows 6 to 8, not %d", a.Digits)
	}
	l.add(clip(f[0]), a, nil, err)
}

// rscName is the one word that 2fa has for an account.
func rscName(a account.Account) string {
	name := a.Name
	if a.Issuer != "" {
		name = strings.TrimSuffix(a.Issuer+":"+a.Name, ":")
	}
	name = strings.Join(strings.Fields(name), "-")
	return firstOf(name, "account")
}

func writeRSC2FA(_ context.Context, accounts []account.Account, _ Options) ([]byte, error) {
	var out strings.Builder
	app := rsc2fa()
	for _, a := range accounts {
		if err := app.CanHold(a); err != nil {
			return nil, fmt.Errorf("%q cannot be written: %w", clip(a.Label()), err)
		}
		fmt.Fprintf(&out, "%s %d %s", rscName(a), a.Digits, base32.StdEncoding.EncodeToString(a.Secret.Bytes()))
		if a.Type == account.HOTP {
			fmt.Fprintf(&out, " %0*d", rscCounterDigits, a.Counter-1)
		}
		out.WriteByte('\n')
	}
	return []byte(out.String()), nil
}
