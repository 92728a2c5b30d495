package keyring

import (
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/vault/keyring/keyringtest"
)

// options for a keyring on a private bus; the lock is one for all Stores of the
// bus.
func options(b *keyringtest.Bus) Options {
	return Options{LockPath: filepath.Join(b.Home, "vault.lock"), Bus: b.Address, Timeout: time.Minute}
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
