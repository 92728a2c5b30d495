package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
)

const oddSecret = "MFRGGZDFMZTWQ2LK"

// fileAround puts entries of an app into its plain file.
func fileAround(app string, entries ...string) Input {
	all := strings.Join(entries, ",")
	text := map[string]string{
		"aegis":     `{"version":1,"header":{"slots":null,"params":null},"db":{"version":3,"groups":[],"entries":[` + all + `]}}`,
		"2fas":      `{"schemaVersion":4,"groups":[],"services":[` + all + `]}`,
		"andotp":    `[` + all + `]`,
		"stratum":   `{"Authenticators":[` + all + `],"Categories":[],"AuthenticatorCategories":[],"CustomIcons":[]}`,
		"proton":    `{"version":1,"entries":[` + all + `]}`,
		"bitwarden": `{"encrypted":false,"folders":[],"items":[` + all + `]}`,
		"ente":      `{"items":[` + all + `]}`,
	}[app]
	return Input{Data: []byte(text)}
}

// entryWith is a good entry of the app, with one thing replaced.
func entryWith(app, old, replacement string) string {
	entry := map[string]string{
		"aegis":     `{"type":"totp","name":"a","issuer":"b","note":"","icon":null,"info":{"secret":"` + oddSecret + `","algo":"SHA1","digits":6,"period":30}}`,
		"2fas":      `{"name":"b","secret":"` + oddSecret + `","otp":{"account":"a","issuer":"b","tokenType":"TOTP","algorithm":"SHA1","digits":6,"period":30},"order":{"position":0}}`,
		"andotp":    `{"secret":"` + oddSecret + `","issuer":"b","label":"a","digits":6,"type":"TOTP","algorithm":"SHA1","period":30}`,
		"stratum":   `{"Type":2,"Issuer":"b","Username":"a","Secret":"` + oddSecret + `","Algorithm":0,"Digits":6,"Period":30,"Counter":0}`,
		"proton":    `{"id":"1","content":{"uri":"otpauth://totp/a?secret=` + oddSecret + `&issuer=b&algorithm=SHA1&digits=6&period=30","entry_type":"Totp","name":"a"},"note":null}`,
		"bitwarden": `{"type":1,"name":"b","login":{"username":"a","totp":"otpauth://totp/b:a?secret=` + oddSecret + `&algorithm=SHA1&digits=6&period=30"}}`,
		"ente":      `{"rawData":"otpauth://totp/b:a?secret=` + oddSecret + `&algorithm=SHA1&digits=6&period=30","display":{}}`,
	}[app]
	return strings.Replace(entry, old, replacement, 1)
}

func TestOddEntryNeverStopsTheOthers(t *testing.T) {
	for _, c := range []struct{ app, old, odd, field string }{
		{"aegis", `"SHA1"`, `"GOST"`, "algorithm"},
		{"aegis", `"totp"`, `"ocra"`, "type"},
		{"aegis", `"digits":6`, `"digits":0`, "digits"},
		{"aegis", `"digits":6`, `"digits":11`, "digits"},
		{"aegis", `"digits":6`, `"digits":"six"`, "digits"},
		{"aegis", `,"digits":6`, ``, "digits"},
		{"aegis", `"period":30`, `"period":0`, "period"},
		{"aegis", `"period":30`, `"period":86401`, "period"},
		{"aegis", oddSecret, `0189`, "secret"},
		{"aegis", oddSecret, ``, "secret"},
		{"aegis", `"totp"`, `"hotp"`, "counter"},
		{"2fas", `"SHA1"`, `"MD5"`, "algorithm"},
		{"2fas", `"SHA1"`, `"SHA3"`, "algorithm"},
		{"2fas", `"TOTP"`, `"EMAIL"`, "type"},
		{"2fas", `"digits":6`, `"digits":-1`, "digits"},
		{"2fas", `"period":30`, `"period":-30`, "period"},
		{"2fas", oddSecret, ``, "secret"},
		{"andotp", `"SHA1"`, `"X"`, "algorithm"},
		{"andotp", `"TOTP"`, `"X"`, "type"},
		{"andotp", `"TOTP"`, `"HOTP"`, "counter"},
		{"andotp", `"TOTP"`, `"MOTP"`, "secret"},
		{"andotp", `"digits":6`, `"digits":99`, "digits"},
		{"stratum", `"Type":2`, `"Type":6`, "type"},
		{"stratum", `"Type":2`, `"Type":-1`, "type"},
		{"stratum", `"Type":2`, `"Type":3`, "secret"},
		{"stratum", `"Algorithm":0`, `"Algorithm":3`, "algorithm"},
		{"stratum", `"Algorithm":0`, `"Algorithm":-1`, "algorithm"},
		{"stratum", `"Digits":6`, `"Digits":0`, "digits"},
		{"proton", `SHA1`, `GOST`, "algorithm"},
		{"proton", `digits=6`, `digits=0`, "digits"},
		{"proton", `otpauth://totp`, `otpauth://ocra`, "type"},
		{"bitwarden", `SHA1`, `GOST`, "algorithm"},
		{"bitwarden", `period=30`, `period=0`, "period"},
		{"bitwarden", `otpauth://totp`, `otpauth://ocra`, "type"},
		{"ente", `SHA1`, `GOST`, "algorithm"},
		{"ente", oddSecret, `!`, "secret"},
	} {
		t.Run(c.app+" "+c.odd, func(t *testing.T) {
			good := entryWith(c.app, "", "")
			r := mustRead(t, fileAround(c.app, good, entryWith(c.app, c.old, c.odd), good), c.app, Options{})
			checkOdd(t, r, c.field)
		})
	}
}

