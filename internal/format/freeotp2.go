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
	"github.com/jangle-otp/jangle/internal/format/javamap"
	"github.com/jangle-otp/jangle/internal/strictjson"
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
	Algo      string   `json:"algo"`
	Counter   looseInt `json:"counter"`
	Digits    looseInt `json:"digits"`
	IssuerExt string   `json:"issuerExt"`
	IssuerInt string   `json:"issuerInt"`
	IssuerAlt string   `json:"issuerAlt"`
	Label     string   `json:"label"`
	LabelAlt  string   `json:"labelAlt"`
	Period    looseInt `json:"period"`
	Type      string   `json:"type"`
	Image     string   `json:"image"`
	LastUsed  looseInt `json:"lastUsed"`
}

const masterKeyName = "masterKey"

func readFreeOTP2(ctx context.Context, in Input, o Options) (Result, error) {
	pairs, err := javamap.Read(in.Data, 2*MaxEntries+1)
	switch {
	case errors.Is(err, javamap.ErrLimit):
		return Result{}, &meaning{err, ErrLimit}
	case err != nil:
		return Result{}, &meaning{err, ErrDamaged}
	}
	values := map[string]string{}
	for _, p := range pairs {
		values[p.Key] = p.Value
	}
	var master freeOTPMaster
	if err := decodeJSON([]byte(values[masterKeyName]), &master); err != nil {
		return Result{}, fmt.Errorf("its master key: %w", err)
	}
	var key []byte
	err = unlock(ctx, o, "the FreeOTP backup", func(passphrase []byte) error {
		key, err = master.open(ctx, passphrase)
		return err
	})
	if err != nil {
		return Result{}, err
	}
	var l entryList
	for _, id := range tokenIDs(pairs) {
		l.addFreeOTP2(id, values, key)
	}
	return Result{Title: "FreeOTP 2 backup, encrypted", Protection: Encrypted, Entries: l.list}, nil
}

