package format

import (
	"errors"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
)

func TestKeyText(t *testing.T) {
	const key, raw = "KRUGS4ZANFZSAYJAKRUGS4ZANFZSAYJA", "This is a This is a "
	for name, c := range map[string]struct {
		text string
		want account.Account
	}{
		"bare":            {key + "\n", account.Account{}},
		"bare, groups":    {"krug s4za nfzs ayja krug s4za nfzs ayja", account.Account{}},
		"as GitLab":       {"Account: git.example:jo@example.com\nKey: krug s4za nfzs ayja krug s4za nfzs ayja\nTime based: Yes\n", account.Account{Issuer: "git.example", Name: "jo@example.com"}},
		"on its own line": {"Enter this in your app.\n\nSecret key:\n" + key + "\n", account.Account{}},
		"Markdown":        {"- **Service**: Shop\n- **Account**: jo\n- **Setup key**: `" + key + "`\n", account.Account{Issuer: "Shop", Name: "jo"}},
		"Japanese":        {"サービス：楽天\nアカウント名：jo\nセットアップキー：" + strings.ToLower(key) + "\n", account.Account{Issuer: "楽天", Name: "jo"}},
		"parameters":      {"Issuer: Bank\nSecret: " + key + "\nDigits: 8\nPeriod: 60 seconds\nAlgorithm: SHA-256\n", account.Account{Issuer: "Bank", Digits: 8, Period: 60, Algorithm: account.SHA256}},
		"counter":         {"Key: " + key + "\nCounter: 7\n", account.Account{Type: account.HOTP, Counter: 7}},
	} {
		r, app, err := Read(t.Context(), Input{Data: []byte(c.text)}, "", Options{})
		if err != nil || app.ID != "text" || len(r.Entries) != 1 || r.Entries[0].Err != nil {
			t.Errorf("%s: %s, %+v, %v", name, app.ID, r.Entries, err)
			continue
		}
		want := account.New(account.TOTP, account.NewSecret([]byte(raw)))
		if c.want.Type == account.HOTP {
			want = account.New(account.HOTP, want.Secret)
			want.Counter = c.want.Counter
		}
		want.Issuer, want.Name = c.want.Issuer, c.want.Name
		if c.want.Digits != 0 {
			want.Digits, want.Period, want.Algorithm = c.want.Digits, c.want.Period, c.want.Algorithm
		}
		got := r.Entries[0].Account
		if got.Key() != want.Key() || !got.SameName(want) || got.Counter != want.Counter {
			t.Errorf("%s: %s, %d digits, %d s", name, got.Label(), got.Digits, got.Period)
		}
	}
}

func TestKeyTextOfSeveral(t *testing.T) {
	text := "Account: Shop:jo\nKey: KRUGS4ZANFZSAYJA\n\nAccount: Forum:ann\nKey: MFZWIZTHNBVGW3DN\n\nAccount: Bad\nKey: KRUG S4ZA NFZS 1111\nDigits: many\n"
	r, _, err := Read(t.Context(), Input{Data: []byte(text)}, "", Options{})
	if err != nil || len(r.Entries) != 2 || r.Entries[0].Account.Label() != "Shop (jo)" || r.Entries[1].Account.Label() != "Forum (ann)" {
		t.Errorf("%+v, %v", r.Entries, err)
	}
	r, _, err = Read(t.Context(), Input{Data: []byte("Key: KRUGS4ZANFZSAYJA\nDigits: many\n")}, "", Options{})
	if err != nil || len(r.Entries) != 1 || r.Entries[0].Err == nil || !strings.Contains(r.Entries[0].Err.Error(), "digits") {
		t.Errorf("%+v, %v", r.Entries, err)
	}
}

// "secret=3D…" may be quoted-printable: no secret is guessed from it (fault B11).
func TestKeyTextIsNotGuessedFromMail(t *testing.T) {
	r, _, err := Read(t.Context(), Input{Data: []byte("secret=3DKRUGS4ZANFZSAYJA")}, "", Options{})
	if err != nil || len(r.Entries) != 1 || r.Entries[0].Err == nil || !strings.Contains(r.Entries[0].Err.Error(), ".eml") {
		t.Errorf("%+v, %v", r.Entries, err)
	}
}

// Prose, lists and words are never taken for keys.
func TestNoKeyText(t *testing.T) {
	for _, text := range []string{
		"a shopping list: milk, eggs\n", "Key: see below\n", "key: value\nname: x\n", "supercalifragilistic", "Account: jo\nPassword: hunter2hunter2hunter2\n",
		"買い物の一覧：牛乳、卵、味噌、醤油。", "Secret: my dog has a name\n", "abc def ghi jkl mno pqr", "thisisalongwordwithoutadigit", "",
	} {
		if r, app, err := Read(t.Context(), Input{Data: []byte(text)}, "", Options{}); !errors.Is(err, ErrNotRecognised) && len(r.Entries) > 0 {
			t.Errorf("%q: %s, %v, %v", text, app.ID, r.Entries, err)
		}
	}
}

func FuzzKeyText(f *testing.F) {
	f.Add("Account: git.example:jo\nKey: krug s4za nfzs ayja\nDigits: 6\n")
	f.Add("KRUGS4ZANFZSAYJA")
	f.Fuzz(func(t *testing.T, text string) {
		r, _, err := Read(t.Context(), Input{Data: []byte(text)}, "text", Options{})
		for _, e := range r.Entries {
			if err == nil && e.Err == nil && e.Account.Validate() != nil {
				t.Errorf("%q gave an account that is not valid", text)
			}
		}
	})
}

// A file of another kind, and text in any encoding, is never guessed to be encrypted.
func TestNotGuessedToBeEncrypted(t *testing.T) {
	long := strings.Repeat("M\xfcnchen, wei\xdf und bl\xe4ulich. ", 30) // Latin-1
	for name, data := range map[string]string{
		"PDF": "%PDF-1.7\n" + strings.Repeat("\x00\xff\x13", 200), "ZIP": "PK\x03\x04" + strings.Repeat("\x00\xff\x13", 200),
		"icon": "\x00\x00\x01\x00" + strings.Repeat("\x00\xff\x13", 200), "Photoshop": "8BPS" + strings.Repeat("\x00\xff\x13", 200),
		"Latin-1": long, "Shift JIS": strings.Repeat("\x94\x83\x82\xa2\x95\xa8\x82\xcc\x88\xea\x97\x97", 30),
	} {
		in := Input{Data: []byte(data)}
		if app, ok := Detect(in); ok {
			t.Errorf("%s is taken for %s", name, app.Name)
		}
	}
}
