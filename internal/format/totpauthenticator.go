package format

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// totpAuthenticator reads BinaryBoot's TOTP Authenticator: its backup (base64 of
// AES-CBC under one SHA-256 of the passphrase) and its settings on a phone.
func totpAuthenticator() App {
	return App{
		ID: "totp-authenticator", Name: "TOTP Authenticator (BinaryBoot)",
		HowTo:  "menu > Backup > Create local backup",
		Detect: func(in Input) bool { return in.look().looksLikePrefs(totpAuthenticatorList) },
		Guess: func(in Input) bool { // base64 of whole blocks, and nothing else
			sealed, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(in.look().text)))
			return err == nil && len(sealed) >= 32 && len(sealed)%16 == 0
		},
		Read: readTOTPAuthenticator,
	}
}

const totpAuthenticatorList = "STATIC_TOTP_CODES_LIST"

// totpAuthenticatorDefault is what the app takes when the person chose nothing.
const totpAuthenticatorDefault = "TotpAuthenticator"

type totpAuthenticatorCode struct {
	Issuer    string   `json:"issuer"`
	Name      string   `json:"name"`
	Key       string   `json:"key"`
	Base      looseInt `json:"base"`
	Digits    looseInt `json:"digits"`
	Period    looseInt `json:"period"`
	Group     string   `json:"accountHeaderLabel"`
	Icon      string   `json:"iconLabel"`
	Favourite bool     `json:"isFavorite"`
}

func readTOTPAuthenticator(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "TOTP Authenticator settings, not encrypted", Protection: Plain}
	if in.look().looksLikePrefs(totpAuthenticatorList) {
		prefs, err := readPrefs(in.Data)
		if err != nil {
			return r, err
		}
		return readArray(r, []byte(findPref(prefs, totpAuthenticatorList)), readTOTPAuthenticatorCode)
	}
	sealed, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(plainText(in.Data))))
	if err != nil || len(sealed) > MaxTextBytes {
		return r, fmt.Errorf("%w: the backup is not base64", ErrDamaged)
	}
	r.Title = "TOTP Authenticator backup, without a passphrase"
	list, err := openTOTPAuthenticator(sealed, []byte(totpAuthenticatorDefault))
	if err != nil {
		r.Title, r.Protection = "TOTP Authenticator backup, encrypted", Weak
		list, err = unlocked(ctx, o, "the TOTP Authenticator backup", func(passphrase []byte) ([]byte, error) {
			return openTOTPAuthenticator(sealed, passphrase)
		})
	}
	if err != nil {
		return r, err
	}
	return readArray(r, list, readTOTPAuthenticatorCode)
}

// openTOTPAuthenticator returns the list. It is the name of the one member of a
// JSON object whose value is a time; that this is so is the only checksum.
func openTOTPAuthenticator(sealed, passphrase []byte) ([]byte, error) {
	key := sha256.Sum256(passphrase)
	plain, err := openCBC(key[:], make([]byte, 16), sealed)
	if err != nil {
		return nil, err
	}
	members, err := jsonLimits.Members(plain)
	if err != nil || len(members) != 1 || !strictjson.Value(members[0].Name).IsValid() {
		return nil, ErrWrongPassphrase
	}
	return []byte(members[0].Name), nil
}

func readTOTPAuthenticatorCode(raw strictjson.Value, e totpAuthenticatorCode) (string, account.Account, []string, error) {
	if e.Issuer == "Unknown" {
		e.Issuer = ""
	}
	label := entryName(e.Issuer, e.Name)
	p := parts{Kind: account.TOTP, Issuer: e.Issuer, Name: e.Name, Digits: e.Digits, Period: e.Period}
	var err error
	switch e.Base.text {
	case "16":
		p.Raw, err = hex.DecodeString(e.Key)
	case "32":
		p.Base32 = e.Key
	case "64":
		p.Raw, err = base64.StdEncoding.DecodeString(e.Key)
	default:
		err = errors.New("unknown base")
	}
	if err != nil {
		return label, account.Account{}, nil, fieldError("secret", "it is not a number of base %q", clip(e.Base.text))
	}
	a, err := p.account()
	a.Favourite, a.Icon.Name = e.Favourite, e.Icon
	if e.Group != "" {
		a.Groups = []string{e.Group}
	}
	keepExtra(&a, "totp-authenticator", unknownMembers(raw, e))
	return label, a, nil, err
}
