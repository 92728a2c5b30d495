package otpauth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/jangle-otp/jangle/internal/account"
)

func migrationText1(payload []byte) string {
	return "otpauth-migration://offline?data=" + strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(base64.StdEncoding.EncodeToString(payload))
}

// message writes fields: a number becomes a varint, a string its bytes.
func message(fields ...any) []byte {
	var b []byte
	for i := 0; i < len(fields); i += 2 {
		id := protowire.Number(fields[i].(int))
		switch v := fields[i+1].(type) {
		case int:
			b = appendNumber(b, id, uint64(int64(v)))
		case string:
			b = appendBytes(b, id, v)
		case []byte:
			b = appendBytes(b, id, v)
		}
	}
	return b
}

const tenBytes = "0123456789"

// The vector of dim13/otpauth.
func TestMigrationVector(t *testing.T) {
	const data = "CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZTAC"
	m, err := ParseMigration("otpauth-migration://offline?data=" + data)
	if err != nil || len(m.Accounts) != 1 {
		t.Fatal(m, err)
	}
	a := m.Accounts[0].Account
	if a.Issuer != "Example" || a.Name != "alice@google.com" || a.Secret.Base32() != seed || a.Type != account.TOTP ||
		a.Algorithm != account.SHA1 || a.Digits != 6 || a.Period != 30 || m.Accounts[0].Err != nil {
		t.Errorf("%+v %v", a, m.Accounts[0].Err)
	}
}

func TestMigrationFields(t *testing.T) {
	entry := func(fields ...any) []byte { return message(append([]any{1, tenBytes, 2, "ann"}, fields...)...) }
	for name, v := range map[string]struct {
		entry     []byte
		algorithm account.Algorithm
		digits    int
		kind      account.Type
		counter   uint64
		problem   string
	}{
		"all absent":          {entry(), account.SHA1, 6, account.TOTP, 0, ""},
		"all zero":            {entry(4, 0, 5, 0, 6, 0, 7, 0), account.SHA1, 6, account.TOTP, 0, ""},
		"all one":             {entry(4, 1, 5, 1, 6, 1, 7, 1), account.SHA1, 6, account.HOTP, 1, ""},
		"all two":             {entry(4, 2, 5, 2, 6, 2), account.SHA256, 8, account.TOTP, 0, ""},
		"SHA512":              {entry(4, 3), account.SHA512, 6, account.TOTP, 0, ""},
		"largest counter":     {entry(6, 1, 7, math.MaxInt64), account.SHA1, 6, account.HOTP, math.MaxInt64, ""},
		"unknown fields":      {append(entry(8, "unique", 99, 7), 0xa5, 1, 1, 2, 3, 4, 0xa1, 1, 1, 2, 3, 4, 5, 6, 7, 8), account.SHA1, 6, account.TOTP, 0, ""},
		"MD5":                 {entry(4, 4), "", 0, "", 0, "MD5"},
		"unknown algorithm":   {entry(4, 5), "", 0, "", 0, "algorithm"},
		"unknown digits":      {entry(5, 3), "", 0, "", 0, "digits"},
		"unknown type":        {entry(6, 3), "", 0, "", 0, "type"},
		"negative counter":    {entry(6, 1, 7, -1), "", 0, "", 0, "counter"},
		"no secret":           {message(2, "ann"), "", 0, "", 0, "secret"},
		"secret is a number":  {message(1, 7, 2, "ann"), "", 0, "", 0, "damaged"},
		"digits is a string":  {entry(5, "8"), "", 0, "", 0, "damaged"},
		"cut":                 {append(entry(), 0x22), "", 0, "", 0, "damaged"},
		"huge length":         {append(entry(), 0x42, 0xff, 0xff, 0xff, 0xff, 0x0f), "", 0, "", 0, "damaged"},
		"varint of 11 bytes":  {append(entry(), 0x20, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01), "", 0, "", 0, "damaged"},
		"group":               {append(entry(), 0x4b, 0x4c), "", 0, "", 0, "damaged"},
		"513 bytes of secret": {message(1, strings.Repeat("x", 513)), "", 0, "", 0, "secret"},
	} {
		// A sound entry on either side must survive whatever this one is.
		sound := message(1, "abcdefghij", 2, "sound")
		m, err := ParseMigration(migrationText1(message(1, sound, 1, v.entry, 1, sound)))
		if err != nil || len(m.Accounts) != 3 || m.Accounts[0].Err != nil || m.Accounts[2].Err != nil {
			t.Errorf("%s: %v, %d entries", name, err, len(m.Accounts))
			continue
		}
		got := m.Accounts[1]
		if v.problem != "" {
			if got.Err == nil || !strings.Contains(got.Err.Error(), v.problem) || strings.Contains(got.Err.Error(), tenBytes) {
				t.Errorf("%s: %v, want an error with %q", name, got.Err, v.problem)
			}
			continue
		}
		a := got.Account
		if got.Err != nil || a.Algorithm != v.algorithm || a.Digits != v.digits || a.Type != v.kind || a.Counter != v.counter || a.Name != "ann" {
			t.Errorf("%s: %+v %v", name, a, got.Err)
		}
	}
}

