package format

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func otpManager() App {
	return App{
		ID: "otp-manager", Name: "OTP Manager (Nextcloud)",
		HowTo: "Settings > Export, plain or encrypted",
		Detect: func(in Input) bool {
			p := in.look()
			first := p.first("accounts")
			return p.object("accounts") && hasMember(first, "secret") && hasMember(first, "issuer") && hasMember(first, "name")
		},
		Read: readOTPManager,
	}
}

type otpManagerAccount struct {
	Secret    string   `json:"secret"`
	Name      string   `json:"name"`
	Issuer    string   `json:"issuer"`
	Icon      string   `json:"icon"`
	Type      looseInt `json:"type"`      // "totp", "hotp"; 0 and 1 in the app's own table
	Algorithm looseInt `json:"algorithm"` // "SHA1" …; 0, 1 and 2 of old
	Digits    looseInt `json:"digits"`
	Period    looseInt `json:"period"`
	Counter   looseInt `json:"counter"`
}

func readOTPManager(ctx context.Context, in Input, o Options) (Result, error) {
	var file struct {
		Accounts []strictjson.Value `json:"accounts"`
		IV       string             `json:"iv"`
	}
	if err := decodeJSON(plainText(in.Data), &file); err != nil {
		return Result{}, err
	}
	r := Result{Title: "OTP Manager export, not encrypted", Protection: Plain}
	if file.IV == "" {
		return readEntries(r, file.Accounts, func(_ strictjson.Value, e otpManagerAccount) (string, account.Account, []string, error) {
			return e.account()
		})
	}
	iv, err := hex.DecodeString(file.IV)
	if err != nil {
		return Result{}, fmt.Errorf("%w: iv is not hexadecimal", ErrDamaged)
	}
	// One round of SHA-256 and no authentication: the passphrase is easy to guess, and
	// right if it opens one secret.
	r.Title, r.Protection = "OTP Manager export, weakly encrypted", Weak
	err = unlock(ctx, o, "the OTP Manager export", func(passphrase []byte) (err error) {
		key := sha256.Sum256(passphrase)
		r, err = readEntries(r, file.Accounts, func(_ strictjson.Value, e otpManagerAccount) (string, account.Account, []string, error) {
			sealed, err := fromBase64("secret", e.Secret)
			if err == nil {
				sealed, err = openCBC(key[:], iv, sealed)
			}
			if err != nil {
				return entryName(e.Issuer, e.Name), account.Account{}, nil, err
			}
			e.Secret = string(sealed)
			return e.account()
		})
		if err == nil && len(r.Entries) > 0 && !slices.ContainsFunc(r.Entries, func(e Entry) bool { return e.Err == nil }) {
			r.Entries, err = nil, ErrWrongPassphrase
		}
		return err
	})
	return r, err
}

func (e otpManagerAccount) account() (string, account.Account, []string, error) {
	numbered := func(text string, names ...string) string {
		for i, name := range names {
			if text == strconv.Itoa(i) {
				return name
			}
		}
		return text
	}
	a, err := parts{Type: numbered(firstOf(e.Type.text, "totp"), "totp", "hotp"), Issuer: e.Issuer, Name: e.Name, Base32: e.Secret,
		Algorithm: numbered(e.Algorithm.text, "SHA1", "SHA256", "SHA512"), Digits: e.Digits, Period: e.Period, Counter: e.Counter}.account()
	a.Icon.Name = e.Icon
	return entryName(e.Issuer, e.Name), a, nil, err
}
