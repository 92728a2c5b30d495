package format

import (
	"context"
	"crypto/sha1"
	"errors"

	"github.com/jangle-otp/jangle/internal/account"
)

const (
	authyRounds    = 1000       // of the app; the dump names them for each token
	authyMaxRounds = 50_000_000 // of a whole file
)

// open derives a key for each token, so the sum over the file is bounded.
func (t authyToken) open(ctx context.Context, passphrase []byte, spent *int) (string, error) {
	n := authyRounds
	if err := t.Iterations.zeroMeansAbsent().into("key_derivation_iterations", &n); err != nil {
		return "", err
	}
	if *spent += n; *spent > authyMaxRounds {
		return "", kdfError("more than %d iterations of PBKDF2 in one file", authyMaxRounds)
	}
	key, err := pbkdf2Key(ctx, sha1.New, passphrase, []byte(t.Salt), pbkdf2Cost{n, 1, maxPBKDF2}, 32)
	if err != nil {
		return "", err
	}
	sealed, err := fromBase64("encryptedSecret", t.encrypted())
	if err != nil {
		return "", err
	}
	plain, err := openCBC(key, make([]byte, 16), sealed)
	if err != nil {
		return "", err
	}
	if _, err := account.ParseBase32(string(plain)); err != nil {
		return "", ErrWrongPassphrase // no checksum: this text is the check
	}
	return string(plain), nil
}

// whyNoneOpened: the passphrase is wrong, unless a token was refused for another
// reason before it was tried.
func whyNoneOpened(list []Entry) error {
	for _, e := range list {
		if errors.Is(e.Err, ErrLimit) || errors.Is(e.Err, ErrDamaged) {
			return e.Err
		}
	}
	return ErrWrongPassphrase
}
