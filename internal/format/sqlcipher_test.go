package format

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

// sqlCipherFile encrypts what sqlite3 wrote, as SQLCipher 3 does.
func sqlCipherFile(t *testing.T, passphrase string) []byte {
	if _, err := exec.LookPath("sqlite3"); err != nil {
		tooltest.Missing(t, "sqlite3")
	}
	path := filepath.Join(t.TempDir(), "plain.db")
	cmd := exec.Command("sqlite3", path)
	cmd.Stdin = strings.NewReader(`PRAGMA page_size=1024;
.filectrl reserve_bytes 48
CREATE TABLE accounts(_id INTEGER PRIMARY KEY, email TEXT NOT NULL, secret TEXT NOT NULL, counter INTEGER DEFAULT 0, type INTEGER, issuer TEXT, category TEXT NOT NULL DEFAULT 'All Accounts');
CREATE TABLE metadata(value); INSERT INTO metadata VALUES(zeroblob(6000));
INSERT INTO accounts(email,secret,counter,type,issuer,category) VALUES('a','` + oddSecret + `',0,0,'b','All Accounts'),('c','` + oddSecret + `',10,1,'d','Work'),('e','3132333435363738393031323334353637383930',0,2,'Battle.net','All Accounts');
`)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	plain, err := os.ReadFile(path)
	if err != nil || plain[20] != sqlCipherTail {
		t.Fatalf("%d bytes reserved, %v", plain[20], err)
	}
	salt, macSalt := []byte("0123456789abcdef"), make([]byte, 16)
	for i := range salt {
		macSalt[i] = salt[i] ^ 0x3A
	}
	key, _ := pbkdf2.Key(sha1.New, passphrase, salt, sqlCipherRounds, 32)
	macKey, _ := pbkdf2.Key(sha1.New, string(key), macSalt, 2, 32)
	block, _ := aes.NewCipher(key)
	out := slices.Clone(salt)
	for n := range len(plain) / sqlCipherPage {
		body := plain[n*sqlCipherPage : (n+1)*sqlCipherPage-sqlCipherTail]
		if n == 0 {
			body = body[sqlCipherSalt:]
		}
		iv := []byte("an IV of 16 byte")
		sealed := make([]byte, len(body))
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(sealed, body)
		h := hmac.New(sha1.New, macKey)
		h.Write(slices.Concat(sealed, iv, binary.LittleEndian.AppendUint32(nil, uint32(n+1))))
		out = slices.Concat(out, sealed, iv, h.Sum(nil), make([]byte, 12))
	}
	return out
}

func TestAuthenticatorPlusDatabase(t *testing.T) {
	data := sqlCipherFile(t, "testtesttest")
	r := mustRead(t, Input{Data: data}, "authenticator-plus", withPassphrase("testtesttest"))
	work := acc(account.HOTP, "d", "c", oddSecret, account.SHA1, 6, 0, 10)
	work.Groups = []string{"Work"}
	checkAccounts(t, r, []account.Account{acc(account.TOTP, "b", "a", oddSecret, account.SHA1, 6, 30, 0), work,
		acc(account.TOTP, "Battle.net", "e", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", account.SHA1, 8, 30, 0)})
	app, _ := ByID("authenticator-plus")
	if _, err := app.Read(t.Context(), Input{Data: data}, withPassphrase("other")); !errors.Is(err, ErrWrongPassphrase) || !strings.Contains(err.Error(), "Export as text") {
		t.Errorf("another passphrase: %v", err)
	}
	data[sqlCipherPage+5]++
	if _, err := app.Read(t.Context(), Input{Data: data}, withPassphrase("testtesttest")); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "page 2") {
		t.Errorf("a changed page: %v", err)
	}
}
