package format

import (
	"bytes"
	"fmt"
	"strings"
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
