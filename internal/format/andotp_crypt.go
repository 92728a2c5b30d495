package format

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Neither encrypted form has a mark. The new one begins with the number of
// iterations and a salt; the old one derives its key with a single SHA-256, which
// hardly slows down guessing.
const (
	andOTPSaltSize    = 12
	andOTPNewHeader   = 4 + andOTPSaltSize + gcmNonceSize
	andOTPOldOverhead = gcmNonceSize + gcmTagSize
	andOTPRounds      = 150_000 // the app picks one between 140,000 and 160,000
)

func andOTPIterations(data []byte) int { return int(binary.BigEndian.Uint32(data)) }

func openAndOTP(ctx context.Context, data []byte, o Options) ([]byte, Protection, error) {
	if len(data) < andOTPOldOverhead+2 {
		return nil, Encrypted, fmt.Errorf("%w: %d bytes are too short for an andOTP backup", ErrDamaged, len(data))
	}
	var plain []byte
	protection := Encrypted
	err := unlock(ctx, o, "the andOTP backup", func(passphrase []byte) error {
		var err error
		if plain, err = openAndOTPNew(ctx, data, passphrase); err == nil {
			return nil
		}
		if !errors.Is(err, ErrWrongPassphrase) {
			return err
		}
		protection = Weak
		key := sha256.Sum256(passphrase)
		plain, err = openGCM(key[:], data[:gcmNonceSize], data[gcmNonceSize:], nil)
		return err
	})
	return plain, protection, err
}

// openAndOTPNew says ErrWrongPassphrase too when the header cannot be of the new
// form, as it then may be of the old one.
func openAndOTPNew(ctx context.Context, data, passphrase []byte) ([]byte, error) {
	cost := pbkdf2Cost{andOTPIterations(data), 1, maxPBKDF2}
	if len(data) < andOTPNewHeader+gcmTagSize || cost.check() != nil {
		return nil, ErrWrongPassphrase
	}
	key, err := pbkdf2Key(ctx, sha1.New, passphrase, data[4:4+andOTPSaltSize], cost, 32)
	if err != nil {
		return nil, err
	}
	return openGCM(key, data[4+andOTPSaltSize:andOTPNewHeader], data[andOTPNewHeader:], nil)
}

func sealAndOTP(ctx context.Context, plain []byte, o Options) ([]byte, error) {
	passphrase, err := o.newPassphrase("the andOTP backup")
	if err != nil {
		return nil, err
	}
	random, err := o.randomBytes(andOTPSaltSize + gcmNonceSize)
	if err != nil {
		return nil, err
	}
	salt, nonce := random[:andOTPSaltSize], random[andOTPSaltSize:]
	key, err := pbkdf2Key(ctx, sha1.New, passphrase, salt, pbkdf2Cost{andOTPRounds, 1, maxPBKDF2}, 32)
	if err != nil {
		return nil, err
	}
	sealed, err := sealGCM(key, nonce, plain, nil)
	return slices.Concat(binary.BigEndian.AppendUint32(nil, andOTPRounds), random, sealed), err
}
