package crypt

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	agetest "c2sp.org/CCTV/age"
)

// The vectors of https://c2sp.org/CCTV/age. Each file is a head of "key: value"
// lines and the age file.
type vector struct {
	expect     string
	payload    string // SHA-256 of the content, in hexadecimal
	passphrase []string
	identities []Identity
	file       []byte
}

// TestVectors puts every vector through our reader. All have the result that the
// vector demands: our limits refuse none of them.
func TestVectors(t *testing.T) {
	entries, err := fs.ReadDir(agetest.Vectors, ".")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) < 143 {
		t.Errorf("only %d vectors", len(entries))
	}
	for _, e := range entries {
		content, err := fs.ReadFile(agetest.Vectors, e.Name())
		if err != nil {
			t.Fatal(err)
		}
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			v := parseVector(t, content)
			out, err := v.decrypt(t)
			v.judge(t, out, err)
		})
	}
	t.Logf("%d vectors", len(entries))
}

// decrypt tries one passphrase after the other, since people have one.
func (v *vector) decrypt(t *testing.T) ([]byte, error) {
	k := Keys{Identities: v.identities}
	out, err := Decrypt(t.Context(), v.file, k)
	for _, p := range v.passphrase {
		k.Passphrase = []byte(p)
		if out, err = Decrypt(t.Context(), v.file, k); err == nil {
			break
		}
	}
	return out, err
}

func (v *vector) judge(t *testing.T, out []byte, err error) {
	t.Helper()
	if v.expect == "success" {
		if sum := sha256.Sum256(out); err != nil || hex.EncodeToString(sum[:]) != v.payload {
			t.Errorf("got %d bytes, %v", len(out), err)
		}
		return
	}
	if out != nil {
		t.Errorf("%d bytes were handed out", len(out))
	}
	if !v.expected(err) {
		t.Errorf("got %v, want %s", err, v.expect)
	}
}

// expected tells whether the error is of the class that the vector names.
func (v *vector) expected(err error) bool {
	var (
		damaged *DamagedError
		noKey   *KeyError
		cost    *CostError
		newer   *NewerError
	)
	is := func(p Part) bool { return errors.As(err, &damaged) && damaged.Part == p }
	switch v.expect {
	case "no match":
		return errors.As(err, &noKey) || errors.Is(err, ErrPassphrase)
	case "HMAC failure":
		return is(PartMAC)
	case "header failure":
		return is(PartHeader) || errors.As(err, &cost) || errors.As(err, &newer) || errors.Is(err, ErrNotAge) || errors.Is(err, ErrEmpty)
	case "payload failure":
		return is(PartContent)
	case "armor failure":
		return is(PartArmor) || errors.Is(err, ErrNotAge)
	}
	return false
}

func parseVector(t *testing.T, content []byte) *vector {
	t.Helper()
	v := &vector{file: content}
	compressed := false
	for {
		line, rest, found := bytes.Cut(v.file, []byte("\n"))
		if !found {
			t.Fatal("the vector has no end of its head")
		}
		v.file = rest
		if len(line) == 0 {
			break
		}
		key, value, _ := strings.Cut(string(line), ": ")
		switch key {
		case "expect":
			v.expect = value
		case "payload":
			v.payload = value
		case "passphrase":
			v.passphrase = append(v.passphrase, value)
		case "identity":
			ids, err := ParseIdentities([]byte(value), IdentityOptions{})
			if err != nil {
				t.Fatal(err)
			}
			v.identities = append(v.identities, ids...)
		case "compressed":
			compressed = true
		case "comment":
			t.Log(value)
		}
	}
	if compressed {
		v.file = inflate(t, v.file)
	}
	return v
}

func inflate(t *testing.T, data []byte) []byte {
	t.Helper()
	r, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
