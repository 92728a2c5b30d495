package kdbx

import (
	"crypto/cipher"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/salsa20/salsa" //lint:ignore SA1019 KDBX 3 protects its fields with the bare stream
)

// newStream makes the stream that hides protected values. Number 0 is none, 1 a
// broken RC4 that no program of the last fifteen years writes.
func newStream(id uint32, key []byte) (cipher.Stream, error) {
	switch id {
	case 0:
		return nil, nil
	case 2:
		return newSalsa(sha256.Sum256(key)), nil
	case 3:
		sum := sha512.Sum512(key)
		s, err := chacha20.NewUnauthenticatedCipher(sum[:32], sum[32:44])
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return s, nil
	}
	return nil, fmt.Errorf("%w: its inner stream %d is not known", ErrUnsupported, id)
}

// salsaStream is Salsa20 that goes on where it stopped; the library's function
// begins at block 0 each time.
type salsaStream struct {
	key     [32]byte
	counter [16]byte // nonce, then the number of the block
	block   uint64
	left    []byte // key stream of the current block that was not used
}

func newSalsa(key [32]byte) *salsaStream {
	s := &salsaStream{key: key}
	copy(s.counter[:], []byte{0xe8, 0x30, 0x09, 0x4b, 0x97, 0x20, 0x5d, 0x2a}) // fixed by KeePass
	return s
}

func (s *salsaStream) XORKeyStream(dst, src []byte) {
	for i := range src {
		if len(s.left) == 0 {
			binary.LittleEndian.PutUint64(s.counter[8:], s.block)
			s.left = make([]byte, 64)
			counter := s.counter // the callee counts in it
			salsa.XORKeyStream(s.left, s.left, &counter, &s.key)
			s.block++
		}
		dst[i] = src[i] ^ s.left[0]
		s.left = s.left[1:]
	}
}
