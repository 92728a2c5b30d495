//go:build linux || freebsd || netbsd || openbsd || dragonfly

package keyring

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

// wire speaks as much D-Bus as reading needs: calls out, replies in, one
// goroutine. godbus decodes an array of bytes one byte at a time with
// reflection, which for a vault costs more than everything else together: 100
// accounts 1.5 ms of 3.2, 10,000 accounts 200 ms (20,079 allocations for 20,000
// bytes).
type wire struct {
	conn   io.ReadWriter
	out    []byte // what was not sent yet
	serial uint32
}

// errWire says that a message was not what it should be. The caller then asks
// again through godbus.
var errWire = errors.New("unexpected message on the session bus")

// maxMessage is more than any vault needs: MaxDocument twice, in base64.
const maxMessage = 192 << 20

// D-Bus types of messages and of header fields (D-Bus specification, "Message
// Format").
const (
	messageCall   = 1
	messageReply  = 2
	fieldPath     = 1
	fieldIface    = 2
	fieldMember   = 3
	fieldReply    = 5
	fieldTo       = 6
	fieldBodyType = 8
)

// call puts a call into the buffer and returns its serial number.
func (w *wire) call(to, path, iface, member, bodyType string, body []byte) uint32 {
	w.serial++
	var fields encoder
	fields.field(fieldPath, 'o', path)
	fields.field(fieldTo, 's', to)
	fields.field(fieldIface, 's', iface)
	fields.field(fieldMember, 's', member)
	if bodyType != "" {
		fields.align(8)
		fields.b = append(fields.b, fieldBodyType, 1, 'g', 0)
		fields.signature(bodyType)
	}
	m := encoder{b: []byte{'l', messageCall, 0, 1}}
	m.uint32(uint32(len(body)))
	m.uint32(w.serial)
	m.uint32(uint32(len(fields.b)))
	m.b = append(m.b, fields.b...) // begins at 16, so its alignment is right
	m.align(8)
	w.out = append(append(w.out, m.b...), body...)
	return w.serial
}

// await sends the buffer and waits for the replies to calls, in their order. An
// error among them is errWire.
func (w *wire) await(serials ...uint32) ([]*decoder, error) {
	if _, err := w.conn.Write(w.out); err != nil {
		return nil, err
	}
	w.out = nil
	replies := make([]*decoder, len(serials))
	for slices.Contains(replies, nil) {
		to, body, err := w.read()
		if err != nil {
			return nil, err
		}
		if i := slices.Index(serials, to); i >= 0 {
			replies[i] = body
		}
	}
	return replies, nil
}

// read reads one message: the serial it replies to, or 0 for a signal, and its
// body.
func (w *wire) read() (to uint32, body *decoder, err error) {
	var fixed [16]byte
	if _, err := io.ReadFull(w.conn, fixed[:]); err != nil {
		return 0, nil, err
	}
	var order binary.ByteOrder = binary.LittleEndian
	if fixed[0] == 'B' {
		order = binary.BigEndian
	}
	size, fields := order.Uint32(fixed[4:]), order.Uint32(fixed[12:])
	padded := (uint64(fields) + 7) &^ 7
	if padded+uint64(size) > maxMessage {
		return 0, nil, errWire
	}
	rest := make([]byte, padded+uint64(size))
	if _, err := io.ReadFull(w.conn, rest); err != nil {
		return 0, nil, err
	}
	header := &decoder{b: rest[:fields], order: order}
	for known := true; known && !header.bad && header.pos < len(header.b); {
		header.align(8)
		code := header.byte()
		switch header.signature() {
		case "u":
			if n := header.uint32(); code == fieldReply {
				to = n
			}
		case "g":
			header.signature()
		case "s", "o":
			header.string()
		default:
			known = false
		}
	}
	if to != 0 && fixed[1] != messageReply {
		return 0, nil, errWire
	}
	return to, &decoder{b: rest[padded:], order: order}, nil
}

// encoder writes D-Bus values, little-endian.
type encoder struct{ b []byte }

func (e *encoder) align(n int) {
	for len(e.b)%n != 0 {
		e.b = append(e.b, 0)
	}
}

func (e *encoder) uint32(v uint32) {
	e.align(4)
	e.b = binary.LittleEndian.AppendUint32(e.b, v)
}

func (e *encoder) string(s string) {
	e.uint32(uint32(len(s)))
	e.b = append(append(e.b, s...), 0)
}

func (e *encoder) signature(s string) {
	e.b = append(append(append(e.b, byte(len(s))), s...), 0)
}

func (e *encoder) field(code, kind byte, value string) {
	e.align(8)
	e.b = append(e.b, code, 1, kind, 0)
	e.string(value)
}

// array writes an array whose elements f writes; its length does not count the
// padding before the first element.
func (e *encoder) array(align int, f func()) {
	e.uint32(0)
	at := len(e.b) - 4
	e.align(align)
	begin := len(e.b)
	f()
	binary.LittleEndian.PutUint32(e.b[at:], uint32(len(e.b)-begin))
}

// decoder reads D-Bus values. After something unexpected it is bad and returns
// zero values.
type decoder struct {
	b     []byte
	pos   int
	order binary.ByteOrder
	bad   bool
}

// take returns the next n bytes, not a copy.
func (d *decoder) take(n int) []byte {
	if d.bad || n < 0 || n > len(d.b)-d.pos {
		d.bad = true
		return nil
	}
	d.pos += n
	return d.b[d.pos-n : d.pos]
}

func (d *decoder) align(n int) { d.take((n - d.pos%n) % n) }

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint32() uint32 {
	d.align(4)
	if b := d.take(4); b != nil {
		return d.order.Uint32(b)
	}
	return 0
}

func (d *decoder) string() string {
	s := string(d.take(int(d.uint32())))
	d.take(1)
	return s
}

func (d *decoder) signature() string {
	s := string(d.take(int(d.byte())))
	d.take(1)
	return s
}

func (d *decoder) bytes() []byte { return d.take(int(d.uint32())) }

// array calls f until the array is read.
func (d *decoder) array(align int, f func()) {
	n := int(d.uint32())
	d.align(align)
	end := d.pos + n
	if n < 0 || end > len(d.b) {
		d.bad = true
	}
	for !d.bad && d.pos < end {
		f()
	}
}

// secrets reads a{o(oayays)}: for each item the session, the parameters, the value
// and its type.
func (d *decoder) secrets() (map[string]string, error) {
	out := map[string]string{}
	d.array(8, func() {
		d.align(8)
		item := d.string()
		d.align(8)
		d.string()
		d.bytes()
		out[item] = string(d.bytes())
		d.string()
	})
	if d.bad {
		return nil, errWire
	}
	return out, nil
}

func (d *decoder) paths() (out []string) {
	d.array(4, func() { out = append(out, d.string()) })
	return out
}
