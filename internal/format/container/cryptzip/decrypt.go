package cryptzip

import (
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

// openZipCrypto decrypts, and takes off the random header of 12 bytes. The last
// byte of that header tells a wrong passphrase in 255 of 256 cases; the checksum
// of the member tells the rest.
func (m *member) openZipCrypto(passphrase []byte, check byte) error {
	const header = 12
	if len(m.packed) < header {
		return fmt.Errorf("%w: an encrypted member is too short", ErrDamaged)
	}
	z := zipCrypto{keys: [3]uint32{0x12345678, 0x23456789, 0x34567890}, table: crc32.IEEETable}
	for _, b := range passphrase {
		z.stir(b)
	}
	plain := make([]byte, len(m.packed))
	for i, b := range m.packed {
		t := z.keys[2] | 2
		plain[i] = b ^ byte(t*(t^1)>>8)
		z.stir(plain[i])
	}
	if plain[header-1] != check {
		return ErrPassword
	}
	m.packed = plain[header:]
	return nil
}

func (z *zipCrypto) stir(b byte) {
	z.keys[0] = z.crc(z.keys[0], b)
	z.keys[1] = (z.keys[1]+z.keys[0]&0xff)*134775813 + 1
	z.keys[2] = z.crc(z.keys[2], byte(z.keys[1]>>24))
}

func (z *zipCrypto) crc(sum uint32, b byte) uint32 { return z.table[byte(sum)^b] ^ sum>>8 }

// openAES opens WinZip's AES (AE-1 and AE-2): salt, two bytes that tell a wrong
// passphrase, ciphertext, ten bytes of HMAC-SHA1. How it was made is said in an
// extra field of the member.
func (m *member) openAES(extra, passphrase []byte) error {
	const fieldID, rounds, verifierSize, macSize = 0x9901, 1000, 2, 10
	var field []byte // version 2, "AE", strength 1, method 2 bytes
	for len(extra) >= 4 && field == nil {
		id, size := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		extra = extra[4:]
		if size > len(extra) {
			break
		}
		if id == fieldID && size == 7 {
			field = extra[:size]
		}
		extra = extra[size:]
	}
	if field == nil || field[4] < 1 || field[4] > 3 || field[0] < 1 || field[0] > 2 || field[1] != 0 {
		return fmt.Errorf("%w: an encrypted member does not say how", ErrDamaged)
	}
	m.method, m.checked = binary.LittleEndian.Uint16(field[5:]), field[0] == 1
	keySize := 8 + 8*int(field[4])
	saltSize := keySize / 2
	if len(m.packed) < saltSize+verifierSize+macSize {
		return fmt.Errorf("%w: an encrypted member is too short", ErrDamaged)
	}
	salt, rest := m.packed[:saltSize], m.packed[saltSize:]
	verifier, rest := rest[:verifierSize], rest[verifierSize:]
	body, mac := rest[:len(rest)-macSize], rest[len(rest)-macSize:]
	keys, err := pbkdf2.Key(sha1.New, string(passphrase), salt, rounds, 2*keySize+verifierSize)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	if subtle.ConstantTimeCompare(keys[2*keySize:], verifier) != 1 {
		return ErrPassword
	}
	h := hmac.New(sha1.New, keys[keySize:2*keySize])
	h.Write(body)
	if !hmac.Equal(h.Sum(nil)[:macSize], mac) {
		return ErrPassword
	}
	m.locked = false // the MAC was right: what is wrong now is damage
	block, err := aes.NewCipher(keys[:keySize])
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	// CTR that counts from 1 with the least byte first, unlike cipher.NewCTR.
	m.packed = make([]byte, len(body))
	var counter, stream [aes.BlockSize]byte
	for at, n := 0, uint64(1); at < len(body); at, n = at+aes.BlockSize, n+1 {
		binary.LittleEndian.PutUint64(counter[:], n)
		block.Encrypt(stream[:], counter[:])
		subtle.XORBytes(m.packed[at:], body[at:], stream[:])
	}
	return nil
}