func TestMigrationNames(t *testing.T) {
	for _, v := range []struct{ name, issuer, wantIssuer, wantName string }{
		{"ann", "", "", "ann"}, {"ann", "GitHub", "GitHub", "ann"}, {"GitHub:ann", "GitHub", "GitHub", "ann"},
		{"GitHub: ann", "GitHub", "GitHub", "ann"}, {"github:ann", "GitHub", "GitHub", "github:ann"},
		{"GitHub:ann", "", "GitHub", "ann"}, {"a:b:c", "", "", "a:b:c"}, {"encoding: ¿äÄéÉ? (demo)", "", "", "encoding: ¿äÄéÉ? (demo)"},
		{":ann", "", "", "ann"}, {"::a", "", "", ":a"}, {"GitHub:GitHub:x", "GitHub", "GitHub", "GitHub:x"}, {"ann:", "", "", "ann:"},
	} {
		m, err := ParseMigration(migrationText1(message(1, message(1, tenBytes, 2, v.name, 3, v.issuer))))
		if err != nil {
			t.Fatal(err)
		}
		if a := m.Accounts[0].Account; a.Issuer != v.wantIssuer || a.Name != v.wantName {
			t.Errorf("%q %q: read as %q %q", v.issuer, v.name, a.Issuer, a.Name)
		}
	}
}

func TestMigrationNameNotUTF8(t *testing.T) {
	m, err := ParseMigration(migrationText1(message(1, message(1, tenBytes, 2, "caf\xe9"))))
	if err != nil || m.Accounts[0].Err != nil || m.Accounts[0].Account.Name != "caf\ufffd" || len(m.Accounts[0].Warnings) != 1 {
		t.Errorf("%+v %v", m, err)
	}
}

func TestMigrationBatchFields(t *testing.T) {
	m, err := ParseMigration(migrationText1(message(1, message(1, tenBytes), 2, 1, 3, 4, 4, 2, 5, -1234567890, 77, 1)))
	if err != nil || m.Version != 1 || m.BatchSize != 4 || m.BatchIndex != 2 || m.BatchID != -1234567890 {
		t.Errorf("%+v %v", m, err)
	}
}

// What happens to base64 on the way: each must still be read.
func TestMigrationEncodings(t *testing.T) {
	var secret, payload []byte
	var std string
	for n := byte(0); !strings.Contains(std, "+") || !strings.Contains(std, "/") || !strings.HasSuffix(std, "="); n++ {
		secret = append(secret, 0xfb+n%5)
		payload = message(1, message(1, secret, 2, "ann"))
		std = base64.StdEncoding.EncodeToString(payload)
	}
	const head = "otpauth-migration://offline?data="
	for name, text := range map[string]string{
		"escaped":         migrationText1(payload),
		"raw":             head + std,
		"plus is a blank": head + strings.ReplaceAll(std, "+", " "),
		"no padding":      head + strings.TrimRight(std, "="),
		"URL alphabet":    head + base64.URLEncoding.EncodeToString(payload),
		"upper case":      strings.ToUpper(head) + std,
		"words before":    "QR-Code:" + head + std,
		"quotes":          `"` + migrationText1(payload) + `",`,
		"one slash":       "otpauth-migration:/offline?data=" + std,
		"more parameters": "otpauth-migration://offline?v=1&data=" + migrationText1(payload)[len(head):] + "&x=y",
	} {
		m, err := ParseMigration(text)
		if err != nil || len(m.Accounts) != 1 || m.Accounts[0].Err != nil || string(m.Accounts[0].Account.Secret.Bytes()) != string(secret) {
			t.Errorf("%s: %+v %v", name, m, err)
		}
	}
}

