package format

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// cotp is replydev/cotp: its encrypted database, its JSON export, and its list
// of links.
func cotp() App {
	return App{
		ID: "cotp", Name: "cotp",
		HowTo: "cotp export --path FILE, or ~/.cotp/db.cotp itself",
		Detect: func(in Input) bool {
			p := in.look()
			return p.object("version", "nonce", "salt", "cipher") || p.object("version", "elements") || isLinkItems(p)
		},
		Read: readCotp,
	}
}

// isLinkItems: {"items": ["otpauth://…", …]}.
func isLinkItems(p *probe) bool {
	if !p.object("items") || len(p.members) != 1 || p.kind("items") != '[' {
		return false
	}
	rest := strings.TrimLeft(string(p.members["items"][1:min(len(p.members["items"]), 64)]), " \t\r\n")
	return strings.HasPrefix(rest, `"`)
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
	text := in.look().text
	r := Result{Title: "cotp export, not encrypted", Protection: Plain}
	var file struct {
		Elements []strictjson.Value `json:"elements"`
		Items    []strictjson.Value `json:"items"`
		Cipher   string             `json:"cipher"`
		Nonce    string             `json:"nonce"`
		Salt     string             `json:"salt"`
		Version  int                `json:"version"`
	}
	if err := decodeJSON(text, &file); err != nil {
		return Result{}, err
	}
	if file.Cipher != "" {
		plain, err := openCotp(ctx, file.Version, file.Cipher, file.Nonce, file.Salt, o)
		if err != nil {
			return Result{}, err
		}
		r.Title, r.Protection = "cotp database, encrypted", Encrypted
		if err := decodeJSON(plain, &file); err != nil {
			return Result{}, err
		}
	}
	var l entryList
	err := readList(&l, file.Elements, l.addCotp)
	if err == nil {
		err = readList(&l, file.Items, func(_ strictjson.Value, uri string) {
			a, warnings, err := otpauth.Parse(uri)
			l.add(lineLabel(len(l.list)+1, err), a, warnings, err)
		})
	}
	r.Entries = l.list
	return r, err
}

// openCotp: Argon2id with fixed costs, XChaCha20-Poly1305.
func openCotp(ctx context.Context, version int, cipher64, nonce64, salt64 string, o Options) ([]byte, error) {
	if version != 1 {
		return nil, fmt.Errorf("%w: version %d of the cotp database is not known", ErrUnsupported, version)
	}
	sealed, err := fromBase64("cipher", cipher64)
	if err != nil {
		return nil, err
	}
	nonce, err := fromBase64("nonce", nonce64)
	if err != nil {
		return nil, err
	}
	salt, err := fromBase64("salt", salt64)
	if err != nil {
		return nil, err
	}
	if len(nonce) != chacha20poly1305.NonceSizeX {
		return nil, fmt.Errorf("%w: a nonce of %d bytes", ErrDamaged, len(nonce))
	}
	var plain []byte
	err = unlock(ctx, o, "the cotp database", func(passphrase []byte) error {
		key, err := argon2idKey(ctx, passphrase, salt, argon2Cost{4, 32 << 10, 4}, argon2Default(), chacha20poly1305.KeySize)
		if err != nil {
			return err
		}
		aead, err := chacha20poly1305.NewX(key)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
		if plain, err = aead.Open(nil, nonce, sealed, nil); err != nil {
			return ErrWrongPassphrase
		}
		return nil
	})
	return plain, err
}

func (l *entryList) addCotp(raw strictjson.Value, e cotpElement) {
	a, err := e.account()
	if e.PIN != nil {
		a.PIN = account.NewSecret([]byte(*e.PIN))
	}
	keepExtra(&a, "cotp", unknownMembers(raw, e))
	l.add(entryName(e.Issuer, e.Label), a, nil, err)
}

func (e cotpElement) account() (account.Account, error) {
	kind, err := account.ParseType(e.Type)
	if err != nil {
		return account.Account{}, err
	}
	p := parts{Kind: kind, Issuer: e.Issuer, Name: e.Label, Base32: e.Secret}
	switch kind {
	case account.TOTP, account.HOTP:
		p.Algorithm, p.Digits, p.Period, p.Counter = e.Algorithm, e.Digits, e.Period, e.Counter
	case account.MOTP:
		if p.Raw, err = hex.DecodeString(e.Secret); err != nil {
			return account.Account{}, fieldError("secret", "an mOTP secret is not hexadecimal")
		}
	}
	return p.account()
}
