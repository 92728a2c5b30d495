package format

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/format/container/sqlite/sqlitetest"
)

func repeat(n int, item, separator string) string {
	return strings.TrimSuffix(strings.Repeat(item+separator, n), separator)
}

// manyEntries makes a file of the app with n entries.
func manyEntries(app string, n int) []byte {
	const s = rfcKey
	switch app {
	case "lastpass":
		return []byte(`{"deviceId":"","localDeviceId":"","accounts":[` + repeat(n, `{"issuerName":"a","userName":"b","secret":"`+s+`"}`, ",") + `]}`)
	case "duo":
		return []byte("[" + repeat(n, `{"accountType":"OtpAccount","name":"a","otpGenerator":{"otpSecret":"`+s+`"}}`, ",") + "]")
	case "2fauth":
		return []byte(`{"app":"2fauth_v5","schema":1,"data":[` + repeat(n, `{"otp_type":"totp","secret":"`+s+`"}`, ",") + `]}`)
	case "cotp":
		return []byte(`{"version":2,"elements":[` + repeat(n, `{"secret":"`+s+`","type":"TOTP"}`, ",") + `]}`)
	case "otpclient":
		return []byte("[" + repeat(n, `{"secret":"`+s+`","type":"TOTP","label":"a","algo":"SHA1"}`, ",") + "]")
	case "raivo":
		return []byte("[" + repeat(n, `{"kind":"TOTP","timer":"30","secret":"`+s+`"}`, ",") + "]")
	case "authy":
		return []byte("[" + repeat(n, `{"decrypted_seed":"`+s+`"}`, ",") + "]")
	case "freeotp-plus":
		return []byte(`{"tokenOrder":[],"tokens":[` + repeat(n, `{"label":"a","secret":[1],"type":"TOTP"}`, ",") + `]}`)
	case "totp-cli":
		return []byte(`[{"name":"n","accounts":[` + repeat(n, `{"name":"a","token":"`+s+`"}`, ",") + `]}]`)
	case "rsc-2fa":
		return []byte(strings.Repeat("a 6 "+s+"\n", n))
	case "gauth":
		return []byte(strings.Repeat("a:"+s+"\n", n))
	case "enpass":
		return []byte(enpassFile(repeat(n, enpassEntry("a", `{"type":"totp","value":"`+s+`"}`), ",")))
	case "keeper":
		return []byte(`{"shared_folders":[],"records":[` + repeat(n, `{"title":"a","$type":"login","custom_fields":{"$oneTimeCode":"`+s+`"}}`, ",") + `]}`)
	case "passman":
		return []byte("[" + repeat(n, `{"label":"a","username":"b","otp":{"secret":"`+s+`"}}`, ",") + "]")
	case "otp-manager":
		return []byte(`{"accounts":[` + repeat(n, `{"secret":"`+s+`","issuer":"a","name":"b"}`, ",") + `]}`)
	case "cxf":
		return []byte(cxfBare("", repeat(n, `{"id":"a","title":"a","credentials":[{"type":"totp","secret":"`+s+`"}]}`, ",")))
	case "winauth":
		return []byte(strings.Repeat("otpauth://totp/a?secret="+s+"&icon=WinAuth\n", n))
	case "csv":
		return []byte("name,totp\n" + strings.Repeat("a,"+s+"\n", n))
	case "1password":
		return zipped(0, "export.data", `{"accounts":[{"vaults":[{"items":[{"details":{"sections":[{"fields":[`+repeat(n, `{"value":{"totp":"`+s+`"}}`, ",")+`]}]}}]}]}]}`)
	case "keepass-xml":
		return []byte(`<KeePassFile><Root><Group>` + strings.Repeat("<Entry><String><Key>otp</Key><Value>"+s+"</Value></String></Entry>", n) + `</Group></Root></KeePassFile>`)
	case "freeotp":
		pairs := []string{}
		for i := range n {
			pairs = append(pairs, fmt.Sprint(i), `{"label":"a","secret":[1],"type":"TOTP"}`)
		}
		return prefs(pairs...)
	case "google-database":
		rows := [][]any{}
		for range n {
			rows = append(rows, []any{nil, "a", s, int64(0)})
		}
		return sqlitetest.Build(sqlitetest.Table{Name: "accounts", SQL: "CREATE TABLE accounts (_id INTEGER PRIMARY KEY, email TEXT, secret TEXT, type INTEGER)", Rows: rows})
	}
	panic(app)
}

