package crypt

import (
	"context"
	"errors"
	"testing"
	"time"

	"filippo.io/age"
)

// stuck is a plugin, or a person at a prompt, that never answers.
type stuck struct{ end chan struct{} }

func (s stuck) Unwrap([]*age.Stanza) ([]byte, error) {
	<-s.end
	return nil, age.ErrIncorrectIdentity
}

// The context ends the wait for whatever may ask somebody; the keys that never do
// are tried at once, without another thread.
func TestWaitForAnIdentityEnds(t *testing.T) {
	k := mustKey(t)
	data, err := EncryptTo(t.Context(), []byte(message), []Recipient{k.recipient}, Binary)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []Kind{KindPlugin, KindSSHEd25519, KindSSHRSA} {
		s := stuck{make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		done := make(chan error, 1)
		go func() {
			_, err := Decrypt(ctx, data, Keys{Identities: []Identity{{inner: s, kind: kind}}})
			done <- err
		}()
		select {
		case err := <-done:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", kind, err)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("%s: still waiting", kind)
		}
		close(s.end)
	}
	for kind, want := range map[Kind]bool{KindX25519: false, KindHybrid: false, KindPlugin: true} {
		if got := (Identity{kind: kind}).mayWait(); got != want {
			t.Errorf("%s may wait: %t", kind, got)
		}
	}
}
