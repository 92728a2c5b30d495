package crypt

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/crypt/sshkey"
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
	if _, err := ParseIdentities([]byte(readText(t, path)), asked); !errors.Is(err, sshkey.ErrCipher) {
		t.Errorf("another cipher: %v", err)
	}
	block, _ := pem.Decode([]byte(readText(t, sshKey(t, "ed25519", "open sesame"))))
	// One round becomes more than two thousand million.
	block.Bytes = bytes.Replace(block.Bytes, []byte("\x00\x00\x00\x01\x00\x00\x00\x01"), []byte("\x7f\xff\xff\xff\x00\x00\x00\x01"), 1)
	if _, err := ParseIdentities(pem.EncodeToMemory(block), asked); !errors.Is(err, sshkey.ErrRounds) {
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
