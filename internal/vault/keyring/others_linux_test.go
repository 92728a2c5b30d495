package keyring

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/vault/keyring/keyringtest"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// saveSeveral saves and loads n documents, each with a Store of its own, as
// that many processes would.
func saveSeveral(t *testing.T, o Options, n store.Revision) {
	t.Helper()
	for rev := range n {
		data := fmt.Sprintf("document %d", rev+1)
		save(t, Open(o), data, rev)
		wantLoad(t, Open(o), data, rev+1)
	}
}

func wantProvider(t *testing.T, b *keyringtest.Bus, want string) {
	t.Helper()
	if name, err := provider(t.Context(), b.Address); name != want {
		t.Errorf("Provider = %q, %v; want %q", name, err, want)
	}
}

func wantErased(t *testing.T, o Options) {
	t.Helper()
	if err := Open(o).Erase(t.Context()); err != nil {
		t.Errorf("Erase: %v", err)
	}
	if _, err := Open(o).Load(t.Context()); !errors.Is(err, store.ErrAbsent) {
		t.Errorf("Load: %v, want ErrAbsent", err)
	}
}

// A save changes an item that is there with SetSecret: CreateItem over it would
// open a window in KeePassXC, whatever its settings.
func TestKeePassXC(t *testing.T) {
	t.Parallel()
	t.Run("no questions", func(t *testing.T) {
		t.Parallel()
		k := keyringtest.StartKeePassXC(t, keyringtest.KeePassOptions{RecycleBin: true})
		o := options(k.Bus)
		wantProvider(t, k.Bus, "KeePassXC")
		saveSeveral(t, o, 4)
		k.Quit(t)
		k.Restart(t)
		wantLoad(t, Open(o), "document 4", 4)
		wantErased(t, o)
	})
	// A search makes KeePassXC open its password window, so where nobody may be
	// asked there is none. It would wait for the window here.
	t.Run("locked", func(t *testing.T) {
		t.Parallel()
		k := keyringtest.StartKeePassXC(t, keyringtest.KeePassOptions{})
		o := options(k.Bus)
		save(t, Open(o), "document 1", 0)
		o.NoPrompt, o.Timeout = true, 5*time.Second
		wantLoad(t, Open(o), "document 1", 1)
		k.Lock(t)
		for name, call := range calls(t, Open(o)) {
			if err := call(); !errors.Is(err, store.ErrLocked) || errors.Is(err, store.ErrTimeout) || errors.Is(err, store.ErrUnknown) {
				t.Errorf("%s: %v, want ErrLocked alone", name, err)
			}
		}
	})
	// As it is set up at first, KeePassXC asks before a program reads. Nobody
	// answers here: that is no answer, not an empty vault.
	t.Run("questions", func(t *testing.T) {
		t.Parallel()
		k := keyringtest.StartKeePassXC(t, keyringtest.KeePassOptions{Confirm: true})
		o := options(k.Bus)
		o.Timeout = time.Second
		if _, err := Open(o).Save(t.Context(), []byte("x"), 0); !errors.Is(err, store.ErrUnknown) {
			t.Errorf("Save: %v, want ErrUnknown", err)
		}
		_, err := Open(o).Load(t.Context())
		if !errors.Is(err, store.ErrTimeout) || !strings.Contains(err.Error(), "KeePassXC") {
			t.Errorf("Load: %v, want ErrTimeout from KeePassXC", err)
		}
		o.NoPrompt = true
		if _, err := Open(o).Load(t.Context()); !errors.Is(err, store.ErrLocked) {
			t.Errorf("Load where nobody may be asked: %v, want ErrLocked", err)
		}
	})
}

func TestKWallet(t *testing.T) {
	t.Parallel()
	k := keyringtest.StartKWallet(t)
	o := options(k.Bus)
	o.Timeout = 2 * time.Second
	wantProvider(t, k.Bus, "KWallet")
	saveSeveral(t, o, 4)
	k.Lock(t)
	if state, err := Open(o).Load(t.Context()); err == nil || errors.Is(err, store.ErrAbsent) {
		t.Errorf("closed wallet: %q, %v; want an error other than ErrAbsent", state.Data, err)
	}
	k.Kill(t)
	k.Restart(t)
	wantLoad(t, Open(o), "document 4", 4) // closing writes the wallet
	save(t, Open(o), "document 5", 4)
	k.Kill(t)
	k.Restart(t)
	// KWallet writes its file some seconds after it acknowledged: the newest
	// document may be gone with it, the one before may not.
	state, err := Open(o).Load(t.Context())
	if err != nil || (string(state.Data) != "document 5" && string(state.Data) != "document 4") {
		t.Errorf("killed after a save: %q, %v", state.Data, err)
	}
	t.Logf("killed after a save: %q, warnings %q", state.Data, state.Warnings)
	wantErased(t, o)
}

func TestKWalletKilledAfterTheFirstSave(t *testing.T) {
	t.Parallel()
	k := keyringtest.StartKWallet(t)
	o := options(k.Bus)
	save(t, Open(o), "document 1", 0)
	k.Kill(t)
	k.Restart(t)
	state, err := Open(o).Load(t.Context())
	t.Logf("killed after the first save: %q, %v", state.Data, err)
	if err == nil && string(state.Data) != "document 1" {
		t.Errorf("Load = %q", state.Data)
	}
}

func TestKWalletWithoutWallet(t *testing.T) {
	t.Parallel()
	k := keyringtest.StartKWalletWithoutWallet(t)
	for name, call := range calls(t, Open(options(k.Bus))) {
		err := call()
		if !errors.Is(err, store.ErrUnreachable) || !strings.Contains(err.Error(), "KWallet") {
			t.Errorf("%s: %v, want ErrUnreachable from KWallet", name, err)
		}
	}
}
