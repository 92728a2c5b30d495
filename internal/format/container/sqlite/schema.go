package sqlite

import (
	"slices"
	"strings"
)

// column is a column's name in lower case, and whether it is another name for
// the row number (INTEGER PRIMARY KEY), which a row then holds as nil.
type column struct {
	name    string
	isRowid bool
}

// parseTable takes the column names from a CREATE TABLE. It splits the list in
// the outermost parentheses at its commas; the first word of a part is a column
// unless it begins a constraint of the table. rowid is false for a table WITHOUT
// ROWID.
func parseTable(sql string) (columns []column, rowid bool) {
	words := tokens(sql)
	start := slices.IndexFunc(words, func(t token) bool { return t.text == "(" && !t.quoted })
	if start < 0 {
		return nil, false
	}
	constraints := []string{"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"}
	var part []token
	depth := 0
	for i, t := range words[start:] {
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
		if depth > 1 || depth == 1 && !t.is(",") {
			if i > 0 {
				part = append(part, t)
			}
			continue
		}
		if len(part) > 0 && (part[0].quoted || !slices.Contains(constraints, strings.ToUpper(part[0].text))) {
			primary := slices.IndexFunc(part, func(t token) bool { return t.is("PRIMARY") })
			columns = append(columns, column{strings.ToLower(part[0].text), primary > 1 && part[1].is("INTEGER")})
		}
		part = nil
		if depth == 0 {
			rest := words[start+i+1:]
			without := slices.IndexFunc(rest, func(t token) bool { return t.is("WITHOUT") })
			return columns, without < 0 || without+1 == len(rest) || !rest[without+1].is("ROWID")
		}
	}
	return columns, true
}

type token struct {
	text   string
	quoted bool
}

func (t token) is(word string) bool { return !t.quoted && strings.EqualFold(t.text, word) }

// tokens splits SQL into words, quoted names and single signs. Comments inside
// CREATE TABLE do not occur in what apps write.
func tokens(sql string) []token {
	var out []token
	for len(sql) > 0 {
		c := sql[0]
		switch {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			sql = sql[1:]
		case strings.IndexByte("\"`'[", c) >= 0:
			if c == '[' {
				c = ']'
			}
			end := strings.IndexByte(sql[1:], c)
			if end < 0 {
				return out
			}
			out, sql = append(out, token{sql[1 : end+1], true}), sql[end+2:]
		default:
			n := strings.IndexAny(sql, " \t\r\n\"`'[],();=<>+-*/")
			if n < 0 {
				n = len(sql)
			}
			n = max(n, 1) // a sign is a word of its own
			out, sql = append(out, token{sql[:n], false}), sql[n:]
		}
	}
	return out
}
