package crypt

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

// withFactor is a file for a passphrase whose header asks for a work factor.
func withFactor(t *testing.T, factor string) []byte {
	t.Helper()
	data, err := EncryptPassphrase(t.Context(), []byte("x"), []byte("p"), PassphraseOptions{WorkFactor: quick})
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := bytes.Cut(data, []byte(" 1\n"))
	return slices.Concat(head, []byte(" "+factor+"\n"), rest)
}

// TestWorkFactors: requirement 35. What is refused is refused at once and
// before memory is taken: 2^30 would be a terabyte.
func TestWorkFactors(t *testing.T) {
	for _, c := range []struct {
		factor string
		slow   bool // the user insists
		want   string
	}{
		{"1", false, ""},
		{"14", false, "wrong"},
		{"21", false, "cost 20"},
		{"22", false, "cost 20"},
		{"23", false, "cost 22"},
		{"23", true, "cost 22"},
		{"30", true, "cost 22"},
		{"31", true, "cost 22"},
		{"64", true, "cost 22"},
		{"99999999999", true, "cost 22"},
		{strings.Repeat("9", 400), true, "cost 22"},
		{"018", true, "damaged"},
		{"0", true, "damaged"},
		{"00", true, "damaged"},
		{"-1", true, "damaged"},
		{"+18", true, "damaged"},
		{"0x12", true, "damaged"},
		{"18.0", true, "damaged"},
	} {
		t.Run(c.factor[:min(len(c.factor), 20)], func(t *testing.T) {
			k := Keys{Passphrase: []byte("p")}
			if c.slow {
				k.MaxWorkFactor = SlowWorkFactor
			}
			data := withFactor(t, c.factor)
			begin, before := tooltest.CPU(), allocated()
			_, err := Decrypt(t.Context(), data, k)
			if got := class(err); got != c.want {
				t.Errorf("got %q (%v), want %q", got, err, c.want)
			}
			if strings.HasPrefix(c.want, "cost") || c.want == "damaged" {
				if d, m := tooltest.CPU()-begin, allocated()-before; d > 100*time.Millisecond || m > 1<<20 {
					t.Errorf("refused after %v and %d bytes", d, m)
				}
			}
		})
	}
}

// Which work factors are allowed at all, without paying for them.
func TestAllowedWorkFactors(t *testing.T) {
	for _, c := range []struct {
		factor  string
		limit   int
		allowed bool
	}{
		{"18", 0, true}, {"20", 0, true}, {"21", 0, false},
		{"21", SlowWorkFactor, true}, {"22", SlowWorkFactor, true}, {"22", 30, true}, {"23", 30, false},
	} {
		err := affordable(withFactor(t, c.factor), c.limit)
		if (err == nil) != c.allowed {
			t.Errorf("%s with limit %d: %v", c.factor, c.limit, err)
		}
		var cost *CostError
		if !c.allowed && (!errors.As(err, &cost) || cost.CanInsist() != (c.factor == "21")) {
			t.Errorf("%s: %v", c.factor, err)
		}
	}
}

func affordable(data []byte, limit int) error {
	h, err := readHeader(data)
	if err != nil {
		return err
	}
	_, err = Keys{MaxWorkFactor: limit}.affordable(h)
	return err
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// class is a short word for an error.
func class(err error) string {
	var (
		cost    *CostError
		damaged *DamagedError
		limit   *LimitError
		newer   *NewerError
		key     *KeyError
	)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &cost):
		return fmt.Sprint("cost ", cost.Limit)
	case errors.As(err, &damaged):
		return "damaged"
	case errors.As(err, &limit):
		return "limit"
	case errors.As(err, &newer):
		return "newer"
	case errors.As(err, &key):
		return "key"
	case errors.Is(err, ErrPassphrase):
		return "wrong"
	case errors.Is(err, ErrEmpty):
		return "empty"
	case errors.Is(err, ErrNotAge):
		return "not age"
	}
	return err.Error()
}

