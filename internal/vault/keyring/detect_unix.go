//go:build linux || freebsd || netbsd || openbsd || dragonfly

package keyring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Available reports whether this session seems to have a keyring: nil, or
// store.ErrUnreachable with the reason. It starts nothing, opens no window and
// changes nothing, so a keyring program that the bus would start on demand
// counts as one; that it has no keyring inside shows at the first Load.
func Available(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, TimeoutAlone)
	defer cancel()
	conn, err := greeted(ctx, "")
	if err != nil {
		return classify(ctx, err, "")
	}
	defer conn.Close()
	var names, activatable []string
	bus := conn.BusObject()
	err = errors.Join(bus.CallWithContext(ctx, "org.freedesktop.DBus.ListNames", 0).Store(&names),
		bus.CallWithContext(ctx, "org.freedesktop.DBus.ListActivatableNames", 0).Store(&activatable))
	if err == nil && !slices.Contains(append(names, activatable...), secretsName) {
		err = dbus.Error{Name: errNameUnknown}
	}
	if err != nil {
		return classify(ctx, err, "")
	}
	return nil
}

// Provider names the keyring program that runs: "GNOME Keyring", "KWallet",
// "KeePassXC", or the name of its process. store.ErrUnreachable: none runs.
func Provider(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, TimeoutAlone)
	defer cancel()
	name, err := provider(ctx, "")
	if err != nil {
		return "", classify(ctx, err, "")
	}
	return name, nil
}

// provider finds the name of the program that owns the Secret Service. The name of
// a process is readable even where its executable is not, as that of
// gnome-keyring-daemon, which has a capability.
func provider(ctx context.Context, address string) (string, error) {
	conn, err := greeted(ctx, address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	var pid uint32
	err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetConnectionUnixProcessID", 0, secretsName).Store(&pid)
	if err != nil {
		return "", err
	}
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return "a keyring program", nil
	}
	return programName(strings.TrimSpace(string(comm))), nil
}

func greeted(ctx context.Context, address string) (*dbus.Conn, error) {
	conn, err := connect(ctx, address)
	if err != nil {
		return nil, err
	}
	err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.Hello", 0).Err
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// programName turns a process name, which Linux cuts to 15 characters, into what
// people call the program.
func programName(comm string) string {
	switch {
	case strings.HasPrefix(comm, "gnome-keyring"):
		return "GNOME Keyring"
	case strings.HasPrefix(comm, "kwalletd"), strings.HasPrefix(comm, "ksecretd"):
		return "KWallet"
	case strings.HasPrefix(comm, "keepassxc"):
		return "KeePassXC"
	}
	return comm
}

var _ store.Locker = (*Store)(nil)