func checkOdd(t *testing.T, r Result, field string) {
	t.Helper()
	if len(r.Entries) != 3 || r.Entries[0].Err != nil || r.Entries[2].Err != nil {
		t.Fatalf("got %v", r.Entries)
	}
	odd := r.Entries[1]
	if odd.Err == nil {
		t.Fatalf("it was taken: %s", line(odd.Account))
	}
	if !strings.Contains(odd.Err.Error(), field) || strings.Contains(odd.Err.Error(), oddSecret) {
		t.Errorf("the error does not name %q: %v", field, odd.Err)
	}
	if odd.Index != 2 || odd.Label == "" {
		t.Errorf("entry %d %q", odd.Index, odd.Label)
	}
}

func TestMembersOfTheWrongKindAreOneEntrysError(t *testing.T) {
	for _, app := range []string{"aegis", "2fas", "andotp", "stratum", "proton", "bitwarden"} {
		good := entryWith(app, "", "")
		for _, odd := range []string{`null`, `7`, `"text"`, `[]`, `[1,2]`} {
			r, found, err := Read(t.Context(), fileAround(app, good, odd, good), "", Options{})
			if err != nil || found.ID != app {
				t.Errorf("%s with %s: %q %v", app, odd, found.ID, err)
				continue
			}
			if app == "bitwarden" && odd == "null" {
				continue // an item without a code
			}
			if len(r.Entries) != 3 || r.Entries[1].Err == nil || r.Entries[2].Err != nil {
				t.Errorf("%s with %s: %v", app, odd, r.Entries)
			}
		}
	}
}

func TestNewerVersionsAreRefused(t *testing.T) {
	for app, text := range map[string]string{
		"aegis":  `{"version":2,"header":{"slots":null,"params":null},"db":{"version":3,"entries":[]}}`,
		"2fas":   `{"schemaVersion":5,"services":[]}`,
		"proton": `{"version":2,"entries":[{"content":{}}]}`,
		"ente":   `{"version":2,"kdfParams":{"memLimit":8192,"opsLimit":1,"salt":""},"encryptedData":"","encryptionNonce":""}`,
	} {
		_, found, err := Read(t.Context(), Input{Data: []byte(text)}, "", withPassphrase("x"))
		if found.ID != app || !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %q %v", app, found.ID, err)
		}
	}
	inner := `{"version":1,"header":{"slots":null,"params":null},"db":{"version":4,"entries":[]}}`
	if _, _, err := Read(t.Context(), Input{Data: []byte(inner)}, "", Options{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a newer Aegis database: %v", err)
	}
}

// Numbers of messages are those of the file; the order is that of the app.
func TestOrderIsTheAppsOwn(t *testing.T) {
	secrets := []string{"AAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBB", "CCCCCCCCCCCCCCCC"}
	for _, app := range []string{"2fas", "stratum", "ente"} {
		var entries []string
		for i, s := range secrets {
			place := len(secrets) - i
			e := strings.Replace(entryWith(app, "", ""), oddSecret, s, 1)
			e = strings.Replace(e, `"position":0`, fmt.Sprintf(`"position":%d`, place), 1)
			e = strings.Replace(e, `"display":{}`, fmt.Sprintf(`"display":{"position":%d}`, place), 1)
			e = strings.Replace(e, `"Counter":0`, fmt.Sprintf(`"Counter":0,"Ranking":%d`, place), 1)
			entries = append(entries, e)
		}
		r := mustRead(t, fileAround(app, entries...), app, Options{})
		for i, e := range r.Entries {
			if want := len(secrets) - i; e.Index != want || e.Account.Secret.Base32() != secrets[want-1] {
				t.Errorf("%s: place %d is number %d, %s", app, i+1, e.Index, e.Account.Secret.Base32())
			}
		}
	}
}

func TestOversizedDecorationIsLeftOutNotTheAccount(t *testing.T) {
	icon := toBase64(make([]byte, account.MaxIconBytes+1))
	r := mustRead(t, fileAround("aegis", entryWith("aegis", `"icon":null`, `"icon":"`+icon+`"`)), "aegis", Options{})
	if e := r.Entries[0]; e.Err != nil || len(e.Account.Icon.Data) > 0 || len(e.Warnings) != 1 {
		t.Errorf("icon: %v %v", e.Err, e.Warnings)
	}
	bulk, _ := json.Marshal(strings.Repeat("x", account.MaxExtraBytes))
	r = mustRead(t, fileAround("aegis", entryWith("aegis", `"icon":null`, `"later":`+string(bulk))), "aegis", Options{})
	if e := r.Entries[0]; e.Err != nil || e.Account.Extra != nil || len(e.Warnings) != 1 {
		t.Errorf("extra: %v %v", e.Err, e.Warnings)
	}
}
