package backup

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/crypt"
)

// TestTampering flips every byte and cuts at every length of a backup of 50
// accounts. Each of these files has to be refused, all of them.
func TestTampering(t *testing.T) {
	accounts := plainAccounts(50)
	for i := range accounts { // small, so that the file has few bytes to try
		accounts[i].Secret, accounts[i].Created = account.NewSecret([]byte(accounts[i].ID+"ab")), 0
		accounts[i].Issuer, accounts[i].Name = fmt.Sprint("S", i), ""
	}
	// A passphrase at the lowest cost is quicker to try than a key.
	keys := crypt.Keys{Passphrase: []byte("p")}
	sealed, err := crypt.EncryptPassphrase(context.Background(), mustMarshal(t, testBackup(accounts)), keys.Passphrase,
		crypt.PassphraseOptions{Form: crypt.Armor, WorkFactor: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), sealed, keys); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", len(sealed))
	t.Run("flip", func(t *testing.T) {
		t.Parallel()
		bad := bytes.Clone(sealed)
		for i := range bad {
			bad[i] ^= 1 << (i % 7)
			refuse(t, bad, sealed, keys, i)
			bad[i] = sealed[i]
		}
	})
	t.Run("cut", func(t *testing.T) {
		t.Parallel()
		for n := range sealed {
			refuse(t, sealed[:n], sealed, keys, n)
		}
	})
	t.Run("append", func(t *testing.T) {
		t.Parallel()
		for _, tail := range []string{"x", "\x00", "\nx", "-----BEGIN AGE ENCRYPTED FILE-----\n", string(sealed)} {
			refuse(t, append(bytes.Clone(sealed), tail...), sealed, keys, len(tail))
		}
	})
	t.Run("blocks", func(t *testing.T) {
		t.Parallel()
		lines := bytes.SplitAfter(sealed, []byte("\n"))
		for i := 1; i < len(lines)-3; i++ {
			swapped := bytes.Join(swapLines(lines, i), nil)
			refuse(t, swapped, sealed, keys, i)
			twice := append(append(bytes.Join(lines[:i+1], nil), lines[i]...), bytes.Join(lines[i+1:], nil)...)
			refuse(t, twice, sealed, keys, i)
		}
	})
}

func swapLines(lines [][]byte, i int) [][]byte {
	out := append([][]byte(nil), lines...)
	out[i], out[i+1] = out[i+1], out[i]
	return out
}

// refuse opens a changed file. What the armor does not count as a change, such
// as the case of nothing or a line end, would be the same file and is no damage:
// there is one such byte, the newline behind the last line.
func refuse(t *testing.T, bad, good []byte, keys crypt.Keys, at int) {
	t.Helper()
	if bytes.Equal(bytes.TrimSpace(bad), bytes.TrimSpace(good)) {
		return
	}
	b, err := Open(context.Background(), bad, keys)
	if err == nil {
		t.Errorf("at %d: a changed backup was opened", at)
	}
	if len(b.Accounts) > 0 {
		t.Errorf("at %d: accounts came out of a changed backup", at)
	}
}
