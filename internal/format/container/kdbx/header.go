package kdbx

import (
	"crypto/aes"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"golang.org/x/crypto/chacha20"
)

// The fields of the outer header; 5, 6, 8, 9 and 10 are of version 3, 11 of
// version 4.
const (
	fieldEnd         = 0
	fieldCipher      = 2
	fieldCompression = 3
	fieldMasterSeed  = 4
	fieldKDFSeed     = 5
	fieldKDFRounds   = 6
	fieldIV          = 7
	fieldStreamKey   = 8
	fieldStartBytes  = 9
	fieldStream      = 10
	fieldKDF         = 11
)

type header struct {
	major, minor uint16
	raw          []byte // all of it; version 4 has checksums of it
	fields       map[byte][]byte
	cipher       cipherID
	compressed   bool
	kdf          kdf
}

func parseHeader(data []byte) (*header, error) {
	if !Is(data) {
		return nil, fmt.Errorf("%w: it does not begin as one", ErrDamaged)
	}
	if data[4] != 0x67 {
		return nil, fmt.Errorf("%w: it was written by KeePass 1", ErrUnsupported)
	}
	h := &header{minor: binary.LittleEndian.Uint16(data[8:]), major: binary.LittleEndian.Uint16(data[10:]), fields: map[byte][]byte{}}
	if h.major != 3 && h.major != 4 {
		return nil, fmt.Errorf("%w: version %d.%d", ErrUnsupported, h.major, h.minor)
	}
	// Collect the fields. A length has two bytes in version 3 and four in version
	// 4; nothing is allocated for it, so a false one costs nothing.
	wide := 2
	if h.major == 4 {
		wide = 4
	}
	for rest := data[12:]; ; {
		if len(rest) < 1+wide {
			return nil, fmt.Errorf("%w: its header is cut off", ErrDamaged)
		}
		id, n := rest[0], uint64(binary.LittleEndian.Uint16(rest[1:]))
		if h.major == 4 {
			n = uint64(binary.LittleEndian.Uint32(rest[1:]))
		}
		rest = rest[1+wide:]
		if n > uint64(len(rest)) {
			return nil, fmt.Errorf("%w: its header is cut off", ErrDamaged)
		}
		value := rest[:n]
		rest = rest[n:]
		if id == fieldEnd {
			h.raw = data[:len(data)-len(rest)]
			break
		}
		h.fields[id] = value
	}
	// Understand what both versions have.
	h.cipher = cipherID(hex.EncodeToString(h.fields[fieldCipher]))
	ivSize := aes.BlockSize
	switch h.cipher {
	case cipherAES, cipherTwofish:
	case cipherChaCha:
		ivSize = chacha20.NonceSize
	default:
		return nil, fmt.Errorf("%w: its cipher %s is not known", ErrUnsupported, h.cipher)
	}
	if len(h.fields[fieldIV]) != ivSize {
		return nil, fmt.Errorf("%w: an IV of %d bytes", ErrDamaged, len(h.fields[fieldIV]))
	}
	if len(h.fields[fieldMasterSeed]) != 32 {
		return nil, fmt.Errorf("%w: a seed of %d bytes", ErrDamaged, len(h.fields[fieldMasterSeed]))
	}
	compression := h.fields[fieldCompression]
	if len(compression) != 4 || binary.LittleEndian.Uint32(compression) > 1 {
		return nil, fmt.Errorf("%w: its compression is not known", ErrUnsupported)
	}
	h.compressed = compression[0] == 1
	// The key derivation, and in version 3 what only that version needs.
	var err error
	if h.major == 4 {
		h.kdf, err = parseKDF(h.fields[fieldKDF])
		return h, err
	}
	rounds := h.fields[fieldKDFRounds]
	if len(rounds) != 8 || len(h.fields[fieldStartBytes]) != 32 || len(h.fields[fieldStream]) != 4 {
		return nil, fmt.Errorf("%w: its header is not complete", ErrDamaged)
	}
	h.kdf, err = newAESKDF(h.fields[fieldKDFSeed], binary.LittleEndian.Uint64(rounds))
	return h, err
}

// sized takes a 32-bit length and so many bytes off the front.
func sized(b []byte) (value, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := binary.LittleEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) {
		return nil, nil, false
	}
	return b[4 : 4+n], b[4+n:], true
}
