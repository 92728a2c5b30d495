package crypt

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

// TestPublicKeyOfAnother: the .pub file beside a key in the old form announces
// another key. The passphrase was right, and the age file is whole; it is the
// key that the user has to look at.
func TestPublicKeyOfAnother(t *testing.T) {
	tooltest.Need(t, "ssh-keygen")
	private := readText(t, sshKey(t, "rsa", "open sesame", "-m", "PEM"))
	public := readText(t, sshKey(t, "rsa", "")+".pub")
	r, err := ParseRecipient(public, PluginUI{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := EncryptTo(t.Context(), []byte(message), []Recipient{r}, Binary)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := ParseIdentities([]byte(private), IdentityOptions{
		PublicKey:  []byte(public),
		Passphrase: func() ([]byte, error) { return []byte("open sesame"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decrypt(t.Context(), data, Keys{Identities: ids}); !errors.Is(err, ErrKeyFile) {
		t.Errorf("%v", err)
	}
}

// TestSSHKeyBeyondUs: nobody is asked for a passphrase that would not help.
func TestSSHKeyBeyondUs(t *testing.T) {
	tooltest.Need(t, "ssh-keygen")
	asked := IdentityOptions{Passphrase: func() ([]byte, error) { t.Error("asked"); return nil, nil }}
	path := sshKey(t, "ed25519", "open sesame", "-Z", "aes128-ctr")
	if _, err := ParseIdentities([]byte(readText(t, path)), asked); !errors.Is(err, errSSHCipher) {
		t.Errorf("another cipher: %v", err)
	}
	block, _ := pem.Decode([]byte(readText(t, sshKey(t, "ed25519", "open sesame"))))
	// One round becomes more than two thousand million.
	block.Bytes = bytes.Replace(block.Bytes, []byte("\x00\x00\x00\x01\x00\x00\x00\x01"), []byte("\x7f\xff\xff\xff\x00\x00\x00\x01"), 1)
	if _, err := ParseIdentities(pem.EncodeToMemory(block), asked); !errors.Is(err, errSSHRounds) {
		t.Errorf("many rounds: %v", err)
	}
	for name, c := range map[string]struct{ public, want string }{
		"no .pub at all":     {"nonsense", "is no public key"},
		".pub of other type": {readText(t, sshKey(t, "ecdsa", "")+".pub"), "cannot use this type"},
	} {
		old := readText(t, sshKey(t, "rsa", "open sesame", "-m", "PEM"))
		_, err := ParseIdentities([]byte(old), IdentityOptions{PublicKey: []byte(c.public)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSSHRecipientKind: the kind is that of the key, and what is no key is said
// to be a mistyped one of the kind that it begins as.
func TestSSHRecipientKind(t *testing.T) {
	tooltest.Need(t, "ssh-keygen")
	rsa := readText(t, sshKey(t, "rsa", "")+".pub")
	r, err := ParseRecipient("ssh-ed25519 "+rsa, PluginUI{}) // the first word is in the place of an option
	if err != nil || r.Kind() != KindSSHRSA {
		t.Errorf("%s, %v", r.Kind(), err)
	}
	noPoint := "\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20\x02" + strings.Repeat("\x00", 31)
	for text, want := range map[string]string{
		"ssh-rsa AAAA": "the ssh-rsa key is mistyped or cut",
		"ssh-ed25519 " + base64.StdEncoding.EncodeToString([]byte(noPoint)): "the ssh-ed25519 key is mistyped or cut",
	} {
		if _, err := ParseRecipient(text, PluginUI{}); err == nil || err.Error() != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// container is a key in OpenSSH's form taken apart (PROTOCOL.key), to be changed
// and put together again.
type container struct {
	Cipher, KDF     string
	Options         []byte
	Keys            uint32
	Public, Private []byte
}

const containerMagic = "openssh-key-v1\x00"

func containerOf(t testing.TB, key any, phrase string) (c container) {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(key, "a comment")
	if phrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "a comment", []byte(phrase))
	}
	if err == nil {
		err = ssh.Unmarshal(block.Bytes[len(containerMagic):], &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c container) text() []byte {
	data := append([]byte(containerMagic), ssh.Marshal(c)...)
	return pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: data})
}

func newSSHKeys(t testing.TB) (ed25519.PrivateKey, *rsa.PrivateKey) {
	t.Helper()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return ed, long
}

// TestSSHContainer: what a private key may not be. Each case is a good key with
// one thing changed, and nobody is asked for the passphrase of a bad one.
func TestSSHContainer(t *testing.T) {
	ed, long := newSSHKeys(t)
	otherEd, _ := newSSHKeys(t)
	plain, locked, rsaKey := containerOf(t, ed, ""), containerOf(t, ed, "open sesame"), containerOf(t, long, "")
	other := containerOf(t, otherEd, "")
	work := func(salt string, rounds uint32) []byte {
		return ssh.Marshal(struct {
			Salt   string
			Rounds uint32
		}{salt, rounds})
	}
	seed := 8 + 15 + 36 + 4 // two numbers, the type, the public key, a length
	for _, tt := range []struct {
		name string
		of   container
		with func(*container)
		want error
	}{
		{"nothing", plain, func(*container) {}, nil},
		{"nothing, rsa", rsaKey, func(*container) {}, nil},
		{"nothing, protected", locked, func(*container) {}, nil},
		{"2048 rounds", locked, func(c *container) { c.Options = work("salt", 2048) }, nil},
		{"2049 rounds", locked, func(c *container) { c.Options = work("salt", 2049) }, errSSHRounds},
		{"most rounds", locked, func(c *container) { c.Options = work("salt", 1<<32-1) }, errSSHRounds},
		{"no rounds", locked, func(c *container) { c.Options = work("salt", 0) }, errSSHKey},
		{"no salt", locked, func(c *container) { c.Options = work("", 16) }, errSSHKey},
		{"huge salt", locked, func(c *container) { c.Options = []byte("\xff\xff\xff\xffx") }, errSSHKey},
		{"unknown cipher", locked, func(c *container) { c.Cipher = "aes128-ctr" }, errSSHCipher},
		{"unknown derivation", locked, func(c *container) { c.KDF = "scrypt" }, errSSHCipher},
		{"cipher without derivation", plain, func(c *container) { c.Cipher = "aes256-ctr" }, errSSHKey},
		{"derivation without cipher", plain, func(c *container) { c.KDF = "bcrypt" }, errSSHKey},
		{"no key", plain, func(c *container) { c.Keys = 0 }, errSSHKey},
		{"two keys", plain, func(c *container) { c.Keys = 2 }, errSSHKey},
		{"another key shown", plain, func(c *container) { c.Public = other.Public }, errSSHKey},
		{"another key shown, rsa", rsaKey, func(c *container) { c.Public = other.Public }, errSSHKey},
		{"nothing shown", plain, func(c *container) { c.Public = nil }, errSSHKey},
		{"check numbers", plain, func(c *container) { c.Private[7] ^= 1 }, errSSHKey},
		{"seed", plain, func(c *container) { c.Private[seed+4] ^= 1 }, errSSHKey},
		{"public key after the seed", plain, func(c *container) { c.Private[seed+4+32] ^= 1 }, errSSHKey},
		{"comment", plain, func(c *container) { c.Private[seed+68+4] ^= 1 }, nil},
		{"padding", plain, func(c *container) { c.Private[len(c.Private)-1] ^= 1 }, errSSHKey},
		{"empty inside", plain, func(c *container) { c.Private = nil }, errSSHKey},
		{"modulus", rsaKey, func(c *container) { c.Private[8+11+4+200] ^= 1 }, errSSHKey},
	} {
		c := tt.of
		c.Private = slices.Clone(c.Private)
		tt.with(&c)
		_, err := ParseIdentities(c.text(), IdentityOptions{Passphrase: func() ([]byte, error) { t.Error("asked"); return nil, nil }})
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestSSHSizes: what is larger than any key is refused before it is worked on.
func TestSSHSizes(t *testing.T) {
	ed, long := newSSHKeys(t)
	good := string(containerOf(t, ed, "").text())
	armor := func(kind string, data []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}))
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(ed)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"the largest file":     {strings.Repeat("\n", maxSSHFile-len(good)) + good, nil},
		"too large a file":     {strings.Repeat("\n", maxSSHFile-len(good)+1) + good, errSSHKey},
		"PKCS#1":               {armor("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(long)), nil},
		"PKCS#8":               {armor("PRIVATE KEY", pkcs8), nil},
		"too large a PKCS#1":   {armor("RSA PRIVATE KEY", make([]byte, maxSSHDER+1)), errSSHKey},
		"OpenSSH with headers": {strings.Replace(good, "KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n\n", 1), errSSHKey},
		"an unknown form":      {armor("ENCRYPTED PRIVATE KEY", pkcs8), errSSHKey},
		"another type":         {armor("EC PRIVATE KEY", pkcs8), errSSHType},
		"no PEM":               {"-----BEGIN OPENSSH PRIVATE KEY-----", errSSHKey},
	} {
		if _, err := ParseIdentities([]byte(c.text), IdentityOptions{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestProtectedSSHAsks: the passphrase is asked for when a stanza names the key,
// again after a wrong answer, and not after a right one. Each failure has its type.
func TestProtectedSSHAsks(t *testing.T) {
	ed, long := newSSHKeys(t)
	_, otherRSA := newSSHKeys(t)
	stanzas := func(key any) []*age.Stanza {
		signer, err := ssh.NewSignerFromKey(key)
		if err != nil {
			t.Fatal(err)
		}
		r, err := ParseRecipient(string(ssh.MarshalAuthorizedKey(signer.PublicKey())), PluginUI{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := r.inner.Wrap([]byte("sixteen byte key"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	contradicting := containerOf(t, ed, "open sesame")
	contradicting.Public = containerOf(t, long, "").Public
	nobody := errors.New("nobody there")
	for name, c := range map[string]struct {
		text []byte
		mine []*age.Stanza
		good error // what the right passphrase leads to
	}{
		"ed25519":              {containerOf(t, ed, "open sesame").text(), stanzas(ed), nil},
		"rsa":                  {containerOf(t, long, "open sesame").text(), stanzas(long), nil},
		"another key is shown": {contradicting.text(), stanzas(long), ErrKeyFile},
	} {
		asked, answer, failure := 0, "", error(nil)
		ids, err := ParseIdentities(c.text, IdentityOptions{Passphrase: func() ([]byte, error) { asked++; return []byte(answer), failure }})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if text := fmt.Sprintf("%v %+v %#v", ids[0], ids[0], ids[0]); len(text) > 60 {
			t.Errorf("%s prints %s", name, text)
		}
		for i, step := range []struct {
			answer  string
			failure error
			stanzas []*age.Stanza
			want    error
			asked   int
		}{
			{"wrong", nil, nil, age.ErrIncorrectIdentity, 0},
			{"wrong", nil, stanzas(otherRSA), age.ErrIncorrectIdentity, 0},
			{"wrong", nil, c.mine, ErrKeyPassphrase, 1},
			{"", nil, c.mine, ErrKeyPassphrase, 2},
			{"", nobody, c.mine, nobody, 3},
			{"open sesame", nil, slices.Concat(stanzas(otherRSA), c.mine), c.good, 4},
		} {
			answer, failure = step.answer, step.failure
			key, err := ids[0].inner.Unwrap(step.stanzas)
			if !errors.Is(err, step.want) || (string(key) == "sixteen byte key") != (step.want == nil) || asked != step.asked {
				t.Errorf("%s, step %d: %q, %v, asked %d times", name, i, key, err, asked)
			}
		}
		if answer = "wrong"; c.good == nil {
			if key, err := ids[0].inner.Unwrap(c.mine); string(key) != "sixteen byte key" || asked != 4 {
				t.Errorf("%s, once more: %q, %v, asked %d times", name, key, err, asked)
			}
		}
	}
}

// FuzzSSHKey: whatever a key file holds, and whatever it asks bcrypt for, no panic,
// no long work, and a key that is taken agrees with itself.
func FuzzSSHKey(f *testing.F) {
	ed, long := newSSHKeys(f)
	for _, key := range []any{ed, long} {
		f.Add(containerOf(f, key, "").text())
		f.Add(containerOf(f, key, "open sesame").text())
	}
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(long)}))
	f.Fuzz(func(t *testing.T, text []byte) {
		ids, err := ParseIdentities(text, IdentityOptions{})
		if err != nil || ids[0].Kind() != KindSSHEd25519 && ids[0].Kind() != KindSSHRSA {
			return
		}
		if _, err := ids[0].inner.Unwrap([]*age.Stanza{{Type: "ssh-rsa"}, {Type: "ssh-ed25519", Args: []string{"x", "y"}}}); err == nil {
			t.Error("a stanza of nothing opens")
		}
	})
}
