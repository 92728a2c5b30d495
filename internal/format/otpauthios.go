package format

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format/bplist"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// otpAuthIOS is Roland Moers's OTP Auth for iOS: a keyed archive under a key
// that is in the app, and in it another one under the passphrase.
func otpAuthIOS() App {
	return App{
		ID: "otp-auth", Name: "OTP Auth (iOS)",
		HowTo:  "Settings > Backups > Create Backup (.otpauthdb), or share one account (.otpauth)",
		Detect: func(in Input) bool { _, ok := otpAuthKey(in.Data); return ok },
		Read:   readOTPAuthIOS,
	}
}

// otpAuthKey finds which of the app's two fixed keys opens the first block.
func otpAuthKey(data []byte) ([]byte, bool) {
	if len(data) < 64 || len(data)%aes.BlockSize != 0 || len(data) > MaxTextBytes {
		return nil, false
	}
	for _, name := range []string{"Authenticator", "OTPAuth"} { // a backup, a single account
		key := sha256.Sum256([]byte(name))
		block, err := aes.NewCipher(key[:])
		if err != nil {
			return nil, false
		}
		first := make([]byte, aes.BlockSize)
		cipher.NewCBCDecrypter(block, make([]byte, aes.BlockSize)).CryptBlocks(first, data[:aes.BlockSize])
		if bytes.HasPrefix(first, []byte(bplist.Magic)) {
			return key[:], true
		}
	}
	return nil, false
}

func readOTPAuthIOS(ctx context.Context, in Input, o Options) (Result, error) {
	key, ok := otpAuthKey(in.Data)
	if !ok {
		return Result{}, fmt.Errorf("%w: it is not a file of OTP Auth", ErrDamaged)
	}
	plain, err := openCBC(key, make([]byte, aes.BlockSize), in.Data)
	if err != nil {
		return Result{}, fmt.Errorf("%w: it is cut off", ErrDamaged)
	}
	outer, err := unarchive(plain)
	if err != nil {
		return Result{}, err
	}
	wrapped := appleData(outer, "WrappedData")
	if wrapped == nil {
		wrapped = appleData(outer, "Data")
	}
	var inner map[string]any
	protection := Encrypted
	err = unlock(ctx, o, "the OTP Auth file", func(passphrase []byte) error {
		opened, err := openOTPAuthIOS(ctx, outer, wrapped, passphrase)
		if err != nil {
			return err
		}
		inner, err = unarchive(opened)
		if errors.Is(err, ErrDamaged) && appleText(outer, "Salt") != "" {
			err = ErrWrongPassphrase // the old form has no checksum but this
		}
		return err
	})
	if err != nil {
		return Result{}, err
	}
	if appleText(outer, "Salt") != "" {
		protection = Weak // one SHA-256
	}
	var l entryList
	l.addOTPAuthIOS(inner)
	return Result{Title: "OTP Auth file, encrypted", Protection: protection, Entries: l.list}, full(len(l.list))
}

func unarchive(data []byte) (map[string]any, error) {
	v, err := bplist.Unarchive(data)
	m, ok := v.(map[string]any)
	if err != nil || !ok {
		return nil, fmt.Errorf("%w: its property list cannot be read", ErrDamaged)
	}
	return m, nil
}

// openOTPAuthIOS: with a salt beside it the old form, else RNCryptor.
func openOTPAuthIOS(ctx context.Context, outer map[string]any, wrapped, passphrase []byte) ([]byte, error) {
	salt := appleText(outer, "Salt")
	if salt == "" {
		return openRNCryptor(ctx, wrapped, passphrase)
	}
	iv := []byte(appleText(outer, "IV"))
	if len(iv) == 0 {
		iv = appleData(outer, "IV")
	}
	key := sha256.Sum256(append([]byte(salt+"-"), passphrase...))
	ivSum := sha1.Sum(iv)
	return openCBC(key[:], ivSum[:aes.BlockSize], wrapped)
}

// RNCryptor version 3 with a passphrase: 03 01, two salts, IV, ciphertext, MAC.
const (
	rnCryptorHead   = 2 + 8 + 8 + aes.BlockSize
	rnCryptorRounds = 10_000
)

