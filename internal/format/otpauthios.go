package format

import (
	"bytes"
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format/container/bplist"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// otpAuthIOS is Roland Moers's OTP Auth for iOS: a keyed archive under a key
// that is in the app, and in it another one under the passphrase.
func otpAuthIOS() App {
	return App{
		ID: "otp-auth", Name: "OTP Auth (iOS)",
		HowTo:  "Settings > Backups > Create Backup (.otpauthdb), or share one account (.otpauth)",
		Detect: func(in Input) bool { return otpAuthKey(in.Data) != nil },
		Read:   readOTPAuthIOS,
	}
}

// otpAuthKey finds which of the app's two fixed keys opens the first block; nil
// for none.
func otpAuthKey(data []byte) []byte {
	if len(data) < 64 || len(data)%aes.BlockSize != 0 || len(data) > MaxTextBytes {
		return nil
	}
	for _, name := range []string{"Authenticator", "OTPAuth"} { // a backup, a single account
		key := sha256.Sum256([]byte(name))
		first := make([]byte, aes.BlockSize)
		if block, err := aes.NewCipher(key[:]); err == nil {
			cipher.NewCBCDecrypter(block, make([]byte, aes.BlockSize)).CryptBlocks(first, data[:aes.BlockSize])
		}
		if bytes.HasPrefix(first, []byte(bplist.Magic)) {
			return key[:]
		}
	}
	return nil
}

// appleMap is an object of a keyed archive.
type appleMap map[string]any

func unarchive(data []byte) (appleMap, error) {
	v, err := bplist.Unarchive(data)
	m, ok := v.(map[string]any)
	if err != nil || !ok {
		return nil, fmt.Errorf("%w: its property list cannot be read", ErrDamaged)
	}
	return m, nil
}

func (m appleMap) text(name string) string {
	s, _ := m[name].(string)
	return s
}

func (m appleMap) data(name string) []byte {
	b, _ := m[name].([]byte)
	return b
}

func (m appleMap) number(name string) looseInt {
	if n, ok := m[name].(int64); ok {
		return looseNumber(n)
	}
	return looseInt{m.text(name)}
}

// objects are the elements of an array; what is no object is an empty one.
func (m appleMap) objects(name string) (all []appleMap) {
	list, _ := m[name].([]any)
	for _, v := range list {
		o, _ := v.(map[string]any)
		all = append(all, o)
	}
	return all
}

func readOTPAuthIOS(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "OTP Auth file, encrypted", Protection: Encrypted}
	key := otpAuthKey(in.Data)
	if key == nil {
		return r, fmt.Errorf("%w: it is not a file of OTP Auth", ErrDamaged)
	}
	plain, err := openCBC(key, make([]byte, aes.BlockSize), in.Data)
	if err != nil {
		return r, fmt.Errorf("%w: it is cut off", ErrDamaged)
	}
	outer, err := unarchive(plain)
	if err != nil {
		return r, err
	}
	wrapped := outer.data("WrappedData")
	if wrapped == nil {
		wrapped = outer.data("Data")
	}
	salt := outer.text("Salt") // of the old form
	if salt != "" {
		r.Protection = Weak // one SHA-256
	}
	var inner appleMap
	err = unlock(ctx, o, "the OTP Auth file", func(passphrase []byte) error {
		if salt == "" {
			opened, err := openRNCryptor(ctx, wrapped, passphrase)
			if err == nil {
				inner, err = unarchive(opened)
			}
			return err
		}
		iv := []byte(outer.text("IV"))
		if len(iv) == 0 {
			iv = outer.data("IV")
		}
		key, ivSum := sha256.Sum256(append([]byte(salt+"-"), passphrase...)), sha1.Sum(iv)
		opened, err := openCBC(key[:], ivSum[:aes.BlockSize], wrapped)
		if err != nil {
			return err
		}
		if inner, err = unarchive(opened); err != nil {
			err = ErrWrongPassphrase // the old form has no checksum but this
		}
		return err
	})
	if err != nil {
		return r, err
	}
	// A backup has folders of accounts; a shared file is the one account.
	var accounts []appleMap
	var folders []string
	if _, ok := inner["Folders"].([]any); !ok {
		accounts, folders = []appleMap{inner}, []string{""}
	}
	for _, folder := range inner.objects("Folders") {
		for _, fields := range folder.objects("accounts") {
			if len(accounts) <= MaxEntries {
				accounts, folders = append(accounts, fields), append(folders, folder.text("name"))
			}
		}
	}
	n := 0
	return readEach(r, accounts, func(fields appleMap) (string, account.Account, []string, error) {
		a, err := fields.account()
		if folders[n] != "" {
			a.Groups = []string{folders[n]}
		}
		n++
		if when, ok := fields["lastModified"].(bplist.Date); ok && when > -978307200 && when < 1e11 {
			const appleEpoch = 978307200 // Unix seconds of 2001-01-01
			a.Updated = int64((float64(when) + appleEpoch) * 1000)
		}
		a.Icon.Name = fields.text("icon")
		kept := map[string]strictjson.Value{}
		for _, name := range []string{"ID", "hideInWidget", "hideInMacWidget", "widgetIndex", "macWidgetIndex"} {
			switch v := fields[name].(type) {
			case bool, int64, string:
				kept[name] = mustJSON(v)
			}
		}
		keepExtra(&a, "otp-auth", kept)
		return entryName(fields.text("issuer"), fields.text("label")), a, nil, err
	})
}

// account: 0 means the usual value for digits, period and algorithm.
func (m appleMap) account() (account.Account, error) {
	p := parts{Issuer: m.text("issuer"), Name: m.text("label"), Raw: m.data("secret"), Counter: m.number("counter"),
		Digits: m.number("digits").zeroMeansAbsent(), Period: m.number("period").zeroMeansAbsent()}
	kind, algorithm := m.number("type").text, m.number("algorithm").text
	switch kind {
	case "1":
		p.Kind = account.HOTP
	case "2":
		p.Kind = account.TOTP
	default:
		return account.Account{}, fieldError("type", "%q is not known", clip(kind))
	}
	names := map[string]string{"": "SHA1", "0": "SHA1", "1": "SHA1", "2": "SHA256", "3": "SHA512", "4": "MD5"}
	if p.Algorithm = names[algorithm]; p.Algorithm == "" {
		return account.Account{}, fieldError("algorithm", "%q is not known", clip(algorithm))
	}
	return p.account()
}

const rnCryptorRounds = 10_000

// openRNCryptor opens RNCryptor version 3 with a passphrase: 03 01, two salts, IV,
// ciphertext, MAC.
func openRNCryptor(ctx context.Context, data, passphrase []byte) ([]byte, error) {
	const head = 2 + 8 + 8 + aes.BlockSize
	if len(data) < head+sha256.Size || data[0] != 3 || data[1] != 1 {
		return nil, fmt.Errorf("%w: its inner encryption is not known", ErrUnsupported)
	}
	body, mac := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	cost := pbkdf2Cost{rnCryptorRounds, 1, rnCryptorRounds}
	macKey, err1 := pbkdf2Key(ctx, sha1.New, passphrase, data[10:18], cost, 32)
	key, err2 := pbkdf2Key(ctx, sha1.New, passphrase, data[2:10], cost, 32)
	if err := cmp.Or(err1, err2); err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, macKey)
	h.Write(body)
	if !hmac.Equal(h.Sum(nil), mac) {
		return nil, ErrWrongPassphrase
	}
	return openCBC(key, data[18:head], body[head:])
}
