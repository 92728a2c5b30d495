package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
)

// FuzzUnmarshal: whatever is accepted is understood by everybody in the same way
// (encoding/json agrees with our taking apart), comes out again as it went in,
// and has no sound part that Salvage would not find. Whatever is refused is
// refused with one of the package's errors and gives no account.
func FuzzUnmarshal(f *testing.F) {
	good := goodVectorFile(f)
	for _, group := range [][]vector{formVectors(), headerVectors(), nameVectors(), entryVectors(), checkVectors(), goodVectors()} {
		for _, v := range group {
			if v.name != "too large" {
				f.Add([]byte(sums(v.edit(good))))
			}
		}
	}
	f.Add(mustMarshal(f, testBackup(fewAccounts())))
	f.Fuzz(func(t *testing.T, text []byte) {
		if i := bytes.Index(text, []byte(`"accounts":`)); i > 0 && json.Valid(text) {
			text = []byte(sums(string(text))) // else nothing gets past the hash
		}
		b, err := Unmarshal(text)
		if err != nil {
			refused(t, b, err)
			return
		}
		agrees(t, text, b)
		written := mustMarshal(t, b)
		again, err := Unmarshal(written)
		if err != nil {
			t.Fatalf("what was read cannot be written and read: %v", err)
		}
		if !bytes.Equal(written, mustMarshal(t, again)) {
			t.Fatal("it changes each time it is written")
		}
		if s, err := Salvage(text); err != nil || len(s.Accounts) != len(b.Accounts) || s.Problem != nil {
			t.Fatalf("salvage: %v, %d accounts, %v", err, len(s.Accounts), s.Problem)
		}
	})
}

func refused(t *testing.T, b Backup, err error) {
	t.Helper()
	if len(b.Accounts) > 0 {
		t.Fatal("accounts came out of a refused file")
	}
	for _, known := range []error{ErrNotBackup, ErrDamaged, ErrNewer, ErrLimit} {
		if errors.Is(err, known) {
			return
		}
	}
	t.Fatalf("an error of no kind: %v", err)
}

// agrees reads the file as any program would.
func agrees(t *testing.T, text []byte, b Backup) {
	t.Helper()
	var plain struct {
		Accounts []map[string]any `json:"accounts"`
	}
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatalf("encoding/json does not read it: %v", err)
	}
	if len(plain.Accounts) != len(b.Accounts) {
		t.Fatalf("%d accounts, encoding/json finds %d", len(b.Accounts), len(plain.Accounts))
	}
	for i, a := range b.Accounts {
		p := plain.Accounts[i]
		if p["id"] != a.ID || p["issuer"] != nil && p["issuer"] != a.Issuer || p["account"] != nil && p["account"] != a.Name {
			t.Fatalf("account %d: %v is not %v", i, a.Label(), p)
		}
	}
}

// FuzzSalvage: nothing is made up. An account that comes out of a damaged file
// has its check code right, and no id comes out twice.
func FuzzSalvage(f *testing.F) {
	good := goodVectorFile(f)
	for n := 0; n < len(good); n += 97 {
		f.Add([]byte(good[:n]))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Salvage(text)
		if err != nil {
			refused(t, s.Backup, err)
			return
		}
		ids := map[string]bool{}
		for _, a := range s.Accounts {
			if ids[a.ID] || a.Validate() != nil {
				t.Fatalf("account %q came out twice, or is not valid", a.ID)
			}
			ids[a.ID] = true
		}
		if _, err := Unmarshal(mustMarshal(t, s.Backup)); err != nil {
			t.Fatalf("the sound part makes no backup: %v", err)
		}
	})
}
