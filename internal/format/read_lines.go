package format

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
)

// eachLine calls f with every line that is not blank, its number from 1, within
// the limits of text. The line has no blanks around it.
func eachLine(text []byte, f func(n int, line string)) error {
	if err := checkText(text); err != nil {
		return err
	}
	n, count := 0, 0
	for raw := range bytes.Lines(text) {
		n++
		line := strings.TrimSpace(string(raw))
		if line == "" {
			continue
		}
		if len(line) > maxLineBytes {
			return fmt.Errorf("%w: line %d is longer than %d bytes", ErrLimit, n, maxLineBytes)
		}
		count++
		if err := full(count); err != nil {
			return err
		}
		f(n, line)
	}
	return nil
}

// readLines reads every line that is not blank as an entry.
func readLines(r Result, text []byte, read func(n int, line string) (string, account.Account, []string, error)) (Result, error) {
	var l entryList
	err := eachLine(text, func(n int, line string) { l.add(read(n, line)) })
	r.Entries = l.list
	return r, err
}

// mostLines reports whether more lines fit a format than are of another; a damaged
// one here and there is no reason against it. Blank lines do not count.
func (p *probe) mostLines(look func(line string) (fits, other bool)) bool {
	count := 0
	for line := range bytes.Lines(p.text[:min(len(p.text), maxLineBytes)]) {
		s := strings.TrimSpace(string(line))
		if fits, other := look(s); s != "" && fits {
			count++
		} else if s != "" && other {
			count--
		}
	}
	return count > 0
}

// isSecretText tells a secret in base32 from a word, which is base32 too: few words
// have 16 letters.
func isSecretText(s string) bool {
	_, err := account.ParseBase32(s)
	return len(s) >= 16 && err == nil
}