func TestEntryLimitOfManagers(t *testing.T) {
	for _, app := range []string{"lastpass", "duo", "2fauth", "cotp", "otpclient", "raivo", "authy", "freeotp-plus", "totp-cli", "rsc-2fa", "gauth", "winauth",
		"csv", "1password", "keepass-xml", "enpass", "keeper", "passman", "otp-manager", "cxf"} {
		for n, want := range map[int]error{MaxEntries - 1: nil, MaxEntries: nil, MaxEntries + 1: ErrLimit} {
			r, _, err := Read(t.Context(), Input{Data: manyEntries(app, n)}, app, withPassphrase("test"))
			if !errors.Is(err, want) || err == nil && len(r.Entries) != n {
				t.Errorf("%s with %d: %d entries, %v", app, n, len(r.Entries), err)
			}
		}
	}
	// A settings file has one setting beside the tokens, and a tree of three
	// levels would be too much for the writer of the fixtures.
	for n, want := range map[int]error{MaxEntries - 1: nil, MaxEntries: ErrLimit} {
		if _, _, err := Read(t.Context(), Input{Data: manyEntries("freeotp", n)}, "freeotp", Options{}); !errors.Is(err, want) {
			t.Errorf("freeotp with %d and a setting: %v", n, err)
		}
	}
}

