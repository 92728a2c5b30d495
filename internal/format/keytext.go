package format

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/account"
)

// keyText reads what sites show for typing in, and nothing else: a bare key, or lines
// such as "Key: krug s4za …" with the account around it.
func keyText() App {
	return App{
		ID: "text", Name: "text with a key",
		HowTo: "copy the key that the site shows for typing in, with its line \"Account: …\" if there is one",
		Detect: func(in Input) bool {
			text := in.look().text
			return len(text) > 0 && len(text) <= maxKeyText && utf8.Valid(text) && len(keyBlocks(string(text))) > 0
		},
		Read: func(_ context.Context, in Input, _ Options) (Result, error) {
			data := plainText(in.Data)
			if err := checkText(data); err != nil {
				return Result{}, err
			}
			if len(data) > maxKeyText {
				return Result{}, fmt.Errorf("%w: %d bytes are more than the %d in which keys are looked for", ErrLimit, len(data), maxKeyText)
			}
			blocks := keyBlocks(string(data))
			if len(blocks) == 0 {
				return Result{}, fmt.Errorf("%w: there is no key in it", ErrNotRecognised)
			}
			r, l := Result{Title: "text with a key", Protection: Plain}, entryList{}
			for _, b := range blocks {
				a, err := b.account()
				var warnings []string
				if err == nil && a.Issuer == "" && a.Name == "" {
					warnings = append(warnings, "the text names no account; jangle edit gives it a name")
				}
				l.add(a.Label(), a, warnings, err)
			}
			r.Entries = l.list
			return r, nil
		},
	}
}

// maxKeyText is the longest text in which a key without a link is looked for: what a
// person copied, not a book.
const maxKeyText = 64 << 10

// keyBlock is one key with what was said around it; empty for what was not.
type keyBlock struct {
	key, issuer, name, counter, digits, period, algorithm string

	encoded string // "secret=3D…", which is either a key that begins so or quoted-printable
}

// keyBlocks finds the keys of a text. A bare key is alone in the text; others have a
// word before them that names them. An empty line ends what is said of a key.
func keyBlocks(text string) []keyBlock {
	if isBareKey(text) {
		return []keyBlock{{key: text}}
	}
	var blocks []keyBlock
	var b keyBlock
	var waiting *string // a word at the end of its line: the value is on the next one
	end := func() {
		if b.key != "" {
			blocks = append(blocks, b)
		}
		b, waiting = keyBlock{}, nil
	}
	for line := range strings.Lines(text) {
		line = strings.Trim(strings.TrimSpace(line), "*•-> \t")
		if line == "" {
			if b.key != "" {
				end()
			}
			continue
		}
		if waiting != nil {
			*waiting, waiting = line, nil
			continue
		}
		i := strings.IndexAny(line, ":：=")
		if i < 0 {
			continue
		}
		_, width := utf8.DecodeRuneInString(line[i:])
		word, value := strings.ToLower(strings.Trim(line[:i], "*_` ")), strings.Trim(line[i+width:], "*_` \t")
		field := b.field(word)
		if field == nil || *field != "" && field != &b.key {
			continue
		}
		if field == &b.key && b.key != "" { // another account begins
			end()
			field = &b.key
		}
		if *field = value; value == "" {
			waiting = field
		}
		switch {
		case field == &b.key && value != "" && !hasKeyShape(value): // "Key: see below"
			b.key = ""
		case field == &b.key && line[i] == '=' && strings.HasPrefix(strings.ToUpper(value), "3D"):
			b.encoded = value
		}
	}
	end()
	return blocks
}

