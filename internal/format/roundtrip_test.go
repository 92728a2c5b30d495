package format

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
)

var testNow = time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)

// seeded is randomness that is the same in every run.
func seeded(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

func writerOptions(plaintext Choice) Options {
	o := withPassphrase("correct horse")
	o.Now, o.Rand, o.Plaintext = testNow, seeded(1), plaintext
	return o
}

// generate makes accounts of every kind, with names and decoration that are hard
// to carry. All secrets differ, and so do all names.
func generate(n int) []account.Account {
	r := rand.New(rand.NewPCG(4, 2))
	accounts := make([]account.Account, n)
	for i := range accounts {
		accounts[i] = generateOne(r, i)
	}
	return accounts
}

func generateOne(r *rand.Rand, i int) account.Account {
	secret := make([]byte, 16+r.IntN(49))
	for j := range secret {
		secret[j] = byte(r.Uint32())
	}
	kinds := []account.Type{account.TOTP, account.TOTP, account.TOTP, account.HOTP, account.Steam, account.MOTP, account.Yandex}
	kind := kinds[r.IntN(len(kinds))]
	if kind == account.Yandex {
		secret = secret[:16] // longer ones end in a checksum
	}
	a := account.New(kind, account.NewSecret(secret))
	names := []string{"GitHub", "Ägäis", "日本", "a&b=c", "50% off", "x+y", `"q"`, "it's", "<b>", "a,b;c", "#1", "who?", "a/b", `back\slash`, "🔑 key", "", "null", "two  blanks", "a:b", "-5", "=cmd", "@at"}
	a.Issuer, a.Name = names[r.IntN(len(names))], fmt.Sprintf("%s%d", names[r.IntN(len(names))], i)
	digits := []int{6, 6, 6, 6, 6, 8, 8, 7, 5, 9, 10, 1}
	switch a.Type {
	case account.TOTP:
		a.Period = []int{30, 30, 10, 20, 60, 90, 3600}[r.IntN(7)]
		a.Digits, a.Algorithm = digits[r.IntN(len(digits))], allAlgorithms()[r.IntN(8)%5]
	case account.HOTP:
		a.Counter = r.Uint64() >> uint(r.IntN(64))
		a.Digits, a.Algorithm = digits[r.IntN(len(digits))], allAlgorithms()[r.IntN(8)%5]
	case account.MOTP, account.Yandex:
		a.PIN = account.NewSecret(fmt.Appendf(nil, "%04d", r.IntN(10000)))
	}
	if r.IntN(2) == 0 {
		decorate(r, &a)
	}
	return a
}

func decorate(r *rand.Rand, a *account.Account) {
	a.Note = []string{"", "line\nline", "50% of a+b & <c>, \"d\"", "ü"}[r.IntN(4)]
	a.Groups = slices.Clone([]string{"Work", "Home", "a,b & c"}[:r.IntN(4)])
	a.Tags = slices.Clone([]string{"blue", "two words", "x,y"}[:r.IntN(4)])
	a.Favourite, a.Trashed, a.Archived = r.IntN(2) == 0, r.IntN(4) == 0, r.IntN(4) == 0
	a.UseCount, a.LastUsed = uint64(r.IntN(1000)), int64(r.IntN(2))*1700000000123
	a.Created, a.Updated = int64(r.IntN(2))*1600000000456, int64(r.IntN(2))*1650000000789
	if r.IntN(4) == 0 {
		a.Icon = account.Icon{MIME: "image/png", Data: []byte("\x89PNG\r\n\x1a\n" + fmt.Sprint(r.Uint32()))}
	}
	if len(a.Groups) == 0 {
		a.Groups = nil
	}
	if len(a.Tags) == 0 {
		a.Tags = nil
	}
}

// kept is what the target's list of losses leaves of an account. It reads the
// same sentences that the person reads.
func kept(a account.Account, lost []string) account.Account {
	a = a.Clone()
	for _, field := range lost {
		switch field {
		case "note":
			a.Note = ""
		case "groups":
			a.Groups = nil
		case "groups but the first":
			a.Groups = a.Groups[:1]
		case "tags":
			a.Tags = nil
		case "favourite":
			a.Favourite = false
		case "archived":
			a.Archived = false
		case "trashed":
			a.Trashed = false
		case "icon":
			a.Icon = account.Icon{}
		case "use count":
			a.UseCount = 0
		case "last used":
			a.LastUsed = 0
		case "created":
			a.Created = 0
		case "updated":
			a.Updated = 0
		case "pin":
			a.PIN = account.Secret{}
		case "issuer":
			a.Issuer = "Steam"
		case "account (its name becomes the issuer)":
			a.Issuer, a.Name = a.Name, ""
		case "colon in the issuer":
			if a.Issuer == "" {
				a.Name = strings.ReplaceAll(a.Name, ":", " ")
			}
			a.Issuer = strings.ReplaceAll(a.Issuer, ":", " ")
		case "issuer and account (they become one word)":
			a.Issuer, a.Name = "", rscName(a)
		}
	}
	return a
}

// whole is everything that an account holds but the app's own fields, as text.
func whole(a account.Account) string {
	a.Extra, a.ID = nil, ""
	raw, err := account.MarshalRecord(a)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// convention is what a target does to every account, where that is neither a
// loss nor the same.
func convention(app string, a *account.Account) {
	switch app {
	case "cxf": // its times are in seconds
		a.Created, a.Updated = a.Created/1000*1000, a.Updated/1000*1000
	case "stratum":
		slices.Sort(a.Groups) // it shows them in its own order
	case "freeotp-plus":
		if a.Type == account.Steam { // it knows Steam by this name alone
			a.Issuer = "Steam"
		}
	case "2fas":
		if a.Updated == 0 {
			a.Updated = testNow.UnixMilli()
		}
	}
}

func TestExportAndImportAgain(t *testing.T) {
	for _, app := range Apps() {
		if app.Write == nil {
			continue
		}
		for _, plaintext := range []Choice{No, Yes} {
			name := app.ID + map[Choice]string{No: " as it is by default", Yes: " in plain text"}[plaintext]
			t.Run(name, func(t *testing.T) { exportAndImport(t, app, plaintext) })
		}
	}
}

func exportAndImport(t *testing.T, app App, plaintext Choice) {
	t.Parallel()
	fits, unfit := app.Fit(generate(1000))
	if len(fits) < 50 || len(fits)+len(unfit) != 1000 {
		t.Fatalf("%d fit, %d do not", len(fits), len(unfit))
	}
	o := writerOptions(plaintext)
	data, err := writeQuickly(app, fits, o)
	if err != nil {
		t.Fatal(err)
	}
	if app.Encrypts == Yes && plaintext == No && bytes.Contains(data, []byte(fits[0].Secret.Base32())) {
		t.Error("a secret stands in the encrypted file")
	}
	r := mustRead(t, Input{Data: data}, app.ID, o)
	if (r.Protection == Plain) != (app.Encrypts == No || plaintext == Yes) {
		t.Errorf("protection %d", r.Protection)
	}
	if len(r.Entries) != len(fits) {
		t.Fatalf("%d entries of %d", len(r.Entries), len(fits))
	}
	wrong := 0
	for i, e := range r.Entries {
		want, got := kept(fits[i], app.Loses(fits[i])), e.Account
		convention(app.ID, &want)
		slices.Sort(got.Groups)
		slices.Sort(want.Groups)
		if e.Err == nil && whole(got) == whole(want) {
			continue
		}
		if wrong++; wrong <= 5 {
			t.Errorf("entry %d %v\n got %s\nwant %s", i+1, e.Err, whole(got), whole(want))
		}
	}
	if wrong > 5 {
		t.Errorf("and %d more", wrong-5)
	}
}

// writeQuickly is app.Write, but for Ente, whose own cost takes seconds.
func writeQuickly(app App, accounts []account.Account, o Options) ([]byte, error) {
	if app.ID != "ente" || o.Plaintext == Yes {
		return app.Write(context.Background(), accounts, o)
	}
	plain := o
	plain.Plaintext = Yes
	data, err := app.Write(context.Background(), accounts, plain)
	if err != nil {
		return nil, err
	}
	return sealEnte(context.Background(), data, enteKDF{MemLimit: 16 << 20, OpsLimit: 2}, o)
}

// An account that came from an app goes back there with all that only the app
// knows.
func TestExtraFieldsGoBackToTheirApp(t *testing.T) {
	for _, c := range []struct{ app, file, want string }{
		{"aegis", `{"version":1,"header":{"slots":null,"params":null},"db":{"version":3,"groups":[],"entries":[{"type":"totp","uuid":"11111111-2222-4333-8444-555555555555","name":"a","issuer":"b","note":"","favorite":false,"icon":null,"future":{"x":[1]},"groups":[],"info":{"secret":"MFRGGZDFMZTWQ2LK","algo":"SHA1","digits":6,"period":30,"salted":true}}]}}`,
			`"uuid":"11111111-2222-4333-8444-555555555555" | "future":{"x":[1]} | "salted":true`},
		{"2fas", `{"schemaVersion":4,"groups":[],"services":[{"name":"My own name","secret":"MFRGGZDFMZTWQ2LK","updatedAt":7,"serviceTypeID":"s-t","badge":{"color":"Red"},"icon":{"selected":"Brand","brand":{"id":"i"}},"otp":{"issuer":"b","account":"a","tokenType":"TOTP","link":"otpauth://totp/x"},"order":{"position":0}}]}`,
			`"name":"My own name" | "serviceTypeID":"s-t" | "badge":{"color":"Red"} | "brand":{"id":"i"} | "link":"otpauth://totp/x"`},
		{"andotp", `[{"secret":"MFRGGZDFMZTWQ2LK","issuer":"b","label":"a","digits":6,"type":"TOTP","algorithm":"SHA1","thumbnail":"GitHub","last_used":1,"used_frequency":2,"period":30,"tags":["t"],"later":1}]`,
			`"thumbnail":"GitHub" | "last_used":1 | "used_frequency":2 | "tags":["t"] | "later":1`},
		{"andotp", `[{"secret":"MFRGGZDFMZTWQ2LK","issuer":"b","label":"a","type":"TOTP","Thumbnail":"other case"}]`,
			`"Thumbnail":"other case"`},
		{"bitwarden", `{"encrypted":false,"folders":[{"id":"f","name":"Work"}],"items":[{"type":1,"name":"b","notes":"n","favorite":true,"folderId":"f","reprompt":1,"creationDate":"2023-11-14T22:13:20.123Z","revisionDate":"2024-01-01T00:00:00.000Z","login":{"uris":[{"match":null,"uri":"https://b.example"}],"username":"a","password":"hunter2","totp":"MFRGGZDFMZTWQ2LK"}}]}`,
			`"reprompt":1 | "uris":[{"match":null,"uri":"https://b.example"}] | "creationDate":"2023-11-14T22:13:20.123Z" | "revisionDate":"2024-01-01T00:00:00.000Z" | "favorite":true | "name":"Work" | "password":null`},
		{"proton", `{"version":1,"entries":[{"id":"11111111-2222-4333-8444-555555555555","content":{"uri":"otpauth://totp/a?secret=MFRGGZDFMZTWQ2LK&issuer=b","entry_type":"Totp","name":"a","later":1},"note":"n"}]}`,
			`"id":"11111111-2222-4333-8444-555555555555" | "later":1 | "note":"n"`},
		{"stratum", `{"Authenticators":[{"Type":2,"Icon":"github","Issuer":"b","Username":"a","Secret":"MFRGGZDFMZTWQ2LK","Algorithm":0,"Digits":6,"Period":30,"Counter":0,"Ranking":5,"CopyCount":3,"Colour":7}],"Categories":[{"Id":"c1","Name":"Work","Ranking":4}],"AuthenticatorCategories":[{"CategoryId":"c1","AuthenticatorSecret":"MFRGGZDFMZTWQ2LK","Ranking":9}],"CustomIcons":[]}`,
			`"Icon":"github" | "Colour":7 | "Name":"Work","Ranking":4 | "AuthenticatorSecret":"MFRGGZDFMZTWQ2LK","Ranking":9 | "CopyCount":3`},
	} {
		t.Run(c.app, func(t *testing.T) {
			o := writerOptions(Yes)
			r := mustRead(t, Input{Data: []byte(c.file)}, c.app, o)
			app, _ := ByID(c.app)
			out, err := app.Write(context.Background(), []account.Account{r.Entries[0].Account}, o)
			if err != nil {
				t.Fatal(err)
			}
			if again := mustRead(t, Input{Data: out}, c.app, o); len(again.Entries) != 1 || again.Entries[0].Err != nil {
				t.Errorf("the second time: %v", again.Entries)
			}
			var compact bytes.Buffer
			if err := json.Compact(&compact, out); err != nil {
				t.Fatal(err)
			}
			for _, want := range strings.Split(c.want, " | ") {
				if !strings.Contains(compact.String(), want) {
					t.Errorf("%s is not in %s", want, compact.String())
				}
			}
		})
	}
}

// BenchmarkWrite is a thousand accounts in plain text, so what an export costs
// beyond its key derivation.
func BenchmarkWrite(b *testing.B) {
	for _, app := range Apps() {
		if app.Write == nil {
			continue
		}
		fits, _ := app.Fit(generate(1000))
		b.Run(app.ID, func(b *testing.B) {
			for b.Loop() {
				if _, err := app.Write(b.Context(), fits, writerOptions(Yes)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
