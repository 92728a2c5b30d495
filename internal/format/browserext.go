package format

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// browserExtension is "Authenticator" for Chrome, Firefox and Edge
// (authenticator.cc). Its backup is one object whose members are accounts, keys
// and settings; three generations of encryption exist.
func browserExtension() App {
	return App{
		ID: "authenticator-extension", Name: "Authenticator (browser extension)",
		HowTo: "Settings > Backup > Download backup file",
		Detect: func(in Input) bool {
			p := in.look()
			for _, raw := range p.members {
				var e extensionItem
				if p.root == '{' && len(raw) > 0 && raw[0] == '{' && strictjson.Decode(raw, &e) == nil &&
					(strings.HasSuffix(e.DataType, "OTPStorage") || e.Secret != "" && e.Hash != "" && e.Type.isSet()) {
					return true
				}
			}
			return false
		},
		Read: readBrowserExtension,
	}
}

// extensionItem is an account, an encrypted account, or a key.
type extensionItem struct {
	DataType  string   `json:"dataType"` // OTPStorage, EncOTPStorage, Key; absent in old files
	Account   string   `json:"account"`
	Issuer    string   `json:"issuer"`
	Secret    string   `json:"secret"`
	Type      looseInt `json:"type"` // a name or its number, like the algorithm
	Algorithm looseInt `json:"algorithm"`
	Counter   looseInt `json:"counter"`
	Period    looseInt `json:"period"`
	Digits    looseInt `json:"digits"`
	Encrypted bool     `json:"encrypted"`
	Hash      string   `json:"hash"`
	Index     int      `json:"index"`
	Pinned    bool     `json:"pinned"`
	KeyID     string   `json:"keyId"`
	Data      string   `json:"data"`
	ID        string   `json:"id"`
	Salt      string   `json:"salt"`
}

func (e extensionItem) isLocked() bool { return e.Encrypted || e.DataType == "EncOTPStorage" }

// extensionFile is what the members turned out to be.
type extensionFile struct {
	items  []extensionItem
	keys   map[string]extensionItem
	oldKey string // version 2: the key of all secrets, itself encrypted
}

// maxExtensionKeys of one file are derived; a real one has one.
const maxExtensionKeys = 4

func readBrowserExtension(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "Authenticator extension backup, not encrypted", Protection: Plain}
	var members map[string]strictjson.Value
	if err := decodeJSON(in.look().text, &members); err != nil {
		return r, err
	}
	var l entryList
	f := &extensionFile{keys: map[string]extensionItem{}}
	for _, name := range sortedKeys(members) {
		var e extensionItem
		var old struct {
			Enc string `json:"enc"`
		}
		switch raw := members[name]; {
		case name == "key":
			if strictjson.Decode(raw, &old) == nil {
				f.oldKey = old.Enc
			}
		case name == "UserSettings" || name == "LocalStorage" || len(raw) == 0 || raw[0] != '{':
		default:
			switch err := decodeChecked(raw, &e); {
			case err != nil:
				l.fail(labelIn(raw), err)
			case e.DataType == "Key":
				f.keys[e.ID] = e
			default:
				f.items = append(f.items, e)
			}
		}
	}
	if err := full(len(f.items)); err != nil {
		return r, err
	}
	slices.SortStableFunc(f.items, func(a, b extensionItem) int { return a.Index - b.Index })
	if slices.ContainsFunc(f.items, extensionItem.isLocked) {
		err := unlock(ctx, o, "the Authenticator extension's backup", func(passphrase []byte) error { return f.unlock(ctx, passphrase) })
		if err != nil {
			return r, err
		}
		r.Title, r.Protection = "Authenticator extension backup, encrypted", Weak
		if len(f.keys) > 0 {
			r.Protection = Encrypted
		}
	}
	for _, e := range f.items {
		issuer, host, _ := strings.Cut(e.Issuer, "::")
		label := entryName(issuer, e.Account)
		if e.isLocked() {
			l.fail(firstOf(label, clip(e.Hash)), fmt.Errorf("this entry is encrypted with another passphrase: %w", ErrWrongPassphrase))
			continue
		}
		p, err := e.parts()
		switch p.Algorithm = e.Algorithm.text; p.Algorithm {
		case "1":
			p.Algorithm = "SHA1"
		case "2":
			p.Algorithm = "SHA256"
		case "3":
			p.Algorithm = "SHA512"
		case "4", "5":
			err = cmp.Or(err, fieldError("algorithm", "GOST R 34.11-2012 is not known"))
		}
		var a account.Account
		if err == nil {
			p.Issuer, p.Name, p.Period, p.Counter = issuer, e.Account, e.Period.zeroMeansAbsent(), e.Counter
			a, err = p.account()
		}
		a.Favourite = e.Pinned
		if host != "" {
			keepExtra(&a, "authenticator-extension", map[string]strictjson.Value{"issuer": mustJSON(e.Issuer)})
		}
		l.add(label, a, nil, err)
	}
	r.Entries = l.list
	return r, nil
}

