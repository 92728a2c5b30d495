package format

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
)

// fixture is a file made here, in the form that an app writes, and what must be
// read from it. Its passphrase is always "test".
type fixture struct {
	name  string
	app   string
	in    Input
	o     Options // beside the passphrase
	guard Protection
	want  []account.Account
}

// fixtures are all of them; each reader has at least one. They are made once:
// some have a key derivation.
var fixtures = sync.OnceValue(func() []fixture {
	return slices.Concat(jsonFixtures(), prefsFixtures(), tableFixtures(), zipFixtures(), lineFixtures(), cipherFixtures(), keePassFixtures(), managerFixtures())
})

func (f fixture) options() Options {
	o := f.o
	o.Passphrase = func(string) ([]byte, error) { return []byte("test"), nil }
	o.Now = testNow
	return o
}

func TestFixturesOfManagers(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range fixtures() {
		seen[f.app] = true
		t.Run(f.app+" "+f.name, func(t *testing.T) {
			r := mustRead(t, f.in, f.app, f.options())
			checkAccounts(t, r, f.want)
			if r.Protection != f.guard || r.Title == "" {
				t.Errorf("%q, protection %d, want %d", r.Title, r.Protection, f.guard)
			}
		})
	}
	apps := Apps() // the phone apps before KeePass have samples instead, the forms of text their own tests
	first := slices.IndexFunc(apps, func(a App) bool { return a.ID == "keepass" })
	for _, a := range apps[first : len(apps)-len(textApps())] {
		if !seen[a.ID] {
			t.Errorf("there is no fixture for %q", a.ID)
		}
		if a.HowTo == "" || a.Name == "" {
			t.Errorf("%q does not say how to get the file", a.ID)
		}
	}
}

