package sshkey

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

const phrase = "open sesame"

// TestKeygen reads what OpenSSH writes in each of its forms, and finds the key
// that the judge finds.
func TestKeygen(t *testing.T) {
	t.Parallel()
	tooltest.Need(t, "ssh-keygen")
	rsa := func(more ...string) []string { return append([]string{"-t", "rsa", "-b", "2048"}, more...) }
	ed := func(more ...string) []string { return append([]string{"-t", "ed25519"}, more...) }
	for name, c := range map[string]struct {
		args  []string
		plain bool // has no passphrase
		tells bool // holds the public key in the clear
		err   error
	}{
		"ed25519":                {args: ed(), plain: true},
		"rsa":                    {args: rsa(), plain: true},
		"rsa 3072":               {args: []string{"-t", "rsa", "-b", "3072"}, plain: true},
		"rsa 2048, PEM":          {args: []string{"-t", "rsa", "-b", "2048", "-m", "PEM"}, plain: true},
		"comment of 7":           {args: ed("-C", "comment"), plain: true}, // other padding
		"no comment":             {args: ed("-C", ""), plain: true},
		"rsa, PKCS8":             {args: rsa("-m", "PKCS8"), plain: true},
		"ed25519, PKCS8":         {args: ed("-m", "PKCS8"), plain: true},
		"ed25519, PEM":           {args: ed("-m", "PEM"), plain: true}, // OpenSSH's form all the same
		"ed25519, default":       {args: ed(), tells: true},
		"ed25519, 1 round":       {args: ed("-a", "1"), tells: true},
		"ed25519, 3 rounds, ctr": {args: ed("-a", "3", "-Z", "aes256-ctr"), tells: true},
		"ed25519, 20 rounds":     {args: ed("-a", "20"), tells: true},
		"ed25519, cbc":           {args: ed("-a", "2", "-Z", "aes256-cbc"), tells: true},
		"rsa, ctr":               {args: rsa("-a", "2"), tells: true},
		"rsa, cbc":               {args: rsa("-a", "2", "-Z", "aes256-cbc"), tells: true},
		"rsa, PEM":               {args: rsa("-m", "PEM")},
		"aes128":                 {args: ed("-a", "1", "-Z", "aes128-ctr"), err: ErrCipher},
		"gcm":                    {args: ed("-a", "1", "-Z", "aes256-gcm@openssh.com"), err: ErrDamaged}, // a checksum follows the container
		"rsa, encrypted PKCS8":   {args: rsa("-m", "PKCS8"), err: ErrDamaged},
		"ecdsa":                  {args: []string{"-t", "ecdsa"}, plain: true, err: ErrType},
		"ecdsa 521, passphrase":  {args: []string{"-t", "ecdsa", "-b", "521", "-a", "1"}, err: ErrType},
		"ecdsa, PEM":             {args: []string{"-t", "ecdsa", "-m", "PEM"}, plain: true, err: ErrType},
		"ecdsa, PEM, passphrase": {args: []string{"-t", "ecdsa", "-m", "PEM"}, err: ErrType},
		"ecdsa, PKCS8":           {args: []string{"-t", "ecdsa", "-m", "PKCS8"}, plain: true, err: ErrType},
		"dsa":                    {args: []string{"-t", "dsa"}, plain: true, err: ErrType},
		"dsa, PEM":               {args: []string{"-t", "dsa", "-m", "PEM"}, plain: true, err: ErrType},
	} {
		t.Run(name, func(t *testing.T) {
			passphrase := phrase
			if c.plain {
				passphrase = ""
			}
			private, public := keygen(t, append(slices.Clone(c.args), "-N", passphrase)...)
			id, err := ParseIdentity(private)
			if c.err != nil {
				if !errors.Is(err, c.err) {
					t.Errorf("%v, want %v", err, c.err)
				}
				return
			}
			if !c.plain {
				id = openProtected(t, private, public, c.tells)
			} else if err != nil {
				t.Fatal(err)
			}
			sameKey(t, id, judgeKey(t, private, passphrase))
			if k, err := ParsePublicKey(public); err != nil || !k.equal(id.public) {
				t.Errorf(".pub: %v, another key than the private one", err)
			}
		})
	}
}

func judgeKey(t *testing.T, private []byte, passphrase string) any {
	t.Helper()
	var key any
	var err error
	if passphrase == "" {
		key, err = ssh.ParseRawPrivateKey(private)
	} else {
		key, err = ssh.ParseRawPrivateKeyWithPassphrase(private, []byte(passphrase))
	}
	if err != nil {
		t.Fatalf("the judge: %v", err)
	}
	return key
}

// openProtected: without a passphrase it is missing, and a wrong one is said to
// be wrong, whatever the form.
func openProtected(t *testing.T, private, public []byte, tells bool) *Identity {
	t.Helper()
	_, err := ParseIdentity(private)
	var missing *PassphraseMissingError
	if !errors.As(err, &missing) || (missing.PublicKey != nil) != tells {
		t.Fatalf("without a passphrase: %v", err)
	}
	if k, err := ParsePublicKey(public); tells && (err != nil || !k.equal(missing.PublicKey)) {
		t.Errorf("it tells another public key than .pub: %v", err)
	}
	for _, wrong := range []string{"", "open sesamE", phrase + "\n"} {
		if _, err := parsePrivate(private, []byte(wrong)); !errors.Is(err, ErrPassphrase) {
			t.Errorf("passphrase %q: %v", wrong, err)
		}
	}
	id, err := parsePrivate(private, []byte(phrase))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestWrongPassphraseOfOldForm: padding looks right with one wrong passphrase in
// 256; what comes out then is noise, and no damage.
func TestWrongPassphraseOfOldForm(t *testing.T) {
	tooltest.Need(t, "ssh-keygen")
	private, _ := keygen(t, "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", phrase)
	for i := range 1500 {
		wrong := bytes.Repeat([]byte{byte('a' + i%26)}, 1+i/26)
		if _, err := parsePrivate(private, wrong); !errors.Is(err, ErrPassphrase) {
			t.Fatalf("%q: %v", wrong, err)
		}
	}
}
