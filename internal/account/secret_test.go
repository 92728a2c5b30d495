package account

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/strictjson"
)

// leakable is a secret whose bytes, hex, decimal and base32 forms are all easy
// to find in a text.
const leakable = "hunter2-hunter2-hunter2"

func leaks(text string) bool {
	b := []byte(leakable)
	decimal := strings.Trim(fmt.Sprint(b), "[]")
	for _, form := range []string{
		leakable, fmt.Sprintf("%x", b), fmt.Sprintf("%X", b), fmt.Sprintf("% x", b), fmt.Sprintf("%#x", b), decimal,
		strings.ReplaceAll(decimal, " ", ","), strings.ReplaceAll(decimal, " ", ", "), strings.TrimPrefix(fmt.Sprintf("%#v", b), "[]byte{"),
		NewSecret(b).Base32(), "aHVudGVyMi1odW50ZXIy",
	} {
		if strings.Contains(text, form[:12]) {
			return true
		}
	}
	return false
}

func secretAccount() Account {
	a := New(MOTP, NewSecret([]byte(leakable)))
	a.Issuer, a.Name, a.PIN = "Bank", "ann", NewSecret([]byte(leakable))
	a.Extra = map[string]strictjson.Value{"steam": strictjson.Value(`{"identity_secret":"` + leakable + `"}`)}
	a.Unknown = map[string]strictjson.Value{"new": strictjson.Value(`"` + leakable + `"`)}
	return a
}

type (
	exported   struct{ Secret Secret }
	unexported struct{ secret Secret }
	pointer    struct{ secret *Secret }
	embedded   struct{ Secret }
	anything   struct{ any any }
	keyed      struct{ key Key }
)

// hiding is every way to hold a secret that fmt and the marshallers treat in a
// different way. Account itself is not in an unexported field here: its Extra
// may hold a secret, and fmt prints unexported fields as they are.
func hiding() map[string]any {
	a := secretAccount()
	s := a.Secret
	return map[string]any{
		"secret": s, "pointer": &s, "slice": []Secret{s}, "map": map[string]Secret{"x": s}, "array": [1]Secret{s},
		"exported": exported{s}, "unexported": unexported{s}, "unexported pointer": pointer{&s}, "embedded": embedded{s},
		"any": anything{s}, "pointer to struct": &unexported{s}, "slice of structs": []unexported{{s}},
		"account": a, "pointer to account": &a, "accounts": []Account{a}, "map of accounts": map[string]Account{"x": a},
		"key": a.Key(), "struct with key": keyed{a.Key()}, "map by key": map[Key]int{a.Key(): 1}, "value": reflect.ValueOf(s),
	}
}

func TestLeaksFindsALeak(t *testing.T) {
	for _, text := range []string{
		leakable, fmt.Sprintf("%v", []byte(leakable)), fmt.Sprintf("%x", leakable), fmt.Sprintf("%#v", struct{ b []byte }{[]byte(leakable)}),
		NewSecret([]byte(leakable)).Base32(),
	} {
		if !leaks(text) {
			t.Errorf("%q was not found", text)
		}
	}
}

func TestNoVerbPrintsASecret(t *testing.T) {
	for name, v := range hiding() {
		for verb := rune('A'); verb <= 'z'; verb++ {
			if (verb == 'w' || verb == 'p') && strings.Contains(name, "account") {
				continue // fmt asks no method before it prints these wrongly used; go vet refuses them, and only Extra would show
			}
			for _, flags := range []string{"", "+", "#", " ", "0", "-", "#+ ", "200", ".200", "+#200.200"} {
				if text := fmt.Sprintf("%"+flags+string(verb), v); leaks(text) {
					t.Errorf("%%%s%c of %s: %s", flags, verb, name, text)
				}
			}
		}
		if leaks(fmt.Sprint(v)) || leaks(fmt.Sprintln(v)) || leaks(fmt.Errorf("x: %v", v).Error()) {
			t.Errorf("Sprint of %s", name)
		}
	}
}

func TestNoMarshallerWritesASecret(t *testing.T) {
	for name, v := range hiding() {
		if name == "value" {
			continue
		}
		var gobbed, logged bytes.Buffer
		j, _ := json.Marshal(v)
		x, _ := xml.Marshal(v)
		func() {
			defer func() { _ = recover() }() // gob panics on some types that it cannot write
			_ = gob.NewEncoder(&gobbed).Encode(v)
		}()
		log.New(&logged, "", 0).Print(v)
		slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "v", v)
		for how, text := range map[string]string{"JSON": string(j), "XML": string(x), "gob": gobbed.String(), "log": logged.String()} {
			if leaks(text) {
				t.Errorf("%s of %s: %s", how, name, text)
			}
		}
	}
}

