package format

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

// encryptedApps are those whose export encrypts. Ente's key derivation takes
// seconds, so it has tests of its own below.
func encryptedApps() []string {
	return []string{"aegis", "2fas", "bitwarden", "proton", "stratum", "andotp"}
}

func sealed(t *testing.T, id string) (App, []byte) {
	t.Helper()
	app, ok := ByID(id)
	if !ok {
		t.Fatalf("there is no app %q", id)
	}
	data, err := app.Write(context.Background(), []account.Account{acc(account.TOTP, "b", "a", oddSecret, account.SHA1, 6, 30, 0)}, writerOptions(No))
	if err != nil {
		t.Fatal(err)
	}
	return app, data
}

func TestPassphrases(t *testing.T) {
	for _, id := range encryptedApps() {
		t.Run(id, func(t *testing.T) {
			app, data := sealed(t, id)
			in := Input{Data: data}
			if _, _, err := Read(t.Context(), in, id, Options{}); !errors.Is(err, ErrPassphraseNeeded) {
				t.Errorf("without a passphrase: %v", err)
			}
			if _, _, err := Read(t.Context(), in, id, withPassphrase("wrong")); !errors.Is(err, ErrWrongPassphrase) {
				t.Errorf("with a wrong passphrase: %v", err)
			}
			if _, _, err := Read(t.Context(), in, id, withPassphrase("")); !errors.Is(err, ErrWrongPassphrase) {
				t.Errorf("with an empty passphrase: %v", err)
			}
			asked := 0
			second := Options{Passphrase: func(string) ([]byte, error) {
				asked++
				return []byte(map[int]string{1: "wrong", 2: "correct horse"}[asked]), nil
			}}
			if r, _, err := Read(t.Context(), in, id, second); err != nil || len(r.Entries) != 1 {
				t.Errorf("at the second try: %v", err)
			}
			o := writerOptions(No)
			o.Passphrase = func(string) ([]byte, error) { return nil, nil }
			if _, err := app.Write(t.Context(), nil, o); !errors.Is(err, ErrPassphraseNeeded) {
				t.Errorf("an empty passphrase for a new file: %v", err)
			}
		})
	}
}

func TestCancelledWhileOpeningAndSealing(t *testing.T) {
	for _, id := range append(encryptedApps(), "ente") {
		app, ok := ByID(id)
		if !ok {
			t.Fatal(id)
		}
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := app.Write(ended, nil, writerOptions(No)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s written: %v", id, err)
		}
		if id == "ente" {
			continue
		}
		_, data := sealed(t, id)
		if _, err := app.Read(ended, Input{Data: data}, withPassphrase("correct horse")); !errors.Is(err, context.Canceled) {
			t.Errorf("%s read: %v", id, err)
		}
	}
}

// The cost is Ente's own, whatever the tests take to save time.
func TestEnteTakesItsOwnCost(t *testing.T) {
	_, data := sealed(t, "ente")
	var file enteFile
	if err := decodeJSON(data, &file); err != nil || file.KDF.MemLimit*file.KDF.OpsLimit != 4<<30 || file.KDF.protection() != Encrypted {
		t.Errorf("%d bytes, %d passes, %v", file.KDF.MemLimit, file.KDF.OpsLimit, err)
	}
}

// A file that is cut or changed is an error of the right kind, at every place,
// and never an account that nobody wrote.
func TestCutAndChangedFiles(t *testing.T) {
	for _, id := range []string{"2fas", "proton"} { // those with a quick derivation
		app, data := sealed(t, id)
		step := max(len(data)/20, 1)
		for i := 0; i < len(data); i += step {
			checkRefused(t, app, data[:i], fmt.Sprintf("cut at %d", i))
			changed := bytes.Clone(data)
			changed[i] ^= 1
			r, err := app.Read(t.Context(), Input{Data: changed}, withPassphrase("correct horse"))
			if err == nil && (len(r.Entries) != 1 || line(r.Entries[0].Account) != line(acc(account.TOTP, "b", "a", oddSecret, account.SHA1, 6, 30, 0))) {
				t.Errorf("%s changed at %d: read as something else", id, i)
			}
		}
	}
}

func checkRefused(t *testing.T, app App, data []byte, what string) {
	t.Helper()
	_, err := app.Read(t.Context(), Input{Data: data}, withPassphrase("correct horse"))
	if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrWrongPassphrase) && !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrLimit) {
		t.Errorf("%s %s: %v", app.ID, what, err)
	}
}

