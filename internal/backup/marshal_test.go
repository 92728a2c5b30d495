package backup

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// byContent compares accounts with their secrets, which do not print.
var byContent = cmp.Comparer(func(a, b account.Secret) bool { return a.Equal(b) })

func TestRoundTrip(t *testing.T) {
	for _, c := range []struct {
		name string
		b    Backup
	}{
		{"each type and field", testBackup(fewAccounts())},
		{"10,000 accounts", testBackup(manyAccounts(10_000))},
		{"no account", testBackup([]account.Account{})},
		{"unreadable and unknown", Backup{
			Created: testTime, Generator: "g", VaultID: testVault, Accounts: fewAccounts(),
			Unreadable: []strictjson.Value{strictjson.Value(`{"id":"x","secret":"!"}`), strictjson.Value(`7`)},
			Unknown:    map[string]strictjson.Value{"mood": strictjson.Value(`{"a":[1,2]}`), "zeal": strictjson.Value(`null`)},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := mustMarshal(t, c.b)
			got, err := Unmarshal(text)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, c.b, got)
			if again := mustMarshal(t, got); !bytes.Equal(text, again) {
				t.Error("the same backup gives other bytes the second time")
			}
		})
	}
}

// equal compares backups; cmp takes seconds for many accounts that are equal.
func equal(t *testing.T, want, got Backup) {
	t.Helper()
	if len(want.Accounts) != len(got.Accounts) {
		t.Fatalf("%d accounts, want %d", len(got.Accounts), len(want.Accounts))
	}
	for i, w := range want.Accounts {
		x, errX := account.MarshalRecord(w)
		y, errY := account.MarshalRecord(got.Accounts[i])
		if errX != nil || errY != nil || !bytes.Equal(x, y) {
			t.Fatalf("account %d: %s", i, cmp.Diff(w, got.Accounts[i], byContent))
		}
	}
	want.Accounts, got.Accounts = nil, nil
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestPadding(t *testing.T) {
	b := testBackup(fewAccounts()[:1])
	sizes := map[int]bool{}
	for n := range Block + 9 {
		b.Accounts[0].Note = string(bytes.Repeat([]byte{'n'}, n))
		text := mustMarshal(t, b)
		if len(text)%Block != 0 || text[len(text)-1] != '\n' {
			t.Fatalf("a note of %d bytes gives %d bytes of plaintext", n, len(text))
		}
		sizes[len(text)] = true
	}
	if len(sizes) != 2 {
		t.Errorf("%d lengths of a note give %d sizes of a backup, want 2", Block+9, len(sizes))
	}
}

// TestReadAsRecord: an entry of a backup that was taken for a vault record, by a
// person who rescued by hand, has our fields among the unknown ones.
func TestReadAsRecord(t *testing.T) {
	a := fewAccounts()[5]
	a.Unknown = map[string]strictjson.Value{"URI": strictjson.Value(`"otpauth://x"`), "check": strictjson.Value(`{}`)}
	got, err := Unmarshal(mustMarshal(t, testBackup([]account.Account{a})))
	if err != nil {
		t.Fatal(err)
	}
	if got.Accounts[0].Unknown != nil {
		t.Error("check and uri were kept as unknown fields")
	}
}

func TestTooManyAccounts(t *testing.T) {
	if _, err := Marshal(testBackup(make([]account.Account, MaxAccounts+1))); !errors.Is(err, ErrLimit) {
		t.Errorf("error %v, want ErrLimit", err)
	}
}

// The largest backup that is written can be read; one byte more is refused before it
// is written.
func TestTooManyBytes(t *testing.T) {
	b := testBackup(nil)
	b.Unreadable = []strictjson.Value{strictjson.Value(`""`)}
	room := MaxPlaintext - len(bytes.TrimRight(mustMarshal(t, b), " \n")) - len("\n")
	b.Unreadable[0] = strictjson.Value(`"` + strings.Repeat("a", room) + `"`)
	text := mustMarshal(t, b)
	if _, err := Unmarshal(text); err != nil || len(text) != MaxPlaintext {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	b.Unreadable[0] = strictjson.Value(`"` + strings.Repeat("a", room+1) + `"`)
	if text, err := Marshal(b); !errors.Is(err, ErrLimit) || text != nil {
		t.Errorf("%d bytes, error %v, want ErrLimit", len(text), err)
	}
}

func sealAndProve(t testing.TB, accounts []account.Account, keys crypt.Keys, recipients []crypt.Recipient) []byte {
	t.Helper()
	ctx := context.Background()
	sealed, err := crypt.EncryptTo(ctx, mustMarshal(t, testBackup(accounts)), recipients, crypt.Armor)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Prove(ctx, Claim{Sealed: sealed, Keys: keys, Where: "x", Accounts: accounts, Now: testTime}); err != nil {
		t.Fatal(err)
	}
	return sealed
}

// BenchmarkSealAndProve has the bar of 50 ms for 1,000 accounts: everything from the
// accounts to the proof but the derivation of the key.
func BenchmarkSealAndProve(b *testing.B) {
	accounts := plainAccounts(1000)
	keys, recipients := testKeys(b)
	for b.Loop() {
		sealAndProve(b, accounts, keys, recipients)
	}
}

// Damaged entries of the vault are in the backup as they are, also when a name is
// in them twice.
func TestUnreadableOfAnyKind(t *testing.T) {
	b := testBackup(fewAccounts())
	b.Unreadable = []strictjson.Value{strictjson.Value(`{"secret":"A","secret":"B","ſecret":1}`), strictjson.Value("\"a\xffb\""), strictjson.Value(`7`)}
	again, err := Unmarshal(mustMarshal(t, b))
	if err != nil || len(again.Unreadable) != 3 || string(again.Unreadable[0]) != string(b.Unreadable[0]) {
		t.Errorf("%q, %v", again.Unreadable, err)
	}
}

// What cannot be written is an error, never a backup that lacks it.
func TestMarshalRefuses(t *testing.T) {
	bad := strictjson.Value(`{`)
	account, unreadable, unknown := testBackup(fewAccounts()), testBackup(fewAccounts()), testBackup(fewAccounts())
	account.Accounts[1].Extra = map[string]strictjson.Value{"app": bad}
	unreadable.Unreadable = []strictjson.Value{bad}
	unknown.Unknown = map[string]strictjson.Value{"later": bad}
	for name, b := range map[string]Backup{"account": account, "unreadable": unreadable, "unknown": unknown} {
		if text, err := Marshal(b); err == nil || text != nil {
			t.Errorf("%s: %d bytes, %v", name, len(text), err)
		}
	}
}

// An empty list of unreadable entries is none.
func TestNoUnreadable(t *testing.T) {
	text := bytes.Replace(mustMarshal(t, testBackup(fewAccounts())), []byte(`"accounts":`), []byte(`"unreadable":[],"accounts":`), 1)
	if b, err := Unmarshal(text); err != nil || b.Unreadable != nil {
		t.Errorf("%v, %v", b.Unreadable, err)
	}
}
