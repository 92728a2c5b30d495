package format

import (
	"context"
	"crypto/sha1"
	"fmt"
	"slices"
	"unicode/utf8"
)

// The mark, then salt, nonce and ciphertext. The strong form is since version
// 1.22; the legacy one has no authentication, so only its content shows whether
// the passphrase was right.
const (
	stratumStrongMark     = "AUTHENTICATORPRO"
	stratumLegacyMark     = "AuthenticatorPro"
	stratumStrongSalt     = 16
	stratumLegacySalt     = 20
	stratumLegacyIV       = 16
	stratumLegacyRounds   = 64_000
	stratumStrongOverhead = len(stratumStrongMark) + stratumStrongSalt + gcmNonceSize + gcmTagSize
	stratumLegacyOverhead = len(stratumLegacyMark) + stratumLegacySalt + stratumLegacyIV
)

func stratumCost() argon2Cost { return argon2Cost{Time: 3, MemoryKiB: 64 << 10, Threads: 4} }

// openStratum returns the plain text, and a result with what is known so far.
func openStratum(ctx context.Context, in Input, o Options) ([]byte, Result, error) {
	var open func(ctx context.Context, data, passphrase []byte) ([]byte, error)
	r := Result{Title: "Stratum backup, encrypted", Protection: Encrypted}
	switch {
	case in.prefix(stratumStrongMark) && len(in.Data) >= stratumStrongOverhead:
		open = openStratumStrong
	case in.prefix(stratumLegacyMark) && len(in.Data) > stratumLegacyOverhead:
		open = openStratumLegacy
		r.Title, r.Protection = "Authenticator Pro backup, encrypted (old form)", Weak
	case in.prefix(stratumStrongMark) || in.prefix(stratumLegacyMark):
		return nil, Result{}, fmt.Errorf("%w: the encrypted part is too short", ErrDamaged)
	default:
		return plainText(in.Data), Result{Title: "Stratum backup, not encrypted", Protection: Plain}, nil
	}
	var plain []byte
	err := unlock(ctx, o, "the Stratum backup", func(passphrase []byte) (err error) {
		plain, err = open(ctx, in.Data, passphrase)
		return err
	})
	return plain, r, err
}

func openStratumStrong(ctx context.Context, data, passphrase []byte) ([]byte, error) {
	data = data[len(stratumStrongMark):]
	salt, nonce, sealed := data[:stratumStrongSalt], data[stratumStrongSalt:][:gcmNonceSize], data[stratumStrongSalt+gcmNonceSize:]
	key, err := argon2idKey(ctx, passphrase, salt, stratumCost(), argon2Default(), 32)
	if err != nil {
		return nil, err
	}
	return openGCM(key, nonce, sealed, nil)
}

func openStratumLegacy(ctx context.Context, data, passphrase []byte) ([]byte, error) {
	data = data[len(stratumLegacyMark):]
	salt, iv, sealed := data[:stratumLegacySalt], data[stratumLegacySalt:][:stratumLegacyIV], data[stratumLegacySalt+stratumLegacyIV:]
	key, err := pbkdf2Key(ctx, sha1.New, passphrase, salt, pbkdf2Cost{stratumLegacyRounds, 1, maxPBKDF2}, 32)
	if err != nil {
		return nil, err
	}
	return openCBCText(key, iv, sealed)
}

// openCBCText opens JSON that no MAC guards: under one wrong key in 256 the
// padding fits by chance, and what comes out is not text.
func openCBCText(key, iv, sealed []byte) ([]byte, error) {
	plain, err := openCBC(key, iv, sealed)
	if err == nil && (!utf8.Valid(plain) || !looksLikeJSON(plain)) {
		return nil, ErrWrongPassphrase
	}
	return plain, err
}

func sealStratum(ctx context.Context, plain []byte, o Options) ([]byte, error) {
	passphrase, err := o.newPassphrase("the Stratum backup")
	if err != nil {
		return nil, err
	}
	random, err := o.randomBytes(stratumStrongSalt + gcmNonceSize)
	if err != nil {
		return nil, err
	}
	salt, nonce := random[:stratumStrongSalt], random[stratumStrongSalt:]
	key, err := argon2idKey(ctx, passphrase, salt, stratumCost(), argon2Default(), 32)
	if err != nil {
		return nil, err
	}
	sealed, err := sealGCM(key, nonce, plain, nil)
	return slices.Concat([]byte(stratumStrongMark), random, sealed), err
}
