package crypt

import (
	"context"
	"crypto/rand"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

// quick is the cheapest work factor, so that tests take no seconds.
const quick = 1

func TestPassphraseRoundTrip(t *testing.T) {
	for _, form := range []Form{Binary, Armor} {
		for _, size := range []int{0, 1, 47, 48, 49, 65535, 65536, 65537, 200000} {
			plain := []byte(strings.Repeat("x", size))
			data, err := EncryptPassphrase(t.Context(), plain, []byte("Grüße"), PassphraseOptions{Form: form, WorkFactor: quick})
			if err != nil {
				t.Fatal(err)
			}
			// The same passphrase as a Mac keyboard may send it: NFD.
			got, err := Decrypt(t.Context(), data, Keys{Passphrase: []byte("Gru\u0308ße")})
			if err != nil || string(got) != string(plain) {
				t.Fatalf("form %d, %d bytes: got %d bytes, %v", form, size, len(got), err)
			}
			_, err = Decrypt(t.Context(), data, Keys{Passphrase: []byte("other")})
			if !errors.Is(err, ErrPassphrase) {
				t.Errorf("wrong passphrase: %v", err)
			}
		}
	}
}

func TestProductionWorkFactor(t *testing.T) {
	data, err := EncryptPassphrase(t.Context(), nil, []byte("p"), PassphraseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	info, err := Inspect(data)
	if err != nil || info.WorkFactor != 18 || !info.NeedsPassphrase() {
		t.Errorf("written with %+v, %v", info, err)
	}
}

// TestDeadline: scrypt cannot be interrupted, but nobody has to wait for it.
func TestDeadline(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	before := runtime.NumGoroutine()
	_, err := EncryptPassphrase(ctx, nil, []byte("p"), PassphraseOptions{WorkFactor: 18})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if runtime.NumGoroutine() == before {
		t.Error("came back after the derivation had ended")
	}
}

func TestKeyRoundTrip(t *testing.T) {
	id, text, recipient, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	data, err := EncryptTo(t.Context(), []byte("hello"), []Recipient{recipient}, Binary)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseIdentities(text, IdentityOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, ids := range [][]Identity{{id}, again} {
		got, err := Decrypt(t.Context(), data, Keys{Identities: ids})
		if err != nil || string(got) != "hello" {
			t.Errorf("got %q, %v", got, err)
		}
	}
	other, _, _, _ := NewKey()
	var ke *KeyError
	if _, err := Decrypt(t.Context(), data, Keys{Identities: []Identity{other}}); !errors.As(err, &ke) || ke.Tried != 1 {
		t.Errorf("wrong key: %v", err)
	}
	if _, err := Decrypt(t.Context(), data, Keys{Passphrase: []byte("p")}); !errors.As(err, &ke) || ke.Tried != 0 {
		t.Errorf("passphrase for a key file: %v", err)
	}
}

func TestGeneratedPassphrasePasses(t *testing.T) {
	p, err := GeneratePassphrase(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(strings.Split(p, "-")); n != 10 {
		t.Errorf("%q has %d words", p, n)
	}
	if err := JudgePassphrase([]byte(p)); err != nil {
		t.Errorf("our own passphrase is weak: %v", err)
	}
}

// TestOwnWorkFactors: what we write with is bounded, before anything is derived.
func TestOwnWorkFactors(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	for factor, refused := range map[int]bool{-1: true, 1: false, DefaultWorkFactor: false, SlowWorkFactor: false, SlowWorkFactor + 1: true} {
		_, err := EncryptPassphrase(ended, nil, []byte("p"), PassphraseOptions{WorkFactor: factor})
		var cost *CostError
		if errors.As(err, &cost) != refused || !refused && !errors.Is(err, context.Canceled) {
			t.Errorf("%d: %v", factor, err)
		}
	}
}
