package term

import (
	"slices"
	"strings"
)

// Unbroken stands for a blank at which Wrap does not break a line; who writes the text
// puts the blank back.
const Unbroken = "\x00"

// Wrap breaks lines that are wider than so many cells at blanks. Lines that begin with
// a word are a paragraph, which is filled anew; a table's row goes on under its last
// column, an indented line under itself. An indented command line is left to the
// terminal, so that it can be copied.
func Wrap(text string, columns int) string {
	var out strings.Builder
	prose := func(line string) bool {
		return strings.TrimSpace(line) != "" && line[0] != ' ' && !strings.Contains(line, "  ")
	}
	wide := func(line string) bool { return Width(strings.TrimSuffix(line, "\n")) > columns }
	for lines := strings.SplitAfter(text, "\n"); len(lines) > 0; {
		n := 1
		for prose(lines[0]) && n < len(lines) && prose(lines[n]) {
			n++
		}
		part := lines[:n]
		lines = lines[n:]
		body := strings.TrimLeft(part[0], " ")
		if !slices.ContainsFunc(part, wide) || len(body) < len(part[0]) && strings.HasPrefix(body, "jangle ") {
			out.WriteString(strings.Join(part, ""))
			continue
		}
		indent := len(part[0]) - len(body)
		if i := strings.Index(body, "  "); i >= 0 {
			rest := strings.TrimLeft(body[i:], " ")
			head := part[0][:len(part[0])-len(rest)]
			body = rest
			if column := Width(head); column <= columns/2 {
				indent = column
			} else { // no room beside it
				indent += 4
				head = strings.TrimRight(head, " ") + "\n" + strings.Repeat(" ", indent)
			}
			out.WriteString(head)
		} else {
			out.WriteString(part[0][:indent])
		}
		at, room := indent, 0
		for _, word := range strings.Fields(body + " " + strings.Join(part[1:], " ")) {
			switch {
			case room > 0 && at+1+Width(word) > columns:
				out.WriteString("\n" + strings.Repeat(" ", indent))
				at = indent
			case room > 0:
				out.WriteString(" ")
				at++
			}
			out.WriteString(word)
			at, room = at+Width(word), 1
		}
		if strings.HasSuffix(part[n-1], "\n") {
			out.WriteString("\n")
		}
	}
	return out.String()
}
