//go:build linux

package keyringtest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

const kwalletConfig = `[Wallet]
Enabled=true
First Use=false
Prompt on Open=false
Close When Idle=false
Default Wallet=kdewallet

[org.freedesktop.secrets]
apiEnabled=true
`

// KWallet is a real KWallet on a private bus, with an open wallet.
type KWallet struct {
	*Bus
	daemon *process
}

// StartKWallet starts KWallet without a display. It ends with the test.
func StartKWallet(t testing.TB) *KWallet {
	t.Helper()
	k := &KWallet{Bus: StartBus(t)}
	for _, dir := range []string{"config", "data/kwalletd"} {
		if err := os.MkdirAll(filepath.Join(k.Home, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(k.Home, "config", "kwalletrc"), []byte(kwalletConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	k.Restart(t) // makes the wallet, which its Secret Service shows after the next start
	wallet := filepath.Join(k.Home, "data", "kwalletd", "kdewallet.kwl")
	await(t, "the wallet", func() bool { _, err := os.Stat(wallet); return err == nil })
	k.Kill(t)
	k.Restart(t)
	return k
}

// StartKWalletWithoutWallet starts KWallet as it is before anybody used it.
func StartKWalletWithoutWallet(t testing.TB) *KWallet {
	t.Helper()
	k := &KWallet{Bus: StartBus(t)}
	k.start(t)
	return k
}

// Restart starts KWallet again after Kill, and opens the wallet as a login does.
func (k *KWallet) Restart(t testing.TB) {
	t.Helper()
	k.start(t)
	service := k.Dial(t).Object("org.kde.kwalletd5", "/modules/kwalletd5")
	hash := bytes.Repeat([]byte{7}, 56) // of a password: PBKDF2 gives 56 bytes
	if err := service.Call("org.kde.KWallet.pamOpen", 0, "kdewallet", hash, int32(0)).Err; err != nil {
		t.Fatalf("cannot open the wallet: %v", err)
	}
	await(t, "the open wallet", func() bool {
		var open bool
		err := service.Call("org.kde.KWallet.isOpen", 0, "kdewallet").Store(&open)
		return err == nil && open
	})
}

func (k *KWallet) start(t testing.TB) {
	t.Helper()
	k.daemon = k.run(t, nil, tooltest.Path(t, "kwalletd5"))
	k.AwaitOwner(t, true)
}

// Kill ends KWallet at once. What was stored within the last seconds is lost.
func (k *KWallet) Kill(t testing.TB) {
	t.Helper()
	k.daemon.kill(t)
	k.AwaitOwner(t, false)
}

// Lock closes the wallet.
func (k *KWallet) Lock(t testing.TB) {
	t.Helper()
	if err := k.Dial(t).Object("org.kde.kwalletd5", "/modules/kwalletd5").Call("org.kde.KWallet.closeAllWallets", 0).Err; err != nil {
		t.Fatalf("cannot close the wallet: %v", err)
	}
}
