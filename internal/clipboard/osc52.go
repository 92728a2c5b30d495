package clipboard

import (
	"context"
	"encoding/base64"
	"io"
	"strings"
)

// osc52 is the clipboard of the terminal at the other end of an SSH connection
// (xterm's control sequences, "Manipulate Selection Data").
type osc52 struct{ s System }

func (osc52) name() string { return "OSC 52" }

// write takes the sequence through a terminal multiplexer. tmux passes it on
// when it is in a DCS of its own with every ESC doubled (allow-passthrough), and
// obeys a bare one with set-clipboard on; both are sent, as either may be off.
// GNU screen passes the content of a plain DCS on, in pieces of at most 768
// bytes, which no code reaches.
func (o osc52) write(_ context.Context, text []byte) error {
	sequence := "\x1b]52;c;" + base64.StdEncoding.EncodeToString(text) + "\x07"
	switch {
	case o.s.Getenv("TMUX") != "":
		sequence = "\x1bPtmux;" + strings.ReplaceAll(sequence, "\x1b", "\x1b\x1b") + "\x1b\\" + sequence
	case o.s.Getenv("STY") != "":
		sequence = "\x1bP" + sequence + "\x1b\\"
	}
	_, err := io.WriteString(o.s.Terminal, sequence)
	return err
}

func (osc52) readText(context.Context) ([]byte, error)  { return nil, ErrWriteOnly }
func (osc52) readImage(context.Context) ([]byte, error) { return nil, ErrWriteOnly }
func (osc52) clear(context.Context) error               { return ErrWriteOnly }
