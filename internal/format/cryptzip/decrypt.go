package cryptzip

import (
	"archive/zip"
	"crypto/aes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// zipCrypto is the stream cipher of PKZIP 2 (APPNOTE 6.1): three numbers that
// every plaintext byte stirs.
type zipCrypto struct {
	keys  [3]uint32
	table *crc32.Table
}

const zipCryptoHeader = 12

// openZipCrypto returns the plaintext without its random header. The last byte
// of that header tells a wrong passphrase in 255 of 256 cases; the checksum of
// the member tells the rest.
func openZipCrypto(sealed, passphrase []byte, check byte) ([]byte, error) {
	if len(sealed) < zipCryptoHeader {
		return nil, fmt.Errorf("%w: an encrypted member is too short", ErrDamaged)
	}
	z := zipCrypto{keys: [3]uint32{0x12345678, 0x23456789, 0x34567890}, table: crc32.IEEETable}
	for _, b := range passphrase {
		z.stir(b)
	}
	plain := make([]byte, len(sealed))
	for i, b := range sealed {
		t := z.keys[2] | 2
		plain[i] = b ^ byte(t*(t^1)>>8)
		z.stir(plain[i])
	}
	if plain[zipCryptoHeader-1] != check {
		return nil, ErrPassword
	}
	return plain[zipCryptoHeader:], nil
}

func (z *zipCrypto) stir(b byte) {
	z.keys[0] = z.crc(z.keys[0], b)
	z.keys[1] = (z.keys[1]+z.keys[0]&0xff)*134775813 + 1
	z.keys[2] = z.crc(z.keys[2], byte(z.keys[1]>>24))
}

func (z *zipCrypto) crc(sum uint32, b byte) uint32 { return z.table[byte(sum)^b] ^ sum>>8 }

// WinZip's AES (AE-1 and AE-2): salt, two bytes that tell a wrong passphrase,
// ciphertext, ten bytes of HMAC-SHA1.
const (
	aesExtra    = 0x9901
	aesRounds   = 1000
	aesVerifier = 2
	aesMAC      = 10
)

func (m *member) openAES(f *zip.File, passphrase []byte) error {
	version, strength, method, ok := aesField(f.Extra)
	if !ok || strength < 1 || strength > 3 || version < 1 || version > 2 {
		return fmt.Errorf("%w: an encrypted member does not say how", ErrDamaged)
	}
	m.method, m.checked = method, version == 1
	keySize := 8 + 8*int(strength)
	saltSize := keySize / 2
	if len(m.packed) < saltSize+aesVerifier+aesMAC {
		return fmt.Errorf("%w: an encrypted member is too short", ErrDamaged)
	}
	salt, rest := m.packed[:saltSize], m.packed[saltSize:]
	verifier, rest := rest[:aesVerifier], rest[aesVerifier:]
	body, mac := rest[:len(rest)-aesMAC], rest[len(rest)-aesMAC:]
	keys, err := pbkdf2.Key(sha1.New, string(passphrase), salt, aesRounds, 2*keySize+aesVerifier)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	if subtle.ConstantTimeCompare(keys[2*keySize:], verifier) != 1 {
		return ErrPassword
	}
	h := hmac.New(sha1.New, keys[keySize:2*keySize])
	h.Write(body)
	if !hmac.Equal(h.Sum(nil)[:aesMAC], mac) {
		return ErrPassword
	}
	m.packed, err = aesCTR(keys[:keySize], body)
	m.locked = false // the MAC was right: what is wrong now is damage
	return err
}

// aesField finds WinZip's extra field among the others.
func aesField(extra []byte) (version uint16, strength byte, method uint16, ok bool) {
	for len(extra) >= 4 {
		id, size := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		extra = extra[4:]
		if size > len(extra) {
			return 0, 0, 0, false
		}
		if f := extra[:size]; id == aesExtra && size == 7 {
			return binary.LittleEndian.Uint16(f), f[4], binary.LittleEndian.Uint16(f[5:]), true
		}
		extra = extra[size:]
	}
	return 0, 0, 0, false
}

// aesCTR counts from 1 with the least byte first, unlike cipher.NewCTR.
func aesCTR(key, body []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	out := make([]byte, len(body))
	var counter, stream [aes.BlockSize]byte
	for at, n := 0, uint64(1); at < len(body); at, n = at+aes.BlockSize, n+1 {
		binary.LittleEndian.PutUint64(counter[:], n)
		block.Encrypt(stream[:], counter[:])
		subtle.XORBytes(out[at:], body[at:], stream[:])
	}
	return out, nil
}
