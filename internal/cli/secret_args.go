package cli

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/input"
)

// notShown takes the place of a secret, and of each part of one that is as long as
// a telling part.
const (
	notShown    = "(not shown)"
	tellingPart = 12
)

// hider is standard error without what looks like a secret among the arguments.
// An error repeats the argument that is wrong, whether it is ours, cobra's, the
// system's or a parser's, whole or in part; a terminal and a log keep it. So it
// is taken out here, where all of them come by.
type hider struct {
	io.Writer
	secrets [][]byte
	hidden  bool // something was taken out
}

func (h *hider) Write(p []byte) (int, error) {
	if len(h.secrets) == 0 {
		return h.Writer.Write(p)
	}
	var out []byte
	for folded, i := asciiLower(p), 0; i < len(p); {
		n := 0
		for _, s := range h.secrets {
			for m := max(n+1, tellingPart); i+m <= len(p) && bytes.Contains(s, folded[i:i+m]); m++ {
				n = m
			}
		}
		for n > 0 && i+n < len(p) && !utf8.RuneStart(p[i+n]) {
			n--
		}
		if n == 0 {
			out = append(out, p[i])
			i++
			continue
		}
		out, h.hidden = append(out, notShown...), true
		i += n
	}
	if _, err := h.Writer.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// asciiLower keeps the length, which bytes.ToLower does not.
func asciiLower(s []byte) []byte {
	out := bytes.Clone(s)
	for i, b := range out {
		if 'A' <= b && b <= 'Z' {
			out[i] += 'a' - 'A'
		}
	}
	return out
}

// secretArgs returns what looks like a secret among arguments, in lower case: one
// of them, the value of a flag, or several that are its groups of letters.
func secretArgs(args []string) [][]byte {
	var found [][]byte
	add := func(s string) { found = append(found, asciiLower([]byte(s))) }
	for i, arg := range args {
		_, value, _ := strings.Cut(arg, "=")
		name := strings.TrimLeft(arg, "-")
		for _, s := range []string{arg, value, name, name[min(1, len(name)):]} {
			if input.LooksLikeSecret(s) {
				add(arg)
				break
			}
		}
		for j := i + 2; j <= min(len(args), i+20); j++ {
			if group := strings.Join(args[i:j], " "); input.LooksLikeSecret(group) {
				add(group)
			}
		}
	}
	return found
}
