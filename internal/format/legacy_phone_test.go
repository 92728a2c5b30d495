package format

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
)

// Forms that the apps wrote once, or write elsewhere, and that jangle only
// reads: small writers make them here.

func legacyAccount() []account.Account {
	return []account.Account{acc(account.TOTP, "b", "a", oddSecret, account.SHA1, 6, 30, 0)}
}

func TestStratumLegacyForm(t *testing.T) {
	plain := fileAround("stratum", entryWith("stratum", "", "")).Data
	salt, iv := make([]byte, stratumLegacySalt), make([]byte, stratumLegacyIV)
	key, err := pbkdf2Key(t.Context(), sha1.New, []byte("pw"), salt, pbkdf2Cost{stratumLegacyRounds, 1, maxPBKDF2}, 32)
	if err != nil {
		t.Fatal(err)
	}
	body, err := sealCBC(key, iv, plain)
	if err != nil {
		t.Fatal(err)
	}
	file := slices.Concat([]byte(stratumLegacyMark), salt, iv, body)
	r := mustRead(t, Input{Data: file}, "stratum", withPassphrase("pw"))
	checkAccounts(t, r, legacyAccount())
	if r.Protection != Weak {
		t.Errorf("protection %d", r.Protection)
	}
	// No tag says whether the passphrase is right, so none of many wrong ones may
	// pass, though the padding of one in 256 fits.
	byChance := 0
	for i := range 1000 {
		wrong := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
		if _, err := openCBC(wrong[:], iv, body); err == nil {
			byChance++
		}
		if got, err := openCBCText(wrong[:], iv, body); !errors.Is(err, ErrWrongPassphrase) {
			t.Errorf("a wrong key gave %q, %v", got, err)
		}
	}
	if byChance == 0 {
		t.Error("no padding fitted by chance: the test shows nothing")
	}
}

