package otp

import (
	"crypto/hmac"
	"crypto/sha1"
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
	algorithm, ok := libraryAlgorithm(a.Algorithm)
	if !ok {
		return ownHOTP(a, counter)
	}
	return pquernahotp.GenerateCodeCustom(a.Secret.Base32(), counter, pquernahotp.ValidateOpts{
		Digits: pquerna.Digits(a.Digits), Algorithm: algorithm,
	})
}

func libraryAlgorithm(a account.Algorithm) (pquerna.Algorithm, bool) {
	switch a {
	case account.SHA1:
		return pquerna.AlgorithmSHA1, true
	case account.SHA256:
		return pquerna.AlgorithmSHA256, true
	case account.SHA512:
		return pquerna.AlgorithmSHA512, true
	}
	return 0, false
}

// ownHOTP is the same for every algorithm; it serves those the library lacks.
func ownHOTP(a account.Account, counter uint64) (string, error) {
	newHash, err := hashOf(a.Algorithm)
	if err != nil {
		return "", err
	}
	mod := uint64(1)
	for range a.Digits {
		mod *= 10
	}
	value := uint64(truncate(mac(newHash, a.Secret.Bytes(), counter)))
	return fmt.Sprintf("%0*d", a.Digits, value%mod), nil
}

func hashOf(a account.Algorithm) (func() hash.Hash, error) {
	switch a {
	case account.SHA1:
		return sha1.New, nil
	case account.SHA224:
		return sha256.New224, nil
	case account.SHA256:
		return sha256.New, nil
	case account.SHA384:
		return sha512.New384, nil
	case account.SHA512:
		return sha512.New, nil
	}
	return nil, &account.FieldError{Field: "algorithm", Problem: fmt.Sprintf("%.20q makes no codes", string(a))}
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
