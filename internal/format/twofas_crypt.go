package format

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
)

// An encrypted part is three base64 texts with colons between: ciphertext and
// tag, salt, nonce. The number of iterations is not in the file.
const (
	twoFASIterations = 10_000
	twoFASSaltSize   = 256
)

// twoFASReference is what the app encrypts beside the services, under the same
// key, to check a passphrase with; a file without it does not count as
// encrypted there (BackupContent.kt of 2fas-android).
const twoFASReference = "tRViSsLKzd86Hprh4ceC2OP7xazn4rrt4xhfEUbOjxLX8Rc3mkISXE0lWbmnWfggogbBJhtYgpK6fMl1D6mtsy92R3HkdGfwuXbzLebqVFJsR7IZ2w58t938iymwG4824igYy1wi6n2WDpO1Q1P69zwJGs2F5a1qP4MyIiDSD7NCV2OvidXQCBnDlGfmz0f1BQySRkkt4ryiJeCjD2o4QsveJ9uDBUn8ELyOrESv5R5DMDkD4iAF8TXU7KyoJujd"

func openTwoFAS(ctx context.Context, triple string, o Options) ([]byte, error) {
	parts := strings.Split(triple, ":")
	if len(parts) != 3 {
		return nil, fmt.Errorf("%w: servicesEncrypted has %d parts, not 3", ErrDamaged, len(parts))
	}
	var raw [3][]byte
	for i, p := range parts {
		b, err := fromBase64("servicesEncrypted", p)
		if err != nil {
			return nil, err
		}
		raw[i] = b
	}
	var plain []byte
	err := unlock(ctx, o, "the 2FAS backup", func(passphrase []byte) error {
		key, err := twoFASKey(ctx, passphrase, raw[1])
		if err != nil {
			return err
		}
		plain, err = openGCM(key, raw[2], raw[0], nil)
		return err
	})
	return plain, err
}

func twoFASKey(ctx context.Context, passphrase, salt []byte) ([]byte, error) {
	return pbkdf2Key(ctx, sha256.New, passphrase, salt, pbkdf2Cost{twoFASIterations, 1, twoFASIterations}, 32)
}

// twoFASSealer encrypts all parts of one file under one key.
type twoFASSealer struct {
	o         Options
	key, salt []byte
}

func newTwoFASSealer(ctx context.Context, o Options) (twoFASSealer, error) {
	passphrase, err := o.newPassphrase("the 2FAS backup")
	if err != nil {
		return twoFASSealer{}, err
	}
	salt, err := o.randomBytes(twoFASSaltSize)
	if err != nil {
		return twoFASSealer{}, err
	}
	key, err := twoFASKey(ctx, passphrase, salt)
	return twoFASSealer{o, key, salt}, err
}

func (s twoFASSealer) seal(plain []byte) (string, error) {
	nonce, err := s.o.randomBytes(gcmNonceSize)
	if err != nil {
		return "", err
	}
	sealed, err := sealGCM(s.key, nonce, plain, nil)
	return toBase64(sealed) + ":" + toBase64(s.salt) + ":" + toBase64(nonce), err
}
