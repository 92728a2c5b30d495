package cli

import (
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/strictjson"
	"github.com/jangle-otp/jangle/internal/term"
)

// answer writes to stdout. Strings among the arguments are made safe for a
// terminal; the format itself is ours.
func (app *App) answer(format string, args ...any) { fprintf(app.out, format, args) }

// tell writes to stderr, unless --quiet was given.
func (app *App) tell(format string, args ...any) {
	if !app.global.quiet {
		fprintf(app.err, format, args)
	}
}

// warn writes to stderr, also with --quiet.
func (app *App) warn(format string, args ...any) {
	fprintf(app.err, "jangle: warning: "+format+"\n", args)
}

func fprintf(w io.Writer, format string, args []any) {
	io.WriteString(w, fmt.Sprintf(format, safe(args)...))
}

// safe is the choke point of security.md 50: no text from outside reaches a
// terminal but through here, answerJSON, or the live view.
func safe(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case string:
			out[i] = term.Safe(v)
		case error:
			out[i] = term.Safe(v.Error())
		case fmt.Stringer:
			out[i] = term.Safe(v.String())
		default:
			out[i] = v
		}
	}
	return out
}

// answerJSON writes one JSON value and a newline to stdout.
func (app *App) answerJSON(v any) error {
	return writeJSON(app.out, v)
}

func writeJSON(w io.Writer, v any) error {
	text, err := strictjson.MarshalIndent(v)
	if err != nil {
		return err
	}
	_, err = w.Write(escapeJSON(text))
	return err
}

// escapeJSON writes control and formatting characters inside strings as \u
// escapes: JSON allows them raw, a terminal that shows the JSON does not. The
// line breaks of the indentation stay.
func escapeJSON(in []byte) []byte {
	out := make([]byte, 0, len(in))
	for len(in) > 0 {
		r, n := utf8.DecodeRune(in)
		switch {
		case r == '\n':
			out = append(out, '\n')
		case r == 0x7f || r >= 0x80 && (unicode.Is(unicode.C, r) || unicode.Is(unicode.Z, r) && r != ' '):
			out = appendEscape(out, r)
		default:
			out = append(out, in[:n]...)
		}
		in = in[n:]
	}
	return out
}

func appendEscape(out []byte, r rune) []byte {
	if r > 0xffff {
		r -= 0x10000
		return fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
	}
	return fmt.Appendf(out, `\u%04x`, r)
}

// safeArg is for the few texts that a prompt shows.
func safeArg(s string) string { return term.Safe(s) }