// TestBadFiles: each sort of bad file has its own error, with and without armor.
func TestBadFiles(t *testing.T) {
	stanza := "-> X25519 " + strings.Repeat("A", 43) + "\n" + strings.Repeat("A", 43) + "\n"
	end := "--- " + strings.Repeat("A", 43) + "\n"
	const v1 = "age-encryption.org/v1\n"
	for name, c := range map[string]struct{ data, want string }{
		"empty":              {"", "empty"},
		"text":               {"hello\n", "not age"},
		"json":               {`{"format":"jangle-backup"}`, "not age"},
		"a PGP message":      {"-----BEGIN PGP MESSAGE-----\n", "not age"},
		"a secret key":       {"AGE-SECRET-KEY-1QQQ\n", "not age"},
		"version 2":          {"age-encryption.org/v2\n" + stanza + end, "newer"},
		"odd version":        {"age-encryption.org/x\n" + stanza + end, "damaged"},
		"only the beginning": {v1, "damaged"},
		"no end of header":   {v1 + stanza, "damaged"},
		"armor cut":          {"-----BEGIN AGE ENCRYPTED FILE-----\n", "damaged"},
		"armor of text":      {"-----BEGIN AGE ENCRYPTED FILE-----\naGVsbG8K\n-----END AGE ENCRYPTED FILE-----\n", "not age"},
		"64 stanzas":         {v1 + strings.Repeat(stanza, 64) + end, "key"},
		"65 stanzas":         {v1 + strings.Repeat(stanza, 65) + end, "limit"},
		"long header":        {v1 + "-> x\n" + strings.Repeat("A", 70<<10), "limit"},
		"only a plugin's":    {v1 + "-> piv-p256 abc def\n\n" + end, "key"},
	} {
		_, err := Decrypt(t.Context(), []byte(c.data), Keys{})
		if got := class(err); got != c.want {
			t.Errorf("%s: %q (%v), want %q", name, got, err, c.want)
		}
	}
}

func TestTooMuchContent(t *testing.T) {
	_, err := EncryptTo(t.Context(), make([]byte, MaxPlaintext+1), []Recipient{mustKey(t).recipient}, Binary)
	if class(err) != "limit" {
		t.Errorf("encrypting too much: %v", err)
	}
	if _, err := Inspect(append([]byte(introV1+"\n"), make([]byte, MaxFile)...)); class(err) != "limit" {
		t.Errorf("a file above the limit: %v", err)
	}
}

// TestContentLimit: one byte more than the limit inside is refused.
func TestContentLimit(t *testing.T) {
	k := mustKey(t)
	exact := make([]byte, MaxPlaintext)
	data, err := EncryptTo(t.Context(), exact, []Recipient{k.recipient}, Binary)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := Decrypt(t.Context(), data, Keys{Identities: []Identity{k.identity}}); err != nil || len(out) != MaxPlaintext {
		t.Errorf("at the limit: %d bytes, %v", len(out), err)
	}
	// encrypt would refuse, so the library is used.
	if data, err = encryptUnlimited(append(exact, 0), k.recipient.inner); err != nil {
		t.Fatal(err)
	}
	if out, err := Decrypt(t.Context(), data, Keys{Identities: []Identity{k.identity}}); class(err) != "limit" || out != nil {
		t.Errorf("above the limit: %d bytes, %v", len(out), err)
	}
}

// TestEveryByte: every byte changed and every length cut is noticed.
func TestEveryByte(t *testing.T) {
	k := mustKey(t)
	for _, form := range []Form{Binary, Armor} {
		data, err := EncryptTo(t.Context(), []byte(strings.Repeat("otpauth://…\n", 40)), []Recipient{k.recipient}, form)
		if err != nil {
			t.Fatal(err)
		}
		for i := range data {
			spoilt := bytes.Clone(data)
			spoilt[i] ^= 1 << (i % 8)
			if out, err := Decrypt(t.Context(), spoilt, Keys{Identities: []Identity{k.identity}}); err == nil || out != nil {
				t.Errorf("form %d, byte %d: not noticed", form, i)
			}
			// The newline after the last line of armor says nothing.
			if form == Armor && i == len(data)-1 {
				continue
			}
			if out, err := Decrypt(t.Context(), data[:i], Keys{Identities: []Identity{k.identity}}); err == nil || out != nil {
				t.Errorf("form %d, length %d: not noticed", form, i)
			}
		}
	}
}

func encryptUnlimited(plaintext []byte, r age.Recipient) ([]byte, error) {
	var buf bytes.Buffer
	w, err := age.Encrypt(&buf, r)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plaintext); err != nil {
		return nil, err
	}
	err = w.Close()
	return buf.Bytes(), err
}

type testKey struct {
	identity  Identity
	text      []byte
	recipient Recipient
}

func mustKey(t testing.TB) testKey {
	t.Helper()
	id, text, r, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return testKey{id, text, r}
}