func TestMigrationRefused(t *testing.T) {
	for text, want := range map[string]error{
		"":                                                  ErrNotURI,
		"otpauth://totp/a?secret=" + seed:                   ErrNotURI,
		"otpauth-migration://offline":                       ErrDamagedMigration,
		"otpauth-migration://offline?data=":                 ErrDamagedMigration,
		"otpauth-migration://offline?data=X":                ErrDamagedMigration,
		"otpauth-migration://offline?data=XX!":              ErrDamagedMigration,
		"otpauth-migration://offline?data=XXXX":             ErrDamagedMigration, // scito's sample
		migrationText1(message(2, 1)):                       ErrDamagedMigration, // no accounts
		migrationText1(message(1, 7)):                       ErrDamagedMigration, // an account that is a number
		migrationText1([]byte{0x0b, 0x0c}):                  ErrDamagedMigration, // a group
		migrationText1(make([]byte, MaxMigrationPayload+1)): ErrTooLong,
		"otpauth-migration://offline?data=" + strings.Repeat("A", MaxMigrationText): ErrTooLong,
	} {
		if _, err := ParseMigration(text); !errors.Is(err, want) {
			t.Errorf("%.60s: %v, want %v", text, err, want)
		}
	}
}

// Cut anywhere, the accounts before the cut are there, and an error with them,
// unless the cut is between fields.
func TestMigrationCutShort(t *testing.T) {
	payload := message(1, message(1, tenBytes, 2, "first"), 1, message(1, tenBytes, 2, "second"))
	half := len(payload)/2 - 1
	for n := range len(payload) {
		m, err := ParseMigration(migrationText1(payload[:n]))
		whole := 0
		if n >= half {
			whole = 1
		}
		if len(m.Accounts) > whole+1 || len(m.Accounts) > 0 && m.Accounts[0].Account.Name != "first" {
			t.Errorf("cut at %d: %+v", n, m)
		}
		if err == nil && (len(m.Accounts) != 1 || m.Accounts[0].Err != nil) {
			t.Errorf("cut at %d: no error, %+v", n, m)
		}
	}
}

func TestMigrationLimitPayload(t *testing.T) {
	body := message(1, message(1, tenBytes))
	for n, want := range map[int]error{MaxMigrationPayload - 1: nil, MaxMigrationPayload: nil, MaxMigrationPayload + 1: ErrTooLong} {
		pad := n - len(body) - 4 // tag and a length of three bytes
		m := append(body[:len(body):len(body)], message(99, strings.Repeat("x", pad-1))...)
		if len(m) != n {
			t.Fatalf("made %d bytes, not %d", len(m), n)
		}
		if _, err := ParseMigration(migrationText1(m)); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v, want %v", n, err, want)
		}
	}
}

func TestCanMigrate(t *testing.T) {
	with := func(kind account.Type, change func(*account.Account)) account.Account {
		a := account.New(kind, account.NewSecret([]byte("1234567890123456")))
		change(&a)
		return a
	}
	for reason, a := range map[string]account.Account{
		"":               with(account.TOTP, func(a *account.Account) { a.Digits, a.Algorithm = 8, account.SHA512 }),
		" ":              with(account.HOTP, func(a *account.Account) { a.Counter = math.MaxInt64 }),
		"type is steam":  with(account.Steam, func(*account.Account) {}),
		"type is motp":   with(account.MOTP, func(*account.Account) {}),
		"type is yandex": with(account.Yandex, func(*account.Account) {}),
		"period is 60":   with(account.TOTP, func(a *account.Account) { a.Period = 60 }),
		"7 digits":       with(account.TOTP, func(a *account.Account) { a.Digits = 7 }),
		"SHA224":         with(account.TOTP, func(a *account.Account) { a.Algorithm = account.SHA224 }),
		"SHA384":         with(account.HOTP, func(a *account.Account) { a.Algorithm = account.SHA384 }),
		"counter":        with(account.HOTP, func(a *account.Account) { a.Counter = math.MaxInt64 + 1 }),
	} {
		err := CanMigrate(a)
		var c *CannotMigrateError
		if strings.TrimSpace(reason) == "" {
			if err != nil {
				t.Errorf("%s: %v", a.Type, err)
			}
		} else if !errors.As(err, &c) || !strings.Contains(c.Reason, reason) {
			t.Errorf("%s: %v", reason, err)
		}
		if _, ferr := FormatMigration([]account.Account{a}, 1, 0, 1); (ferr == nil) != (err == nil) {
			t.Errorf("%s: FormatMigration says %v", reason, ferr)
		}
	}
	if err := CanMigrate(account.Account{Type: account.TOTP}); err == nil {
		t.Error("an account that is not valid can migrate")
	}
}