func TestAndOTPOldForm(t *testing.T) {
	plain := `[{"secret":"` + oddSecret + `","label":"b - b:a","period":30,"type":"TOTP"},{"secret":"` + oddSecret + `","label":"alone","period":30}]`
	key, nonce := sha256.Sum256([]byte("pw")), []byte("\xffnonce nonce")
	body, err := sealGCM(key[:], nonce, []byte(plain), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := mustRead(t, Input{Data: append(nonce, body...)}, "andotp", withPassphrase("pw"))
	alone := legacyAccount()[0]
	alone.Issuer, alone.Name = "", "alone"
	checkAccounts(t, r, append(legacyAccount(), alone))
	if r.Protection != Weak {
		t.Errorf("protection %d", r.Protection)
	}
}

func TestBitwardenArgon2id(t *testing.T) {
	memory, threads := 16, 2
	s := bitwardenSeal{Salt: "c2FsdA==", KDF: bitwardenArgon2id, Iterations: 2, Memory: &memory, Parallelism: &threads}
	enc, mac, err := s.keys(t.Context(), []byte("pw"))
	if err != nil {
		t.Fatal(err)
	}
	// Computed with OpenSSL's Argon2id and HKDF.
	if got := hex.EncodeToString(enc); got != "3d88267a4b5cf2980dbd5b693bbfa3504fe25976f37036117c874c2a13370b11" {
		t.Errorf("the key for encryption is %s", got)
	}
	if got := hex.EncodeToString(mac); got != "9a8798ffbdfdc91fccd0dcbfc7b96e8f3decfaf3b4079ce9ea535c835dc7cdf6" {
		t.Errorf("the key for the MAC is %s", got)
	}
	o := Options{Rand: seeded(2)}
	if s.Data, err = sealBitwardenString(fileAround("bitwarden", entryWith("bitwarden", "", "")).Data, enc, mac, o); err != nil {
		t.Fatal(err)
	}
	file := mustJSON(struct {
		Encrypted bool `json:"encrypted"`
		Protected bool `json:"passwordProtected"`
		bitwardenSeal
	}{true, true, s})
	checkAccounts(t, mustRead(t, Input{Data: file}, "bitwarden", withPassphrase("pw")), legacyAccount())
	old := strings.Replace(string(file), `"2.`, `"0.`, 1)
	if _, _, err := Read(t.Context(), Input{Data: []byte(old)}, "", withPassphrase("pw")); err == nil || !strings.Contains(err.Error(), `encryption type "0"`) {
		t.Errorf("a text without a MAC: %v", err)
	}
}

// The MAC is checked before anything is decrypted: a changed byte of the IV
// would otherwise change the text and nobody would see it.
func TestBitwardenMAC(t *testing.T) {
	enc, mac := make([]byte, 32), make([]byte, 32)
	text, err := sealBitwardenString([]byte("plain"), enc, mac, Options{Rand: seeded(2)})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{2, 30, len(text) - 10} {
		changed := []byte(text)
		changed[i] = map[bool]byte{true: 'B', false: 'A'}[changed[i] == 'A']
		if got, err := openBitwardenString(string(changed), enc, mac); !errors.Is(err, ErrWrongPassphrase) {
			t.Errorf("character %d changed: %q, %v", i, got, err)
		}
	}
}

func TestPaddingIsChecked(t *testing.T) {
	key, iv := make([]byte, 32), make([]byte, 16)
	block, _ := aes.NewCipher(key)
	for last, want := range map[byte]error{0: ErrWrongPassphrase, 1: nil, 2: ErrWrongPassphrase, 16: ErrWrongPassphrase, 17: ErrWrongPassphrase} {
		plain := append(bytes.Repeat([]byte{7}, 31), last)
		sealed := make([]byte, 32)
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(sealed, plain)
		if _, err := openCBC(key, iv, sealed); !errors.Is(err, want) {
			t.Errorf("last byte %d: %v", last, err)
		}
	}
	for _, n := range []int{0, 15, 17} {
		if _, err := openCBC(key, iv, make([]byte, n)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// A vault as the app keeps it: a biometric slot, an older password, a newer one.
func TestAegisVaultWithSeveralSlots(t *testing.T) {
	o := writerOptions(No)
	master, err := o.randomBytes(32)
	if err != nil {
		t.Fatal(err)
	}
	var slots []aegisSlot
	for _, p := range []string{"old", "new"} {
		o.Passphrase = withPassphrase(p).Passphrase
		slot, err := newAegisSlot(t.Context(), o, master)
		if err != nil {
			t.Fatal(err)
		}
		slots = append(slots, slot)
	}
	db, params, err := sealAegisPart(o, master, []byte(`{"version":1,"entries":[`+entryWith("aegis", "", "")+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	file := mustJSON(aegisFile{
		Version: 1, DB: mustJSON(toBase64(db)),
		Header: aegisHeader{Slots: append([]aegisSlot{{Type: 2, KeyParams: aegisKey{"00", "00"}}}, slots...), Params: &params},
	})
	for _, p := range []string{"old", "new"} {
		checkAccounts(t, mustRead(t, Input{Data: file}, "aegis", withPassphrase(p)), legacyAccount())
	}
}

func TestAegisDatabaseVersions(t *testing.T) {
	entry := func(groups string) string { return entryWith("aegis", `"note":""`, `"note":"",`+groups) }
	for text, want := range map[string][]string{
		`{"version":1,"entries":[` + entryWith("aegis", "", "") + `]}`:                                                                 nil,
		`{"version":2,"entries":[` + entry(`"group":"Work"`) + `]}`:                                                                    {"Work"},
		`{"version":2,"entries":[` + entry(`"group":null`) + `]}`:                                                                      nil,
		`{"version":3,"entries":[` + entry(`"groups":["u2","u1"]`) + `],"groups":[{"uuid":"u1","name":"A"},{"uuid":"u2","name":"B"}]}`: {"B", "A"},
		`{"version":3,"entries":[` + entry(`"groups":["gone"]`) + `],"groups":[]}`:                                                     nil,
	} {
		r := mustRead(t, Input{Data: []byte(text)}, "aegis", Options{}) // the inner part alone is read too
		checkAccounts(t, r, legacyAccount())
		if got := r.Entries[0].Account.Groups; !slices.Equal(got, want) {
			t.Errorf("groups %q, want %q", got, want)
		}
		if gone := strings.Contains(text, "gone"); gone != (len(r.Entries[0].Warnings) == 1) {
			t.Errorf("warnings %q", r.Entries[0].Warnings)
		}
	}
}

func TestTwoFASSchemas(t *testing.T) {
	for _, c := range []struct {
		schema, otp string
		want        account.Account
		warned      bool
	}{
		{"1", `{"account":"a","issuer":"b","label":"b:a"}`, legacyAccount()[0], true},
		{"2", `{"label":"b:a","digits":8,"algorithm":"SHA256"}`, acc(account.TOTP, "My name", "a", oddSecret, account.SHA256, 8, 30, 0), true},
		{"2", `{"account":"a","issuer":"b","period":60}`, acc(account.TOTP, "b", "a", oddSecret, account.SHA1, 6, 60, 0), false},
		{"3", `{"account":null,"issuer":null,"label":"a","tokenType":"HOTP","counter":9,"period":null}`, acc(account.HOTP, "My name", "a", oddSecret, account.SHA1, 6, 0, 9), false},
		{"3", `{"account":"a","issuer":"b","tokenType":"HOTP"}`, acc(account.HOTP, "b", "a", oddSecret, account.SHA1, 6, 0, 1), true},
		{"4", `{"account":"a","issuer":"b","tokenType":"STEAM","digits":5,"period":30,"algorithm":"SHA1"}`, acc(account.Steam, "b", "a", oddSecret, account.SHA1, 5, 30, 0), false},
	} {
		text := `{"schemaVersion":` + c.schema + `,"groups":[{"id":"ABC","name":"Work"}],"services":[{"name":"My name","secret":"` + oddSecret + `","groupId":"abc","otp":` + c.otp + `}]}`
		r := mustRead(t, Input{Data: []byte(text)}, "2fas", Options{})
		checkAccounts(t, r, []account.Account{c.want})
		e := r.Entries[0]
		if (len(e.Warnings) > 0) != c.warned || !slices.Equal(e.Account.Groups, []string{"Work"}) {
			t.Errorf("%s: warnings %q, groups %q", c.otp, e.Warnings, e.Account.Groups)
		}
	}
}

// The reference is what the app checks a passphrase with.
func TestTwoFASReference(t *testing.T) {
	_, data := sealed(t, "2fas")
	var file twoFASBackup
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	got, err := openTwoFAS(t.Context(), file.Reference, withPassphrase("correct horse"))
	if err != nil || string(got) != twoFASReference || len(got) != 256 {
		t.Errorf("got %q, %v", got, err)
	}
	salts := strings.Split(file.Reference, ":")[1] == strings.Split(file.Encrypted, ":")[1]
	nonces := strings.Split(file.Reference, ":")[2] == strings.Split(file.Encrypted, ":")[2]
	if !salts || nonces || file.Schema != 4 || len(file.Services) != 0 {
		t.Errorf("same salt %v, same nonce %v, schema %d, %d services in clear", salts, nonces, file.Schema, len(file.Services))
	}
}

func TestEnteLines(t *testing.T) {
	long := strings.Repeat("n", 100_000)
	display := func(json string) string { return "&" + enteDisplayKey + escapeParameter(json) }
	for name, c := range map[string]struct {
		text   string
		notes  []string
		warned bool
	}{
		"plain":            {"otpauth://totp/b:a?secret=" + oddSecret + display(`{"note":"x y"}`), []string{"x y"}, false},
		"plus is a blank":  {"otpauth://totp/b:a?secret=" + oddSecret + "&codeDisplay=%7B%22note%22%3A%22x+y%22%7D", []string{"x y"}, false},
		"in the middle":    {"otpauth://totp/b:a?codeDisplay=%7B%22note%22%3A%22x%22%7D&secret=" + oddSecret + "&issuer=b", []string{"x"}, false},
		"quoted lines":     {`"otpauth://totp/b:a?secret=` + oddSecret + display(`{"note":"x"}`) + `"`, []string{"x"}, false},
		"commas, one line": {"otpauth://totp/b:a?secret=" + oddSecret + display(`{"note":"x, y"}`) + ",otpauth://totp/b:a?secret=" + oddSecret + display(`{"note":"z"}`), []string{"x, y", "z"}, false},
		"a long note":      {"otpauth://totp/b:a?secret=" + oddSecret + display(`{"note":"`+long+`"}`), []string{long}, false},
		"damaged display":  {"otpauth://totp/b:a?secret=" + oddSecret + display(`{"note":`), []string{""}, true},
	} {
		r := mustRead(t, Input{Data: []byte(c.text)}, "ente", Options{})
		var notes []string
		for _, e := range r.Entries {
			notes = append(notes, e.Account.Note)
			if e.Err != nil || line(e.Account) != line(legacyAccount()[0]) || (len(e.Warnings) > 0) != c.warned {
				t.Errorf("%s: %v, warnings %q, %s", name, e.Err, e.Warnings, line(e.Account))
			}
		}
		if !slices.Equal(notes, c.notes) {
			t.Errorf("%s: notes %.100q", name, notes)
		}
	}
}

// What Ente knows beside the code, there and back.
func TestEnteDisplayGoesBack(t *testing.T) {
	text := "otpauth://totp/b:a?secret=" + oddSecret + "&" + enteDisplayKey + escapeParameter(`{"pinned":true,"trashed":true,"lastUsedAt":1700000000123000,"tapCount":4,"tags":["x"],"note":"n","position":9,"iconSrc":"simpleIcon","iconID":"github"}`)
	r := mustRead(t, Input{Data: []byte(text)}, "ente", Options{})
	a := r.Entries[0].Account
	if !a.Favourite || !a.Trashed || a.LastUsed != 1700000000123 || a.UseCount != 4 || !slices.Equal(a.Tags, []string{"x"}) || len(r.Notes) != 1 {
		t.Errorf("got %s, notes %q", whole(a), r.Notes)
	}
	out, err := writeEnte(t.Context(), []account.Account{a}, writerOptions(Yes))
	if err != nil {
		t.Fatal(err)
	}
	_, display := cutEnteDisplay(strings.TrimSpace(string(out)))
	for _, want := range []string{`"iconID":"github"`, `"iconSrc":"simpleIcon"`, `"lastUsedAt":1700000000123000`, `"position":0`} {
		if !strings.Contains(string(display), want) {
			t.Errorf("%s is not in %s", want, display)
		}
	}
	if strings.Contains(string(out), ",") {
		t.Error("a comma parts the file for Ente")
	}
}