func TestTextLimitsOfManagers(t *testing.T) {
	const s = rfcKey
	line := func(n int) string {
		return "a 6 " + s + "\n" + strings.Repeat("x", n-len(" 6 "+s)) + " 6 " + s + "\n"
	}
	nested := func(n int) string {
		return "<map>" + strings.Repeat("<a>", n-1) + strings.Repeat("</a>", n-1) + "</map>"
	}
	dumpBytes := func(n int) string {
		const head, tail = "- name: w\n  accounts: []\n  x: ", "\n"
		comments := strings.Repeat("# "+strings.Repeat("x", 997)+"\n", (n-len(head)-len(tail))/1000) // a line has a limit of its own
		return comments + head + strings.Repeat("x", n-len(head)-len(tail)-len(comments)) + tail
	}
	for name, c := range map[string]struct {
		app, data string
		want      error
	}{
		"line L-1":       {"rsc-2fa", line(maxLineBytes - 1), nil},
		"line L":         {"rsc-2fa", line(maxLineBytes), nil},
		"line L+1":       {"rsc-2fa", line(maxLineBytes + 1), ErrLimit},
		"XML depth L-1":  {"freeotp", nested(maxDepth - 1), nil},
		"XML depth L":    {"freeotp", nested(maxDepth), nil},
		"XML depth L+1":  {"freeotp", nested(maxDepth + 1), ErrLimit},
		"XML depth 10^6": {"freeotp", nested(1_000_000), ErrLimit},
		"dump bytes L-1": {"totp-cli", dumpBytes(maxDumpBytes - 1), nil},
		"dump bytes L":   {"totp-cli", dumpBytes(maxDumpBytes), nil},
		"dump bytes L+1": {"totp-cli", dumpBytes(maxDumpBytes + 1), ErrLimit},
		"dump line L":    {"totp-cli", "- name: a\n  accounts: []\n#" + strings.Repeat("x", maxDumpLine-1), nil},
		"dump line L+1":  {"totp-cli", "- name: a\n  accounts: []\n#" + strings.Repeat("x", maxDumpLine), ErrLimit},
		"columns L":      {"csv", "totp" + strings.Repeat(",", maxTableColumns-1) + "\n", nil},
		"columns L+1":    {"csv", "totp" + strings.Repeat(",", maxTableColumns) + "\n", ErrLimit},
	} {
		_, _, err := Read(t.Context(), Input{Data: []byte(c.data)}, c.app, Options{})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// What a file says about its own key derivation is refused before it costs
// anything, and so is the sum over many entries.
func TestDerivationLimitsOfManagers(t *testing.T) {
	v3 := fixtureOf(t, "otpclient", "version 3").in.Data
	cost := func(at int, b ...byte) []byte {
		c := append([]byte(nil), v3...)
		copy(c[len(otpClientMark)+4+48+at:], b)
		return c
	}
	backup := string(fixtureOf(t, "freeotp2", "backup").in.Data)
	rounds := func(n string) []byte {
		return []byte(strings.Replace(backup, `"mIterations":1000`, `"mIterations":`+n, 1))
	}
	dump := string(fixtureOf(t, "authy", "dump, encrypted").in.Data)
	token := dump[strings.Index(dump, "[")+1 : strings.LastIndex(dump, "]")]
	tokens := func(n int, cost string) []byte {
		return []byte(strings.Replace(dump, token, repeat(n, strings.Replace(token, ":2000", ":"+cost, 1), ","), 1))
	}
	for name, c := range map[string]struct {
		app  string
		data []byte
		want error
	}{
		"passes 65":          {"otpclient", cost(0, 0, 0, 0, 65), ErrLimit},
		"passes 0":           {"otpclient", cost(0, 0, 0, 0, 0), ErrLimit},
		"memory 2^32":        {"otpclient", cost(4, 0xff, 0xff, 0xff, 0xff), ErrLimit},
		"memory below 8 MiB": {"otpclient", cost(4, 0, 0, 0x1f, 0xff), ErrLimit},
		"lanes 17":           {"otpclient", cost(8, 0, 0, 0, 17), ErrLimit},
		"rounds 0":           {"freeotp2", rounds("0000"), ErrDamaged}, // not even JSON
		"rounds -1":          {"freeotp2", rounds("-100"), ErrLimit},
	} {
		if _, _, err := Read(t.Context(), Input{Data: c.data}, c.app, withPassphrase("test")); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	for _, cost := range []string{"10000001", "-1"} {
		if _, _, err := Read(t.Context(), Input{Data: tokens(1, cost)}, "authy", withPassphrase("test")); !errors.Is(err, ErrLimit) {
			t.Errorf("a token with %s rounds: %v", cost, err)
		}
	}
	sum := 0
	locked := authyToken{Encrypted: "AAAA", Iterations: looseInt{"10000001"}}
	if _, err := locked.open(t.Context(), []byte("x"), &sum); !errors.Is(err, ErrLimit) {
		t.Errorf("rounds L+1: %v", err)
	}
	locked.Iterations, sum = looseInt{"1000"}, authyMaxRounds-1000
	if _, err := locked.open(t.Context(), []byte("x"), &sum); errors.Is(err, ErrLimit) {
		t.Errorf("the sum of rounds L: %v", err)
	}
	if _, err := locked.open(t.Context(), []byte("x"), &sum); !errors.Is(err, ErrLimit) {
		t.Errorf("the sum of rounds L+1: %v", err)
	}
	keys := func(n int) *extensionFile {
		f := &extensionFile{keys: map[string]extensionItem{}}
		for i := range n {
			f.keys[fmt.Sprint(i)] = extensionItem{Salt: "saltsalt"}
		}
		return f
	}
	if _, err := keys(maxExtensionKeys).deriveKeys(t.Context(), []byte("x")); err != nil {
		t.Errorf("keys L: %v", err)
	}
	if _, err := keys(maxExtensionKeys+1).deriveKeys(t.Context(), []byte("x")); !errors.Is(err, ErrLimit) {
		t.Errorf("keys L+1: %v", err)
	}
}
