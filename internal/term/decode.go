package term

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxSequence ends the wait for the end of an escape sequence: none that a
// keyboard sends is longer, and a terminal's late answer may be.
const maxSequence = 256

// decoded is what the first bytes of the input mean.
type decoded struct {
	kind  EventKind // 0 for something to pass over
	key   Key
	mouse Mouse
	paste paste
	n     int // bytes used; 0 when more bytes are needed to tell
}

type paste int

const (
	pasteNone paste = iota
	pasteBegins
	pasteEnds
)

// decode takes one event off b, which is not empty. When b may be the beginning
// of something longer it returns n == 0; with final set, it takes what is there.
func decode(b []byte, end ending) decoded {
	switch c := b[0]; {
	case c == 0x1b:
		return decodeEscape(b, end)
	case c == '\r' || c == '\n':
		return keyOf(KeyEnter, 1)
	case c == '\t':
		return keyOf(KeyTab, 1)
	case c == 0x7f || c == 8:
		return keyOf(KeyBackspace, 1)
	case c == 0:
		return decoded{kind: KeyEvent, key: Key{Code: KeyCtrl, Rune: '@'}, n: 1}
	case c < 0x1b:
		return decoded{kind: KeyEvent, key: Key{Code: KeyCtrl, Rune: rune(c) + 'a' - 1}, n: 1}
	case c < 0x20:
		return decoded{kind: KeyEvent, key: Key{Code: KeyCtrl, Rune: rune(c) + '@'}, n: 1}
	}
	if !utf8.FullRune(b) && end == mayGoOn {
		return decoded{}
	}
	r, n := utf8.DecodeRune(b)
	return decoded{kind: KeyEvent, key: Key{Code: KeyRune, Rune: r}, n: n}
}

type ending int

const (
	mayGoOn ending = iota // more bytes may be on their way
	final                 // nothing followed in time
)

func keyOf(code KeyCode, n int) decoded {
	return decoded{kind: KeyEvent, key: Key{Code: code}, n: n}
}

func decodeEscape(b []byte, end ending) decoded {
	if len(b) == 1 {
		if end == mayGoOn {
			return decoded{}
		}
		return keyOf(KeyEscape, 1)
	}
	switch b[1] {
	case '[':
		return decodeCSI(b, end)
	case 'O':
		if len(b) == 2 {
			return incomplete(b, end)
		}
		return keyOf(finalKey(b[2]), 3)
	case ']', 'P', '_', '^', 'X':
		// A device's answer (OSC, DCS, APC, PM, SOS) up to BEL or ESC \: none was asked
		// for, and its text is not typing.
		for i := 2; i < len(b); i++ {
			switch {
			case b[i] == 7:
				return decoded{n: i + 1}
			case b[i] == 0x1b && i+1 < len(b) && b[i+1] == '\\':
				return decoded{n: i + 2}
			}
		}
		if end == mayGoOn && len(b) < 1<<16 {
			return decoded{}
		}
		return decoded{n: len(b)}
	case 0x1b:
		return keyOf(KeyEscape, 1)
	}
	d := decode(b[1:], end)
	if d.n > 0 {
		d.n, d.key.Alt = d.n+1, true
	}
	return d
}

// incomplete waits for the rest, or gives up on it.
func incomplete(b []byte, end ending) decoded {
	if end == mayGoOn && len(b) < maxSequence {
		return decoded{}
	}
	return keyOf(KeyUnknown, len(b))
}

// decodeCSI reads ESC [ parameters final (ECMA-48 section 5.4).
func decodeCSI(b []byte, end ending) decoded {
	i := 2
	for i < len(b) && b[i] >= 0x20 && b[i] <= 0x3f {
		i++
	}
	if i == len(b) {
		return incomplete(b, end)
	}
	if b[i] < 0x40 || b[i] > 0x7e {
		return keyOf(KeyUnknown, i) // cut off: what follows is something else
	}
	parameters, last := string(b[2:i]), b[i]
	d := decoded{kind: KeyEvent, n: i + 1}
	if mouse, isMouse := strings.CutPrefix(parameters, "<"); isMouse && (last == 'M' || last == 'm') {
		// The SGR form: button;column;row, both from 1.
		d.kind = MouseEvent
		var v [3]int
		for i, p := range strings.SplitN(mouse, ";", 3) {
			v[i], _ = strconv.Atoi(p)
		}
		d.mouse.Column, d.mouse.Row = v[1]-1, v[2]-1
		switch {
		case last == 'm':
		case v[0] == 0:
			d.mouse.Action = MouseLeft
		case v[0] == 64:
			d.mouse.Action = MouseWheelUp
		case v[0] == 65:
			d.mouse.Action = MouseWheelDown
		}
		return d
	}
	if last != '~' {
		d.key.Code = finalKey(last)
		return d
	}
	first, _, _ := strings.Cut(parameters, ";")
	switch first {
	case "1", "7":
		d.key.Code = KeyHome
	case "2":
		d.key.Code = KeyInsert
	case "3":
		d.key.Code = KeyDelete
	case "4", "8":
		d.key.Code = KeyEnd
	case "5":
		d.key.Code = KeyPageUp
	case "6":
		d.key.Code = KeyPageDown
	case "11":
		d.key.Code = KeyF1
	case "200":
		d.kind, d.paste = 0, pasteBegins
	case "201":
		d.kind, d.paste = 0, pasteEnds
	}
	return d
}

func finalKey(c byte) KeyCode {
	switch c {
	case 'A':
		return KeyUp
	case 'B':
		return KeyDown
	case 'C':
		return KeyRight
	case 'D':
		return KeyLeft
	case 'H':
		return KeyHome
	case 'F':
		return KeyEnd
	case 'M':
		return KeyEnter // keypad
	case 'P':
		return KeyF1
	case 'Z':
		return KeyBackTab
	}
	return KeyUnknown
}
