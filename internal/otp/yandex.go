package otp

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/jangle-otp/jangle/internal/account"
)

// yandexLetters is the length of a Yandex.Key code.
const yandexLetters = 8

// yandex is Yandex.Key, as KeeYaOtp and Aegis found it out. Of the secret only
// the first 16 bytes are key; the rest of the long form is a checksum.
func yandex(a account.Account, step uint64) (string, error) {
	if a.PIN.IsZero() {
		return "", ErrPINNeeded
	}
	return yandexText(mac(sha256.New, yandexKey(a), step)), nil
}

// yandexKey drops a leading zero byte, as the app's big-number code does: once
// in 256 accounts the codes would be wrong otherwise.
func yandexKey(a account.Account) []byte {
	key := sha256.Sum256(append(a.PIN.Clone().Bytes(), a.Secret.Bytes()[:16]...))
	if key[0] == 0 {
		return key[1:]
	}
	return key[:]
}

// yandexText truncates to 63 bits and writes the value modulo 26^8 to the base
// 26, most significant letter first.
func yandexText(sum []byte) string {
	offset := sum[len(sum)-1] & 0x0f
	value := binary.BigEndian.Uint64(sum[offset:]) & (1<<63 - 1)
	var text [yandexLetters]byte
	for i := range text {
		text[yandexLetters-1-i] = 'a' + byte(value%26)
		value /= 26
	}
	return string(text[:])
}
