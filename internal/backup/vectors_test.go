package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
)

// The vectors are made from one good file of two accounts by changing its text.
// Unless a vector is about the number or the hash, both are put right again
// afterwards, so that it is refused for its own fault.

// vector is one change and what has to come of it: an error that is want and
// says so, or nil for a file that has to be read.
type vector struct {
	name string
	edit func(string) string
	want error
	says string
}

func swap(from, to string) func(string) string {
	return func(s string) string {
		if !strings.Contains(s, from) {
			panic("the good file has no " + from)
		}
		return strings.Replace(s, from, to, 1)
	}
}

// with adds a member to the header, drop takes one out.
func with(member string) func(string) string {
	return swap(`{"format"`, "{"+member+`,"format"`)
}

func drop(pattern string) func(string) string {
	re := regexp.MustCompile(pattern)
	return func(s string) string {
		if !re.MatchString(s) {
			panic("the good file has no " + pattern)
		}
		return re.ReplaceAllString(s, "")
	}
}

func both(f, g func(string) string) func(string) string {
	return func(s string) string { return g(f(s)) }
}

func whole(text string) func(string) string { return func(string) string { return text } }

func goodVectorFile(t testing.TB) string {
	totp := account.New(account.TOTP, account.NewSecret([]byte("12345678901234567890")))
	totp.ID, totp.Issuer, totp.Name = "aaaaaaaa", "ACME", "bob"
	hotp := account.New(account.HOTP, account.NewSecret([]byte("12345678901234567890")))
	hotp.ID, hotp.Issuer, hotp.Name, hotp.Counter = "bbbbbbbb", "Bank", "ann", 9
	return string(mustMarshal(t, testBackup([]account.Account{totp, hotp})))
}

// sums puts number and hash right where the file still has them in our form.
func sums(s string) string {
	i := strings.Index(s, `"accounts":`)
	if i < 0 {
		return s
	}
	var entries json.RawMessage
	if json.NewDecoder(strings.NewReader(s[i+len(`"accounts":`):])).Decode(&entries) != nil {
		return s // no JSON any more: nobody comes as far as the sums
	}
	sum := sha256.Sum256(entries)
	re := regexp.MustCompile(`("accounts_sha256":)"[0-9a-f]{64}"`)
	return re.ReplaceAllString(s, `${1}"`+hex.EncodeToString(sum[:])+`"`)
}

func TestVectors(t *testing.T) {
	good := goodVectorFile(t)
	if _, err := Unmarshal([]byte(good)); err != nil {
		t.Fatal(err)
	}
	all := [][]vector{formVectors(), headerVectors(), nameVectors(), entryVectors(), checkVectors(), goodVectors()}
	n := 0
	for _, group := range all {
		for _, v := range group {
			n++
			t.Run(v.name, func(t *testing.T) { v.run(t, sums(v.edit(good))) })
		}
	}
	for _, v := range sumVectors() {
		n++
		t.Run(v.name, func(t *testing.T) { v.run(t, v.edit(good)) })
	}
	if n < 100 {
		t.Errorf("%d vectors, want at least 100", n)
	}
}

func (v vector) run(t *testing.T, text string) {
	b, err := Unmarshal([]byte(text))
	switch {
	case !errors.Is(err, v.want):
		t.Fatalf("error %v, want %v", err, v.want)
	case err == nil:
		return
	case !strings.Contains(err.Error(), v.says):
		t.Errorf("error %q does not say %q", err, v.says)
	case strings.Contains(err.Error(), "GEZDGNBV"):
		t.Errorf("the error shows the secret: %v", err)
	}
	if len(b.Accounts) > 0 {
		t.Error("accounts came out of a refused file")
	}
}

