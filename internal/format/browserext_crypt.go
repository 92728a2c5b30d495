package format

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/strictjson"
)

// sort puts the items in the extension's order.
func (f *extensionFile) sort() {
	at := make([]int, len(f.items))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int { return f.items[a].Index - f.items[b].Index })
	items, raws := make([]extensionItem, len(at)), make([]strictjson.Value, len(at))
	for i, from := range at {
		items[i], raws[i] = f.items[from], f.raws[from]
	}
	f.items, f.raws = items, raws
}

func (e extensionItem) isLocked() bool { return e.Encrypted || e.DataType == "EncOTPStorage" }

func (f *extensionFile) isLocked() bool { return slices.ContainsFunc(f.items, extensionItem.isLocked) }

// maxExtensionKeys of one file are derived; a real one has one.
const maxExtensionKeys = 4

// unlock opens all items that are locked. If it opens none the passphrase is
// wrong; what stays locked beside others is told entry by entry.
func (f *extensionFile) unlock(ctx context.Context, passphrase []byte) error {
	keys, err := f.deriveKeys(ctx, passphrase)
	if err != nil {
		return err
	}
	old := f.oldPassphrases(passphrase)
	opened := 0
	for i, e := range f.items {
		if !e.isLocked() {
			continue
		}
		if e.DataType == "EncOTPStorage" {
			if e.open(keys[e.KeyID]) {
				f.items[i] = e
				opened++
			}
			continue
		}
		for _, p := range old {
			if e.openOld(p) {
				f.items[i] = e
				opened++
				break
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

// oldPassphrases: version 1 took the passphrase for each secret, version 2 a
// key that the passphrase opens.
func (f *extensionFile) oldPassphrases(passphrase []byte) [][]byte {
	var all [][]byte
	if key, err := openCryptoJS(f.oldKey, passphrase); err == nil && utf8.Valid(key) && len(key) > 0 {
		all = append(all, key)
	}
	return append(all, passphrase)
}

// openOld replaces the secret. That it is one is all that tells a right
// passphrase from a wrong one.
func (e *extensionItem) openOld(passphrase []byte) bool {
	secret, err := openCryptoJS(e.Secret, passphrase)
	if err != nil || !utf8.Valid(secret) {
		return false
	}
	inner := *e
	inner.Secret, inner.Encrypted = string(secret), false
	if _, err := inner.secret(); err != nil {
		return false
	}
	*e = inner
	return true
}

// open replaces the item by what its data holds.
func (e *extensionItem) open(passphrase []byte) bool {
	if passphrase == nil {
		return false
	}
	plain, err := openCryptoJS(e.Data, passphrase)
	if err != nil || checkJSON(plain) != nil {
		return false
	}
	inner := extensionItem{Index: e.Index}
	if strictjson.Decode(plain, &inner) != nil {
		return false
	}
	inner.Encrypted, inner.DataType = false, "OTPStorage"
	*e = inner
	return true
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