// parts are those that type and secret decide. Old versions marked Battle.net and
// Steam in the secret itself, and took hexadecimal for what is no base32.
func (e extensionItem) parts() (parts, error) {
	p := parts{Base32: e.Secret, Digits: e.Digits.zeroMeansAbsent()}
	kind := strings.ToLower(e.Type.text)
	for _, mark := range [][2]string{{"blz-", "battle"}, {"bliz-", "battle"}, {"stm-", "steam"}} {
		if rest, found := strings.CutPrefix(p.Base32, mark[0]); found {
			p.Base32, kind = rest, mark[1]
		}
	}
	isHex := false
	switch kind {
	case "totp", "1", "":
		p.Kind = account.TOTP
	case "hotp", "2":
		p.Kind = account.HOTP
	case "battle", "3":
		p.Kind, p.Digits = account.TOTP, looseNumber(8)
	case "steam", "4":
		p.Kind = account.Steam
	case "hex", "5":
		p.Kind, isHex = account.TOTP, true
	case "hhex", "6":
		p.Kind, isHex = account.HOTP, true
	default:
		return p, fieldError("type", "%q is not known", clip(kind))
	}
	_, not32 := account.ParseBase32(p.Base32)
	raw, notHex := hex.DecodeString(p.Base32)
	switch {
	case notHex == nil && (isHex || not32 != nil):
		p.Raw = raw
	case isHex:
		return p, fieldError("secret", "it is not hexadecimal")
	case not32 != nil:
		return p, not32
	}
	return p, nil
}

// unlock opens all items that are locked. If it opens none the passphrase is
// wrong; what stays locked is told entry by entry.
func (f *extensionFile) unlock(ctx context.Context, passphrase []byte) error {
	keys, err := f.deriveKeys(ctx, passphrase)
	if err != nil {
		return err
	}
	// Version 1 took the passphrase for each secret, version 2 a key that the
	// passphrase opens.
	old := [][]byte{passphrase}
	if key, err := openCryptoJS(f.oldKey, passphrase); err == nil && utf8.Valid(key) && len(key) > 0 {
		old = [][]byte{key, passphrase}
	}
	opened := 0
	for i, e := range f.items {
		switch key := keys[e.KeyID]; {
		case !e.isLocked():
		case e.DataType != "EncOTPStorage":
			for _, p := range old {
				// That it is a secret is all that tells a right passphrase from a wrong one.
				secret, err := openCryptoJS(e.Secret, p)
				inner := e
				inner.Secret, inner.Encrypted = string(secret), false
				if _, noSecret := inner.parts(); err == nil && utf8.Valid(secret) && noSecret == nil {
					f.items[i] = inner
					opened++
					break
				}
			}
		case key != nil:
			plain, err := openCryptoJS(e.Data, key)
			inner := extensionItem{Index: e.Index}
			if err == nil && checkJSON(plain) == nil && strictjson.Decode(plain, &inner) == nil {
				inner.Encrypted, inner.DataType = false, "OTPStorage"
				f.items[i] = inner
				opened++
			}
		}
	}
	if opened == 0 {
		return ErrWrongPassphrase
	}
	return nil
}

// deriveKeys: version 3. The hash of the passphrase, as text in base64, is the
// passphrase of the data.
func (f *extensionFile) deriveKeys(ctx context.Context, passphrase []byte) (map[string][]byte, error) {
	if len(f.keys) > maxExtensionKeys {
		return nil, fmt.Errorf("%w: %d keys are more than %d", ErrLimit, len(f.keys), maxExtensionKeys)
	}
	keys := map[string][]byte{}
	for id, k := range f.keys {
		if len(k.Salt) < 8 || len(k.Salt) > 1024 {
			return nil, fmt.Errorf("%w: a salt of %d characters", ErrDamaged, len(k.Salt))
		}
		sum, err := argon2idKey(ctx, passphrase, []byte(k.Salt), argon2Cost{2, 19 << 10, 1}, argon2Default(), 32)
		if err != nil {
			return nil, err
		}
		keys[id] = []byte(base64.RawStdEncoding.EncodeToString(sum))
	}
	return keys, nil
}

// openCryptoJS opens what CryptoJS.AES.encrypt(text, passphrase) writes: base64
// of "Salted__", salt and ciphertext; key and IV come from one round of MD5.
func openCryptoJS(text string, passphrase []byte) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) < 32 || !bytes.HasPrefix(data, []byte(saltedMark)) {
		return nil, fmt.Errorf("%w: it is not encrypted by CryptoJS", ErrDamaged)
	}
	salt, sealed := data[8:16], data[16:]
	var derived, last []byte
	for len(derived) < 48 {
		sum := md5.Sum(slices.Concat(last, passphrase, salt))
		last = sum[:]
		derived = append(derived, last...)
	}
	return openCBC(derived[:32], derived[32:], sealed)
}
