package format

import (
	"context"
	"crypto/pbkdf2"
	"fmt"
	"hash"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/scrypt"
)

// A foreign file names the cost of its own key derivation, so a hostile one can
// ask for terabytes or for years (CVE-2023-50967 is this mistake). Each function
// below refuses the numbers before it takes memory, and gives up waiting when
// ctx ends: the derivations of x/crypto cannot be interrupted, so the rest of
// one runs on in its goroutine until it is done or the process ends.

// scryptCost is N, r and p of RFC 7914.
type scryptCost struct{ N, R, P int }

const (
	maxScryptN      = 1 << 20
	maxScryptR      = 32
	maxScryptP      = 16
	maxScryptMemory = 1 << 30 // bytes: 128·N·r
	maxScryptWork   = 4 << 30 // bytes: 128·N·r·p, summed over a file
)

// work is the memory traffic of one derivation, in bytes: its time is
// proportional to it (1 GiB takes about 3 s on a slow core).
func (c scryptCost) work() int { return 128 * c.N * c.R * c.P }

func (c scryptCost) check() error {
	switch {
	case c.N < 2 || c.N > maxScryptN || c.N&(c.N-1) != 0:
		return kdfError("scrypt N = %d is not a power of two from 2 to %d", c.N, maxScryptN)
	case c.R < 1 || c.R > maxScryptR:
		return kdfError("scrypt r = %d is not between 1 and %d", c.R, maxScryptR)
	case c.P < 1 || c.P > maxScryptP:
		return kdfError("scrypt p = %d is not between 1 and %d", c.P, maxScryptP)
	case 128*c.N*c.R > maxScryptMemory:
		return kdfError("scrypt N = %d, r = %d needs more than 1 GiB", c.N, c.R)
	case c.work() > maxScryptWork:
		return kdfError("scrypt N = %d, r = %d, p = %d would take too long", c.N, c.R, c.P)
	}
	return nil
}

// scryptKey derives size bytes.
func scryptKey(ctx context.Context, passphrase, salt []byte, c scryptCost, size int) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return derive(ctx, func() ([]byte, error) { return scrypt.Key(passphrase, salt, c.N, c.R, c.P, size) })
}

// pbkdf2Cost is a number of iterations and what the format's own program or
// formats.md 2.7 allows for it.
type pbkdf2Cost struct{ Iterations, Min, Max int }

// maxPBKDF2 is the bound where a format names none: Aegis's own for andOTP.
const maxPBKDF2 = 10_000_000

func (c pbkdf2Cost) check() error {
	if c.Iterations < max(c.Min, 1) || c.Iterations > c.Max {
		return kdfError("%d iterations of PBKDF2 are not between %d and %d", c.Iterations, max(c.Min, 1), c.Max)
	}
	return nil
}

// pbkdf2Key derives size bytes with HMAC of hash h.
func pbkdf2Key[H hash.Hash](ctx context.Context, h func() H, passphrase, salt []byte, c pbkdf2Cost, size int) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return derive(ctx, func() ([]byte, error) { return pbkdf2.Key(h, string(passphrase), salt, c.Iterations, size) })
}

// argon2Cost is t, m and p of RFC 9106; memory is in KiB.
type argon2Cost struct{ Time, MemoryKiB, Threads int }

// argon2Bounds is what a format allows; memory and work are in KiB, work is
// time times memory.
type argon2Bounds struct{ MinTime, MaxTime, MinKiB, MaxKiB, MaxThreads, MaxWorkKiB int }

const gibInKiB = 1 << 20

// argon2Default is the bound where a format names none.
func argon2Default() argon2Bounds {
	return argon2Bounds{MinTime: 1, MaxTime: 64, MinKiB: 8, MaxKiB: gibInKiB, MaxThreads: 16, MaxWorkKiB: 16 * gibInKiB}
}

func (c argon2Cost) check(b argon2Bounds) error {
	switch {
	case c.Time < max(b.MinTime, 1) || c.Time > b.MaxTime:
		return kdfError("Argon2 t = %d is not between %d and %d", c.Time, max(b.MinTime, 1), b.MaxTime)
	case c.Threads < 1 || c.Threads > min(b.MaxThreads, 255):
		return kdfError("Argon2 p = %d is not between 1 and %d", c.Threads, b.MaxThreads)
	case c.MemoryKiB < max(b.MinKiB, 8*c.Threads) || c.MemoryKiB > b.MaxKiB:
		return kdfError("Argon2 m = %d KiB is not between %d and %d KiB", c.MemoryKiB, max(b.MinKiB, 8*c.Threads), b.MaxKiB)
	case c.Time*c.MemoryKiB > b.MaxWorkKiB:
		return kdfError("Argon2 t = %d with m = %d KiB would take too long", c.Time, c.MemoryKiB)
	}
	return nil
}

// argon2idKey derives size bytes with Argon2id, version 1.3.
func argon2idKey(ctx context.Context, passphrase, salt []byte, c argon2Cost, b argon2Bounds, size int) ([]byte, error) {
	if err := c.check(b); err != nil {
		return nil, err
	}
	return derive(ctx, func() ([]byte, error) {
		return argon2.IDKey(passphrase, salt, uint32(c.Time), uint32(c.MemoryKiB), uint8(c.Threads), uint32(size)), nil
	})
}

// derive runs a derivation that cannot be interrupted, and stops waiting for it
// when ctx ends.
func derive(ctx context.Context, f func() ([]byte, error)) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	type outcome struct {
		key []byte
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		key, err := f()
		done <- outcome{key, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case o := <-done:
		return o.key, o.err
	}
}

func kdfError(format string, args ...any) error {
	return fmt.Errorf("%w: key derivation: %s", ErrLimit, fmt.Sprintf(format, args...))
}
