package sshkey

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
)

func wrapFor(t *testing.T, id *Identity) []*age.Stanza {
	t.Helper()
	r, err := id.PublicKey().Recipient()
	if err != nil {
		t.Fatal(err)
	}
	stanzas, err := r.Wrap([]byte("sixteen byte key"))
	if err != nil {
		t.Fatal(err)
	}
	return stanzas
}

// TestProtectedAsks: the passphrase is asked for when a stanza names the key,
// again after a wrong answer, and not after a right one. The judge asks as often.
func TestProtectedAsks(t *testing.T) {
	for name, key := range map[string]any{"ed25519": newEd25519(t), "rsa": newRSA(t, 2048)} {
		text := cheapText(t, key)
		mine, err := ParseIdentity(opensshText(t, key))
		if err != nil {
			t.Fatal(err)
		}
		other, err := ParseIdentity(opensshText(t, newEd25519(t)))
		if err != nil {
			t.Fatal(err)
		}
		asked, answer := 0, "wrong"
		ask := func() ([]byte, error) { asked++; return []byte(answer), nil }
		ours, err := NewProtectedIdentity(mine.PublicKey(), text, ask)
		if err != nil {
			t.Fatal(err)
		}
		judge, err := agessh.NewEncryptedSSHIdentity(mustJudgePublic(t, mine.PublicKey()), text, ask)
		if err != nil {
			t.Fatal(err)
		}
		for who, id := range map[string]age.Identity{"ours": ours, "the judge's": judge} {
			asked, answer = 0, "wrong"
			for i, step := range []struct {
				answer  string
				stanzas []*age.Stanza
				opens   bool
				asked   int
			}{
				{"wrong", nil, false, 0},
				{"wrong", wrapFor(t, other), false, 0},
				{"wrong", wrapFor(t, mine), false, 1},
				{"", wrapFor(t, mine), false, 2},
				{phrase, append(wrapFor(t, other), wrapFor(t, mine)...), true, 3},
				{"wrong", wrapFor(t, mine), true, 3},
			} {
				answer = step.answer
				got, err := id.Unwrap(step.stanzas)
				if (string(got) == "sixteen byte key") != step.opens || (err == nil) != step.opens || asked != step.asked {
					t.Errorf("%s, %s, step %d: %q, %v, asked %d times", name, who, i, got, err, asked)
				}
				if wrong := i == 2 || i == 3; who == "ours" && wrong != errors.Is(err, ErrPassphrase) {
					t.Errorf("%s, step %d: %v", name, i, err)
				}
			}
		}
	}
}

// TestProtectedErrors: each failure has its type.
func TestProtectedErrors(t *testing.T) {
	key, other := newEd25519(t), newEd25519(t)
	text := cheapText(t, key)
	mine, err := ed25519Identity(key.Seed())
	if err != nil {
		t.Fatal(err)
	}
	announced, err := ed25519Identity(other.Seed())
	if err != nil {
		t.Fatal(err)
	}
	right := func() ([]byte, error) { return []byte(phrase), nil }
	nobody := errors.New("nobody there")
	for name, c := range map[string]struct {
		public  *PublicKey
		ask     func() ([]byte, error)
		stanzas []*age.Stanza
		want    error
	}{
		"another public key": {announced.public, right, wrapFor(t, announced), ErrMismatch},
		"no answer":          {mine.public, func() ([]byte, error) { return nil, nobody }, wrapFor(t, mine), nobody},
		"nil as answer":      {mine.public, func() ([]byte, error) { return nil, nil }, wrapFor(t, mine), ErrPassphrase},
		"no argument":        {mine.public, right, []*age.Stanza{{Type: "ssh-ed25519"}}, errStanza},
		"one argument":       {mine.public, right, []*age.Stanza{{Type: "ssh-ed25519", Args: []string{tag(mine.public.blob)}}}, errStanza},
		"rsa stanza":         {mine.public, right, []*age.Stanza{{Type: "ssh-rsa"}}, age.ErrIncorrectIdentity},
	} {
		p, err := NewProtectedIdentity(c.public, text, c.ask)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Unwrap(c.stanzas); !errors.Is(err, c.want) || got != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := NewProtectedIdentity(rsaOf(3, odd(1024)), nil, right); !errors.Is(err, ErrWeak) {
		t.Errorf("a short key: %v", err)
	}
}

// TestDoesNotPrint: neither way of printing shows a secret.
func TestDoesNotPrint(t *testing.T) {
	key := newEd25519(t)
	id, err := ed25519Identity(key.Seed())
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewProtectedIdentity(id.public, cheapText(t, key), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, x := range []any{id, p} {
			if text := fmt.Sprintf(verb, x); !strings.Contains(text, "private key]") || len(text) > 50 {
				t.Errorf("%s prints %s", verb, text)
			}
		}
	}
}
