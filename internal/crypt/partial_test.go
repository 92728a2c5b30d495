package crypt

import (
	"bytes"
	"context"
	"errors"
	"testing"
)

// TestDecryptPart: of a file that was cut or changed, whole chunks before the
// damage come back, and nothing else.
func TestDecryptPart(t *testing.T) {
	ctx := context.Background()
	id, _, recipient, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	const chunk = 64 << 10
	content := bytes.Repeat([]byte("0123456789abcdef"), 3*chunk/16+100)
	for _, form := range []Form{Binary, Armor} {
		sealed, err := EncryptTo(ctx, content, []Recipient{recipient}, form)
		if err != nil {
			t.Fatal(err)
		}
		keys := Keys{Identities: []Identity{id}}
		whole, err := DecryptPart(ctx, sealed, keys)
		if err != nil || !bytes.Equal(whole, content) {
			t.Fatalf("a sound file: %v", err)
		}
		changed := bytes.Clone(sealed)
		changed[len(changed)*3/5] ^= 1
		for _, bad := range [][]byte{sealed[:len(sealed)*3/5], sealed[:len(sealed)-40], changed} {
			part, err := DecryptPart(ctx, bad, keys)
			var damaged *DamagedError
			if !errors.As(err, &damaged) || len(part) == 0 || len(part)%chunk != 0 || !bytes.HasPrefix(content, part) {
				t.Errorf("form %d: %d bytes, error %v", form, len(part), err)
			}
		}
		if part, err := DecryptPart(ctx, sealed[:300], keys); err == nil || len(part) > 0 {
			t.Errorf("a file without a chunk: %d bytes, error %v", len(part), err)
		}
		other, _, _, _ := NewKey()
		if part, err := DecryptPart(ctx, sealed, Keys{Identities: []Identity{other}}); err == nil || len(part) > 0 {
			t.Errorf("another key: %d bytes, error %v", len(part), err)
		}
	}
}
