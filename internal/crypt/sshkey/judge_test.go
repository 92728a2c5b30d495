package sshkey

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"
)

// The judges are the libraries that this package stands for: x/crypto/ssh says
// what a key is, agessh what a stanza is.

// keygen makes a key pair with OpenSSH and returns both files.
func keygen(t testing.TB, args ...string) (private, public []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "id")
	if out, err := exec.Command("ssh-keygen", append([]string{"-q", "-f", path}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	return read(t, path), read(t, path+".pub")
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func newEd25519(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newRSA(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// opensshText writes a key in OpenSSH's form, with the judge's hand.
func opensshText(t testing.TB, key any) []byte {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(key, "a comment")
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(block)
}

// judgeIdentity is agessh's for a key as ssh.ParseRawPrivateKey returns it, with
// its public key; nil for a type that age cannot use.
func judgeIdentity(t testing.TB, key any) (age.Identity, ssh.PublicKey) {
	t.Helper()
	if k, ok := key.(*ed25519.PrivateKey); ok {
		key = *k
	}
	var id age.Identity
	var err error
	switch k := key.(type) {
	case ed25519.PrivateKey:
		id, err = agessh.NewEd25519Identity(k)
	case *rsa.PrivateKey:
		id, err = agessh.NewRSAIdentity(k)
	default:
		return nil, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return id, signer.PublicKey()
}

func judgeRecipient(public ssh.PublicKey) (age.Recipient, error) {
	if public.Type() == ssh.KeyAlgoRSA {
		return agessh.NewRSARecipient(public)
	}
	return agessh.NewEd25519Recipient(public)
}

// secretOf is what the identity keeps: X25519's scalar before clamping, or d.
func secretOf(id *Identity) []byte {
	if k, ok := id.key.(*rsaKey); ok {
		return k.private.D.Bytes()
	}
	return id.key.(*ed25519Key).private.Bytes()
}

// sameKey: ours is the judge's key.
func sameKey(t testing.TB, ours *Identity, theirs any) {
	t.Helper()
	_, public := judgeIdentity(t, theirs)
	if public == nil {
		t.Fatalf("we took a %T", theirs)
	}
	if !bytes.Equal(ours.public.blob, public.Marshal()) {
		t.Errorf("public key %x, the judge has %x", ours.public.blob, public.Marshal())
	}
	var want *Identity
	var err error
	switch k := theirs.(type) {
	case *ed25519.PrivateKey:
		want, err = ed25519Identity(k.Seed())
	case ed25519.PrivateKey:
		want, err = ed25519Identity(k.Seed())
	case *rsa.PrivateKey:
		want, err = rsaIdentity(k)
	}
	if err != nil || !bytes.Equal(secretOf(ours), secretOf(want)) {
		t.Errorf("another private key than the judge's, %v", err)
	}
}

// TestStanzas: what we wrap the judge unwraps, and the other way round.
func TestStanzas(t *testing.T) {
	keys := map[string]any{"rsa 2048": newRSA(t, 2048), "rsa 3072": newRSA(t, 3072)}
	for i := range 200 {
		keys["ed25519 "+big.NewInt(int64(i)).String()] = newEd25519(t)
	}
	for name, key := range keys {
		mine, err := ParseIdentity(opensshText(t, key))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r, err := mine.PublicKey().Recipient()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		theirs, public := judgeIdentity(t, key)
		judge, err := judgeRecipient(public)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		crossUnwrap(t, name+", we wrap", r, theirs)
		crossUnwrap(t, name+", the judge wraps", judge, mine)
		crossUnwrap(t, name+", alone", r, mine)
	}
}

func crossUnwrap(t *testing.T, name string, r age.Recipient, id age.Identity) {
	t.Helper()
	fileKey := []byte("sixteen byte key")
	stanzas, err := r.Wrap(fileKey)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	got, err := id.Unwrap(stanzas)
	if err != nil || !bytes.Equal(got, fileKey) {
		t.Errorf("%s: %x, %v", name, got, err)
	}
	// A changed tag, body or share opens nothing.
	for i := range stanzas[0].Args {
		bad := *stanzas[0]
		bad.Args = append([]string{}, bad.Args...)
		bad.Args[i] = "A" + bad.Args[i][1:]
		if bad.Args[i] == stanzas[0].Args[i] {
			bad.Args[i] = "B" + bad.Args[i][1:]
		}
		if _, err := id.Unwrap([]*age.Stanza{&bad}); err == nil {
			t.Errorf("%s: argument %d was changed, and it opens", name, i)
		}
	}
	stanzas[0].Body[3] ^= 1
	if _, err := id.Unwrap(stanzas); !errors.Is(err, age.ErrIncorrectIdentity) {
		t.Errorf("%s: changed body: %v", name, err)
	}
}
