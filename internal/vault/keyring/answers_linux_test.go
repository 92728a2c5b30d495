package keyring

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Whatever goes wrong is one of the store's errors, in a sentence with the keyring's
// name.
func TestWhatErrorsSay(t *testing.T) {
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	now := t.Context()
	for _, c := range []struct {
		ctx  context.Context
		err  error
		want error
		says string
	}{
		{interrupted, errors.New("x"), context.Canceled, "canceled"},
		{late, errors.New("x"), store.ErrTimeout, "answer its window"},
		{now, errNoCollection, store.ErrUnreachable, "logging in to a desktop makes one"},
		{now, dbus.Error{Name: errNameUnknown}, store.ErrUnreachable, "no keyring program runs"},
		{now, dbus.Error{Name: errNameNoOwner}, store.ErrUnreachable, "no keyring program runs"},
		{now, dbus.Error{Name: errNameNoReply}, store.ErrUnreachable, "ended before it answered"},
		{now, dbus.Error{Name: errNameLocked}, store.ErrLocked, "locked"},
		{now, dbus.Error{Name: errNameGone}, store.ErrUnreachable, "no keyring or wallet"},
		{now, dbus.Error{Name: "org.example.Odd"}, store.ErrUnreachable, "org.example.Odd"},
		{now, store.ErrDismissed, store.ErrDismissed, "dismissed"},
		{now, errMayNotAsk, store.ErrLocked, "may not ask"},
		{now, io.EOF, store.ErrUnreachable, "EOF"},
	} {
		err := classify(c.ctx, c.err, "KWallet")
		if !errors.Is(err, c.want) || !strings.HasPrefix(err.Error(), "KWallet: ") || !strings.Contains(err.Error(), c.says) || errors.Is(err, store.ErrUnknown) {
			t.Errorf("%v: %v; want %v with %q", c.err, err, c.want, c.says)
		}
	}
	if err := classify(now, io.EOF, ""); !strings.HasPrefix(err.Error(), "the keyring: ") {
		t.Errorf("without a name: %v", err)
	}
	for name, unknown := range map[string]bool{errNameNoReply: true, errNameDisconnected: true, errNameLocked: false, "org.example.Odd": false} {
		if err := classify(now, sent(dbus.Error{Name: name}), "x"); errors.Is(err, store.ErrUnknown) != unknown {
			t.Errorf("a change that ended with %s: %v", name, err)
		}
	}
	if err := classify(now, sent(io.EOF), "x"); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("a change whose connection ended: %v, want ErrUnknown", err)
	}
	for _, clear := range []error{store.ErrLocked, store.ErrTimeout, context.Canceled, store.ErrNotSaved} {
		if err := notSaved(clear); err != clear {
			t.Errorf("%v became %v", clear, err)
		}
	}
	if err := notSaved(io.EOF); !errors.Is(err, store.ErrNotSaved) || !errors.Is(err, io.EOF) {
		t.Errorf("EOF became %v", err)
	}
}

func TestProgramNames(t *testing.T) {
	for comm, want := range map[string]string{
		"gnome-keyring-d": "GNOME Keyring", "kwalletd5": "KWallet", "kwalletd6": "KWallet", "ksecretd": "KWallet",
		"keepassxc": "KeePassXC", "other": "other",
	} {
		if got := programName(comm); got != want {
			t.Errorf("%s is %q, want %q", comm, got, want)
		}
	}
}

// A bus that does not take the user is not reachable, by each way of reading.
func TestRefusedByTheBus(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	greetings := make(chan string, 16)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			in := bufio.NewReader(c)
			line, _ := in.ReadString('\n')
			begin, _ := in.ReadString('\n')
			greetings <- line + begin
			_, _ = io.WriteString(c, "REJECTED EXTERNAL\r\n")
			time.AfterFunc(time.Second, func() { c.Close() })
		}
	}()
	o := Options{LockPath: path + ".lock", Bus: "unix:path=" + path}
	for _, o.NoPrompt = range []bool{false, true} {
		if _, err := Open(o).Load(t.Context()); !errors.Is(err, store.ErrUnreachable) {
			t.Errorf("Load: %v, want ErrUnreachable", err)
		}
		if g := <-greetings; !strings.HasPrefix(g, "\x00AUTH EXTERNAL ") || !strings.HasSuffix(g, "\r\nBEGIN\r\n") {
			t.Errorf("the greeting is %q", g)
		}
	}
}

