package kdbx

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/tobischo/argon2"
)

// What is refused before any of it is done. Seen in real files: AES-KDF with
// 60,000 to 43,478,260 rounds, Argon2 with 64 MiB ten times and 16 MiB 117
// times. On two cores of 2026 the caps cost about 22 s (AES) and a minute
// (Argon2); both can be interrupted.
const (
	maxRounds      = 1_000_000_000
	minMemory      = 8 << 10  // bytes, for each lane
	maxMemory      = 1 << 30  // bytes
	maxPasses      = 10_000   // over the memory
	maxWork        = 64 << 30 // bytes: passes times memory
	maxParallelism = 64
)

// The names of the derivations: UUIDs in hex. KDBX 4 has two for AES.
const (
	uuidAES3     = "c9d9f39a628a4460bf740d08c18a4fea"
	uuidAES4     = "7c02bb8279a74ac0927d114a00648238"
	uuidArgon2d  = "ef636ddf8c29444b91f7a9a403e30a0c"
	uuidArgon2id = "9e298b1956db4773b23dfc3ec6f0a1e6"
)

// kdf is a key derivation with parameters that are within the bounds.
type kdf struct {
	uuid        string
	salt        []byte
	rounds      uint64 // AES
	passes      uint32 // Argon2
	memory      uint32 // Argon2, KiB
	parallelism uint8  // Argon2
}

func newAESKDF(seed []byte, rounds uint64) (kdf, error) {
	if len(seed) != 32 {
		return kdf{}, fmt.Errorf("%w: a seed of %d bytes", ErrDamaged, len(seed))
	}
	if rounds > maxRounds {
		return kdf{}, fmt.Errorf("%w: %d rounds of key derivation are more than %d", ErrLimit, rounds, maxRounds)
	}
	return kdf{uuid: uuidAES3, salt: seed, rounds: rounds}, nil
}

// parseKDF reads a derivation of version 4: a dictionary of names and values.
func parseKDF(data []byte) (kdf, error) {
	errCut := fmt.Errorf("%w: its key derivation is cut off", ErrDamaged)
	if len(data) < 3 || data[1] != 1 {
		return kdf{}, errCut
	}
	p := map[string][]byte{}
	for rest := data[2:]; len(rest) == 0 || rest[0] != 0; {
		if len(rest) == 0 {
			return kdf{}, errCut
		}
		name, after, ok := sized(rest[1:])
		if !ok {
			return kdf{}, errCut
		}
		value, next, ok := sized(after)
		if !ok {
			return kdf{}, errCut
		}
		p[string(name)], rest = value, next
	}
	uuid, salt := hex.EncodeToString(p["$UUID"]), p["S"]
	switch uuid {
	case uuidAES3, uuidAES4:
		rounds, ok := number(p["R"])
		if !ok {
			return kdf{}, fmt.Errorf("%w: no number of rounds", ErrDamaged)
		}
		return newAESKDF(salt, rounds)
	case uuidArgon2d, uuidArgon2id:
	default:
		return kdf{}, fmt.Errorf("%w: its key derivation %s is not known", ErrUnsupported, uuid)
	}
	passes, ok1 := number(p["I"])
	memory, ok2 := number(p["M"])
	lanes, ok3 := number(p["P"])
	version, ok4 := number(p["V"])
	switch {
	case !ok1 || !ok2 || !ok3 || !ok4 || len(salt) < 8 || len(salt) > 1024:
		return kdf{}, fmt.Errorf("%w: its Argon2 parameters are not complete", ErrDamaged)
	case version != argon2.Version:
		return kdf{}, fmt.Errorf("%w: Argon2 version %#x", ErrUnsupported, version)
	case len(p["K"]) > 0 || len(p["A"]) > 0:
		return kdf{}, fmt.Errorf("%w: Argon2 with a secret key", ErrUnsupported)
	case passes < 1 || passes > maxPasses, lanes < 1 || lanes > maxParallelism,
		memory < minMemory*lanes || memory > maxMemory, passes*memory > maxWork:
		return kdf{}, fmt.Errorf("%w: Argon2 with %d passes over %d bytes in %d lanes", ErrLimit, passes, memory, lanes)
	}
	return kdf{uuid: uuid, salt: salt, passes: uint32(passes), memory: uint32(memory / 1024), parallelism: uint8(lanes)}, nil
}

// number reads an unsigned value of 4 or 8 bytes.
func number(b []byte) (uint64, bool) {
	switch len(b) {
	case 4:
		return uint64(binary.LittleEndian.Uint32(b)), true
	case 8:
		return binary.LittleEndian.Uint64(b), true
	}
	return 0, false
}

// derive does the slow part. When ctx ends it returns at once; an Argon2 that
// is under way cannot be stopped and finishes unheard. AES-KDF, which encrypts
// both halves of the key over and over, looks at ctx every few milliseconds.
func (k kdf) derive(ctx context.Context, composite []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if k.uuid == uuidArgon2d || k.uuid == uuidArgon2id {
		derive := argon2.DKey
		if k.uuid == uuidArgon2id {
			derive = argon2.IDKey
		}
		done := make(chan []byte, 1)
		go func() { done <- derive(composite, k.salt, k.passes, k.memory, k.parallelism, 32) }()
		select {
		case key := <-done:
			return key, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	block, err := aes.NewCipher(k.salt)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	key := bytes.Clone(composite)
	low, high := key[:16], key[16:32]
	for i := range k.rounds {
		if i&0xffff == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		block.Encrypt(low, low)
		block.Encrypt(high, high)
	}
	sum := sha256.Sum256(key)
	return sum[:], nil
}
