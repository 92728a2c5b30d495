package crypt

import (
	"errors"
	"io/fs"
	"math"
	"strings"
	"testing"

	agetest "c2sp.org/CCTV/age"
)

// FuzzDecrypt: whatever the bytes, no panic, no endless work, one of our errors,
// and content only without an error. What opens is told by Inspect, too.
func FuzzDecrypt(f *testing.F) {
	entries, err := fs.ReadDir(agetest.Vectors, ".")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		content, err := fs.ReadFile(agetest.Vectors, e.Name())
		if err != nil {
			f.Fatal(err)
		}
		if _, file, ok := strings.Cut(string(content), "\n\n"); ok && len(file) < 4096 {
			f.Add([]byte(file))
		}
	}
	k := mustKey(f)
	mine, err := EncryptTo(f.Context(), []byte(message), []Recipient{k.recipient}, Armor)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(mine)
	f.Fuzz(func(t *testing.T, data []byte) {
		info, inspected := Inspect(data)
		// Only cheap passphrases are tried.
		keys := Keys{Identities: []Identity{k.identity}, MaxWorkFactor: 4}
		if info.NeedsPassphrase() {
			keys.Passphrase = []byte("password")
		}
		out, err := Decrypt(t.Context(), data, keys)
		if err != nil && out != nil {
			t.Errorf("%d bytes with %v", len(out), err)
		}
		if err == nil && inspected != nil {
			t.Errorf("opens, but Inspect says %v", inspected)
		}
		if err != nil && !known(err) {
			t.Errorf("an unknown error: %v", err)
		}
	})
}

// known: one of the errors that Decrypt promises.
func known(err error) bool {
	switch class(err) {
	case "cost 4", "cost 22", "damaged", "limit", "newer", "key", "wrong", "empty", "not age":
		return true
	}
	return false
}

// FuzzKeys: whatever somebody gives as a recipient or identity, no panic, and no
// error that repeats it.
func FuzzKeys(f *testing.F) {
	k := mustKey(f)
	for _, seed := range []string{string(k.text), k.recipient.String(), "ssh-ed25519 AAAA", "age1pq1", "AGE-PLUGIN-X-1QQQQ", "-----BEGIN OPENSSH PRIVATE KEY-----\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, rErr := ParseRecipientsFile([]byte(text), PluginUI{})
		_, iErr := ParseIdentities([]byte(text), IdentityOptions{})
		for _, err := range []error{rErr, iErr, errors.Join(rErr, iErr)} {
			if err != nil && len(text) > 30 && strings.Contains(err.Error(), text) {
				t.Errorf("the error repeats the text: %v", err)
			}
		}
	})
}

// FuzzJudge: judging never panics, and a longer text is never a smaller secret
// than nothing.
func FuzzJudge(f *testing.F) {
	for _, seed := range []string{"", "correct horse battery staple", "aaaaaaaaaaaa", "ÀÀÀ\xff", "1qaz2wsx"} {
		f.Add([]byte(seed))
	}
	words := dictionary()
	f.Fuzz(func(t *testing.T, p []byte) {
		if bits := estimate(words, string(p)); bits < 0 || math.IsInf(bits, 0) || bits > 5*judgedChars {
			t.Errorf("%f bits", bits)
		}
		again := NormalisePassphrase(NormalisePassphrase(append(p, '\n')))
		if len(p) > 0 && p[len(p)-1] != '\n' && p[len(p)-1] != '\r' && string(again) != string(compose(p)) {
			t.Errorf("%q became %q", p, again)
		}
	})
}
