package format

import (
	"context"
	"fmt"

	"github.com/jangle-otp/jangle/internal/strictjson"
)

type enteFile struct {
	Version int        `json:"version"`
	KDF     enteKDF    `json:"kdfParams"`
	Data    string     `json:"encryptedData"`
	Nonce   string     `json:"encryptionNonce"` // the header of the secretstream
	Items   []enteItem `json:"items,omitempty"` // of the form that is not encrypted
}

type enteItem struct {
	RawData string           `json:"rawData"`
	Display strictjson.Value `json:"display"`
}

type enteKDF struct {
	MemLimit int    `json:"memLimit"` // bytes
	OpsLimit int    `json:"opsLimit"`
	Salt     string `json:"salt"`
}

const enteVersion = 1

// enteBounds: Ente's own pairs of memory and passes have a product of 4 GiB.
func enteBounds() argon2Bounds {
	return argon2Bounds{MinTime: 1, MaxTime: 64, MinKiB: 8, MaxKiB: gibInKiB, MaxThreads: 1, MaxWorkKiB: 4 * gibInKiB}
}

func (k enteKDF) cost() argon2Cost {
	return argon2Cost{Time: k.OpsLimit, MemoryKiB: k.MemLimit / 1024, Threads: 1}
}

// protection: Ente itself never takes less than 4 GiB; a file that does was made
// elsewhere, and may be quick to guess.
func (k enteKDF) protection() Protection {
	const quick = 32 << 10 // KiB in all: OWASP's least for Argon2id
	if c := k.cost(); c.Time*c.MemoryKiB < quick {
		return Weak
	}
	return Encrypted
}

func (k enteKDF) key(ctx context.Context, passphrase []byte) ([]byte, error) {
	salt, err := fromBase64("kdfParams.salt", k.Salt)
	if err != nil {
		return nil, err
	}
	return argon2idKey(ctx, passphrase, salt, k.cost(), enteBounds(), 32)
}

func openEnte(ctx context.Context, file enteFile, o Options) ([]byte, error) {
	if file.Version != enteVersion {
		return nil, fmt.Errorf("%w: version %d of the Ente export is not known", ErrUnsupported, file.Version)
	}
	sealed, err := fromBase64("encryptedData", file.Data)
	if err != nil {
		return nil, err
	}
	header, err := fromBase64("encryptionNonce", file.Nonce)
	if err != nil {
		return nil, err
	}
	if err := file.KDF.cost().check(enteBounds()); err != nil {
		return nil, err
	}
	var plain []byte
	err = unlock(ctx, o, "the Ente Auth export", func(passphrase []byte) error {
		key, err := file.KDF.key(ctx, passphrase)
		if err != nil {
			return err
		}
		plain, err = openSecretstream(key, header, sealed)
		return err
	})
	return plain, err
}

// entePhoneCost is the pair that Ente takes on phones.
func entePhoneCost() enteKDF { return enteKDF{MemLimit: 256 << 20, OpsLimit: 16} }

// sealEnte encrypts at the cost of kdf, whose salt is made here.
func sealEnte(ctx context.Context, plain []byte, kdf enteKDF, o Options) ([]byte, error) {
	passphrase, err := o.newPassphrase("the Ente Auth export")
	if err != nil {
		return nil, err
	}
	random, err := o.randomBytes(16 + secretstreamHeader)
	if err != nil {
		return nil, err
	}
	salt, header := random[:16], random[16:]
	kdf.Salt = toBase64(salt)
	file := enteFile{Version: enteVersion, KDF: kdf, Nonce: toBase64(header)}
	key, err := file.KDF.key(ctx, passphrase)
	if err != nil {
		return nil, err
	}
	sealed, err := sealSecretstream(key, header, plain)
	if err != nil {
		return nil, err
	}
	file.Data = toBase64(sealed)
	return encodeJSON(file)
}
