//go:build linux || freebsd || netbsd || openbsd || dragonfly

package keyring

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/godbus/dbus/v5"
)

// errNoBus says that there is no session bus. godbus would run dbus-launch now,
// whichever program of that name comes first, and leave a daemon behind.
var errNoBus = errors.New("no session bus: DBUS_SESSION_BUS_ADDRESS is not set and there is no /run/user/UID/bus")

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
	return "", errNoBus
}

// connect returns a private connection on which nothing was said yet, Hello
// included.
func connect(ctx context.Context, address string) (*dbus.Conn, error) {
	nc, err := dialBus(ctx, address)
	if err != nil {
		return nil, err
	}
	conn, err := dbus.NewConn(newHandshake(nc))
	if err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	if err := conn.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(os.Geteuid()))}); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// dialBus opens the socket of the session bus.
func dialBus(ctx context.Context, address string) (net.Conn, error) {
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
		// A bus that reads nothing must not hold us. What is behind the deadline
		// is for dismissing a prompt.
		_ = nc.SetWriteDeadline(deadline.Add(timeoutGrace))
	}
	return nc, nil
}

// greeting is the client's half of the authentication in one piece: who we are,
// which the bus checks with the kernel, and that messages follow.
func greeting() string {
	uid := hex.EncodeToString([]byte(strconv.Itoa(os.Geteuid())))
	return "\x00AUTH EXTERNAL " + uid + "\r\nBEGIN\r\n"
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

// handshake is a connection that has the authentication behind it as far as
// godbus can see. godbus asks which methods there are, asks for one, answers and
// negotiates: four round trips before the first message. The bus takes all of it
// with the first message in one piece, as systemd's library sends it, so godbus
// gets its answers here and the bus's one answer is read before its first message.
type handshake struct {
	net.Conn
	in       *bufio.Reader
	asked    bytes.Buffer // what godbus said in the handshake
	answers  bytes.Buffer // what it still has to hear
	begun    bool         // godbus has said BEGIN
	greeted  bool         // the bus was told
	accepted bool         // the bus has agreed
}

func newHandshake(nc net.Conn) *handshake {
	return &handshake{Conn: nc, in: bufio.NewReaderSize(nc, 32<<10)}
}

func (h *handshake) Write(p []byte) (int, error) {
	if !h.begun {
		h.asked.Write(p)
		h.answer()
		return len(p), nil
	}
	if h.greeted {
		return h.Conn.Write(p)
	}
	h.greeted = true
	if _, err := h.Conn.Write(append([]byte(greeting()), p...)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// answer plays the bus until godbus has what it needs.
func (h *handshake) answer() {
	for {
		line, err := h.asked.ReadString('\n')
		if err != nil {
			h.asked.WriteString(line) // not a whole line yet
			return
		}
		switch word := strings.Fields(strings.TrimLeft(line, "\x00")); {
		case len(word) == 1 && word[0] == "AUTH":
			h.answers.WriteString("REJECTED EXTERNAL\r\n")
		case len(word) > 0 && word[0] == "AUTH":
			h.answers.WriteString("DATA\r\n")
		case len(word) > 0 && word[0] == "DATA":
			h.answers.WriteString("OK 0\r\n")
		case len(word) > 0 && word[0] == "BEGIN":
			h.begun = true
			return
		}
	}
}

func (h *handshake) Read(p []byte) (int, error) {
	if h.answers.Len() > 0 {
		return h.answers.Read(p)
	}
	if !h.accepted {
		line, err := h.in.ReadString('\n')
		if err != nil {
			return 0, err
		}
		if !strings.HasPrefix(line, "OK ") {
			return 0, errors.New("the session bus does not take this user")
		}
		h.accepted = true
	}
	return h.in.Read(p)
}
