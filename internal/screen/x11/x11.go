// Package x11 asks an X server of this machine for the pixels of its root window,
// which spans all monitors. It speaks as much of the X protocol (version 11,
// X.Org's "X Window System Protocol") as that takes: the setup of a connection
// and the request GetImage.
//
// It is own code because xgb, which the tests have as their other end, brings all
// of the protocol, with 43 functions that run before main, and package testing:
// one or two in a hundred of the start of every command (measured). And a library
// call that the server never answers cannot be ended; here the context does.
package x11

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"
)

// Screen is what the server says of the screen that the display names.
type Screen struct {
	Width, Height int // in pixels
	Depth         int // bits that matter in a pixel

	// How a pixel lies in memory: so many bits each, every row filled up to a
	// multiple of RowPad bits, and where in a pixel the colours are.
	BitsPerPixel, RowPad int
	BigEndian            bool
	Red, Green, Blue     uint32 // masks

	root uint32
}

// Conn is a connection to an X server.
type Conn struct {
	net.Conn
	screen Screen
}

// Open connects to a display such as ":0" or ":0.1", with the cookie for it that
// the authority file holds (see Authority), if any. The connection lasts as long
// as ctx.
func Open(ctx context.Context, display, authority string) (*Conn, error) {
	d, err := parseDisplay(display)
	if err != nil {
		return nil, err
	}
	var dialer net.Dialer
	socket, err := dialer.DialContext(ctx, "unix", d.socket)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = socket.SetDeadline(time.Unix(1, 0)) })
	c := &Conn{Conn: socket}
	if err := c.setUp(d, cookie(authority, d.number)); err != nil {
		socket.Close()
		return nil, err
	}
	return c, nil
}

// Screen is the screen whose pixels Rows returns.
func (c *Conn) Screen() Screen { return c.screen }

// setUp sends the first message and reads the answer (protocol, chapter 8).
func (c *Conn) setUp(d display, cookie []byte) error {
	if _, err := c.Write(hello(cookie)); err != nil {
		return err
	}
	head := make([]byte, 8)
	if _, err := io.ReadFull(c, head); err != nil {
		return err
	}
	body := make([]byte, 4*int(order.Uint16(head[6:])))
	if _, err := io.ReadFull(c, body); err != nil {
		return err
	}
	const accepted = 1
	if head[0] != accepted {
		return fmt.Errorf("it refuses: %q", body[:min(int(head[1]), len(body))])
	}
	var err error
	c.screen, err = parseSetup(body, d.screen)
	return err
}

// hello is the first message: little end first, version 11.0, and the cookie.
func hello(cookie []byte) []byte {
	m := []byte{'l', 0, 11, 0, 0, 0}
	if cookie == nil {
		return append(m, 0, 0, 0, 0, 0, 0)
	}
	m = order.AppendUint16(m, uint16(len(cookieName)))
	m = order.AppendUint16(m, uint16(len(cookie)))
	m = append(m, 0, 0)
	m = padded(append(m, cookieName...))
	return padded(append(m, cookie...))
}

func padded(m []byte) []byte {
	for len(m)%4 != 0 {
		m = append(m, 0)
	}
	return m
}