// An encrypted file must not open with another passphrase, nor without one, and
// must not open at all after Ctrl-C.
func TestWrongPassphrase(t *testing.T) {
	for _, f := range fixtures() {
		if f.guard == Plain || f.o.Decrypt != nil {
			continue
		}
		t.Run(f.app+" "+f.name, func(t *testing.T) {
			o := f.o
			if _, _, err := Read(context.Background(), f.in, f.app, o); !errors.Is(err, ErrPassphraseNeeded) {
				t.Errorf("without a passphrase: %v", err)
			}
			tries := 0
			o.Passphrase = func(string) ([]byte, error) { tries++; return fmt.Append(nil, "wrong", tries), nil }
			if r, _, err := Read(context.Background(), f.in, f.app, o); !errors.Is(err, ErrWrongPassphrase) || tries != maxPasswordTries {
				t.Errorf("a wrong passphrase: %d tries, %d entries, %v", tries, len(r.Entries), err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if _, _, err := Read(ctx, f.in, f.app, f.options()); !errors.Is(err, context.Canceled) {
				t.Errorf("after Ctrl-C: %v", err)
			}
		})
	}
}

// Formats without a checksum must notice a wrong passphrase by what comes out:
// of 300 wrong ones about one fits the padding by chance.
func TestWrongPassphraseWithoutChecksum(t *testing.T) {
	for _, f := range fixtures() {
		if f.guard != Weak || strings.HasPrefix(f.app, "freeotp") {
			continue
		}
		t.Run(f.app+" "+f.name, func(t *testing.T) {
			for i := range 100 {
				tries := 0
				o := f.o
				o.Passphrase = func(string) ([]byte, error) { tries++; return fmt.Append(nil, "wrong", 3*i+tries), nil }
				if r, _, err := Read(context.Background(), f.in, f.app, o); err == nil {
					t.Fatalf("try %d: %d entries", i, len(r.Entries))
				}
			}
		})
	}
}

// A file that is cut off anywhere is an error or holds fewer entries, and never
// a panic or another account.
func TestCutOff(t *testing.T) {
	for _, f := range fixtures() {
		if len(f.in.Data) == 0 || f.guard == Encrypted {
			continue // ciphertext is covered by its checksum, and slow
		}
		t.Run(f.app+" "+f.name, func(t *testing.T) {
			app, _ := ByID(f.app)
			step := max(1, len(f.in.Data)/100)
			for n := 0; n < len(f.in.Data); n += step {
				in := Input{Data: f.in.Data[:n]}
				r, err := app.Read(context.Background(), in, f.options())
				good := slices.DeleteFunc(r.Entries, func(e Entry) bool { return e.Err != nil })
				if err == nil && len(good) > len(f.want) {
					t.Fatalf("cut at %d: %d accounts", n, len(good))
				}
			}
		})
	}
}

const (
	rfcKey = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // RFC 4226: "12345678901234567890"
	rfcRaw = "12345678901234567890"
)

func plainTOTP(issuer, name string) account.Account {
	return acc(account.TOTP, issuer, name, rfcKey, account.SHA1, 6, 30, 0)
}

func jsonFixtures() []fixture {
	one := func(name, app, data string, want ...account.Account) fixture {
		return fixture{name: name, app: app, in: Input{Data: []byte(data)}, guard: Plain, want: want}
	}
	const s = rfcKey
	return []fixture{
		one("Android", "lastpass", `{"deviceId":"","deviceName":"x","version":3,"accounts":[{"accountID":"1","issuerName":"GitHub","originalIssuerName":"Git","userName":"ann","originalUserName":"a","secret":"`+s+`","timeStep":60,"digits":8,"creationTimestamp":1682843408613,"isFavorite":true,"algorithm":"SHA256","folderData":{"folderId":2,"position":0}}],"folders":[{"id":2,"name":"Work"}]}`,
			acc(account.TOTP, "GitHub", "ann", s, account.SHA256, 8, 60, 0)),
		one("accounts", "duo", `[{"version":1.0,"accountType":"OtpAccount","name":"Ann","otpGenerator":{"otpSecret":"`+s+`"},"pkey":"x"},{"accountType":"OtpAccount","name":"Bob","otpGenerator":{"otpSecret":"`+s+`","counter":7}}]`,
			plainTOTP("", "Ann"), acc(account.HOTP, "", "Bob", s, account.SHA1, 6, 0, 7)),
		one("all types", "2fauth", `{"app":"2fauth_v5.4.3","schema":1,"datetime":"x","data":[{"otp_type":"totp","account":"ann","service":"GitHub","icon":null,"secret":"`+s+`","digits":8,"algorithm":"sha512","period":60,"counter":null,"legacy_uri":"x"},{"otp_type":"hotp","account":"a","service":"b","secret":"`+s+`","digits":6,"algorithm":"sha1","period":null,"counter":5},{"otp_type":"steamtotp","account":"a","service":"Steam","secret":"`+s+`","digits":5,"algorithm":"sha1","period":30,"counter":null}]}`,
			acc(account.TOTP, "GitHub", "ann", s, account.SHA512, 8, 60, 0), acc(account.HOTP, "b", "a", s, account.SHA1, 6, 0, 5), acc(account.Steam, "Steam", "a", s, account.SHA1, 5, 30, 0)),
		one("maFile", "steam", `{"shared_secret":"MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=","revocation_code":"R1","account_name":"ann","identity_secret":"x","Session":{"SteamLoginSecure":"cookie"}}`,
			acc(account.Steam, "Steam", "ann", s, account.SHA1, 5, 30, 0)),
		one("new app", "steam", `{"accounts":{"7":{"shared_secret":"MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=","account_name":"ann"}}}`,
			acc(account.Steam, "Steam", "ann", s, account.SHA1, 5, 30, 0)),
		one("inner JSON", "raivo", `[{"issuer":"GitHub","account":"ann","secret":"`+s+`","algorithm":"SHA256","digits":"8","kind":"TOTP","timer":"60","counter":"0","pinned":"true","iconType":"","iconValue":"git"},{"issuer":"b","account":"a","secret":"`+s+`","algorithm":"SHA1","digits":"6","kind":"HOTP","timer":"0","counter":"9","pinned":"false"}]`,
			acc(account.TOTP, "GitHub", "ann", s, account.SHA256, 8, 60, 0), acc(account.HOTP, "b", "a", s, account.SHA1, 6, 0, 9)),
		one("export", "freeotp-plus", `{"tokenOrder":["b:second","a:first"],"tokens":[{"algo":"SHA256","counter":0,"digits":8,"issuerExt":"a","label":"first","period":60,"secret":`+javaBytes(rfcRaw)+`,"type":"TOTP"},{"algo":"SHA1","counter":-1,"digits":6,"issuerExt":"b","issuerAlt":"B!","label":"second","period":30,"secret":`+javaBytes(rfcRaw)+`,"type":"HOTP"}]}`,
			acc(account.HOTP, "B!", "second", s, account.SHA1, 6, 0, 0), acc(account.TOTP, "a", "first", s, account.SHA256, 8, 60, 0)),
		one("export", "cotp", `{"version":2,"elements":[{"secret":"`+s+`","issuer":"GitHub","label":"ann","digits":8,"type":"TOTP","algorithm":"SHA512","period":60,"counter":null,"pin":null},{"secret":"`+s+`","issuer":"Steam","label":"bob","digits":6,"type":"STEAM","algorithm":"SHA1","period":30},{"secret":"e3152afee62599c8","issuer":"","label":"m","digits":6,"type":"MOTP","algorithm":"MD5","period":10,"counter":null,"pin":"1234"}]}`,
			acc(account.TOTP, "GitHub", "ann", s, account.SHA512, 8, 60, 0), acc(account.Steam, "Steam", "bob", s, account.SHA1, 5, 30, 0), cotpMOTP()),
		one("links", "cotp", `{"items":["otpauth://totp/b:a?secret=`+s+`&issuer=b&lock=false"]}`, plainTOTP("b", "a")),
		one("plain list", "otpclient", `[{"type":"TOTP","label":"a","issuer":"b","digits":8,"algo":"SHA256","secret":"`+s+`","period":60,"group":"g"},{"type":"HOTP","label":"h","issuer":"b","digits":6,"algo":"SHA1","secret":"`+s+`","counter":4},{"type":"TOTP","label":"s","issuer":"steam","digits":5,"algo":"SHA1","secret":"`+s+`","period":30}]`,
			acc(account.TOTP, "b", "a", s, account.SHA256, 8, 60, 0), acc(account.HOTP, "b", "h", s, account.SHA1, 6, 0, 4), acc(account.Steam, "steam", "s", s, account.SHA1, 5, 30, 0)),
		one("plain", "authenticator-extension", `{"u2":{"account":"b","encrypted":false,"hash":"u2","index":1,"type":"hotp","counter":3,"secret":"`+s+`"},"u1":{"account":"ann","issuer":"GitHub::github.com","encrypted":false,"hash":"u1","index":0,"type":"totp","secret":"`+s+`","digits":8,"period":60,"algorithm":"SHA256","pinned":true,"dataType":"OTPStorage"},"u3":{"account":"c","hash":"u3","index":2,"type":"hex","secret":"3132333435363738393031323334353637383930"},"u4":{"account":"d","hash":"u4","index":3,"type":"totp","secret":"blz-`+s+`"},"u5":{"account":"e","hash":"u5","index":4,"type":"steam","secret":"`+s+`"},"UserSettings":{"items":{}}}`,
			acc(account.TOTP, "GitHub", "ann", s, account.SHA256, 8, 60, 0), acc(account.HOTP, "", "b", s, account.SHA1, 6, 0, 3), plainTOTP("", "c"),
			acc(account.TOTP, "", "d", s, account.SHA1, 8, 30, 0), acc(account.Steam, "", "e", s, account.SHA1, 5, 30, 0)),
		one("dump", "authy", `{"tokens":{"authenticator_tokens":[{"account_type":"authenticator","digits":6,"decrypted_seed":"`+s+`","name":"GitHub: ann","unique_id":"1"}]},"apps":{"apps":[{"_id":"2","name":"Twilio","secret_seed":"3132333435363738393031323334353637383930","digits":7}]}}`,
			plainTOTP("GitHub", "ann"), acc(account.TOTP, "", "Twilio", s, account.SHA1, 7, 10, 0)),
		one("desktop script", "authy", `[{"name":"GitHub","secret":"`+s+`","uri":"otpauth://totp/GitHub?secret=`+s+`&digits=7&period=10"}]`,
			acc(account.TOTP, "", "GitHub", s, account.SHA1, 7, 10, 0)),
		one("list", "totp-cli", `[{"name":"work","accounts":[{"name":"github","token":"`+s+`","prefix":"p","algorithm":"","length":0,"timePeriod":0}]}]`, plainTOTP("work", "github")),
	}
}

func cotpMOTP() account.Account {
	a := account.New(account.MOTP, account.NewSecret([]byte{0xe3, 0x15, 0x2a, 0xfe, 0xe6, 0x25, 0x99, 0xc8}))
	a.Name, a.PIN = "m", account.NewSecret([]byte("1234"))
	return a
}

// javaBytes is a secret as Java prints bytes.
func javaBytes(raw string) string {
	var out []string
	for i := range len(raw) {
		out = append(out, fmt.Sprint(int8(raw[i])))
	}
	return "[" + strings.Join(out, ",") + "]"
}