// formVectors are files that are no backup at all.
func formVectors() []vector {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	return []vector{
		{"empty", whole(""), ErrNotBackup, "JSON"},
		{"blanks", whole("  \n"), ErrNotBackup, "JSON"},
		{"text", whole("hello"), ErrNotBackup, "JSON"},
		{"null", whole("null"), ErrNotBackup, "object"},
		{"number", whole("1"), ErrNotBackup, "object"},
		{"array", whole("[]"), ErrNotBackup, "object"},
		{"empty object", whole("{}"), ErrNotBackup, "format"},
		{"another JSON file", whole(`{"db":{"entries":[]},"version":1}`), ErrNotBackup, "format"},
		{"vault document", swap(`"jangle-backup"`, `"jangle-vault"`), ErrNotBackup, "format"},
		{"format in another case", swap(`"jangle-backup"`, `"Jangle-Backup"`), ErrNotBackup, "format"},
		{"format a number", swap(`"jangle-backup"`, `1`), ErrDamaged, `"format"`},
		{"no format", drop(`"format":"jangle-backup",`), ErrNotBackup, "format"},
		{"byte order mark", func(s string) string { return "\ufeff" + s }, ErrNotBackup, "JSON"},
		{"two objects", func(s string) string { return s + s }, ErrNotBackup, "JSON"},
		{"text behind", func(s string) string { return s + "x" }, ErrNotBackup, "JSON"},
		{"zero bytes behind", func(s string) string { return s + "\x00" }, ErrNotBackup, "JSON"},
		{"cut in the middle", func(s string) string { return s[:len(s)/8] }, ErrNotBackup, "JSON"},
		{"last brace missing", func(s string) string { return s[:strings.LastIndex(s, "}")] }, ErrNotBackup, "JSON"},
		{"trailing comma", swap("\n]}", "\n],}"), ErrNotBackup, "JSON"},
		{"comment", swap(`{"format"`, `{/*c*/"format"`), ErrNotBackup, "JSON"},
		{"not UTF-8", swap("bob", "b\xffb"), ErrNotBackup, "UTF-8"},
		{"raw newline in a string", swap("bob", "b\nb"), ErrNotBackup, "JSON"},
		{"too deep", with(`"x":` + deep(MaxDepth)), ErrNotBackup, "deeper"},
		{"too many elements", with(`"x":[` + strings.Repeat("0,", MaxAccounts) + `0]`), ErrLimit, "more than 100000 elements"},
		{"too large", func(s string) string { return s + strings.Repeat(" ", MaxPlaintext) }, ErrLimit, "more than"},
	}
}

