package format

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
)

// gauth is the file of pcarrier/gauth: lines "name:secret", or links; encrypted,
// it is what openssl enc -aes-128-cbc -md sha256 writes. To write one, write a
// list of links: gauth takes that.
func gauth() App {
	return App{
		ID: "gauth", Name: "gauth",
		HowTo: "the file ~/.config/gauth.csv itself",
		Detect: func(in Input) bool {
			return in.prefix(saltedMark) || in.look().mostLines(func(line string) (fits, other bool) {
				name, secret, found := strings.Cut(line, ":")
				var said keyBlock // "Key: …" is how sites show a key, not an account called Key
				fits = found && name != "" && !strings.ContainsAny(name, "{[\"<") && hasKeyShape(strings.TrimSpace(secret)) &&
					said.field(strings.ToLower(strings.TrimSpace(name))) == nil
				return fits, !fits && !otpauth.IsURI(line)
			})
		},
		Read: readGauth,
	}
}

const saltedMark = "Salted__"

func readGauth(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "gauth list, not encrypted", Protection: Plain}
	text := plainText(in.Data)
	if in.prefix(saltedMark) {
		r.Title, r.Protection = "gauth list, weakly encrypted (one round of SHA-256)", Weak
		var err error
		text, err = unlocked(ctx, o, "the gauth list", func(passphrase []byte) ([]byte, error) {
			const head = len(saltedMark) + 8
			if len(in.Data) < head {
				return nil, fmt.Errorf("%w: it is cut off", ErrDamaged)
			}
			sum := sha256.Sum256(append(bytes.Clone(passphrase), in.Data[len(saltedMark):head]...))
			plain, err := openCBC(sum[:16], sum[16:], in.Data[head:])
			if err == nil && (!utf8.Valid(plain) || !bytes.Contains(plain, []byte(":"))) {
				return nil, ErrWrongPassphrase // that lines came out is the only checksum
			}
			return plain, err
		})
		if err != nil {
			return r, err
		}
	}
	return readLines(r, text, func(n int, line string) (string, account.Account, []string, error) {
		if otpauth.IsURI(line) {
			a, warnings, err := otpauth.Parse(line)
			return lineLabel(n, err), a, warnings, err
		}
		name, secret, found := strings.Cut(line, ":")
		if !found {
			return fmt.Sprintf("line %d", n), account.Account{}, nil, fmt.Errorf("%w: it is not \"name:secret\"", ErrDamaged)
		}
		a, err := parts{Kind: account.TOTP, Name: strings.TrimSpace(name), Base32: secret}.account()
		return clip(name), a, nil, err
	})
}

// lineLabel names a line only if there is no account to name it.
func lineLabel(n int, err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf("line %d", n)
}
