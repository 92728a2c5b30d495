package format

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"testing"
)

// The numbers are refused before memory is taken, so a refusal takes no time.
func TestKDFCostBounds(t *testing.T) {
	def := argon2Default()
	for name, c := range map[string]struct {
		err  error
		good bool
	}{
		"scrypt Aegis":          {scryptCost{32768, 8, 1}.check(), true},
		"scrypt N L-1":          {scryptCost{1 << 19, 8, 1}.check(), true},
		"scrypt N L":            {scryptCost{1 << 20, 8, 1}.check(), true},
		"scrypt N L+1":          {scryptCost{1 << 21, 1, 1}.check(), false},
		"scrypt N 2^40":         {scryptCost{1 << 40, 8, 1}.check(), false},
		"scrypt N no power":     {scryptCost{32769, 8, 1}.check(), false},
		"scrypt N 0":            {scryptCost{0, 8, 1}.check(), false},
		"scrypt N 1":            {scryptCost{1, 8, 1}.check(), false},
		"scrypt r 0":            {scryptCost{1024, 0, 1}.check(), false},
		"scrypt r L":            {scryptCost{1024, 32, 1}.check(), true},
		"scrypt r L+1":          {scryptCost{1024, 33, 1}.check(), false},
		"scrypt p L":            {scryptCost{1024, 8, 16}.check(), true},
		"scrypt p L+1":          {scryptCost{1024, 8, 17}.check(), false},
		"scrypt p 2^30":         {scryptCost{1024, 8, 1 << 30}.check(), false},
		"scrypt memory L":       {scryptCost{1 << 19, 16, 1}.check(), true},
		"scrypt memory L+1":     {scryptCost{1 << 20, 9, 1}.check(), false},
		"scrypt work L":         {scryptCost{1 << 20, 8, 4}.check(), true},
		"scrypt work L+1":       {scryptCost{1 << 20, 8, 5}.check(), false},
		"pbkdf2 0":              {pbkdf2Cost{0, 0, maxPBKDF2}.check(), false},
		"pbkdf2 -1":             {pbkdf2Cost{-1, 0, maxPBKDF2}.check(), false},
		"pbkdf2 1":              {pbkdf2Cost{1, 0, maxPBKDF2}.check(), true},
		"pbkdf2 min-1":          {pbkdf2Cost{4999, 5000, maxPBKDF2}.check(), false},
		"pbkdf2 min":            {pbkdf2Cost{5000, 5000, maxPBKDF2}.check(), true},
		"pbkdf2 L":              {pbkdf2Cost{maxPBKDF2, 0, maxPBKDF2}.check(), true},
		"pbkdf2 L+1":            {pbkdf2Cost{maxPBKDF2 + 1, 0, maxPBKDF2}.check(), false},
		"pbkdf2 2^31-1":         {pbkdf2Cost{1<<31 - 1, 0, maxPBKDF2}.check(), false},
		"argon2 usual":          {argon2Cost{3, 65536, 4}.check(def), true},
		"argon2 t 0":            {argon2Cost{0, 65536, 4}.check(def), false},
		"argon2 t L":            {argon2Cost{64, 65536, 4}.check(def), true},
		"argon2 t L+1":          {argon2Cost{65, 65536, 4}.check(def), false},
		"argon2 t 2^32":         {argon2Cost{1 << 32, 65536, 4}.check(def), false},
		"argon2 m below 8p":     {argon2Cost{1, 31, 4}.check(def), false},
		"argon2 m 8p":           {argon2Cost{1, 32, 4}.check(def), true},
		"argon2 m L":            {argon2Cost{1, 1 << 20, 4}.check(def), true},
		"argon2 m L+1":          {argon2Cost{1, 1<<20 + 1, 4}.check(def), false},
		"argon2 m 4 TiB":        {argon2Cost{1, 1 << 32, 4}.check(def), false},
		"argon2 p 0":            {argon2Cost{1, 65536, 0}.check(def), false},
		"argon2 p L":            {argon2Cost{1, 65536, 16}.check(def), true},
		"argon2 p L+1":          {argon2Cost{1, 65536, 17}.check(def), false},
		"argon2 time*memory L":  {argon2Cost{16, 1 << 20, 4}.check(def), true},
		"argon2 time*memory L+": {argon2Cost{17, 1 << 20, 4}.check(def), false},
	} {
		if (c.err == nil) != c.good {
			t.Errorf("%s: got %v", name, c.err)
		}
		if c.err != nil && !errors.Is(c.err, ErrLimit) {
			t.Errorf("%s: %v is not ErrLimit", name, c.err)
		}
	}
}

// RFC 6070, RFC 7914 section 12 and RFC 9106's reference program.
func TestKDFVectors(t *testing.T) {
	ctx := context.Background()
	p, err := pbkdf2Key(ctx, sha1.New, []byte("password"), []byte("salt"), pbkdf2Cost{4096, 1, 4096}, 20)
	checkHex(t, p, err, "4b007901b765489abead49d926f721d065a429c1")
	s, err := scryptKey(ctx, []byte("pleaseletmein"), []byte("SodiumChloride"), scryptCost{16384, 8, 1}, 16)
	checkHex(t, s, err, "7023bdcb3afd7348461c06cd81fd38eb")
	a, err := argon2idKey(ctx, []byte("password"), []byte("somesalt"), argon2Cost{2, 65536, 1}, argon2Default(), 32)
	checkHex(t, a, err, "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7")
}

func checkHex(t *testing.T, got []byte, err error, want string) {
	t.Helper()
	if err != nil || hex.EncodeToString(got) != want {
		t.Errorf("got %x, %v; want %s", got, err, want)
	}
}

func TestKDFStopsWaitingWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	block := make(chan struct{})
	defer close(block)
	go cancel()
	_, err := derive(ctx, func() ([]byte, error) { <-block; return nil, nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
