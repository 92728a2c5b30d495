package backup

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

var testTime = time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)

const testVault = "k3vaultidentifier234567abc"

// fewAccounts is one account of each type, with every field in one of them.
func fewAccounts() []account.Account {
	rfc := account.NewSecret([]byte("12345678901234567890"))
	full := account.New(account.TOTP, rfc)
	full.ID, full.Issuer, full.Name = "aaaaaaaa", "ACME <&> Söhne", "bob"
	full.Note = "recovery codes:\n1234-5678\n"
	full.Groups, full.Tags = []string{"Work", "Bank"}, []string{"blue"}
	full.Favourite, full.Archived, full.Trashed = true, true, true
	full.Icon = account.Icon{Name: "acme", MIME: "image/png", Data: []byte{0x89, 'P', 'N', 'G'}}
	full.UseCount, full.LastUsed, full.Created, full.Updated = 7, 1700000000000, 1600000000000, 1650000000000
	full.HandedOut = 58000000
	full.Extra = map[string]strictjson.Value{"aegis": strictjson.Value(`{"groups":["x"],"n":1.50}`)}
	full.Unknown = map[string]strictjson.Value{"colour": strictjson.Value(`"teal"`)}

	hotp := account.New(account.HOTP, rfc)
	hotp.ID, hotp.Issuer, hotp.Name, hotp.Counter = "bbbbbbbb", "Bank", "ann", 1<<63-1
	steam := account.New(account.Steam, rfc)
	steam.ID, steam.Issuer, steam.Name = "cccccccc", "Steam", "gabe"
	motp := account.New(account.MOTP, account.NewSecret([]byte{0xe3, 0x15, 0x2a, 0xfe, 0xe6, 0x25, 0x99, 0xc8}))
	motp.ID, motp.Issuer, motp.Name, motp.PIN = "dddddddd", "VPN", "ann", account.NewSecret([]byte("1234"))
	yandex := account.New(account.Yandex, account.NewSecret([]byte("0123456789abcdef")))
	yandex.ID, yandex.Issuer, yandex.Name = "eeeeeeee", "Yandex", "olga" // its PIN is not stored
	long := account.New(account.TOTP, account.NewSecret([]byte("12345678901234567890123456789012")))
	long.ID, long.Issuer, long.Name = "ffffffff", "日本", ""
	long.Algorithm, long.Digits, long.Period = account.SHA512, 8, 60
	return []account.Account{full, hotp, steam, motp, yandex, long}
}

// manyAccounts is n different accounts with random fields, the same for each run.
func manyAccounts(n int) []account.Account {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]account.Account, n)
	for i := range out {
		out[i] = randomAccount(r, i)
	}
	return out
}

// plainAccounts is n accounts as most are.
func plainAccounts(n int) []account.Account {
	out := manyAccounts(n)
	for i, a := range out {
		p := account.New(account.TOTP, a.Secret)
		p.ID, p.Issuer, p.Name, p.Created = a.ID, fmt.Sprint("Site", i), "ann@example.com", 1700000000000
		out[i] = p
	}
	return out
}

func randomAccount(r *rand.Rand, i int) account.Account {
	types := []account.Type{account.TOTP, account.TOTP, account.HOTP, account.Steam, account.MOTP, account.Yandex}
	a := account.New(types[r.IntN(len(types))], account.NewSecret(randomBytes(r, 16+r.IntN(50))))
	a.ID = fmt.Sprintf("%c%c%c%05d", 'a'+r.IntN(26), 'a'+r.IntN(26), 'a'+r.IntN(26), i)
	a.Issuer, a.Name = randomText(r, 30), randomText(r, 40)
	switch a.Type {
	case account.HOTP:
		a.Counter = r.Uint64() >> 1
	case account.MOTP:
		a.Secret = account.NewSecret(a.Secret.Bytes()[:8])
		a.PIN = account.NewSecret([]byte("1234"))
	case account.Yandex:
		a.Secret = account.NewSecret(a.Secret.Bytes()[:16])
		a.PIN = account.NewSecret([]byte("98765"))
	case account.TOTP:
		a.Algorithm = []account.Algorithm{account.SHA1, account.SHA256, account.SHA512}[r.IntN(3)]
		a.Digits, a.Period = 6+r.IntN(5), 1+r.IntN(120)
	}
	a.Note, a.Aliases, a.Groups, a.Tags = randomText(r, 80), randomLabels(r), randomLabels(r), randomLabels(r)
	a.Favourite, a.Archived, a.Trashed = r.IntN(2) == 0, r.IntN(9) == 0, r.IntN(9) == 0
	a.UseCount, a.LastUsed, a.Created, a.Updated, a.HandedOut = r.Uint64(), r.Int64(), r.Int64(), r.Int64(), r.Int64N(1<<40)
	if r.IntN(3) == 0 {
		a.Icon = account.Icon{Name: randomText(r, 10), MIME: "image/svg+xml", Data: randomBytes(r, 1+r.IntN(60))}
		a.Extra = map[string]strictjson.Value{"2fas": strictjson.Value(`{"order":{"position":` + fmt.Sprint(i) + `}}`)}
		a.Unknown = map[string]strictjson.Value{"later": strictjson.Value(`[1,{"x":null}]`)}
	}
	return a
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.UintN(256))
	}
	return b
}

func randomText(r *rand.Rand, most int) string {
	letters := []rune("abcdefghijklmnop QRSTUVWXYZ0123456789@.:/%&?=<>\"\\\n\t\x1b\u202eäöü日本語😀\u2028")
	out := make([]rune, r.IntN(most))
	for i := range out {
		out[i] = letters[r.IntN(len(letters))]
	}
	return string(out)
}

func randomLabels(r *rand.Rand) []string {
	if r.IntN(2) == 0 {
		return nil
	}
	return []string{randomText(r, 12), randomText(r, 12)}
}

func testBackup(accounts []account.Account) Backup {
	return Backup{Created: testTime, Generator: "jangle test", VaultID: testVault, Generation: 42, Accounts: accounts}
}

func mustMarshal(t testing.TB, b Backup) []byte {
	t.Helper()
	text, err := Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
