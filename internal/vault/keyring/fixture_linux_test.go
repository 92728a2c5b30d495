package keyring

import (
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/vault/keyring/keyringtest"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// options for a keyring on a private bus; the lock is one for all Stores of the
// bus.
func options(b *keyringtest.Bus) Options {
	return Options{LockPath: filepath.Join(b.Home, "vault.lock"), Bus: b.Address, Timeout: time.Minute}
}

func save(t testing.TB, s *Store, data string, base store.Revision) {
	t.Helper()
	if rev, err := s.Save(t.Context(), []byte(data), base); err != nil || rev != base+1 {
		t.Fatalf("Save(%.20q) on %d: revision %d, %v", data, base, rev, err)
	}
}

func wantLoad(t testing.TB, s *Store, data string, rev store.Revision) {
	t.Helper()
	state, err := s.Load(t.Context())
	if err != nil || string(state.Data) != data || state.Revision != rev || len(state.Warnings) > 0 {
		t.Fatalf("Load = %.20q (%d bytes), revision %d, warnings %q, %v; want %.20q, %d",
			state.Data, len(state.Data), state.Revision, state.Warnings, err, data, rev)
	}
}

// silentBus is a socket that takes connections and says nothing.
func silentBus(t *testing.T) (address string, connections func() int32) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var n atomic.Int32
	go func() {
		var kept []net.Conn // what is not kept is closed by the garbage collector
		for {
			c, err := l.Accept()
			if err != nil {
				for _, c := range kept {
					c.Close()
				}
				return
			}
			kept = append(kept, c)
			n.Add(1)
		}
	}()
	return "unix:path=" + path, n.Load
}
