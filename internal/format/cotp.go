package format

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// cotp is replydev/cotp: its encrypted database, its JSON export, and its list
// of links, {"items": ["otpauth://…", …]}.
func cotp() App {
	return App{
		ID: "cotp", Name: "cotp",
		HowTo: "cotp export --path FILE, or ~/.cotp/db.cotp itself",
		Detect: func(in Input) bool {
			p := in.look()
			items, isArray := strings.CutPrefix(string(p.members["items"][:min(len(p.members["items"]), 64)]), "[")
			return p.object("version", "nonce", "salt", "cipher") || p.object("version", "elements") ||
				p.object("items") && len(p.members) == 1 && isArray && strings.HasPrefix(strings.TrimLeft(items, " \t\r\n"), `"`)
		},
		Read: readCotp,
	}
}

// cotpElement is also how OTPClient spells an account.
type cotpElement struct {
	Secret    string   `json:"secret"`
	Issuer    string   `json:"issuer"`
	Label     string   `json:"label"`
	Digits    looseInt `json:"digits"`
	Type      string   `json:"type"`
	Algorithm string   `json:"algorithm"`
	Period    looseInt `json:"period"`
	Counter   looseInt `json:"counter"`
	PIN       *string  `json:"pin"`
}

func readCotp(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "cotp export, not encrypted", Protection: Plain}
	var file struct {
		Elements []strictjson.Value `json:"elements"`
		Items    []strictjson.Value `json:"items"`
		Cipher   string             `json:"cipher"`
		Nonce    string             `json:"nonce"`
		Salt     string             `json:"salt"`
		Version  int                `json:"version"`
	}
	if err := decodeJSON(in.look().text, &file); err != nil {
		return r, err
	}
	if file.Cipher != "" {
		if file.Version != 1 {
			return r, fmt.Errorf("%w: version %d of the cotp database is not known", ErrUnsupported, file.Version)
		}
		raw, err := fromBase64s([2]string{"cipher", file.Cipher}, [2]string{"nonce", file.Nonce}, [2]string{"salt", file.Salt})
		if err != nil {
			return r, err
		}
		sealed, nonce, salt := raw[0], raw[1], raw[2]
		if len(nonce) != chacha20poly1305.NonceSizeX {
			return r, fmt.Errorf("%w: a nonce of %d bytes", ErrDamaged, len(nonce))
		}
		// Argon2id with fixed costs, XChaCha20-Poly1305.
		plain, err := unlocked(ctx, o, "the cotp database", func(passphrase []byte) ([]byte, error) {
			key, err := argon2idKey(ctx, passphrase, salt, argon2Cost{4, 32 << 10, 4}, argon2Default(), chacha20poly1305.KeySize)
			if err != nil {
				return nil, err
			}
			aead, err := chacha20poly1305.NewX(key)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
			}
			plain, err := aead.Open(nil, nonce, sealed, nil)
			if err != nil {
				err = ErrWrongPassphrase
			}
			return plain, err
		})
		if err == nil {
			err = decodeJSON(plain, &file)
		}
		if err != nil {
			return r, err
		}
		r.Title, r.Protection = "cotp database, encrypted", Encrypted
	}
	r, err := readEntries(r, file.Elements, func(raw strictjson.Value, e cotpElement) (string, account.Account, []string, error) {
		label := entryName(e.Issuer, e.Label)
		p := parts{Type: e.Type, Issuer: e.Issuer, Name: withoutIssuer(e.Issuer, e.Label), Base32: e.Secret}
		switch kind, _ := account.ParseType(e.Type); kind {
		case account.TOTP, account.HOTP:
			p.Algorithm, p.Digits, p.Period, p.Counter = e.Algorithm, e.Digits, e.Period, e.Counter
		case account.MOTP:
			if err := p.motpSecret(e.Secret); err != nil {
				return label, account.Account{}, nil, err
			}
		}
		a, err := p.account()
		a.PIN = account.NewSecret([]byte(text(e.PIN)))
		keepExtra(&a, "cotp", unknownMembers(raw, e))
		return label, a, nil, err
	})
	if err != nil {
		return r, err
	}
	l := entryList{r.Entries}
	_, err = addItems(&l, file.Items, func(_ strictjson.Value, uri string) {
		a, warnings, err := otpauth.Parse(uri)
		l.add(lineLabel(len(l.list)+1, err), a, warnings, err)
	})
	r.Entries = l.list
	return r, err
}
