//go:build linux || freebsd || netbsd || openbsd || dragonfly

package keyring

import (
	"context"
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
	if _, err := owner(ctx, conn); err == nil {
		return nil
	}
	var names []string
	err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.ListActivatableNames", 0).Store(&names)
	if err != nil {
		return classify(ctx, err, "")
	}
	if !slices.Contains(names, secretsName) {
		return classify(ctx, dbus.Error{Name: errNameUnknown}, "")
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

func provider(ctx context.Context, address string) (string, error) {
	conn, err := greeted(ctx, address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	return ownerProgram(ctx, conn)
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

func owner(ctx context.Context, conn *dbus.Conn) (string, error) {
	var name string
	err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0, secretsName).Store(&name)
	return name, err
}

// ownerProgram finds the name of the program that owns the Secret Service. The
// name of a process is readable even where its executable is not, as that of
// gnome-keyring-daemon, which has a capability.
func ownerProgram(ctx context.Context, conn *dbus.Conn) (string, error) {
	var pid uint32
	err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetConnectionUnixProcessID", 0, secretsName).Store(&pid)
	if err != nil {
		return "", err
	}
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return "a keyring program", nil
	}
	return programName(strings.TrimSpace(string(comm))), nil
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

// provider names the keyring program for an error, "" if that cannot be known
// within a moment: an error must not wait for who caused it.
func (r *secretService) provider() string {
	ctx, cancel := context.WithTimeout(context.Background(), timeoutGrace/2)
	defer cancel()
	name, err := provider(ctx, r.bus)
	if err != nil {
		return ""
	}
	return name
}

var _ store.Locker = (*Store)(nil)