// Costs that a file asks for are refused at once, before a passphrase is asked.
func TestHostileCostsAreRefusedAtOnce(t *testing.T) {
	slot := func(n, r, p string) string {
		return `{"type":1,"key":"","key_params":{"nonce":"","tag":""},"n":` + n + `,"r":` + r + `,"p":` + p + `,"salt":""}`
	}
	vault := func(slots ...string) string {
		return `{"version":1,"header":{"slots":[` + strings.Join(slots, ",") + `],"params":{"nonce":"","tag":""}},"db":"AAAA"}`
	}
	warden := func(kdf, n, m, p string) string {
		return `{"encrypted":true,"passwordProtected":true,"salt":"AA==","kdfType":` + kdf + `,"kdfIterations":` + n + `,"kdfMemory":` + m + `,"kdfParallelism":` + p + `,"data":"2.AA==|AA==|AA=="}`
	}
	ente := func(mem, ops string) string {
		return `{"version":1,"kdfParams":{"memLimit":` + mem + `,"opsLimit":` + ops + `,"salt":"AA=="},"encryptedData":"AA==","encryptionNonce":"AA=="}`
	}
	for name, text := range map[string]string{
		"Aegis N 2^40":             vault(slot("1099511627776", "8", "1")),
		"Aegis N no power of two":  vault(slot("32767", "8", "1")),
		"Aegis N 0":                vault(slot("0", "8", "1")),
		"Aegis r 2^30":             vault(slot("32768", "1073741824", "1")),
		"Aegis p 2^30":             vault(slot("32768", "8", "1073741824")),
		"Aegis second slot":        vault(slot("32768", "8", "1"), slot("1099511627776", "8", "1")),
		"Aegis 17 slots":           vault(strings.Split(strings.Repeat(slot("2", "1", "1")+";", maxPasswordSlots), ";")[0], strings.TrimSuffix(strings.Repeat(slot("2", "1", "1")+",", maxPasswordSlots), ",")),
		"Aegis slots together":     vault(slot("1048576", "8", "3"), slot("1048576", "8", "2")),
		"Bitwarden PBKDF2 0":       warden("0", "0", "null", "null"),
		"Bitwarden PBKDF2 -1":      warden("0", "-1", "null", "null"),
		"Bitwarden PBKDF2 2^31-1":  warden("0", "2147483647", "null", "null"),
		"Bitwarden PBKDF2 4,999":   warden("0", "4999", "null", "null"),
		"Bitwarden PBKDF2 L+1":     warden("0", "2000001", "null", "null"),
		"Bitwarden Argon2 1":       warden("1", "1", "64", "4"),
		"Bitwarden Argon2 t 11":    warden("1", "11", "64", "4"),
		"Bitwarden Argon2 4 TiB":   warden("1", "3", "4194304", "4"),
		"Bitwarden Argon2 L+1":     warden("1", "3", "1025", "4"),
		"Bitwarden Argon2 15 MiB":  warden("1", "3", "15", "4"),
		"Bitwarden Argon2 p 17":    warden("1", "3", "64", "17"),
		"Bitwarden Argon2 nothing": warden("1", "3", "null", "null"),
		"Ente 4 TiB":               ente("4398046511104", "1"),
		"Ente ops 2^32":            ente("67108864", "4294967296"),
		"Ente ops 65":              ente("8192", "65"),
		"Ente ops 0":               ente("8192", "0"),
		"Ente 7 KiB":               ente("7168", "1"),
		"Ente product L+1":         ente("1073741824", "5"),
	} {
		o := Options{Passphrase: func(string) ([]byte, error) { t.Errorf("%s: asked for a passphrase", name); return nil, nil }}
		start := tooltest.CPU()
		_, _, err := Read(t.Context(), Input{Data: []byte(text)}, "", o)
		if !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
		if d := tooltest.CPU() - start; d > time.Second {
			t.Errorf("%s: took %v", name, d)
		}
	}
}

// andOTP's two forms have no mark: too many iterations for the new one can only
// mean the old one.
func TestAndOTPWithImpossibleIterations(t *testing.T) {
	data := append(binary.BigEndian.AppendUint32(nil, maxPBKDF2+1), make([]byte, 100)...)
	if _, _, err := Read(t.Context(), Input{Data: data}, "andotp", withPassphrase("x")); !errors.Is(err, ErrWrongPassphrase) {
		t.Errorf("got %v", err)
	}
	for _, n := range []int{0, 1, 29} {
		if _, _, err := Read(t.Context(), Input{Data: make([]byte, n)}, "andotp", withPassphrase("x")); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestAegisVaultWithoutAPasswordSlot(t *testing.T) {
	text := `{"version":1,"header":{"slots":[{"type":2,"key":"","key_params":{"nonce":"","tag":""}}],"params":{"nonce":"","tag":""}},"db":"AAAA"}`
	_, _, err := Read(t.Context(), Input{Data: []byte(text)}, "", withPassphrase("x"))
	if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "set a password") {
		t.Errorf("got %v", err)
	}
}

// A passphrase of more than 64 bytes and a slot that was never repaired: the
// message says what the person can do (Aegis issue 95).
func TestAegisSlotThatWasNeverRepaired(t *testing.T) {
	_, data := sealed(t, "aegis")
	text := strings.Replace(string(data), `"repaired": true`, `"repaired": false`, 1)
	_, _, err := Read(t.Context(), Input{Data: []byte(text)}, "", withPassphrase(strings.Repeat("x", 65)))
	if !errors.Is(err, ErrWrongPassphrase) || !strings.Contains(err.Error(), "export again") {
		t.Errorf("got %v", err)
	}
}

// What guards badly is called so.
func TestProtectionLabels(t *testing.T) {
	for id, want := range map[string]Protection{"aegis": Encrypted, "2fas": Weak, "bitwarden": Encrypted, "proton": Encrypted, "stratum": Encrypted, "andotp": Encrypted} {
		_, data := sealed(t, id)
		r := mustRead(t, Input{Data: data}, id, withPassphrase("correct horse"))
		if r.Protection != want || !strings.Contains(r.Title, "encrypted") {
			t.Errorf("%s: %q, protection %d", id, r.Title, r.Protection)
		}
	}
}