func openRNCryptor(ctx context.Context, data, passphrase []byte) ([]byte, error) {
	if len(data) < rnCryptorHead+sha256.Size || data[0] != 3 || data[1] != 1 {
		return nil, fmt.Errorf("%w: its inner encryption is not known", ErrUnsupported)
	}
	body, mac := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	cost := pbkdf2Cost{rnCryptorRounds, 1, rnCryptorRounds}
	macKey, err := pbkdf2Key(ctx, sha1.New, passphrase, data[10:18], cost, 32)
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, macKey)
	h.Write(body)
	if !hmac.Equal(h.Sum(nil), mac) {
		return nil, ErrWrongPassphrase
	}
	key, err := pbkdf2Key(ctx, sha1.New, passphrase, data[2:10], cost, 32)
	if err != nil {
		return nil, err
	}
	return openCBC(key, data[18:rnCryptorHead], body[rnCryptorHead:])
}

// addOTPAuthIOS takes the accounts of all folders, or the one account of a
// shared file.
func (l *entryList) addOTPAuthIOS(inner map[string]any) {
	folders, ok := inner["Folders"].([]any)
	if !ok {
		l.addOTPAuthAccount(inner, "")
		return
	}
	for _, f := range folders {
		folder, _ := f.(map[string]any)
		accounts, _ := folder["accounts"].([]any)
		for _, v := range accounts {
			if len(l.list) > MaxEntries {
				return
			}
			fields, _ := v.(map[string]any)
			l.addOTPAuthAccount(fields, appleText(folder, "name"))
		}
	}
}

func (l *entryList) addOTPAuthAccount(fields map[string]any, folder string) {
	label := entryName(appleText(fields, "issuer"), appleText(fields, "label"))
	a, err := otpAuthAccount(fields)
	if folder != "" {
		a.Groups = []string{folder}
	}
	if when, ok := fields["lastModified"].(bplist.Date); ok && when > -978307200 && when < 1e11 {
		const appleEpoch = 978307200 // Unix seconds of 2001-01-01
		a.Updated = int64((float64(when) + appleEpoch) * 1000)
	}
	a.Icon.Name = appleText(fields, "icon")
	keepExtra(&a, "otp-auth", otpAuthExtra(fields))
	l.add(label, a, nil, err)
}

func otpAuthExtra(fields map[string]any) map[string]strictjson.Value {
	kept := map[string]strictjson.Value{}
	for _, name := range []string{"ID", "hideInWidget", "hideInMacWidget", "widgetIndex", "macWidgetIndex"} {
		switch v := fields[name].(type) {
		case bool, int64, string:
			kept[name] = mustJSON(v)
		}
	}
	return kept
}

// otpAuthAccount: 0 means the usual value for digits, period and algorithm.
func otpAuthAccount(fields map[string]any) (account.Account, error) {
	p := parts{Issuer: appleText(fields, "issuer"), Name: appleText(fields, "label"), Raw: appleData(fields, "secret"),
		Digits: appleNumber(fields, "digits").zeroMeansAbsent(), Period: appleNumber(fields, "period").zeroMeansAbsent(),
		Counter: appleNumber(fields, "counter")}
	switch kind := appleNumber(fields, "type"); kind.text {
	case "1":
		p.Kind = account.HOTP
	case "2":
		p.Kind = account.TOTP
	default:
		return account.Account{}, fieldError("type", "%q is not known", clip(kind.text))
	}
	switch algorithm := appleNumber(fields, "algorithm"); algorithm.text {
	case "", "0", "1":
		p.Algorithm = "SHA1"
	case "2":
		p.Algorithm = "SHA256"
	case "3":
		p.Algorithm = "SHA512"
	case "4":
		p.Algorithm = "MD5"
	default:
		return account.Account{}, fieldError("algorithm", "%q is not known", clip(algorithm.text))
	}
	return p.account()
}

func appleText(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

func appleData(m map[string]any, name string) []byte {
	b, _ := m[name].([]byte)
	return b
}

func appleNumber(m map[string]any, name string) looseInt {
	if n, ok := m[name].(int64); ok {
		return looseNumber(n)
	}
	return looseInt{appleText(m, name)}
}
