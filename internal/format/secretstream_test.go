package format

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
)

// Made with libsodium 1.0.18: key 00 01 … 1f, message byte i = 7·i, tag FINAL.
func TestSecretstreamOpensWhatLibsodiumSealed(t *testing.T) {
	for _, c := range []struct {
		length         int
		header, sealed string
	}{
		{0, "0d6c42d35be093779892670692ba0f31a7f43bbc634d51dc", "97d64aca57f9e73eb69f6f25174d31c523"},
		{5, "5673da8685d75baefa4d9d34aa194ec8eac020fe1b8921d5", "a6294f5c30c02f8d84d6fabfb310ea43403ec7b36167"},
		{31, "5c19da05740e5e2f581bfaf844a551b3d9d884cb76ea578f", "a2227e2bc1bf5c44e43db85d54182fd43ca8c527d5dc3c279c2bc60e0387c44681ab3d2f90e82a994e11062d9db13c89"},
		{64, "137024e33d4ee4b2c3f9418aaef253c27c8a7ad93358d6f5", "1e0ea7438d8c2dc1692f024f9d5867fb76b62dfc853b04e64335f73e4be184ee0c2e2784a7a31172aae1ad37108fca3ee2d135139bd204438a601186539645db00238b2f62a57ef3ddbd3790097e975945"},
		{100, "9715fa3c9e28dcb57006c4f8f0110b5be319ca69980857e8", "268cea36ebb340e36281afcfa9000b8e160f1db4431a64720af53dd2d8dbec2cb56d66d48fca7abb531b6e11edd3750b92f96362cbf25f9b560bc9a035f15275396f8f90b27f736d212e2c6a2bfbc7756f317131c7afef3960b010fa74d9b56b94221aa7858562399f90a5dfe5fbcb131ec6f8f2a8"},
	} {
		header, sealed, plain := unhex(t, c.header), unhex(t, c.sealed), make([]byte, c.length)
		for i := range plain {
			plain[i] = byte(7 * i)
		}
		got, err := openSecretstream(secretstreamKey(), header, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: got %x, %v", c.length, got, err)
		}
		again, err := sealSecretstream(secretstreamKey(), header, plain)
		if err != nil || !bytes.Equal(again, sealed) {
			t.Errorf("%d bytes sealed: got %x, %v", c.length, again, err)
		}
		for i := range sealed {
			broken := bytes.Clone(sealed)
			broken[i] ^= 1
			if _, err := openSecretstream(secretstreamKey(), header, broken); !errors.Is(err, ErrWrongPassphrase) {
				t.Fatalf("%d bytes, byte %d changed: %v", c.length, i, err)
			}
		}
	}
}

func secretstreamKey() []byte {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i)
	}
	return key
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