func TestFormatMigrationBounds(t *testing.T) {
	one := account.New(account.TOTP, mustBase32(t, seed))
	many := func(n int) []account.Account {
		var s []account.Account
		for range n {
			s = append(s, one)
		}
		return s
	}
	for _, v := range []struct {
		n           int
		id          int32
		index, size int
		ok          bool
	}{
		{1, 1, 0, 1, true}, {10, math.MaxInt32, 99, 100, true}, {0, 1, 0, 1, false}, {11, 1, 0, 1, false},
		{1, 0, 0, 1, false}, {1, -1, 0, 1, false}, {1, 1, 1, 1, false}, {1, 1, -1, 1, false}, {1, 1, 0, 0, false}, {1, 1, 0, 101, false},
	} {
		if _, err := FormatMigration(many(v.n), v.id, v.index, v.size); (err == nil) != v.ok {
			t.Errorf("%+v: %v", v, err)
		}
	}
}

// randomMigratable is an account within what Google's format carries.
func randomMigratable(r *rand.Rand) account.Account {
	for {
		a := randomAccount(r)
		if a.Type != account.TOTP && a.Type != account.HOTP {
			continue
		}
		a.Digits, a.Counter = 6+2*r.IntN(2), a.Counter>>1
		a.Algorithm = []account.Algorithm{account.SHA1, account.SHA256, account.SHA512}[r.IntN(3)]
		if a.Type == account.TOTP {
			a.Period = 30
		}
		return a
	}
}

func TestMigrationRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(37, 8))
	for range 1000 {
		var accounts []account.Account
		for range 1 + r.IntN(MaxMigrationAccounts) {
			accounts = append(accounts, randomMigratable(r))
		}
		size := 1 + r.IntN(MaxMigrationBatch)
		index, id := r.IntN(size), 1+r.Int32N(math.MaxInt32-1)
		checkMigration(t, accounts, id, index, size)
	}
}

// The names where an issuer could be found that is none, or be lost.
func TestMigrationNamesRoundTrip(t *testing.T) {
	for _, v := range []struct{ issuer, name string }{
		{"GitHub", "GitHub:x"}, {"GitHub", "GitHub: x"}, {"GitHub", ":x"}, {"GitHub", ""}, {"", "a:b"}, {"", ":a"}, {"", "::a"},
		{"", "a:b:c"}, {"", "a: b"}, {"", ""}, {"a:b", "c"}, {"a:b", "a:b:c"}, {":", ":"},
	} {
		a := account.New(account.TOTP, account.NewSecret([]byte(tenBytes)))
		a.Issuer, a.Name = v.issuer, v.name
		checkMigration(t, []account.Account{a}, 1, 0, 1)
	}
}

func checkMigration(t *testing.T, accounts []account.Account, id int32, index, size int) {
	t.Helper()
	text, err := FormatMigration(accounts, id, index, size)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseMigration(text)
	if err != nil || m.BatchID != id || m.BatchIndex != index || m.BatchSize != size || m.Version != 1 || len(m.Accounts) != len(accounts) {
		t.Fatalf("%s: %+v %v", text, m, err)
	}
	for i, e := range m.Accounts {
		if e.Err != nil || !sameInURI(accounts[i], e.Account) {
			t.Fatalf("%s: entry %d: %v%s", text, i, e.Err, describeDifference(accounts[i], e.Account))
		}
	}
}

// The typical account of the size table in formats: the sizes decide which QR
// code fits a terminal.
func TestMigrationSize(t *testing.T) {
	a := account.New(account.TOTP, account.NewSecret(make([]byte, 20)))
	a.Issuer, a.Name = "GitHub", "ann.example@mail.exampl.org"
	text, err := FormatMigration([]account.Account{a}, 1<<30, 0, 1)
	if err != nil || len(text) > 170 {
		t.Errorf("%d bytes: %s %v", len(text), text, err)
	}
}