// headerVectors are wrong in the members around the accounts.
func headerVectors() []vector {
	return []vector{
		{"min_reader 2", swap(`"min_reader":1`, `"min_reader":2`), ErrNewer, "version 2"},
		{"min_reader huge", swap(`"min_reader":1`, `"min_reader":9007199254740993`), ErrNewer, "version"},
		{"min_reader 2 and all else unknown", whole(`{"format":"jangle-backup","min_reader":2,"cbor":"…"}`), ErrNewer, "version 2"},
		{"min_reader 2 behind a wrong member", swap(`"version":1,"min_reader":1`, `"version":"two","min_reader":2`), ErrNewer, "version 2"},
		{"min_reader 0", swap(`"min_reader":1`, `"min_reader":0`), ErrDamaged, "version"},
		{"min_reader negative", swap(`"min_reader":1`, `"min_reader":-1`), ErrDamaged, "version"},
		{"min_reader a fraction", swap(`"min_reader":1`, `"min_reader":1.5`), ErrDamaged, `"min_reader"`},
		{"min_reader a text", swap(`"min_reader":1`, `"min_reader":"1"`), ErrDamaged, `"min_reader"`},
		{"min_reader null", swap(`"min_reader":1`, `"min_reader":null`), ErrDamaged, `"min_reader"`},
		{"no min_reader", drop(`"min_reader":1,`), ErrDamaged, `"min_reader" is missing`},
		{"version 0", swap(`"version":1`, `"version":0`), ErrDamaged, "version"},
		{"version a text", swap(`"version":1`, `"version":"1"`), ErrDamaged, `"version"`},
		{"no version", drop(`"version":1,`), ErrDamaged, `"version" is missing`},
		{"created another form", swap("2026-11-22T07:00:00Z", "22.11.2026"), ErrDamaged, "created"},
		{"created impossible", swap("2026-11-22", "2026-02-30"), ErrDamaged, "created"},
		{"created a number", swap(`"2026-11-22T07:00:00Z"`, `1795330800`), ErrDamaged, "created"},
		{"no created", drop(`"created":"[^"]*",`), ErrDamaged, "created"},
		{"generator null", swap(`"jangle test"`, `null`), ErrDamaged, "generator"},
		{"no generator", drop(`"generator":"[^"]*",`), ErrDamaged, "generator"},
		{"vault_id a number", swap(`"`+testVault+`"`, `5`), ErrDamaged, "vault_id"},
		{"no vault_id", drop(`"vault_id":"[^"]*",`), ErrDamaged, "vault_id"},
		{"generation negative", swap(`"generation":42`, `"generation":-1`), ErrDamaged, "generation"},
		{"generation beyond 64 bits", swap(`"generation":42`, `"generation":18446744073709551616`), ErrDamaged, "generation"},
		{"no generation", drop(`"generation":42,`), ErrDamaged, "generation"},
		{"count negative", swap(`"count":2`, `"count":-2`), ErrDamaged, "accounts"},
		{"count a text", swap(`"count":2`, `"count":"2"`), ErrDamaged, "count"},
		{"count too low", swap(`"count":2`, `"count":1`), ErrDamaged, "says 1 accounts and has 2"},
		{"count too high", swap(`"count":2`, `"count":3`), ErrDamaged, "says 3 accounts and has 2"},
		{"no count", drop(`"count":2,`), ErrDamaged, "count"},
		{"no accounts", drop(`(?s),\s*"accounts":\[.*\]`), ErrDamaged, `"accounts" is missing`},
		{"accounts empty", drop0(`(?s)\n\{"id".*\n\]`, `]`), ErrDamaged, "says 2 accounts and has 0"},
		{"accounts an object", drop0(`(?s)"accounts":\[.*\]`, `"accounts":{}`), ErrDamaged, "array"},
		{"accounts null", drop0(`(?s)"accounts":\[.*\]`, `"accounts":null`), ErrDamaged, "array"},
		{"unreadable an object", with(`"unreadable":{}`), ErrDamaged, "unreadable"},
		{"unreadable null", with(`"unreadable":null`), ErrDamaged, "unreadable"},
	}
}

// sumVectors are wrong in number or hash, which nobody puts right.
func sumVectors() []vector {
	return []vector{
		{"hash of something else", drop0(`("accounts_sha256":")[0-9a-f]{4}`, `${1}0000`), ErrDamaged, "hash"},
		{"hash upper case", func(s string) string {
			re := regexp.MustCompile(`"accounts_sha256":"[0-9a-f]{64}"`)
			return re.ReplaceAllStringFunc(s, func(m string) string { return m[:18] + strings.ToUpper(m[18:]) })
		}, ErrDamaged, "hash"},
		{"hash cut", drop0(`("accounts_sha256":"[0-9a-f]{62})[0-9a-f]{2}`, `${1}`), ErrDamaged, "hash"},
		{"hash empty", drop0(`("accounts_sha256":")[0-9a-f]{64}`, `${1}`), ErrDamaged, "hash"},
		{"hash null", drop0(`("accounts_sha256":)"[0-9a-f]{64}"`, `${1}null`), ErrDamaged, "accounts_sha256"},
		{"no hash", drop(`,"accounts_sha256":"[0-9a-f]{64}"`), ErrDamaged, "accounts_sha256"},
		{"a name changed", swap("bob", "eve"), ErrDamaged, "hash"},
		{"a digit of the secret changed", swap("GEZDGNBV", "GEZDGNBW"), ErrDamaged, "hash"},
		{"a blank more", swap("\n]", " \n]"), ErrDamaged, "hash"},
		{"accounts exchanged", func(s string) string {
			l := strings.Split(s, "\n")
			l[2], l[3] = l[3]+",", strings.TrimSuffix(l[2], ",")
			return strings.Join(l, "\n")
		}, ErrDamaged, "hash"},
		{"an account gone", drop(`(?s),\n\{"id":"bbbbbbbb".*?\n`), ErrDamaged, "hash"},
		{"an account twice", func(s string) string {
			l := strings.Split(s, "\n")
			return strings.Replace(s, l[2], l[2]+"\n"+l[2], 1)
		}, ErrDamaged, "hash"},
	}
}

