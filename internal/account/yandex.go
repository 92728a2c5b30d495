package account

import "strings"

// yandexKey is how many bytes of a Yandex secret are used.
const yandexKey = 16

// yandexLong is the length of a Yandex secret as people type it: 16 bytes of
// key and what follows them, closed by a 12-bit checksum. A QR code holds the
// 16 bytes alone.
const yandexLong = 26

// yandexPolynomial has degree 12; see formats of KeeYaOtp and Aegis, which
// found it by trying.
const yandexPolynomial = 0x18f3

// yandexChecksum reports whether the last 12 bits of a long Yandex secret are
// the remainder of the 196 bits before them. A mistyped character would
// otherwise be a valid account with wrong codes for ever.
func yandexChecksum(secret []byte) bool {
	const dataBits = yandexLong*8 - 12
	rest := 0
	for i := range dataBits {
		bit := int(secret[i/8]>>(7-i%8)) & 1
		rest = rest<<1 | bit
		if rest&0x1000 != 0 {
			rest ^= yandexPolynomial
		}
	}
	n := len(secret)
	return rest == int(secret[n-2]&0x0f)<<8|int(secret[n-1])
}

func validYandex(a Account) error {
	switch n := a.Secret.Len(); {
	case n < yandexKey:
		return fieldError("secret", "a Yandex secret has at least %d bytes, this has %d", yandexKey, n)
	case n == yandexLong && !yandexChecksum(a.Secret.Bytes()):
		return fieldError("secret", "its checksum is wrong: a character was mistyped or left out")
	}
	pin := string(a.PIN.Bytes())
	if pin != "" && (len(pin) < 4 || len(pin) > 16 || strings.Trim(pin, "0123456789") != "") {
		return fieldError("pin", "a Yandex PIN has 4 to 16 digits")
	}
	return fixed(a, SHA256, 8, 30)
}