// field is where the value of a line goes that begins with the word; nil for a word
// that says nothing of a key.
func (b *keyBlock) field(word string) *string {
	for _, f := range []struct {
		to    *string
		words []string
	}{
		{&b.key, []string{"key", "secret", "secret key", "setup key", "set-up key", "manual entry key", "manual key", "manual entry code",
			"your key", "your secret key", "2fa key", "2fa secret", "totp", "totp key", "totp secret", "otp secret", "otp key", "authenticator key",
			"authentication key", "backup key", "base32 secret", "shared secret", "private key", "security key",
			"セットアップキー", "セットアップ キー", "秘密鍵", "シークレットキー", "シークレット キー", "秘密キー", "キー", "共有鍵", "認証キー",
			"schlüssel", "geheimer schlüssel", "einrichtungsschlüssel", "clé", "clé secrète", "clé de configuration",
			"clave", "clave secreta", "clave de configuración", "chiave", "chiave segreta", "chave", "chave secreta", "sleutel", "ключ", "密钥", "密鑰", "키"}},
		{&b.issuer, []string{"issuer", "service", "site", "website", "provider", "app", "サービス", "サービス名", "サイト", "発行者"}},
		{&b.name, []string{"account", "account name", "user", "user name", "username", "login", "e-mail", "email", "name",
			"アカウント", "アカウント名", "ユーザー", "ユーザー名", "メールアドレス", "konto", "benutzer", "compte", "cuenta", "conta"}},
		{&b.counter, []string{"counter", "カウンター"}},
		{&b.digits, []string{"digits", "number of digits", "code length", "length", "桁数"}},
		{&b.period, []string{"period", "interval", "time step", "time period"}},
		{&b.algorithm, []string{"algorithm", "hash", "hash algorithm"}},
	} {
		if slices.Contains(f.words, word) {
			return f.to
		}
	}
	return nil
}

// isBareKey takes a whole text for a key if it has the shape of one and could not be
// words: it is in capitals or has a digit.
func isBareKey(text string) bool {
	return hasKeyShape(text) && (strings.ToUpper(text) == text || strings.ContainsAny(text, "234567"))
}

// hasKeyShape reports whether a text is base32 of 80 bits or more, in one piece or in
// groups of one length.
func hasKeyShape(text string) bool {
	groups := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '-' || r == '\u00a0' || r == '\n' || r == '\r' })
	joined := strings.TrimRight(strings.Join(groups, ""), "=")
	if len(joined) < 16 || len(joined) > 2048 || len(text) > 4096 {
		return false
	}
	for i, g := range groups {
		if len(groups) > 1 && (len(g) > len(groups[0]) || i < len(groups)-1 && len(g) != len(groups[0]) || len(groups[0]) < 3) {
			return false
		}
	}
	return !strings.ContainsFunc(joined, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '2' || r > '7')
	})
}

// account makes the account of a block. "git.example:jo" is issuer and name, as in
// the label of a link.
func (b keyBlock) account() (account.Account, error) {
	secret, err := account.ParseBase32(b.key)
	if b.encoded != "" {
		err = fieldError("secret", "it begins with =3D, which is how mail writes \"=\": save the message itself as a file (.eml) and import that")
	}
	a := account.New(account.TOTP, secret)
	if b.counter != "" {
		a = account.New(account.HOTP, secret)
	}
	a.Issuer, a.Name = b.issuer, b.name
	if issuer, name, ok := strings.Cut(b.name, ":"); ok && (b.issuer == "" || strings.EqualFold(issuer, b.issuer)) {
		a.Issuer, a.Name = strings.TrimSpace(issuer), strings.TrimSpace(name)
	}
	if err != nil {
		return a, err
	}
	number := func(field, text string, to *int) {
		if text == "" {
			return
		}
		n, failure := strconv.Atoi(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(text, "seconds"), "s"), " "))
		if failure != nil {
			err = errors.Join(err, fieldError(field, "%q is no number", clip(text)))
			return
		}
		*to = n
	}
	number("digits", b.digits, &a.Digits)
	if a.Type == account.TOTP {
		number("period", b.period, &a.Period)
	} else if n, failure := strconv.ParseUint(b.counter, 10, 64); failure != nil {
		err = errors.Join(err, fieldError("counter", "%q is no number", clip(b.counter)))
	} else {
		a.Counter = n
	}
	if b.algorithm != "" {
		a.Algorithm = account.Algorithm(strings.ReplaceAll(strings.ToUpper(b.algorithm), "-", "")) // Validate knows them
	}
	return a, err
}