func drop0(pattern, to string) func(string) string {
	re := regexp.MustCompile(pattern)
	return func(s string) string {
		if !re.MatchString(s) {
			panic("the good file has no " + pattern)
		}
		return re.ReplaceAllString(s, to)
	}
}

// nameVectors have a member twice, or in a spelling that two readers understand
// differently.
func nameVectors() []vector {
	v := []vector{}
	for _, name := range []string{"format", "FORMAT", "Min_Reader", "count", "Accounts", "accounts", "accounts_ſha256", "vault_id", "VAULT_ID"} {
		v = append(v, vector{"twice in the file: " + name, with(fmt.Sprintf("%q:1", name)), ErrDamaged, "twice"})
	}
	for _, name := range []string{"id", "secret", "SECRET", "Secret", "ſecret", "issuer", "Type", "counter", "uri", "Check", "\\u0073ecret"} {
		v = append(v, vector{"twice in an account: " + name, inEntry(`"` + name + `":"x"`), ErrDamaged, ""})
	}
	for _, m := range []string{`"Note":"x"`, `"PIN":"1234"`, `"Tags":[]`, `"Handed_Out":1`, `"groupſ":[]`} {
		v = append(v, vector{"another spelling in an account: " + m, inEntry(m), ErrDamaged, "has to be spelt"})
	}
	return append(v,
		vector{"unknown twice in the file", with(`"x":1,"X":2`), ErrDamaged, "twice"},
		vector{"unknown twice in an account", inEntry(`"x":1,"x":1`), ErrDamaged, "twice"},
		vector{"app twice in extra", inEntry(`"extra":{"aegis":1,"aegis":2}`), ErrDamaged, "extra"},
		vector{"code twice in check", swap(`"t":59`, `"t":59,"code":"1"`), ErrDamaged, "check"},
		vector{"CODE in check", swap(`"t":59`, `"t":59,"CODE":"287082"`), ErrDamaged, "check"},
	)
}

// inEntry puts a member into the first account.
func inEntry(member string) func(string) string {
	return swap(`{"id":"aaaaaaaa"`, `{"id":"aaaaaaaa",`+member)
}

// longURI makes the first URI one of n bytes and of another account.
func longURI(n int) func(string) string {
	const uri = "otpauth://totp/ACME:bob?secret=GEZDGNBWGY3TQOJQGEZDGNBVGY3TQOJQ&x="
	return drop0(`"uri":"otpauth://totp[^"]*"`, `"uri":"`+uri+strings.Repeat("x", n-len(uri))+`"`)
}