func TestBatches(t *testing.T) {
	part := func(id int32, index, size int, name string) Migration {
		return Migration{BatchID: id, BatchIndex: index, BatchSize: size, Accounts: []MigrationEntry{{Account: account.Account{Name: name}}}}
	}
	show := func(batches []Batch) string {
		var b strings.Builder
		for _, batch := range batches {
			fmt.Fprintf(&b, "[%d of %d, missing %v:", len(batch.Parts), batch.Size, batch.Missing)
			for _, p := range batch.Parts {
				b.WriteString(" " + p.Accounts[0].Account.Name)
			}
			b.WriteString("]")
		}
		return b.String()
	}
	for name, v := range map[string]struct {
		codes []Migration
		want  string
	}{
		"none":                  {nil, ""},
		"one":                   {[]Migration{part(-5, 0, 1, "a")}, "[1 of 1, missing []: a]"},
		"any order":             {[]Migration{part(9, 2, 3, "c"), part(9, 0, 3, "a"), part(9, 1, 3, "b")}, "[3 of 3, missing []: a b c]"},
		"middle missing":        {[]Migration{part(9, 2, 3, "c"), part(9, 0, 3, "a")}, "[2 of 3, missing [2]: a c]"},
		"twice the same":        {[]Migration{part(9, 0, 2, "a"), part(9, 0, 2, "a"), part(9, 1, 2, "b")}, "[2 of 2, missing []: a b]"},
		"two exports mixed":     {[]Migration{part(9, 0, 2, "a"), part(8, 1, 2, "y"), part(9, 1, 2, "b"), part(8, 0, 2, "x")}, "[2 of 2, missing []: a b][2 of 2, missing []: x y]"},
		"no id":                 {[]Migration{part(0, 0, 2, "a"), part(0, 1, 2, "b")}, "[2 of 2, missing []: a b]"},
		"no id, same number":    {[]Migration{part(0, 0, 2, "a"), part(0, 0, 2, "x"), part(0, 1, 2, "b")}, "[2 of 2, missing []: a b][1 of 2, missing [2]: x]"},
		"no id, single codes":   {[]Migration{part(0, 0, 0, "a"), part(0, 0, 1, "b")}, "[1 of 1, missing []: a][1 of 1, missing []: b]"},
		"same number, other":    {[]Migration{part(9, 0, 2, "a"), part(9, 0, 2, "x")}, "[2 of 2, missing [2]: a x]"},
		"index beyond the size": {[]Migration{part(9, 7, 2, "a")}, "[1 of 2, missing [1 2]: a]"},
	} {
		if got := show(Batches(v.codes)); got != v.want {
			t.Errorf("%s: %s, want %s", name, got, v.want)
		}
	}
	if b := Batches([]Migration{part(1, 0, math.MaxInt32, "a")}); len(b[0].Missing) != MaxMigrationBatch-1 {
		t.Errorf("a hostile size: %d missing codes listed", len(b[0].Missing))
	}
}

// A known field of another wire type is damage: taken for an unknown one, an
// account or what decides its code would be lost without a word.
func TestMigrationWrongWireType(t *testing.T) {
	good := message(1, tenBytes, 2, "ann")
	for id := 1; id <= 5; id++ {
		wrong := []byte("\x03abc") // as bytes
		tag := protowire.AppendTag(nil, protowire.Number(id), protowire.BytesType)
		if id == 1 {
			tag, wrong = protowire.AppendTag(nil, 1, protowire.VarintType), []byte{7}
		}
		m, err := ParseMigration(migrationText1(append(message(1, good), append(tag, wrong...)...)))
		if !errors.Is(err, ErrDamagedMigration) || len(m.Accounts) != 1 {
			t.Errorf("field %d: %d accounts, %v", id, len(m.Accounts), err)
		}
	}
	for id := 1; id <= 7; id++ {
		entry := append(message(1, tenBytes), protowire.AppendFixed32(protowire.AppendTag(nil, protowire.Number(id), protowire.Fixed32Type), 1)...)
		m, err := ParseMigration(migrationText1(message(1, good, 1, entry)))
		if err != nil || len(m.Accounts) != 2 || m.Accounts[0].Err != nil || m.Accounts[1].Err == nil {
			t.Errorf("field %d of an entry: %v, %v", id, m.Accounts, err)
		}
	}
}