func TestSecretMethods(t *testing.T) {
	s := NewSecret([]byte("abc"))
	for _, text := range []string{s.String(), s.GoString(), slog.AnyValue(s).String()} {
		if text != redacted {
			t.Errorf("%q", text)
		}
	}
	c := s.Clone()
	c.Bytes()[0] = 'x'
	if string(s.Bytes()) != "abc" || s.Equal(c) || !s.Equal(NewSecret([]byte("abc"))) || s.IsZero() || s.Len() != 3 {
		t.Error("a clone shares memory, or Equal is wrong")
	}
	source := []byte("abc")
	s = NewSecret(source)
	source[0] = 'x'
	if string(s.Bytes()) != "abc" {
		t.Error("NewSecret keeps the caller's slice")
	}
	for _, zero := range []Secret{{}, NewSecret(nil), NewSecret([]byte{})} {
		if !zero.IsZero() || zero.Len() != 0 || zero.Base32() != "" || !reflect.DeepEqual(zero, Secret{}) {
			t.Error("an empty secret is not zero")
		}
	}
}

func TestParseBase32(t *testing.T) {
	for text, want := range map[string]string{
		"JBSWY3DPEHPK3PXP": "Hello!\xde\xad\xbe\xef", "jbswy3dpehpk3pxp": "Hello!\xde\xad\xbe\xef",
		"ｊｂＳＷ　ｙ３ｄｐｅｈｐｋ３ｐｘｐ":    "Hello!\xde\xad\xbe\xef",
		"jbsw y3dp\tehpk-3pxp": "Hello!\xde\xad\xbe\xef", "JBSW_Y3DP\u00a0EHPK\r\n3PXP\n": "Hello!\xde\xad\xbe\xef",
		// RFC 4648 section 10, with padding, without, and with too much.
		"MY======": "f", "MY": "f", "MY=": "f", "MY==========": "f", "MZXQ====": "fo", "MZXW6===": "foo", "MZXW6YQ=": "foob",
		"MZXW6YTB": "fooba", "MZXW6YTBOI======": "foobar", "MZXW6YTBOI = = =": "foobar",
		// 1, 3 and 6 characters modulo 8: left-over bits are dropped, set or not.
		"MZXW6YTBA": "fooba", "MZXW6YTB7": "fooba", "MZXW6YTBOIA": "foobar", "MZXW6YTBOI7": "foobar", "MZXW6YTBMZXW6Y": "foobafoo", "MYA": "f",
		"MZ": "f", "77": "\xff",
	} {
		s, err := ParseBase32(text)
		if err != nil || string(s.Bytes()) != want {
			t.Errorf("%q: %q %v, want %q", text, s.Bytes(), err, want)
		}
	}
}

func TestParseBase32Refuses(t *testing.T) {
	for text, want := range map[string]error{
		"": ErrEmptySecret, "  ": ErrEmptySecret, "====": ErrEmptySecret, "-_-": ErrEmptySecret, "A": ErrShortSecret, "A=======": ErrShortSecret,
		"MY======MY": ErrPadding, "M=Y": ErrPadding,
	} {
		if s, err := ParseBase32(text); !errors.Is(err, want) || !s.IsZero() {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
	for text, want := range map[string]CharacterError{
		"JBSWY3D0": {'0', 8}, "1BSWY3DP": {'1', 1}, "jb 8": {'8', 4}, "JBSW!": {'!', 5}, "日JBSW": {'日', 1}, "é日9": {'é', 1}, "JB\x00": {0, 3},
		"JB\u200bSW": {'\u200b', 3}, "JB\xff": {'\ufffd', 3}, "ＪＢ８": {'8', 3}, "MY=!": {'!', 4},
	} {
		_, err := ParseBase32(text)
		var c *CharacterError
		if !errors.As(err, &c) || *c != want {
			t.Errorf("%q: %v, want %v", text, err, &want)
		}
	}
}

func TestCharacterErrorSaysOnlyOneCharacter(t *testing.T) {
	_, err := ParseBase32("JBSWY3DPEHPK3PX0")
	if want := `character 16 of the secret, '0', is not one of A-Z and 2-7 (is it the letter O?)`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	for text, hint := range map[string]string{"1": "the letter I or L", "8": "the letter B", "9": "2-7"} {
		if _, err := ParseBase32(text); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%s: %v, want %s", text, err, hint)
		}
	}
}

// FuzzParseBase32: the canonical text of what was read is read as the same, and
// fillers and case do not matter.
func FuzzParseBase32(f *testing.F) {
	for _, s := range []string{"JBSWY3DPEHPK3PXP", "mzxw 6ytb-oi", "MZXW6YTBA", "A", "MY======", "0", "JB\xff", "=A", "77"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseBase32(text)
		if err != nil {
			if !s.IsZero() {
				t.Fatal("an error and a secret")
			}
			return
		}
		again, err := ParseBase32(s.Base32())
		if err != nil || !again.Equal(s) || s.IsZero() {
			t.Fatalf("%q: canonical %q: %v", text, s.Base32(), err)
		}
		if decorated, err := ParseBase32(" - " + strings.ToLower(text) + "==\n"); err != nil || !decorated.Equal(s) {
			t.Fatalf("%q: other case and fillers: %v", text, err)
		}
	})
}
