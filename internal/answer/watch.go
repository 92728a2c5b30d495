package answer

import (
	"bytes"
	"io"
	"strings"
)

// watcher looks for a text at the end of what a program writes to its terminal, in
// any case and across the borders of the pieces in which it arrives. The last line
// of the text must be on the last line of the output: a program that wrote a line
// after it does not wait there, and a text somewhere in a long output is no prompt.
// Colours and cursor movements are passed over; a carriage return ends a line too,
// because what follows is written over it.
type watcher struct {
	want  string // in lower case
	tail  []byte // the end of what was seen, without escape sequences
	cr    bool   // a carriage return was seen last; a newline may follow
	state sequence
}

// sequence is where the output is in an escape sequence (ECMA-48 section 5.4):
// ESC and one character, ESC [ up to a final byte, ESC ] up to BEL or ESC \.
type sequence int

const (
	outside sequence = iota
	escape           // after ESC
	control          // in ESC [
	command          // in ESC ]
)

// maxAfter is how much may follow the text on its line, in bytes.
const maxAfter = 4 << 10

// saw takes the next piece and reports whether the output ends at the text now.
func (w *watcher) saw(piece []byte) bool {
	for _, b := range piece {
		switch was := w.state; {
		case b == 0x1b:
			w.state = escape
		case was == outside:
			if w.cr && b != '\r' && b != '\n' {
				w.tail = append(w.tail, '\n')
			}
			if w.cr = b == '\r'; !w.cr {
				w.tail = append(w.tail, b)
			}
		case was == escape && b == '[':
			w.state = control
		case was == escape && b == ']':
			w.state = command
		case was == escape, was == control && b >= 0x40 && b <= 0x7e, was == command && b == 0x07:
			w.state = outside
		}
	}
	// A letter in another case may have another length: 4 bytes at most.
	if keep := 4*len(w.want) + maxAfter; len(w.tail) > keep {
		w.tail = append(w.tail[:0], w.tail[len(w.tail)-keep:]...)
	}
	tail := strings.ToLower(string(w.tail))
	i := strings.LastIndex(tail, w.want)
	return i >= 0 && !strings.Contains(tail[i+len(w.want):], "\n")
}

// masker writes on, with stars in place of a secret, also where it is cut into
// pieces. It holds back what may be the secret's beginning until more comes.
type masker struct {
	w      io.Writer
	secret []byte // empty: nothing to mask yet
	held   []byte
}

func (m *masker) Write(p []byte) (int, error) {
	all := append(m.held, p...)
	stars := bytes.Repeat([]byte("*"), len(m.secret))
	if len(m.secret) > 0 {
		all = bytes.ReplaceAll(all, m.secret, stars)
	}
	hold := 0
	for n := min(len(m.secret)-1, len(all)); n > 0; n-- {
		if bytes.HasSuffix(all, m.secret[:n]) {
			hold = n
			break
		}
	}
	m.held = append([]byte(nil), all[len(all)-hold:]...)
	if _, err := m.w.Write(all[:len(all)-hold]); err != nil {
		return 0, err
	}
	return len(p), nil
}

// flush writes what was held back: no more comes, so it is not the secret.
func (m *masker) flush() {
	_, _ = m.w.Write(m.held)
	m.held = nil
}
