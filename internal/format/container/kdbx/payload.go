package kdbx

import (
	"bytes"
	"compress/gzip"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/salsa20/salsa" //lint:ignore SA1019 KDBX 3 protects its fields with the bare stream
	"golang.org/x/crypto/twofish"       //lint:ignore SA1019 KeePass databases exist that are encrypted with it
)

// cipherID names the cipher of the payload, a UUID in hex.
type cipherID string

const (
	cipherAES     cipherID = "31c1f2e6bf714350be5805216afc5aff"
	cipherChaCha  cipherID = "d6038a2b8b6f4cb5a524339a31dbb59a"
	cipherTwofish cipherID = "ad68f29f576f4bb9a36ad47af965346c"
)

// decrypt returns a new slice. A padding that is wrong means a wrong key: both
// versions check the key in another way as well.
func (c cipherID) decrypt(key, iv, data []byte) ([]byte, error) {
	if c == cipherChaCha {
		s, err := chacha20.NewUnauthenticatedCipher(key, iv)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		out := make([]byte, len(data))
		s.XORKeyStream(out, data)
		return out, nil
	}
	var block cipher.Block
	var err error
	if block, err = aes.NewCipher(key); c == cipherTwofish {
		block, err = twofish.NewCipher(key)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if len(data) == 0 || len(data)%block.BlockSize() != 0 {
		return nil, fmt.Errorf("%w: %d bytes of ciphertext", ErrDamaged, len(data))
	}
	out := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, data)
	pad := int(out[len(out)-1])
	if pad < 1 || pad > block.BlockSize() {
		return nil, ErrWrongKey
	}
	return out[:len(out)-pad], nil
}

func (h *header) masterKey(transformed []byte) []byte {
	sum := sha256.Sum256(append(append([]byte(nil), h.fields[fieldMasterSeed]...), transformed...))
	return sum[:]
}

// openV4 checks the header, then every block, then decrypts. It returns the XML
// and the stream for its protected values.
func openV4(h *header, rest, transformed []byte, l Limits) ([]byte, cipher.Stream, error) {
	if len(rest) < 64 {
		return nil, nil, fmt.Errorf("%w: it is cut off", ErrDamaged)
	}
	if sum := sha256.Sum256(h.raw); !bytes.Equal(sum[:], rest[:32]) {
		return nil, nil, fmt.Errorf("%w: its header fails its checksum", ErrDamaged)
	}
	seed := append(append([]byte(nil), h.fields[fieldMasterSeed]...), transformed...)
	base := sha512.Sum512(append(seed, 1))
	if !hmac.Equal(blockMAC(base[:], ^uint64(0), h.raw), rest[32:64]) {
		return nil, nil, ErrWrongKey
	}
	// Join the blocks, of which each has its HMAC and its length before it; the
	// last one is empty.
	var sealed []byte
	rest = rest[64:]
	for number := uint64(0); ; number++ {
		if len(rest) < 36 {
			return nil, nil, fmt.Errorf("%w: it is cut off", ErrDamaged)
		}
		mac, size := rest[:32], rest[32:36]
		n := uint64(binary.LittleEndian.Uint32(size))
		rest = rest[36:]
		if n > uint64(len(rest)) {
			return nil, nil, fmt.Errorf("%w: it is cut off", ErrDamaged)
		}
		index := binary.LittleEndian.AppendUint64(nil, number)
		if !hmac.Equal(mac, blockMAC(base[:], number, index, size, rest[:n])) {
			return nil, nil, fmt.Errorf("%w: block %d fails its checksum", ErrDamaged, number)
		}
		if n == 0 {
			break
		}
		sealed, rest = append(sealed, rest[:n]...), rest[n:]
	}
	plain, err := h.cipher.decrypt(h.masterKey(transformed), h.fields[fieldIV], sealed)
	if err != nil {
		return nil, nil, err
	}
	if plain, err = h.unpack(plain, l); err != nil {
		return nil, nil, err
	}
	// The inner header names the stream of the protected values; attachments come
	// with it and are passed over.
	var id uint32
	var key []byte
	for rest = plain; len(rest) > 0; {
		kind := rest[0]
		value, next, ok := sized(rest[1:])
		if !ok {
			break
		}
		rest = next
		switch {
		case kind == 0:
			s, err := newStream(id, key)
			return rest, s, err
		case kind == 1 && len(value) == 4:
			id = binary.LittleEndian.Uint32(value)
		case kind == 2:
			key = value
		}
	}
	return nil, nil, fmt.Errorf("%w: its inner header is cut off", ErrDamaged)
}

// blockMAC is the HMAC of a block under the key of its number.
func blockMAC(base []byte, number uint64, parts ...[]byte) []byte {
	key := sha512.Sum512(append(binary.LittleEndian.AppendUint64(nil, number), base...))
	mac := hmac.New(sha256.New, key[:])
	for _, p := range parts {
		mac.Write(p)
	}
	return mac.Sum(nil)
}

// openV3 decrypts, compares the start bytes, then checks every block.
func openV3(h *header, rest, transformed []byte, l Limits) ([]byte, cipher.Stream, error) {
	plain, err := h.cipher.decrypt(h.masterKey(transformed), h.fields[fieldIV], rest)
	if err != nil {
		return nil, nil, err
	}
	start := h.fields[fieldStartBytes]
	if len(plain) < len(start) || subtle.ConstantTimeCompare(plain[:len(start)], start) != 1 {
		return nil, nil, ErrWrongKey
	}
	// Join the blocks, of which each has its number, hash and length before it;
	// the last one is empty.
	var joined []byte
	rest = plain[len(start):]
	for number := uint32(0); ; number++ {
		if len(rest) < 40 || binary.LittleEndian.Uint32(rest) != number {
			return nil, nil, fmt.Errorf("%w: block %d is missing", ErrDamaged, number)
		}
		sum, n := rest[4:36], uint64(binary.LittleEndian.Uint32(rest[36:]))
		rest = rest[40:]
		if n == 0 {
			break
		}
		if n > uint64(len(rest)) {
			return nil, nil, fmt.Errorf("%w: it is cut off", ErrDamaged)
		}
		if got := sha256.Sum256(rest[:n]); !bytes.Equal(got[:], sum) {
			return nil, nil, fmt.Errorf("%w: block %d fails its checksum", ErrDamaged, number)
		}
		joined, rest = append(joined, rest[:n]...), rest[n:]
	}
	if joined, err = h.unpack(joined, l); err != nil {
		return nil, nil, err
	}
	s, err := newStream(binary.LittleEndian.Uint32(h.fields[fieldStream]), h.fields[fieldStreamKey])
	return joined, s, err
}

// unpack undoes gzip, counting what really comes out.
func (h *header) unpack(data []byte, l Limits) ([]byte, error) {
	if h.compressed {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		z.Multistream(false) // some writers pad a stream cipher's text too
		if data, err = io.ReadAll(io.LimitReader(z, int64(l.Unpacked)+1)); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	if len(data) > l.Unpacked {
		return nil, fmt.Errorf("%w: it unpacks to more than %d bytes", ErrLimit, l.Unpacked)
	}
	return data, nil
}

// newStream makes the stream that hides protected values. Number 0 is none, 1 a
// broken RC4 that no program of the last fifteen years writes.
func newStream(id uint32, key []byte) (cipher.Stream, error) {
	switch id {
	case 0:
		return nil, nil
	case 2:
		s := &salsaStream{key: sha256.Sum256(key)}
		copy(s.counter[:], []byte{0xe8, 0x30, 0x09, 0x4b, 0x97, 0x20, 0x5d, 0x2a}) // fixed by KeePass
		return s, nil
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
