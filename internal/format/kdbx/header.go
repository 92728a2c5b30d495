package kdbx

import (
	"encoding/binary"
	"fmt"
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
	raw          []byte // all of it, for the checksums of version 4
	size         int
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
	h := &header{minor: binary.LittleEndian.Uint16(data[8:]), major: binary.LittleEndian.Uint16(data[10:])}
	if h.major != 3 && h.major != 4 {
		return nil, fmt.Errorf("%w: version %d.%d", ErrUnsupported, h.major, h.minor)
	}
	if err := h.readFields(data); err != nil {
		return nil, err
	}
	return h, h.interpret()
}

// readFields collects the fields. A length has two bytes in version 3 and four
// in version 4; nothing is allocated for it, so a false one costs nothing.
func (h *header) readFields(data []byte) error {
	h.fields = map[byte][]byte{}
	wide := 2
	if h.major == 4 {
		wide = 4
	}
	rest := data[12:]
	for {
		if len(rest) < 1+wide {
			return fmt.Errorf("%w: its header is cut off", ErrDamaged)
		}
		id, n := rest[0], uint64(binary.LittleEndian.Uint16(rest[1:]))
		if h.major == 4 {
			n = uint64(binary.LittleEndian.Uint32(rest[1:]))
		}
		rest = rest[1+wide:]
		if n > uint64(len(rest)) {
			return fmt.Errorf("%w: its header is cut off", ErrDamaged)
		}
		value := rest[:n]
		rest = rest[n:]
		if id == fieldEnd {
			break
		}
		h.fields[id] = value
	}
	h.size = len(data) - len(rest)
	h.raw = data[:h.size]
	return nil
}

func (h *header) interpret() error {
	var err error
	if h.cipher, err = parseCipher(h.fields[fieldCipher]); err != nil {
		return err
	}
	if len(h.fields[fieldIV]) != h.cipher.ivSize() {
		return fmt.Errorf("%w: an IV of %d bytes", ErrDamaged, len(h.fields[fieldIV]))
	}
	if len(h.fields[fieldMasterSeed]) != 32 {
		return fmt.Errorf("%w: a seed of %d bytes", ErrDamaged, len(h.fields[fieldMasterSeed]))
	}
	switch c := h.fields[fieldCompression]; {
	case len(c) != 4 || binary.LittleEndian.Uint32(c) > 1:
		return fmt.Errorf("%w: its compression is not known", ErrUnsupported)
	default:
		h.compressed = c[0] == 1
	}
	if h.major == 4 {
		h.kdf, err = parseKDF(h.fields[fieldKDF])
		return err
	}
	rounds := h.fields[fieldKDFRounds]
	if len(rounds) != 8 || len(h.fields[fieldStartBytes]) != 32 || len(h.fields[fieldStream]) != 4 {
		return fmt.Errorf("%w: its header is not complete", ErrDamaged)
	}
	h.kdf, err = newAESKDF(h.fields[fieldKDFSeed], binary.LittleEndian.Uint64(rounds))
	return err
}

// variants reads a VariantDictionary into name and raw value.
func variants(data []byte) (map[string][]byte, error) {
	errCut := fmt.Errorf("%w: its key derivation is cut off", ErrDamaged)
	if len(data) < 2 || data[1] != 1 {
		return nil, errCut
	}
	out := map[string][]byte{}
	for rest := data[2:]; ; {
		if len(rest) == 0 {
			return nil, errCut
		}
		if rest[0] == 0 {
			return out, nil
		}
		name, after, ok := sized(rest[1:])
		if !ok {
			return nil, errCut
		}
		value, next, ok := sized(after)
		if !ok {
			return nil, errCut
		}
		out[string(name)], rest = value, next
	}
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
