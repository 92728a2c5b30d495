package backup

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/jangle-otp/jangle/internal/crypt"
)

func TestSalvage(t *testing.T) {
	good := goodVectorFile(t)
	for _, c := range []struct {
		name    string
		text    string
		sound   string // ids
		lost    string // labels
		missing int
	}{
		{"sound", good, "aaaaaaaa bbbbbbbb", "", 0},
		{"hash wrong", swap("bob", "eve")(good), "aaaaaaaa bbbbbbbb", "", 0},
		{"number wrong", swap(`"count":2`, `"count":5`)(good), "aaaaaaaa bbbbbbbb", "", 3},
		{"a secret changed", swap("GEZDGNBV", "GEZDGNBW")(good), "bbbbbbbb", "ACME (bob)", 0},
		{"an algorithm nobody knows", swap(`"SHA1"`, `"SHA9"`)(good), "bbbbbbbb", "ACME (bob)", 0},
		{"id twice", swap("bbbbbbbb", "aaaaaaaa")(good), "aaaaaaaa", "Bank (ann)", 0},
		{"an account is no object", swap("[\n{", "[\n7,{")(good), "aaaaaaaa bbbbbbbb", "(no name)", 0},
		{"cut in the second account", good[:strings.Index(good, `"755224"`)], "aaaaaaaa", "Bank (ann)", 0},
		{"cut in the second account's name", good[:strings.Index(good, `nn","secret"`)], "aaaaaaaa", "Bank", 0},
		{"cut before the second account", good[:strings.Index(good, `{"id":"bbbb`)], "aaaaaaaa", "", 1},
		{"cut behind the last account", good[:strings.Index(good, "\n]}")], "aaaaaaaa bbbbbbbb", "", 0},
		{"zero bytes in the first account", swap(`"secret":"GEZ`, "\x00\x00\x00")(good), "bbbbbbbb", "ACME (bob)", 0},
		{"created unreadable", swap("2026-11", "26-11")(good), "aaaaaaaa bbbbbbbb", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Salvage([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			var lost []string
			for _, l := range s.Lost {
				lost = append(lost, l.Label)
				if l.Reason == "" || strings.Contains(l.Reason, "GEZDGNB") {
					t.Errorf("reason %q", l.Reason)
				}
			}
			got := []any{idsOf(s.Accounts), strings.Join(lost, ", "), s.Missing, s.VaultID}
			if d := cmp.Diff([]any{c.sound, c.lost, c.missing, testVault}, got); d != "" {
				t.Error(d)
			}
			if (s.Problem == nil) != (c.name == "sound") {
				t.Errorf("problem: %v", s.Problem)
			}
		})
	}
}

func TestSalvageRefuses(t *testing.T) {
	good := goodVectorFile(t)
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"newer":         {swap(`"min_reader":1`, `"min_reader":2`)(good), ErrNewer},
		"newer and cut": {swap(`"min_reader":1`, `"min_reader":2`)(good)[:900], ErrNewer},
		"not a backup":  {`{"format":"other","accounts":[]}`, ErrNotBackup},
		"empty":         {"", ErrNotBackup},
		"only entries":  {good[strings.Index(good, "{\"id\""):], ErrNotBackup},
		"too large":     {good + strings.Repeat(" ", MaxPlaintext), ErrLimit},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Salvage([]byte(c.text))
			if !errors.Is(err, c.want) || len(s.Accounts) > 0 {
				t.Errorf("error %v, want %v; %d accounts", err, c.want, len(s.Accounts))
			}
		})
	}
}

// TestSalvageEveryCut: at every length the accounts that end before the cut come
// back, and nothing else.
func TestSalvageEveryCut(t *testing.T) {
	accounts := append(plainAccounts(4), fewAccounts()...)
	text := bytes.TrimSpace(mustMarshal(t, testBackup(accounts)))
	header := bytes.IndexByte(text, '\n') + 1
	for n := header; n <= len(text); n++ {
		s, err := Salvage(text[:n])
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		// An account is whole when its line is.
		whole := bytes.Count(text[:n], []byte("\"}"))
		if got := len(s.Accounts); got > len(accounts) || got < bytes.Count(text[:n], []byte("},\n")) || got > whole {
			t.Fatalf("cut at %d: %d accounts", n, got)
		}
		if d := cmp.Diff(accounts[:len(s.Accounts)], s.Accounts, byContent, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("cut at %d: %s", n, d)
		}
	}
}

// TestSalvageFile: a large file that was cut, or of which a middle part was
// changed, still gives the accounts of the chunks before the damage.
func TestSalvageFile(t *testing.T) {
	ctx := context.Background()
	keys, recipients := testKeys(t)
	accounts := plainAccounts(1000)
	sealed := sealAndProve(t, accounts, keys, recipients)
	changed := bytes.Clone(sealed)
	changed[len(changed)/2] ^= 1
	var damaged *crypt.DamagedError
	for name, bad := range map[string][]byte{"cut": sealed[:len(sealed)*2/3], "changed": changed} {
		s, err := SalvageFile(ctx, bad, keys)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		n := len(s.Accounts)
		if n < 300 || n+len(s.Lost)+s.Missing != len(accounts) || !errors.As(s.Problem, &damaged) {
			t.Errorf("%s: %d sound, %d lost, %d missing, %v", name, n, len(s.Lost), s.Missing, s.Problem)
		}
		if d := cmp.Diff(accounts[:n], s.Accounts, byContent); d != "" {
			t.Errorf("%s: %s", name, d[:min(len(d), 1000)])
		}
	}
	if _, err := SalvageFile(ctx, sealed[:2000], keys); !errors.As(err, &damaged) {
		t.Errorf("a file without a sound chunk: %v", err)
	}
	if s, err := SalvageFile(ctx, sealed, keys); err != nil || s.Problem != nil {
		t.Errorf("a sound file: %v, %v", err, s.Problem)
	}
}