// entryVectors are wrong in an account's fields.
func entryVectors() []vector {
	return []vector{
		{"account a text", both(swap("[\n{", "[\n\"x\",{"), swap(`"count":2`, `"count":3`)), ErrDamaged, "account 1"},
		{"account null", both(swap("[\n{", "[\nnull,{"), swap(`"count":2`, `"count":3`)), ErrDamaged, "account 1"},
		{"account an array", both(swap("[\n{", "[\n[],{"), swap(`"count":2`, `"count":3`)), ErrDamaged, "account 1"},
		{"no id", drop(`"id":"aaaaaaaa",`), ErrDamaged, "account 1"},
		{"id empty", swap(`"aaaaaaaa"`, `""`), ErrDamaged, "no id"},
		{"id twice", swap(`"bbbbbbbb"`, `"aaaaaaaa"`), ErrDamaged, "account 2"},
		{"id a number", swap(`"aaaaaaaa"`, `7`), ErrDamaged, "id"},
		{"no type", swap(`"type":"totp",`, ``), ErrDamaged, "type"},
		{"type unknown", swap(`"totp"`, `"ocra"`), ErrDamaged, "type"},
		{"type upper case", swap(`"totp"`, `"TOTP"`), ErrDamaged, "type"},
		{"no secret", drop(`"secret":"[A-Z2-7]+",`), ErrDamaged, "secret"},
		{"secret empty", drop0(`"secret":"[A-Z2-7]+"`, `"secret":""`), ErrDamaged, "secret"},
		{"secret not base32", swap(`"secret":"GEZDGNBV`, `"secret":"GEZDGN1V`), ErrDamaged, "secret"},
		{"secret a number", drop0(`"secret":"[A-Z2-7]+"`, `"secret":12345`), ErrDamaged, "secret"},
		{"algorithm unknown", swap(`"SHA1"`, `"SHA3"`), ErrDamaged, "algorithm"},
		{"algorithm MD5", swap(`"SHA1"`, `"MD5"`), ErrDamaged, "algorithm"},
		{"digits 0", swap(`"digits":6`, `"digits":0`), ErrDamaged, "digits"},
		{"digits 11", swap(`"digits":6`, `"digits":11`), ErrDamaged, "digits"},
		{"digits a text", swap(`"digits":6`, `"digits":"6"`), ErrDamaged, "digits"},
		{"no period", swap(`"period":30,`, ``), ErrDamaged, "period"},
		{"period negative", swap(`"period":30`, `"period":-30`), ErrDamaged, "period"},
		{"period two days", swap(`"period":30`, `"period":172800`), ErrDamaged, "period"},
		{"counter in a time-based account", inEntry(`"counter":1`), ErrDamaged, "counter"},
		{"counter negative", swap(`"counter":9`, `"counter":-9`), ErrDamaged, "counter"},
		{"counter beyond 64 bits", swap(`"counter":9`, `"counter":99999999999999999999`), ErrDamaged, "counter"},
		{"counter a fraction", swap(`"counter":9`, `"counter":9.5`), ErrDamaged, "counter"},
		{"period in a counter-based account", swap(`"counter":9`, `"counter":9,"period":30`), ErrDamaged, "period"},
		{"issuer too long", swap("ACME", strings.Repeat("A", account.MaxNameRunes+1)), ErrDamaged, "issuer"},
		{"groups a text", inEntry(`"groups":"work"`), ErrDamaged, "groups"},
		{"icon not base64", inEntry(`"icon_data":"!"`), ErrDamaged, ""},
		{"extra a text", inEntry(`"extra":"x"`), ErrDamaged, "extra"},
		{"no uri", drop(`,"uri":"otpauth://totp[^"]*"`), ErrDamaged, "uri"},
		{"uri empty", drop0(`"uri":"otpauth://totp[^"]*"`, `"uri":""`), ErrDamaged, "uri"},
		{"uri a number", drop0(`"uri":"otpauth://totp[^"]*"`, `"uri":1`), ErrDamaged, "uri"},
		{"uri of another account", swap(`"uri":"otpauth://totp/ACME:bob?secret=GEZDGNBV`, `"uri":"otpauth://totp/ACME:bob?secret=GEZDGNBW`), ErrDamaged, "uri"},
		{"uri of another account, as long as one is read", longURI(otpauth.MaxURIBytes), ErrDamaged, "that of another account"},
		{"uri of another kind", swap(`"uri":"otpauth://totp`, `"uri":"https://totp`), ErrDamaged, "uri"},
	}
}

