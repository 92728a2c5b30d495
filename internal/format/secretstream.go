package format

import (
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/poly1305" //lint:ignore SA1019 libsodium's secretstream needs the bare one //nolint:staticcheck // libsodium's construction needs the bare MAC
)

// libsodium's crypto_secretstream_xchacha20poly1305, one message, which is what
// Ente writes. The header is a nonce of 24 bytes; the ciphertext is one tag byte,
// the message, and a MAC of 16 bytes.
const (
	secretstreamHeader   = 24
	secretstreamOverhead = 1 + poly1305.TagSize
	secretstreamMessage  = 0 // some versions of Ente end with it
	secretstreamFinal    = 3
)

func openSecretstream(key, header, sealed []byte) ([]byte, error) {
	if len(header) != secretstreamHeader || len(sealed) < secretstreamOverhead {
		return nil, fmt.Errorf("%w: the encrypted part is too short", ErrDamaged)
	}
	stream, err := newSecretstream(key, header)
	if err != nil {
		return nil, err
	}
	body, mac := sealed[1:len(sealed)-poly1305.TagSize], sealed[len(sealed)-poly1305.TagSize:]
	block := stream.block(sealed[0])
	tag := block[0]
	block[0] = sealed[0] // the MAC covers the tag as it was sent
	if want := stream.mac(block, body); subtle.ConstantTimeCompare(want[:], mac) != 1 {
		return nil, ErrWrongPassphrase
	}
	if tag != secretstreamMessage && tag != secretstreamFinal {
		return nil, fmt.Errorf("%w: the encrypted part has more than one message", ErrDamaged)
	}
	return stream.body(body), nil
}

func sealSecretstream(key, header, plain []byte) ([]byte, error) {
	stream, err := newSecretstream(key, header)
	if err != nil {
		return nil, err
	}
	block := stream.block(secretstreamFinal)
	body := stream.body(plain)
	mac := stream.mac(block, body)
	return slices.Concat(block[:1], body, mac[:]), nil
}

// secretstream is the state for the first and only message: a subkey from the
// first 16 bytes of the header, and a nonce of the counter 1 and the rest.
type secretstream struct {
	cipher  *chacha20.Cipher
	polyKey [32]byte
}

func newSecretstream(key, header []byte) (*secretstream, error) {
	subkey, err := chacha20.HChaCha20(key, header[:16])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	nonce := append(binary.LittleEndian.AppendUint32(nil, 1), header[16:]...)
	c, err := chacha20.NewUnauthenticatedCipher(subkey, nonce)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	s := &secretstream{cipher: c}
	var first [64]byte // block 0: the MAC's key
	c.XORKeyStream(first[:], first[:])
	copy(s.polyKey[:], first[:])
	return s, nil
}

// block crypts the block of 64 bytes whose first is the message's tag.
func (s *secretstream) block(tag byte) [64]byte {
	block := [64]byte{tag}
	s.cipher.XORKeyStream(block[:], block[:])
	return block
}

func (s *secretstream) body(in []byte) []byte {
	out := make([]byte, len(in))
	s.cipher.XORKeyStream(out, in)
	return out
}

// mac pads with len(body) mod 16 zeros, where the usual construction pads up to
// a multiple of 16: a slip in libsodium's first release that became the format.
func (s *secretstream) mac(block [64]byte, body []byte) [poly1305.TagSize]byte {
	m := poly1305.New(&s.polyKey)
	m.Write(block[:])
	m.Write(body)
	m.Write(make([]byte, len(body)%16))
	m.Write(binary.LittleEndian.AppendUint64(make([]byte, 8), uint64(len(block)+len(body))))
	var sum [poly1305.TagSize]byte
	copy(sum[:], m.Sum(nil))
	return sum
}
