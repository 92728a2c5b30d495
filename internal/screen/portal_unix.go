//go:build unix && !darwin

package screen

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"image"
	"io"
	"net/url"
	"os"

	"github.com/godbus/dbus/v5"
)

// The names of the screenshot portal (xdg-desktop-portal, version 1 on).
const (
	portalName    = "org.freedesktop.portal.Desktop"
	portalPath    = "/org/freedesktop/portal/desktop"
	portalShot    = "org.freedesktop.portal.Screenshot.Screenshot"
	portalRequest = "org.freedesktop.portal.Request"
)

// What a request ends with.
const (
	responseDone     = 0
	responseDeclined = 1
)

// capturePortal asks the desktop, which may ask the person, and waits for the
// answer. The desktop writes a file, which is removed once it is read.
func capturePortal(ctx context.Context, s System) (image.Image, error) {
	address := s.Getenv("DBUS_SESSION_BUS_ADDRESS")
	if dir := s.Getenv("XDG_RUNTIME_DIR"); address == "" && dir != "" {
		address = "unix:path=" + dbus.EscapeBusAddressValue(dir+"/bus")
	}
	if address == "" {
		return nil, fmt.Errorf("%w: no session bus, so no desktop portal", ErrNone)
	}
	ctx, cancel := context.WithTimeout(ctx, personTime)
	defer cancel()
	conn, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("%w: the session bus does not answer: %w", ErrNone, err)
	}
	defer conn.Close()
	s.Waiting("the desktop may ask whether a picture of the screen may be taken")
	path, err := requestShot(ctx, conn)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: the portal's picture cannot be read: %w", ErrNone, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	// The picture shows the person's screen, with a secret on it.
	if removeErr := os.Remove(path); err == nil && removeErr != nil {
		err = fmt.Errorf("the picture of the screen was not removed, remove it: %w", removeErr)
	}
	if err != nil {
		return nil, err
	}
	return decodePNG(data)
}

// requestShot returns the path of the picture's file.
func requestShot(ctx context.Context, conn *dbus.Conn) (string, error) {
	signals := make(chan *dbus.Signal, 8)
	conn.Signal(signals)
	// Before the call: the answer may come before the call returns.
	match := []dbus.MatchOption{dbus.WithMatchInterface(portalRequest), dbus.WithMatchMember("Response")}
	if err := conn.AddMatchSignalContext(ctx, match...); err != nil {
		return "", fmt.Errorf("%w: %w", ErrNone, err)
	}
	token := make([]byte, 8)
	_, _ = rand.Read(token) // never fails, crypto/rand says
	options := map[string]dbus.Variant{
		"handle_token": dbus.MakeVariant("jangle" + hex.EncodeToString(token)),
		"interactive":  dbus.MakeVariant(false),
	}
	var request dbus.ObjectPath
	call := conn.Object(portalName, portalPath).CallWithContext(ctx, portalShot, 0, "", options)
	if err := call.Store(&request); err != nil {
		return "", fmt.Errorf("%w: no desktop portal answers (install xdg-desktop-portal and the one of your desktop): %w", ErrNone, err)
	}
	var body []any
	for body == nil {
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("%w: no answer came: %w", ErrDeclined, ctx.Err())
		case signal, ok := <-signals:
			if !ok {
				return "", fmt.Errorf("%w: the session bus went away", ErrNone)
			}
			if signal.Path == request && signal.Name == portalRequest+".Response" {
				body = append([]any{}, signal.Body...)
			}
		}
	}
	var code uint32
	var results map[string]dbus.Variant
	err := dbus.Store(body, &code, &results)
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: the portal's answer is not understood: %w", ErrNone, err)
	case code == responseDeclined:
		return "", ErrDeclined
	case code != responseDone:
		return "", fmt.Errorf("%w: the desktop portal failed (response %d)", ErrNone, code)
	}
	text, _ := results["uri"].Value().(string)
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "file" || u.Path == "" {
		return "", fmt.Errorf("%w: the portal's answer names no file", ErrNone)
	}
	return u.Path, nil
}