// checkVectors are wrong in the check codes.
func checkVectors() []vector {
	return []vector{
		{"wrong code", swap(`"287082"`, `"287083"`), ErrDamaged, "check"},
		{"code without its zero", swap(`"755224"`, `"0755224"`), ErrDamaged, "check"},
		{"code a number", swap(`"287082"`, `287082`), ErrDamaged, "check"},
		{"code empty", swap(`"287082"`, `""`), ErrDamaged, "check"},
		{"no code", swap(`,"code":"287082"`, ``), ErrDamaged, "check"},
		{"no check", swap(`"check":{"t":59,"code":"287082"},`, ``), ErrDamaged, "check"},
		{"check null", swap(`{"t":59,"code":"287082"}`, `null`), ErrDamaged, "check"},
		{"check a code alone", swap(`{"t":59,"code":"287082"}`, `"287082"`), ErrDamaged, "check"},
		{"check without a time", swap(`"t":59,`, ``), ErrDamaged, "check"},
		{"check with time and counter", swap(`"t":59`, `"t":59,"counter":1`), ErrDamaged, "check"},
		{"check with an unknown member", swap(`"t":59`, `"t":59,"x":1`), ErrDamaged, "check"},
		{"check of another time", swap(`"t":59`, `"t":60`), ErrDamaged, "check"},
		{"check before 1970", swap(`"t":59`, `"t":-1`), ErrDamaged, ""},
		{"check in no year", swap(`"t":59`, `"t":9223372036854775807`), ErrDamaged, ""},
		{"check of another counter", swap(`"check":{"counter":0`, `"check":{"counter":1`), ErrDamaged, "check"},
		{"time for a counter-based account", swap(`"check":{"counter":0`, `"check":{"t":59`), ErrDamaged, ""},
		{"counter for a time-based account", swap(`"t":59`, `"counter":1`), ErrDamaged, ""},
		{"codes exchanged", func(s string) string {
			return strings.NewReplacer("287082", "755224", "755224", "287082").Replace(s)
		}, ErrDamaged, "check"},
		{"another algorithm than the check", swap(`"SHA1"`, `"SHA256"`), ErrDamaged, "check"},
		{"other digits than the check", swap(`"digits":6`, `"digits":7`), ErrDamaged, "check"},
		{"another period than the check", swap(`"period":30`, `"period":29`), ErrDamaged, ""},
	}
}

// goodVectors differ from what we write and have to be read all the same.
func goodVectors() []vector {
	return []vector{
		{"unchanged", func(s string) string { return s }, nil, ""},
		{"without padding", strings.TrimSpace, nil, ""},
		{"newer version, same reader", swap(`"version":1`, `"version":7`), nil, ""},
		{"unknown member", with(`"signed":{"by":[1,2,3]}`), nil, ""},
		{"unknown field", inEntry(`"colour":"teal"`), nil, ""},
		{"created with a zone", swap("07:00:00Z", "08:00:00+01:00"), nil, ""},
		{"escaped names", swap(`"bob"`, `"\u0062\u006fb"`), nil, ""},
		{"escaped member name", swap(`"issuer":"ACME"`, `"\u0069ssuer":"ACME"`), nil, ""},
		{"secret in lower case", swap(`"secret":"GEZDGNBV`, `"secret":"gezdgnbv`), nil, ""},
		{"check at another time", swap(`{"t":59,"code":"287082"}`, `{"t":1111111109,"code":"081804"}`), nil, ""},
		{"uri too long to be read", longURI(otpauth.MaxURIBytes + 1), nil, ""}, // left to the hash
		{"deep but not too deep", with(`"x":` + strings.Repeat("[", MaxDepth-1) + strings.Repeat("]", MaxDepth-1)), nil, ""},
		{"CRLF and blanks", func(s string) string {
			i := strings.Index(s, `"accounts":`)
			return strings.ReplaceAll(s[:i], ",", " ,\r\n\t") + s[i:]
		}, nil, ""},
	}
}