// message is one of the bus, in the given order of bytes.
func message(order binary.AppendByteOrder, kind byte, replyTo uint32, body string) []byte {
	mark := byte('l')
	if order == binary.AppendByteOrder(binary.BigEndian) {
		mark = 'B'
	}
	var fields []byte
	if replyTo != 0 {
		fields = order.AppendUint32([]byte{fieldReply, 1, 'u', 0}, replyTo)
	}
	m := order.AppendUint32([]byte{mark, kind, 0, 1}, uint32(len(body)))
	m = order.AppendUint32(m, 7)
	m = append(order.AppendUint32(m, uint32(len(fields))), fields...)
	for len(m)%8 != 0 {
		m = append(m, 0)
	}
	return append(m, body...)
}

// Replies are taken as they come, in both orders of bytes, among signals; an error
// for an answer, a message without bounds and one that is cut are refused.
func TestReplies(t *testing.T) {
	little, big := binary.AppendByteOrder(binary.LittleEndian), binary.AppendByteOrder(binary.BigEndian)
	const reply, failure, signal = messageReply, 3, 4
	said := func(parts ...[]byte) *wire {
		return &wire{conn: struct {
			io.Reader
			io.Writer
		}{bytes.NewReader(bytes.Join(parts, nil)), io.Discard}}
	}
	replies, err := said(message(little, signal, 0, "x"), message(big, reply, 2, "two"), message(little, reply, 9, "other"),
		message(little, reply, 1, "one")).await(1, 2)
	if err != nil || string(replies[0].b) != "one" || string(replies[1].b) != "two" || replies[1].order != binary.BigEndian {
		t.Errorf("%v, %v", replies, err)
	}
	whole := message(little, reply, 1, "one")
	huge := bytes.Clone(whole)
	binary.LittleEndian.PutUint32(huge[4:], maxMessage)
	for name, bad := range map[string][]byte{
		"an error": message(little, failure, 1, "no"), "without bounds": huge,
		"no message": nil, "a part of a header": whole[:12], "a part of a body": whole[:len(whole)-1],
	} {
		if replies, err := said(bad).await(1); err == nil {
			t.Errorf("%s: %v", name, replies)
		}
	}
}

// What does not fit the bounds of a message makes its reader bad, and gives nothing.
func TestDecoderBounds(t *testing.T) {
	read := func(b ...byte) *decoder { return &decoder{b: b, order: binary.LittleEndian} }
	d := read(3, 0, 0, 0, 'a', 'b', 'c', 0)
	if s := d.string(); s != "abc" || d.bad || d.pos != 8 {
		t.Errorf("%q, %+v", s, d)
	}
	if b := d.byte(); b != 0 || !d.bad || d.byte() != 0 || d.uint32() != 0 {
		t.Errorf("after the end: %d, %+v", b, d)
	}
	for name, d := range map[string]*decoder{
		"a text":     read(4, 0, 0, 0, 'a', 'b', 'c'),
		"an array":   read(9, 0, 0, 0, 1, 0, 0, 0, 'a', 0),
		"no length":  read(1, 0),
		"a negative": read(0xff, 0xff, 0xff, 0xff, 'a'),
	} {
		if out := d.paths(); !d.bad {
			t.Errorf("%s: %q", name, out)
		}
	}
	if secrets, err := read(8, 0, 0, 0, 0, 0, 0, 0, 1).secrets(); err == nil {
		t.Errorf("secrets: %v", secrets)
	}
}

// A notice comes after a second, once, and not for a call that is quick.
func TestNoticeOfAQuickCall(t *testing.T) {
	g := newGuard(time.Minute, func(s string) { t.Errorf("said %q", s) })
	if err := g.run(t.Context(), func(context.Context) error { return nil }); err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	ran := false
	if err := g.run(ended, func(context.Context) error { ran = true; return nil }); !errors.Is(err, context.Canceled) || ran {
		t.Errorf("with an ended context: %v, ran %v", err, ran)
	}
}
