package otp

import (
	"crypto/sha1"

	"github.com/jangle-otp/jangle/internal/account"
)

// steamAlphabet leaves out what people mistake: 0 and O, 1, I and L, and all
// vowels, so that no code is a word.
const steamAlphabet = "23456789BCDFGHJKMNPQRTVWXY"

func steam(a account.Account, step uint64) string {
	return steamText(truncate(mac(sha1.New, a.Secret.Bytes(), step)))
}

// steamText writes the value to the base 26, least significant character first.
// (FreeOTP 2 writes it the other way round, and Steam does not take its codes.)
func steamText(value uint32) string {
	var text [5]byte
	for i := range text {
		text[i] = steamAlphabet[value%uint32(len(steamAlphabet))]
		value /= uint32(len(steamAlphabet))
	}
	return string(text[:])
}
