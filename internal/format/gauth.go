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
		HowTo:  "the file ~/.config/gauth.csv itself",
		Detect: func(in Input) bool { return in.prefix(saltedMark) || isGauth(in.look().text) },
		Read:   readGauth,
	}
}

const saltedMark = "Salted__"

// isGauth: every line that is not a link is "name:BASE32", but for a damaged one
// here and there.
func isGauth(text []byte) bool {
	good, bad := 0, 0
	for line := range bytes.Lines(text[:min(len(text), maxLineBytes)]) {
		switch s := strings.TrimSpace(string(line)); {
		case s == "":
		case otpauth.IsURI(s):
		case isGauthLine(s):
			good++
		default:
			bad++
		}
	}
	return good > bad
}

// minSecretText is how long a secret is at least that a text is taken for one:
// words are base32 too, but few words have 16 letters.
const minSecretText = 16

func isGauthLine(line string) bool {
	name, secret, found := strings.Cut(line, ":")
	if !found || name == "" || strings.ContainsAny(name, "{[\"<") || len(strings.TrimSpace(secret)) < minSecretText {
		return false
	}
	_, err := account.ParseBase32(secret)
	return err == nil
}

func readGauth(ctx context.Context, in Input, o Options) (Result, error) {
	text := plainText(in.Data)
	r := Result{Title: "gauth list, not encrypted", Protection: Plain}
	if in.prefix(saltedMark) {
		r.Title, r.Protection = "gauth list, weakly encrypted (one round of SHA-256)", Weak
		err := unlock(ctx, o, "the gauth list", func(passphrase []byte) error {
			var err error
			text, err = openGauth(in.Data, passphrase)
			return err
		})
		if err != nil {
			return Result{}, err
		}
	}
	var l entryList
	err := eachLine(text, func(n int, line string) { l.addGauth(n, line) })
	if err != nil {
		return Result{}, err
	}
	r.Entries = l.list
	return r, nil
}

// openGauth checks that lines came out: the cipher has no checksum.
func openGauth(data, passphrase []byte) ([]byte, error) {
	const head = len(saltedMark) + 8
	if len(data) < head {
		return nil, fmt.Errorf("%w: it is cut off", ErrDamaged)
	}
	sum := sha256.Sum256(append(bytes.Clone(passphrase), data[len(saltedMark):head]...))
	plain, err := openCBC(sum[:16], sum[16:], data[head:])
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(plain) || !bytes.Contains(plain, []byte(":")) {
		return nil, ErrWrongPassphrase
	}
	return plain, nil
}

func (l *entryList) addGauth(n int, line string) {
	if otpauth.IsURI(line) {
		a, warnings, err := otpauth.Parse(line)
		l.add(lineLabel(n, err), a, warnings, err)
		return
	}
	name, secret, found := strings.Cut(line, ":")
	if !found {
		l.fail(fmt.Sprintf("line %d", n), fmt.Errorf("%w: it is not \"name:secret\"", ErrDamaged))
		return
	}
	a, err := parts{Kind: account.TOTP, Name: strings.TrimSpace(name), Base32: secret}.account()
	l.add(clip(name), a, nil, err)
}

// lineLabel names a line only if there is no account to name it.
func lineLabel(n int, err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf("line %d", n)
}
