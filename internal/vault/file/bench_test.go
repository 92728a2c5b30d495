package file

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// accounts is a document of about the size that n accounts have.
func accounts(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"format":"jangle-vault","accounts":[`)
	for i := range n {
		fmt.Fprintf(&b, `{"id":"%08x","type":"totp","issuer":"Service %d","account":"user%d@example.org","secret":"%032X","created":"2026-11-22T10:00:00Z"},`, i*7919, i, i*31, i*1299709)
	}
	b.WriteString("]}")
	return []byte(b.String())
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := newKeyFileStore(b)
			mustSave(b, mustOpen(b, Options{Dir: dir}), string(accounts(n)), 0)
			for b.Loop() {
				if _, err := mustOpen(b, Options{Dir: dir}).Load(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSave(b *testing.B) {
	for _, n := range []int{100, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, data := mustOpen(b, Options{Dir: newKeyFileStore(b)}), accounts(n)
			rev := store.Revision(0)
			for b.Loop() {
				next, err := s.Save(b.Context(), data, rev)
				if err != nil {
					b.Fatal(err)
				}
				rev = next
			}
		})
	}
}

// BenchmarkUnlocked is a load with the key waiting in the kernel.
func BenchmarkUnlocked(b *testing.B) {
	if !CacheWorks() {
		b.Skip("no kernel keyring")
	}
	o := Options{CacheTTL: time.Minute}
	dir, a := newPassphraseStore(b, o)
	o.Dir, o.Passphrase = dir, a.ask
	for b.Loop() {
		if _, err := mustOpen(b, o).Load(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	if a.asked > 0 {
		b.Errorf("asked %d times", a.asked)
	}
}
