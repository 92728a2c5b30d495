package format

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
)

func TestEveryAppIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range Apps() {
		if a.ID == "" || a.Name == "" || a.HowTo == "" || a.Read == nil || a.Detect == nil && a.Guess == nil {
			t.Errorf("%q lacks something", a.ID)
		}
		if seen[a.ID] || a.ID != strings.ToLower(a.ID) {
			t.Errorf("%q is there twice or not in lower case", a.ID)
		}
		seen[a.ID] = true
		if a.Write != nil && (a.CanHold == nil || a.Loses == nil || a.Extension == "") {
			t.Errorf("%q is written but does not say what it holds", a.ID)
		}
	}
	for _, id := range []string{"google-authenticator", "aegis", "2fas", "ente", "bitwarden", "proton", "stratum", "andotp", "cxf", "uri", "html"} {
		if a, ok := ByID(strings.ToUpper(id)); !ok || a.Write == nil {
			t.Errorf("%q cannot be written", id)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		in     Input
		forced string
		want   error
	}{
		"nothing":          {Input{}, "", ErrNotRecognised},
		"prose":            {Input{Data: []byte("Dear Sir or Madam")}, "", ErrNotRecognised},
		"empty list":       {Input{Data: []byte("[]")}, "", ErrNotRecognised},
		"no such app":      {Input{Data: []byte("[]")}, "authy2000", ErrNotRecognised},
		"too large":        {Input{Data: make([]byte, MaxFileBytes+1)}, "", ErrLimit},
		"too large by sum": {Input{Files: map[string][]byte{"a": make([]byte, MaxFileBytes), "b": {1}}}, "", ErrLimit},
		"too large a text": {Input{Data: []byte(strings.Repeat(" ", MaxTextBytes+1))}, "uri", ErrLimit},
		"cut off":          {Input{Data: []byte(`{"version":1,"header":{"slots":null,"params":null},"db":{"ver`)}, "", ErrDamaged},
	} {
		if _, _, err := Read(t.Context(), c.in, c.forced, withPassphrase("x")); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// A file with a byte order mark, or as UTF-16, is the same file.
func TestReadUTF16(t *testing.T) {
	text := string(fileAround("aegis", entryWith("aegis", "", "")).Data)
	wide := []byte{0xFF, 0xFE}
	for _, c := range []byte(text) {
		wide = append(wide, c, 0)
	}
	for _, data := range [][]byte{[]byte("\xEF\xBB\xBF" + text), wide} {
		if r := mustRead(t, Input{Data: data}, "aegis", Options{}); len(r.Entries) != 1 || r.Entries[0].Err != nil {
			t.Errorf("got %v", r.Entries)
		}
	}
}

// The number of entries, for each reader whose file is easy to make.
func TestEntryLimit(t *testing.T) {
	for _, app := range []string{"aegis", "2fas", "andotp", "stratum", "proton", "bitwarden", "ente"} {
		for n, want := range map[int]error{MaxEntries: nil, MaxEntries + 1: ErrLimit} {
			in := fileAround(app, slices.Repeat([]string{entryWith(app, "", "")}, n)...)
			r, _, err := Read(t.Context(), in, app, Options{})
			if !errors.Is(err, want) || err == nil && len(r.Entries) != n {
				t.Errorf("%s with %d: %d entries, %v", app, n, len(r.Entries), err)
			}
		}
	}
	link := "otpauth://totp/b:a?secret=" + oddSecret + "\n"
	for n, want := range map[int]error{MaxEntries - 1: nil, MaxEntries: nil, MaxEntries + 1: ErrLimit} {
		if _, _, err := Read(t.Context(), Input{Data: []byte(strings.Repeat(link, n))}, "uri", Options{}); !errors.Is(err, want) {
			t.Errorf("%d links: %v", n, err)
		}
	}
}

// What could be from several apps is tried as each, with one passphrase.
func TestFilesWithoutAMarkAreTriedAsAllTheyCouldBe(t *testing.T) {
	_, data := sealed(t, "andotp")
	app := func(id string, opens string) App {
		return App{ID: id, Name: id, Read: func(_ context.Context, _ Input, o Options) (r Result, err error) {
			err = unlock(t.Context(), o, id, func(p []byte) error {
				if string(p) != opens {
					return ErrWrongPassphrase
				}
				return nil
			})
			return Result{Title: id}, err
		}}
	}
	broken := App{ID: "broken", Name: "broken", Read: func(context.Context, Input, Options) (Result, error) { return Result{}, missing("it") }}
	asked := 0
	o := Options{Passphrase: func(string) ([]byte, error) { asked++; return []byte([]string{"no", "two"}[asked-1]), nil }}
	r, found, err := readGuesses(t.Context(), Input{Data: data}, []App{broken, app("a", "one"), app("b", "two")}, o)
	if err != nil || found.ID != "b" || r.Title != "b" || asked != 2 {
		t.Errorf("got %q after %d questions, %v", found.ID, asked, err)
	}
	garbage := App{ID: "garbage", Name: "garbage", Read: func(_ context.Context, _ Input, o Options) (Result, error) {
		return Result{}, unlock(t.Context(), o, "it", func([]byte) error { return missing("it") })
	}}
	asked = 0
	if _, found, err := readGuesses(t.Context(), Input{}, []App{app("b", "two"), garbage}, o); err != nil || found.ID != "b" {
		t.Errorf("wrong for one and damaged for another is asked again: %q after %d questions, %v", found.ID, asked, err)
	}
	if _, _, err := readGuesses(t.Context(), Input{}, []App{broken, broken}, o); !errors.Is(err, ErrDamaged) {
		t.Errorf("nothing fits: %v", err)
	}
	if _, _, err := readGuesses(t.Context(), Input{}, []App{app("a", "1"), app("b", "2")}, Options{}); !errors.Is(err, ErrPassphraseNeeded) {
		t.Errorf("no passphrase: %v", err)
	}
}

func TestTargetsThatTakeEachSecretOnce(t *testing.T) {
	for _, id := range []string{"stratum", "2fas"} {
		checkUniqueSecrets(t, id)
	}
}

func checkUniqueSecrets(t *testing.T, id string) {
	app, _ := ByID(id)
	a := acc(account.TOTP, "b", "a", oddSecret, account.SHA1, 6, 30, 0)
	b := a
	b.Name = "other"
	fits, unfit := app.Fit([]account.Account{a, b})
	if len(fits) != 1 || len(unfit) != 1 || !strings.Contains(unfit[0].Err.Error(), "b (a)") {
		t.Errorf("%d fit, %v do not", len(fits), unfit)
	}
	if _, err := app.Write(t.Context(), []account.Account{a, b}, writerOptions(Yes)); err == nil {
		t.Error("both were written")
	}
}

// A writer refuses what the target would take for something else, even if
// nobody asked CanHold before.
func TestWritersRefuseWhatCannotBeHeld(t *testing.T) {
	odd := acc(account.TOTP, "b", "a", oddSecret, account.SHA224, 6, 30, 0)
	for _, id := range []string{"aegis", "ente", "bitwarden", "proton", "stratum", "andotp", "google-authenticator"} {
		app, _ := ByID(id)
		if err := app.CanHold(odd); err == nil || !strings.Contains(err.Error(), "SHA224") {
			t.Errorf("%s holds SHA224: %v", id, err)
		}
		if _, err := app.Write(t.Context(), []account.Account{odd}, writerOptions(Yes)); err == nil {
			t.Errorf("%s wrote SHA224", id)
		}
	}
	yandex := account.New(account.Yandex, account.NewSecret(make([]byte, 16)))
	for _, id := range []string{"2fas", "ente", "bitwarden", "proton", "andotp", "google-authenticator"} {
		app, _ := ByID(id)
		if err := app.CanHold(yandex); err == nil || !strings.Contains(err.Error(), "yandex") {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// What a person reads before an export.
func TestLosses(t *testing.T) {
	full := acc(account.TOTP, strings.Repeat("i", 33), strings.Repeat("n", 51), oddSecret, account.SHA1, 6, 30, 0)
	full.Note, full.Groups, full.Tags = "n", []string{"g", "h"}, []string{"t"}
	full.Favourite, full.Trashed, full.Archived, full.UseCount, full.LastUsed, full.Created, full.Updated = true, true, true, 1, 1, 1, 1
	full.Icon = account.Icon{MIME: "image/webp", Data: []byte("x")}
	keepExtra(&full, "steam", extraOf(account.Account{}, ""))
	for id, want := range map[string]string{
		"aegis":   "[tags archived trashed icon use count last used created updated]",
		"2fas":    "[note groups but the first tags favourite archived trashed icon use count last used created issuer after 30 characters account after 50 characters]",
		"ente":    "[groups archived icon created updated]",
		"stratum": "[note tags favourite archived trashed icon last used created updated issuer after 32 characters account after 40 characters]",
		"andotp":  "[note groups favourite archived trashed icon created updated]",
		"uri":     "[note groups tags favourite archived trashed icon use count last used created updated]",
	} {
		app, _ := ByID(id)
		if got := fmt.Sprint(app.Loses(full)); got != want {
			t.Errorf("%s\n got %s\nwant %s", id, got, want)
		}
	}
}

// Detection is precise: no two apps claim the same file, but for the forms that
// any text may contain.
func TestNoTwoAppsClaimAFile(t *testing.T) {
	loose := []string{"csv"} // any table whose header names a code
	for _, a := range textApps() {
		loose = append(loose, a.ID)
	}
	for _, writer := range Apps() {
		if writer.Write == nil {
			continue
		}
		fits, _ := writer.Fit(generate(200))
		for _, plaintext := range []Choice{No, Yes} {
			data, err := writeQuickly(writer, fits, writerOptions(plaintext))
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range Apps() {
				if a.ID != writer.ID && a.Detect != nil && !slices.Contains(loose, a.ID) && a.Detect(Input{Data: data}) {
					t.Errorf("%s claims the file of %s", a.ID, writer.ID)
				}
			}
		}
	}
}
