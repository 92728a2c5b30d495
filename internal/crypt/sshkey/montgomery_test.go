package sshkey

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"math/big"
	"slices"
	"testing"

	"filippo.io/edwards25519"
)

// TestMontgomery holds the conversion against the library's: for keys, for 32
// random bytes (half of them are no point), and at the edges of the field.
func TestMontgomery(t *testing.T) {
	var all [][]byte
	for range 300 {
		key := newEd25519(t).Public().(ed25519.PublicKey)
		random := make([]byte, 32)
		if _, err := rand.Read(random); err != nil {
			t.Fatal(err)
		}
		all = append(all, key, random)
	}
	// y from p-3 to 2²⁵⁵-1, which is written without reduction, and the small
	// ones that are the same modulo p; with both signs of x.
	for i := range int64(23) {
		large := new(big.Int).Add(fieldPrime(), big.NewInt(i-4))
		for _, y := range []*big.Int{big.NewInt(i), large} {
			b := y.FillBytes(make([]byte, 32))
			slices.Reverse(b)
			negative := slices.Clone(b)
			negative[31] |= 0x80
			all = append(all, b, negative)
		}
	}
	points := 0
	for _, b := range all {
		got, err := montgomery(b)
		p, judge := new(edwards25519.Point).SetBytes(b)
		if (err == nil) != (judge == nil) || err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("%x: %v, the judge says %v", b, err, judge)
			continue
		}
		if judge == nil {
			points++
			if !bytes.Equal(got, p.BytesMontgomery()) {
				t.Errorf("%x: %x, the judge has %x", b, got, p.BytesMontgomery())
			}
		}
	}
	if points < 400 || points == len(all) {
		t.Errorf("%d of %d are points", points, len(all))
	}
}

// TestLowOrder: nothing is encrypted for a key with which everybody would know
// the shared secret. These are the canonical encodings of y for the points of
// order 1, 2, 4 and 8.
func TestLowOrder(t *testing.T) {
	eight, ok := new(big.Int).SetString("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16)
	if !ok {
		t.Fatal("not a number")
	}
	p := fieldPrime()
	for name, y := range map[string]*big.Int{
		"1":       big.NewInt(1),
		"2":       new(big.Int).Sub(p, big.NewInt(1)),
		"4":       big.NewInt(0),
		"8":       eight,
		"8 again": new(big.Int).Sub(p, eight),
	} {
		b := y.FillBytes(make([]byte, 32))
		slices.Reverse(b)
		k := ed25519Public(b)
		public := mustJudgePublic(t, k)
		r, err := k.Recipient()
		judge, judgeErr := judgeRecipient(public)
		if err != nil || judgeErr != nil {
			t.Fatalf("order %s: %v, %v", name, err, judgeErr)
		}
		if _, err := judge.Wrap(make([]byte, 16)); err == nil {
			t.Errorf("order %s is not what it is said to be", name)
		}
		if _, err := r.Wrap(make([]byte, 16)); err == nil {
			t.Errorf("order %s: wrapped", name)
		}
	}
}
