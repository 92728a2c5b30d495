package crypt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/plugin"
)

// TestMain makes the test binary a plugin when it is called as one: it asks for
// a PIN and then behaves as an ordinary key that is written in the identity.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "age-plugin-jangletest" {
		os.Exit(m.Run())
	}
	p, err := plugin.New("jangletest")
	if err != nil {
		panic(err)
	}
	p.HandleRecipient(func(data []byte) (age.Recipient, error) { return age.ParseX25519Recipient(string(data)) })
	p.HandleIdentity(func(data []byte) (age.Identity, error) { return &pinned{p, string(data)}, nil })
	os.Exit(p.Main())
}

type pinned struct {
	p    *plugin.Plugin
	text string
}

func (i *pinned) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	pin, err := i.p.RequestValue("the PIN", true)
	if err != nil || pin != "1234" {
		return nil, errors.New("wrong PIN")
	}
	id, err := age.ParseX25519Identity(i.text)
	if err != nil {
		return nil, err
	}
	return id.Unwrap(stanzas)
}

func hybridKey(t *testing.T) (Identity, []byte, Recipient) {
	t.Helper()
	k, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	ids, err := ParseIdentities([]byte(k.String()), IdentityOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := ParseRecipient(k.Recipient().String(), PluginUI{})
	if err != nil {
		t.Fatal(err)
	}
	return ids[0], []byte(k.String()), r
}

// pluginKeys are the plugin's recipient and identity for a key.
func pluginKeys(t *testing.T, ui PluginUI) (Recipient, []Identity) {
	t.Helper()
	k := mustKey(t)
	r, err := ParseRecipient(plugin.EncodeRecipient("jangletest", []byte(k.recipient.String())), ui)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := ParseIdentities([]byte(plugin.EncodeIdentity("jangletest", k.text)), IdentityOptions{Plugin: ui})
	if err != nil {
		t.Fatal(err)
	}
	return r, ids
}

func TestPlugin(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(self, filepath.Join(bin, "age-plugin-jangletest")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	t.Setenv("AGEDEBUG", "plugin") // would copy the file key to stderr
	for pin, good := range map[string]bool{"1234": true, "0000": false} {
		asked := ""
		r, ids := pluginKeys(t, PluginUI{Ask: func(name, prompt string, secret bool) (string, error) {
			asked = fmt.Sprint(name, prompt, secret)
			return pin, nil
		}})
		if os.Getenv("AGEDEBUG") != "" {
			t.Error("AGEDEBUG is left on")
		}
		if r.Plugin() != "jangletest" || r.Kind() != KindPlugin || ids[0].Plugin() != "jangletest" {
			t.Errorf("plugin %q, %q", r.Plugin(), ids[0].Plugin())
		}
		data, err := EncryptTo(t.Context(), []byte(message), []Recipient{r}, Binary)
		if err != nil {
			t.Fatal(err)
		}
		out, err := Decrypt(t.Context(), data, Keys{Identities: ids})
		var pe *PluginError
		if good && string(out) != message || !good && (!errors.As(err, &pe) || pe.Missing) {
			t.Errorf("PIN %s: %q, %v", pin, out, err)
		}
		if asked != "jangletestthe PINtrue" {
			t.Errorf("asked %q", asked)
		}
	}
}

func TestPluginMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	r, ids := pluginKeys(t, PluginUI{})
	var pe *PluginError
	if _, err := EncryptTo(t.Context(), nil, []Recipient{r}, Binary); !errors.As(err, &pe) || !pe.Missing || pe.Name != "jangletest" {
		t.Errorf("encrypting: %v", err)
	}
	data, err := EncryptTo(t.Context(), nil, []Recipient{mustKey(t).recipient}, Binary)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decrypt(t.Context(), data, Keys{Identities: ids}); !errors.As(err, &pe) || !pe.Missing {
		t.Errorf("decrypting: %v", err)
	}
}

// TestKeyTexts: what is no recipient or identity, and that no error repeats the
// text, which may be a secret in the wrong place.
func TestKeyTexts(t *testing.T) {
	k := mustKey(t)
	secret := string(k.text)
	for name, c := range map[string]struct{ text, recipient, identity string }{
		"secret key":        {secret, "secret key", ""},
		"cut secret key":    {secret[:60], "secret key", "mistyped"},
		"recipient":         {k.recipient.String(), "", "public recipient"},
		"mistyped":          {k.recipient.String()[:50] + "q" + k.recipient.String()[51:] + "q", "mistyped", "public recipient"},
		"ssh":               {"ssh-ed25519 AAAA", "mistyped", "public recipient"},
		"ssh of other type": {"ssh-dss AAAA", "no recipient", "public recipient"},
		"word":              {"hunter2hunter2", "no recipient", "no age key"},
		"plugin":            {"AGE-PLUGIN-X-1QQQQ", "secret key", "mistyped"},
		"not text":          {"\xff\xfe", "not text", "not text"},
		"nothing":           {"# only a comment\n\n", "no recipient in the file", "no secret key in the file"},
		"long line":         {strings.Repeat("a", 9000), "more than", "more than"},
	} {
		_, rErr := ParseRecipientsFile([]byte(c.text), PluginUI{})
		_, iErr := ParseIdentities([]byte(c.text), IdentityOptions{})
		for what, got := range map[error]string{rErr: c.recipient, iErr: c.identity} {
			if (what == nil) != (got == "") || what != nil && !strings.Contains(what.Error(), got) {
				t.Errorf("%s: %v, want %q", name, what, got)
			}
			if what != nil && len(c.text) > 10 && strings.Contains(what.Error(), c.text[len(c.text)-10:]) {
				t.Errorf("%s: the error repeats the text: %v", name, what)
			}
		}
	}
}

func TestRecipientsFile(t *testing.T) {
	a, b := mustKey(t), mustKey(t)
	rs, err := ParseRecipientsFile([]byte("# mine\n"+a.recipient.String()+"\r\n\n  "+b.recipient.String()+"\n"), PluginUI{})
	if err != nil || len(rs) != 2 || rs[1].String() != b.recipient.String() {
		t.Fatalf("%v, %v", rs, err)
	}
	data, err := EncryptTo(t.Context(), []byte(message), rs, Binary)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []testKey{a, b} {
		if out, err := Decrypt(t.Context(), data, Keys{Identities: []Identity{k.identity}}); err != nil || string(out) != message {
			t.Errorf("%q, %v", out, err)
		}
	}
	if _, err := ParseRecipientsFile([]byte(a.recipient.String()+"\nnonsense\n"), PluginUI{}); err == nil || !strings.HasPrefix(err.Error(), "line 2: ") {
		t.Errorf("a bad second line: %v", err)
	}
}

// TestIdentityDoesNotPrint: no way of printing shows the secret.
func TestIdentityDoesNotPrint(t *testing.T) {
	k := mustKey(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		text := fmt.Sprintf(verb, k.identity)
		if strings.Contains(text, "SECRET") || len(text) > 60 {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

func TestInspect(t *testing.T) {
	k := mustKey(t)
	_, _, hybrid := hybridKey(t)
	data, err := EncryptTo(t.Context(), nil, []Recipient{k.recipient, k.recipient}, Armor)
	if err != nil {
		t.Fatal(err)
	}
	info, err := Inspect(data)
	if err != nil || info.Form != Armor || fmt.Sprint(info.Recipients) != "[age key]" || info.NeedsPassphrase() {
		t.Errorf("%+v, %v", info, err)
	}
	if data, err = EncryptTo(t.Context(), nil, []Recipient{hybrid}, Binary); err != nil {
		t.Fatal(err)
	}
	if info, err = Inspect(data); err != nil || info.Form != Binary || fmt.Sprint(info.Recipients) != "[post-quantum age key]" {
		t.Errorf("%+v, %v", info, err)
	}
	stanza := "age-encryption.org/v1\n-> piv-p256 abc def\n\n-> X25519 x\n\n--- x\n"
	if info, err = Inspect([]byte(stanza)); err != nil || fmt.Sprint(info.Unknown) != "[piv-p256]" {
		t.Errorf("%+v, %v", info, err)
	}
	_, err = Decrypt(t.Context(), []byte(stanza), Keys{})
	if err == nil || err.Error() != `the file needs: age key or "piv-p256" (a plugin, or newer than this program)` {
		t.Errorf("%v", err)
	}
}
