//go:build linux || freebsd || netbsd || openbsd || dragonfly

package keyring

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/godbus/dbus/v5"
)

// noBus says that there is no session bus. godbus would run dbus-launch now,
// whichever program of that name comes first, and leave a daemon running.
func noBus() error {
	return fmt.Errorf("no session bus: DBUS_SESSION_BUS_ADDRESS names none and there is no /run/user/%d/bus", os.Getuid())
}

// busAddress returns the address of the session bus without asking or starting
// anything.
func busAddress() (string, error) {
	switch a := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); a {
	case "", "autolaunch:", "disabled:":
	default:
		return a, nil
	}
	for _, dir := range []string{"/run/user/" + strconv.Itoa(os.Getuid()), os.Getenv("XDG_RUNTIME_DIR")} {
		path := filepath.Join(dir, "bus")
		if info, err := os.Stat(path); dir != "" && err == nil && info.Mode().Type() == os.ModeSocket {
			return "unix:path=" + dbus.EscapeBusAddressValue(path), nil
		}
	}
	return "", noBus()
}

// socketPath returns the socket of the first local address in a list such as
// "unix:path=/run/user/1000/bus;…"; abstract ones begin with @.
func socketPath(addresses string) (string, bool) {
	for address := range strings.SplitSeq(addresses, ";") {
		rest, ok := strings.CutPrefix(address, "unix:")
		if !ok {
			continue
		}
		for pair := range strings.SplitSeq(rest, ",") {
			key, value, _ := strings.Cut(pair, "=")
			path, err := url.PathUnescape(value)
			switch {
			case err != nil:
			case key == "path":
				return path, true
			case key == "abstract":
				return "@" + path, true
			}
		}
	}
	return "", false
}

// busConn is a connection to the session bus. The client's half of the
// authentication (who we are, which the bus checks with the kernel, and that
// messages follow) goes out with the first message in one piece, as systemd's
// library sends it, and the bus's one answer is read before its first message.
type busConn struct {
	net.Conn
	in       *bufio.Reader
	greeted  bool // the bus was told
	accepted bool // the bus has agreed
}

// dialBus opens the socket of the session bus, "" for that of the environment.
func dialBus(ctx context.Context, address string) (*busConn, error) {
	if address == "" {
		var err error
		if address, err = busAddress(); err != nil {
			return nil, err
		}
	}
	socket, ok := socketPath(address)
	if !ok {
		return nil, fmt.Errorf("the address of the session bus is not a local socket: %q", address)
	}
	nc, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		// A bus that reads nothing must not hold us. The time after the deadline
		// is for dismissing a prompt.
		_ = nc.SetWriteDeadline(deadline.Add(timeoutGrace))
	}
	return &busConn{Conn: nc, in: bufio.NewReaderSize(nc, 32<<10)}, nil
}

func (b *busConn) Write(p []byte) (int, error) {
	if b.greeted {
		return b.Conn.Write(p)
	}
	b.greeted = true
	uid := hex.EncodeToString([]byte(strconv.Itoa(os.Geteuid())))
	if _, err := b.Conn.Write(append([]byte("\x00AUTH EXTERNAL "+uid+"\r\nBEGIN\r\n"), p...)); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (b *busConn) Read(p []byte) (int, error) {
	if !b.accepted {
		line, err := b.in.ReadString('\n')
		if err != nil {
			return 0, err
		}
		if !strings.HasPrefix(line, "OK ") {
			return 0, errors.New("the session bus does not take this user")
		}
		b.accepted = true
	}
	return b.in.Read(p)
}

// handshake plays the bus while godbus authenticates: four round trips that
// busConn does in none.
type handshake struct {
	*busConn
	answers io.Reader
	begun   bool // godbus has said BEGIN
}

func (h *handshake) Write(p []byte) (int, error) {
	if h.begun {
		return h.busConn.Write(p)
	}
	h.begun = bytes.HasPrefix(p, []byte("BEGIN"))
	return len(p), nil
}

func (h *handshake) Read(p []byte) (int, error) {
	if !h.begun {
		return h.answers.Read(p)
	}
	return h.busConn.Read(p)
}

// connect returns a private connection of godbus on which nothing was said yet,
// Hello included.
func connect(ctx context.Context, address string) (*dbus.Conn, error) {
	nc, err := dialBus(ctx, address)
	if err != nil {
		return nil, err
	}
	conn, err := dbus.NewConn(&handshake{busConn: nc, answers: strings.NewReader("REJECTED EXTERNAL\r\nOK 0\r\n")})
	if err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	if err := conn.Auth([]dbus.Auth{dbus.AuthExternal("")}); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}
