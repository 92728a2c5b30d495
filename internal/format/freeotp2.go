package format

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha512"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format/container/javamap"
)

// freeOTP2 is the backup of FreeOTP 2: a Java map with a master key that the
// passphrase opens, and for each token its data in clear and its secret under
// the master key.
func freeOTP2() App {
	return App{
		ID: "freeotp2", Name: "FreeOTP 2",
		HowTo:  "menu > Backup; the file is called externalBackup.xml",
		Detect: func(in Input) bool { return in.prefix(javamap.Magic) },
		Read:   readFreeOTP2,
	}
}

// freeOTPKey is an encrypted key: the master key, or the secret of a token.
type freeOTPKey struct {
	Cipher     string `json:"mCipher"`
	CipherText []int  `json:"mCipherText"` // signed bytes
	Parameters []int  `json:"mParameters"` // DER
	Token      string `json:"mToken"`      // "AES", "HmacSHA1": authenticated too
}

type freeOTPMaster struct {
	Algorithm  string     `json:"mAlgorithm"`
	Iterations int        `json:"mIterations"`
	Salt       []int      `json:"mSalt"`
	Key        freeOTPKey `json:"mEncryptedKey"`
}

// freeOTP2Token counts as others do: counter is the next one.
type freeOTP2Token struct {
	freeOTPNames
	Algo     string   `json:"algo"`
	Counter  looseInt `json:"counter"`
	Digits   looseInt `json:"digits"`
	Period   looseInt `json:"period"`
	Type     string   `json:"type"`
	Image    string   `json:"image"`
	LastUsed looseInt `json:"lastUsed"`
}

func readFreeOTP2(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "FreeOTP 2 backup, encrypted", Protection: Encrypted}
	pairs, err := javamap.Read(in.Data, 2*MaxEntries+1)
	switch {
	case errors.Is(err, javamap.ErrLimit):
		return r, &meaning{err, ErrLimit}
	case err != nil:
		return r, &meaning{err, ErrDamaged}
	}
	// A token is listed once, whether its data, its key or both are there.
	const masterKey = "masterKey"
	values, seen := map[string]string{}, map[string]bool{masterKey: true}
	var ids []string
	for _, p := range pairs {
		values[p.Key] = p.Value
		if id := strings.TrimSuffix(p.Key, "-token"); !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	var master freeOTPMaster
	if err := decodeJSON([]byte(values[masterKey]), &master); err != nil {
		return r, fmt.Errorf("its master key: %w", err)
	}
	key, err := unlocked(ctx, o, "the FreeOTP backup", func(passphrase []byte) ([]byte, error) { return master.open(ctx, passphrase) })
	if err != nil {
		return r, err
	}
	return readEach(r, ids, func(id string) (string, account.Account, []string, error) {
		raw := []byte(values[id+"-token"])
		var a account.Account
		var t freeOTP2Token
		if err := decodeJSON(raw, &t); err != nil {
			return clip(id), a, nil, fmt.Errorf("its token: %w", err)
		}
		label := entryName(t.issuer(), t.name())
		// The secret is JSON in JSON.
		var outer struct {
			Key string `json:"key"`
		}
		var inner freeOTPKey
		err := decodeJSON([]byte(values[id]), &outer)
		if err == nil {
			err = decodeJSON([]byte(outer.Key), &inner)
		}
		if err != nil {
			return label, a, nil, fmt.Errorf("its key: %w", err)
		}
		secret, err := inner.open(key)
		switch {
		case errors.Is(err, ErrWrongPassphrase):
			return label, a, nil, fmt.Errorf("%w: its secret does not open with the master key", ErrDamaged)
		case err != nil:
			return label, a, nil, err
		}
		// The phone calls the key "HmacSHA1".
		var warnings []string
		switch {
		case t.Algo == "":
			t.Algo = inner.Token
		case !strings.EqualFold("Hmac"+t.Algo, inner.Token):
			warnings = append(warnings, fmt.Sprintf("its key is called %q, but its algorithm is %q", clip(inner.Token), clip(t.Algo)))
		}
		kind, err := freeOTPKind(t.Type, t.IssuerExt)
		if err != nil {
			return label, a, nil, err
		}
		a, err = parts{Kind: kind, Issuer: t.issuer(), Name: t.name(), Raw: secret, Algorithm: t.Algo,
			Digits: t.Digits, Period: t.Period, Counter: t.Counter}.account()
		a.Icon.Name = t.Image
		if n, err := t.LastUsed.count(); err == nil {
			a.LastUsed = int64(n)
		}
		t.keep(&a, "freeotp2", unknownMembers(raw, t))
		return label, a, warnings, err
	})
}

func (m freeOTPMaster) open(ctx context.Context, passphrase []byte) ([]byte, error) {
	salt, err := signedBytes(m.Salt)
	if err != nil || !slices.Contains([]int{16, 24, 32}, len(salt)) {
		return nil, fmt.Errorf("%w: the salt of the master key has %d bytes", ErrDamaged, len(m.Salt))
	}
	cost := pbkdf2Cost{m.Iterations, 1, maxPBKDF2}
	var key []byte
	switch strings.ToLower(m.Algorithm) {
	case "pbkdf2withhmacsha1":
		key, err = pbkdf2Key(ctx, sha1.New, passphrase, salt, cost, len(salt))
	case "pbkdf2withhmacsha512":
		key, err = pbkdf2Key(ctx, sha512.New, passphrase, salt, cost, len(salt))
	default:
		return nil, fmt.Errorf("%w: the key derivation %q is not known", ErrUnsupported, clip(m.Algorithm))
	}
	if err != nil {
		return nil, err
	}
	return m.Key.open(key)
}

func (k freeOTPKey) open(key []byte) ([]byte, error) {
	if k.Cipher != "AES/GCM/NoPadding" {
		return nil, fmt.Errorf("%w: the cipher %q is not known", ErrUnsupported, clip(k.Cipher))
	}
	sealed, err := signedBytes(k.CipherText)
	if err != nil {
		return nil, fmt.Errorf("%w: the ciphertext is not made of bytes", ErrDamaged)
	}
	der, err := signedBytes(k.Parameters)
	if err != nil {
		return nil, fmt.Errorf("%w: the cipher's parameters are not made of bytes", ErrDamaged)
	}
	// The parameters are SEQUENCE { OCTET STRING nonce, INTEGER 16 }, or the octet
	// string alone as Android 6 wrote it.
	if len(der) == 19 && bytes.HasPrefix(der, []byte{0x30, 0x11}) && bytes.HasSuffix(der, []byte{2, 1, gcmTagSize}) {
		der = der[2 : len(der)-3]
	}
	if len(der) != 2+gcmNonceSize || der[0] != 4 || der[1] != gcmNonceSize {
		return nil, fmt.Errorf("%w: the cipher's parameters are not those of AES-GCM", ErrUnsupported)
	}
	return openGCM(key, der[2:], sealed, []byte(k.Token))
}