// tokenIDs lists every token once, whether its data, its key or both are there.
func tokenIDs(pairs []javamap.Pair) []string {
	var ids []string
	seen := map[string]bool{masterKeyName: true}
	for _, p := range pairs {
		id := strings.TrimSuffix(p.Key, "-token")
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

func (m freeOTPMaster) open(ctx context.Context, passphrase []byte) ([]byte, error) {
	salt, err := signedBytes(m.Salt)
	if err != nil || !slices.Contains([]int{16, 24, 32}, len(salt)) {
		return nil, fmt.Errorf("%w: the salt of the master key has %d bytes", ErrDamaged, len(m.Salt))
	}
	cost := pbkdf2Cost{m.Iterations, 1, maxPBKDF2}
	var kek []byte
	switch strings.ToLower(m.Algorithm) {
	case "pbkdf2withhmacsha1":
		kek, err = pbkdf2Key(ctx, sha1.New, passphrase, salt, cost, len(salt))
	case "pbkdf2withhmacsha512":
		kek, err = pbkdf2Key(ctx, sha512.New, passphrase, salt, cost, len(salt))
	default:
		return nil, fmt.Errorf("%w: the key derivation %q is not known", ErrUnsupported, clip(m.Algorithm))
	}
	if err != nil {
		return nil, err
	}
	return m.Key.open(kek)
}

func (k freeOTPKey) open(key []byte) ([]byte, error) {
	if k.Cipher != "AES/GCM/NoPadding" {
		return nil, fmt.Errorf("%w: the cipher %q is not known", ErrUnsupported, clip(k.Cipher))
	}
	sealed, err := signedBytes(k.CipherText)
	if err != nil {
		return nil, fmt.Errorf("%w: the ciphertext is not made of bytes", ErrDamaged)
	}
	parameters, err := signedBytes(k.Parameters)
	if err != nil {
		return nil, fmt.Errorf("%w: the cipher's parameters are not made of bytes", ErrDamaged)
	}
	nonce, err := gcmNonce(parameters)
	if err != nil {
		return nil, err
	}
	return openGCM(key, nonce, sealed, []byte(k.Token))
}

// gcmNonce takes the nonce out of the DER parameters: SEQUENCE { OCTET STRING
// nonce, INTEGER 16 }, or the octet string alone as Android 6 wrote it.
func gcmNonce(der []byte) ([]byte, error) {
	inner := der
	if len(der) == 19 && bytes.HasPrefix(der, []byte{0x30, 0x11}) && bytes.HasSuffix(der, []byte{2, 1, gcmTagSize}) {
		inner = der[2 : len(der)-3]
	}
	if len(inner) != 2+gcmNonceSize || inner[0] != 4 || inner[1] != gcmNonceSize {
		return nil, fmt.Errorf("%w: the cipher's parameters are not those of AES-GCM", ErrUnsupported)
	}
	return inner[2:], nil
}

func (l *entryList) addFreeOTP2(id string, values map[string]string, key []byte) {
	raw := []byte(values[id+"-token"])
	var t freeOTP2Token
	if err := decodeJSON(raw, &t); err != nil {
		l.fail(clip(id), fmt.Errorf("its token: %w", err))
		return
	}
	label := entryName(t.issuer(), t.name())
	secret, kind, err := openFreeOTPSecret([]byte(values[id]), key)
	if err != nil {
		l.fail(label, err)
		return
	}
	var warnings []string
	switch {
	case t.Algo == "":
		t.Algo = kind
	case !strings.EqualFold("Hmac"+t.Algo, kind):
		warnings = append(warnings, fmt.Sprintf("its key is called %q, but its algorithm is %q", clip(kind), clip(t.Algo)))
	}
	a, err := t.account(secret)
	keepExtra(&a, "freeotp2", withMembers(unknownMembers(raw, t), t.originals()))
	l.add(label, a, warnings, err)
}

// openFreeOTPSecret returns a token's secret and what kind of key the phone
// takes it for: "HmacSHA1".
func openFreeOTPSecret(raw, key []byte) (secret []byte, kind string, err error) {
	var outer struct {
		Key string `json:"key"`
	}
	if err := decodeJSON(raw, &outer); err != nil {
		return nil, "", fmt.Errorf("its key: %w", err)
	}
	var inner freeOTPKey
	if err := decodeJSON([]byte(outer.Key), &inner); err != nil {
		return nil, "", fmt.Errorf("its key: %w", err)
	}
	secret, err = inner.open(key)
	if errors.Is(err, ErrWrongPassphrase) {
		return nil, "", fmt.Errorf("%w: its secret does not open with the master key", ErrDamaged)
	}
	return secret, inner.Token, err
}

func (t freeOTP2Token) issuer() string { return firstOf(t.IssuerAlt, t.IssuerExt, t.IssuerInt) }

func (t freeOTP2Token) name() string { return firstOf(t.LabelAlt, t.Label) }

func (t freeOTP2Token) account(secret []byte) (account.Account, error) {
	kind, err := freeOTPToken{Type: t.Type, IssuerExt: t.IssuerExt}.kind()
	if err != nil {
		return account.Account{}, err
	}
	a, err := parts{Kind: kind, Issuer: t.issuer(), Name: t.name(), Raw: secret, Algorithm: t.Algo,
		Digits: t.Digits, Period: t.Period, Counter: t.Counter}.account()
	a.Icon.Name = t.Image
	if n, err := t.LastUsed.count(); err == nil {
		a.LastUsed = int64(n)
	}
	return a, err
}

// originals are the site's names, where the person chose others.
func (t freeOTP2Token) originals() map[string]strictjson.Value {
	return freeOTPToken{IssuerExt: t.IssuerExt, IssuerInt: t.IssuerInt, IssuerAlt: t.IssuerAlt, Label: t.Label, LabelAlt: t.LabelAlt}.originals()
}
