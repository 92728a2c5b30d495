package format

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// bitwardenSeal is the protected form's own part. The salt is the text of the
// base64, not what it stands for.
type bitwardenSeal struct {
	Salt        string `json:"salt,omitzero"`
	KDF         int    `json:"kdfType"`
	Iterations  int    `json:"kdfIterations,omitzero"`
	Memory      *int   `json:"kdfMemory"` // MiB
	Parallelism *int   `json:"kdfParallelism"`
	Validation  string `json:"encKeyValidation_DO_NOT_EDIT,omitzero"`
	Data        string `json:"data,omitzero"`
}

const (
	bitwardenPBKDF2 = iota
	bitwardenArgon2id
)

// The bounds are those of Bitwarden's own clients.
func bitwardenArgon2() argon2Bounds {
	return argon2Bounds{MinTime: 2, MaxTime: 10, MinKiB: 16 << 10, MaxKiB: gibInKiB, MaxThreads: 16, MaxWorkKiB: 10 * gibInKiB}
}

func (s bitwardenSeal) pbkdf2() pbkdf2Cost { return pbkdf2Cost{s.Iterations, 5_000, 2_000_000} }

func (s bitwardenSeal) argon2() argon2Cost {
	c := argon2Cost{Time: s.Iterations}
	if s.Memory != nil && *s.Memory <= 1024 {
		c.MemoryKiB = *s.Memory << 10
	}
	if s.Parallelism != nil {
		c.Threads = *s.Parallelism
	}
	return c
}

func (s bitwardenSeal) check() error {
	switch s.KDF {
	case bitwardenPBKDF2:
		return s.pbkdf2().check()
	case bitwardenArgon2id:
		return s.argon2().check(bitwardenArgon2())
	}
	return fmt.Errorf("%w: key derivation %d is not known", ErrUnsupported, s.KDF)
}

// keys derives one key and expands it into one for encryption and one for the
// MAC; there is no extract step.
func (s bitwardenSeal) keys(ctx context.Context, passphrase []byte) (enc, mac []byte, err error) {
	var key []byte
	if s.KDF == bitwardenArgon2id {
		salt := sha256.Sum256([]byte(s.Salt))
		key, err = argon2idKey(ctx, passphrase, salt[:], s.argon2(), bitwardenArgon2(), 32)
	} else {
		key, err = pbkdf2Key(ctx, sha256.New, passphrase, []byte(s.Salt), s.pbkdf2(), 32)
	}
	if err != nil {
		return nil, nil, err
	}
	if enc, err = hkdf.Expand(sha256.New, key, "enc", 32); err != nil {
		return nil, nil, err
	}
	mac, err = hkdf.Expand(sha256.New, key, "mac", 32)
	return enc, mac, err
}

func (s bitwardenSeal) open(ctx context.Context, o Options) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	var plain []byte
	err := unlock(ctx, o, "the Bitwarden export", func(passphrase []byte) error {
		enc, mac, err := s.keys(ctx, passphrase)
		if err != nil {
			return err
		}
		if s.Validation != "" {
			if _, err := openBitwardenString(s.Validation, enc, mac); err != nil {
				return err
			}
		}
		plain, err = openBitwardenString(s.Data, enc, mac)
		return err
	})
	return plain, err
}

// openBitwardenString opens "2.iv|ciphertext|mac", each base64. The number is
// the kind of encryption: AES-256-CBC with HMAC-SHA256 is the only one that
// exports have.
func openBitwardenString(text string, enc, mac []byte) ([]byte, error) {
	kind, rest, _ := strings.Cut(text, ".")
	if kind != "2" {
		return nil, fmt.Errorf("%w: encryption type %q of Bitwarden is not known", ErrUnsupported, clip(kind))
	}
	pieces := strings.Split(rest, "|")
	if len(pieces) != 3 {
		return nil, fmt.Errorf("%w: an encrypted text has %d parts, not 3", ErrDamaged, len(pieces))
	}
	var raw [3][]byte
	for i, p := range pieces {
		b, err := fromBase64("an encrypted text", p)
		if err != nil {
			return nil, err
		}
		raw[i] = b
	}
	if !hmac.Equal(bitwardenMAC(mac, raw[0], raw[1]), raw[2]) {
		return nil, ErrWrongPassphrase
	}
	return openCBC(enc, raw[0], raw[1])
}

func bitwardenMAC(key, iv, sealed []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(iv)
	h.Write(sealed)
	return h.Sum(nil)
}

func sealBitwardenString(plain, enc, mac []byte, o Options) (string, error) {
	iv, err := o.randomBytes(16)
	if err != nil {
		return "", err
	}
	sealed, err := sealCBC(enc, iv, plain)
	if err != nil {
		return "", err
	}
	sum := bitwardenMAC(mac, iv, sealed)
	return "2." + strings.Join([]string{toBase64(iv), toBase64(sealed), toBase64(sum)}, "|"), nil
}

// sealBitwarden writes what Bitwarden calls a password-protected export, with
// the costs of its default account.
func sealBitwarden(ctx context.Context, plain []byte, o Options) ([]byte, error) {
	passphrase, err := o.newPassphrase("the Bitwarden export")
	if err != nil {
		return nil, err
	}
	random, err := o.randomBytes(16)
	if err != nil {
		return nil, err
	}
	s := bitwardenSeal{Salt: toBase64(random), KDF: bitwardenPBKDF2, Iterations: 600_000}
	enc, mac, err := s.keys(ctx, passphrase)
	if err != nil {
		return nil, err
	}
	id, err := o.uuid()
	if err != nil {
		return nil, err
	}
	if s.Validation, err = sealBitwardenString([]byte(id), enc, mac, o); err != nil {
		return nil, err
	}
	if s.Data, err = sealBitwardenString(slices.Clone(plain), enc, mac, o); err != nil {
		return nil, err
	}
	return encodeJSON(struct {
		Encrypted bool `json:"encrypted"`
		Protected bool `json:"passwordProtected"`
		bitwardenSeal
	}{true, true, s})
}
