package format

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format/container/sqlite"
)

// The pages of an SQLCipher 3 database, the form that Authenticator Plus has: the
// first begins with a salt, each ends with IV, HMAC and padding.
const (
	sqlCipherPage   = 1024
	sqlCipherTail   = 48
	sqlCipherSalt   = 16
	sqlCipherRounds = 64_000
)

// openSQLCipher returns the database as SQLite would read it. The MAC of the first
// page is the check of the passphrase.
func openSQLCipher(ctx context.Context, data, passphrase []byte) ([]byte, error) {
	if len(data) < 2*sqlCipherPage || len(data)%sqlCipherPage != 0 {
		return nil, fmt.Errorf("%w: the database does not consist of whole pages", ErrDamaged)
	}
	salt := data[:sqlCipherSalt]
	key, err := pbkdf2Key(ctx, sha1.New, passphrase, salt, pbkdf2Cost{sqlCipherRounds, 1, sqlCipherRounds}, 32)
	if err != nil {
		return nil, err
	}
	macSalt := make([]byte, len(salt))
	for i := range salt {
		macSalt[i] = salt[i] ^ 0x3A
	}
	macKey, err := pbkdf2Key(ctx, sha1.New, key, macSalt, pbkdf2Cost{2, 1, 2}, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	plain := []byte(sqlite.Magic)
	n := uint32(0)
	for page := range slices.Chunk(data, sqlCipherPage) {
		n++
		body, tail := page[:sqlCipherPage-sqlCipherTail], page[sqlCipherPage-sqlCipherTail:]
		if n == 1 {
			body = body[sqlCipherSalt:]
		}
		iv, mac := tail[:aes.BlockSize], tail[aes.BlockSize:aes.BlockSize+sha1.Size]
		h := hmac.New(sha1.New, macKey)
		h.Write(slices.Concat(body, iv, binary.LittleEndian.AppendUint32(nil, n)))
		switch {
		case hmac.Equal(h.Sum(nil), mac):
		case n == 1:
			return nil, ErrWrongPassphrase
		default:
			return nil, fmt.Errorf("%w: page %d of the database", ErrDamaged, n)
		}
		opened := make([]byte, len(body))
		cipher.NewCBCDecrypter(block, iv).CryptBlocks(opened, body)
		plain = append(append(plain, opened...), tail...)
	}
	return plain, nil
}

// readAuthenticatorPlusDatabase: the app stores neither algorithm, digits nor
// period and computes SHA1, 6, 30 for everything but Battle.net.
func readAuthenticatorPlusDatabase(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "Authenticator Plus database, encrypted", Protection: Encrypted}
	plain, err := unlocked(ctx, o, "the Authenticator Plus database", func(passphrase []byte) ([]byte, error) {
		return openSQLCipher(ctx, in.Data, passphrase)
	})
	if errors.Is(err, ErrWrongPassphrase) || errors.Is(err, ErrDamaged) {
		err = fmt.Errorf("%w. In Authenticator Plus open Settings > Backup & restore > Export as text and HTML, and import the .zip that comes out; any other app: export from inside the app", err)
	}
	if err != nil {
		return r, err
	}
	db, err := openSQLite(plain)
	if err != nil {
		return r, err
	}
	rows, err := sqliteRows(db, "accounts")
	if err != nil {
		return r, err
	}
	return readEach(r, rows, func(row sqlite.Row) (string, account.Account, []string, error) {
		label := entryName(row.Text("issuer"), row.Text("email"))
		p := parts{Issuer: row.Text("issuer"), Name: row.Text("email"), Base32: row.Text("secret")}
		switch kind := column(row, "type").text; kind {
		case "0", "":
			p.Kind = account.TOTP
		case "1":
			p.Kind, p.Counter = account.HOTP, column(row, "counter")
		case "2": // Battle.net
			raw, err := hex.DecodeString(row.Text("secret"))
			if err != nil {
				return label, account.Account{}, nil, fieldError("secret", "it is not hexadecimal")
			}
			p.Kind, p.Raw, p.Digits = account.TOTP, raw, looseNumber(8)
		default:
			return label, account.Account{}, nil, fieldError("type", "%q is not known", clip(kind))
		}
		a, err := p.account()
		if category := row.Text("category"); category != "" && category != "All Accounts" {
			a.Groups = []string{category}
		}
		return label, a, nil, err
	})
}
