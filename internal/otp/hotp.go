package otp

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"

	pquerna "github.com/pquerna/otp"
	pquernahotp "github.com/pquerna/otp/hotp"

	"github.com/jangle-otp/jangle/internal/account"
)

// hotp is RFC 4226: the decimal code of a for one number.
//
// The arithmetic is pquerna/otp's where that library is right: SHA1, SHA256 and
// SHA512, canonical base32, at least one byte of secret, 1 to 10 digits. The
// account has been validated, so what the library does with anything else
// (SHA224 becomes SHA1 in silence, digits beyond int32 and MD5 panic, an empty
// secret has a code) is out of reach.
func hotp(a account.Account, counter uint64) (string, error) {
	var algorithm pquerna.Algorithm
	switch a.Algorithm {
	case account.SHA1:
		algorithm = pquerna.AlgorithmSHA1
	case account.SHA224:
		return ownHOTP(sha256.New224, a, counter), nil
	case account.SHA256:
		algorithm = pquerna.AlgorithmSHA256
	case account.SHA384:
		return ownHOTP(sha512.New384, a, counter), nil
	case account.SHA512:
		algorithm = pquerna.AlgorithmSHA512
	default:
		return "", &account.FieldError{Field: "algorithm", Problem: fmt.Sprintf("%.20q makes no codes", string(a.Algorithm))}
	}
	return pquernahotp.GenerateCodeCustom(a.Secret.Base32(), counter, pquernahotp.ValidateOpts{
		Digits: pquerna.Digits(a.Digits), Algorithm: algorithm,
	})
}

// ownHOTP is the same for any hash; it serves those that the library lacks.
func ownHOTP(newHash func() hash.Hash, a account.Account, counter uint64) string {
	mod := uint64(1)
	for range a.Digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", a.Digits, uint64(truncate(mac(newHash, a.Secret.Bytes(), counter)))%mod)
}

// mac is the HMAC over the number as eight bytes, most significant first.
func mac(newHash func() hash.Hash, key []byte, number uint64) []byte {
	m := hmac.New(newHash, key)
	m.Write(binary.BigEndian.AppendUint64(nil, number))
	return m.Sum(nil)
}

// truncate is RFC 4226 section 5.3: 31 bits from where the last nibble points.
func truncate(sum []byte) uint32 {
	offset := sum[len(sum)-1] & 0x0f
	return binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
}

// steamText writes the value to the base 26, least significant character first.
// (FreeOTP 2 writes it the other way round, and Steam does not take its codes.)
// The alphabet leaves out what people mistake: 0 and O, 1, I and L, and all
// vowels, so that no code is a word.
func steamText(value uint32) string {
	const alphabet = "23456789BCDFGHJKMNPQRTVWXY"
	var text [5]byte
	for i := range text {
		text[i] = alphabet[value%26]
		value /= 26
	}
	return string(text[:])
}

// yandex is Yandex.Key, as KeeYaOtp and Aegis found it out. The first 16 bytes
// of the secret are key; the rest of the long form is a checksum.
func yandex(a account.Account, step uint64) string {
	hashed := sha256.Sum256(append(a.PIN.Clone().Bytes(), a.Secret.Bytes()[:16]...))
	key := hashed[:]
	// The app's big-number code drops a leading zero byte; without that the codes
	// of one account in 256 would be wrong.
	if key[0] == 0 {
		key = key[1:]
	}
	// 63 bits from where the last nibble points, modulo 26^8, to the base 26,
	// most significant letter first.
	sum := mac(sha256.New, key, step)
	value := binary.BigEndian.Uint64(sum[sum[len(sum)-1]&0x0f:]) & (1<<63 - 1)
	var text [8]byte
	for i := range text {
		text[len(text)-1-i] = 'a' + byte(value%26)
		value /= 26
	}
	return string(text[:])
}
