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

// readSchema reads the table of tables, whose root is page 1.
func (db *DB) readSchema() error {
	cells, err := db.cells(1)
	if err != nil {
		return err
	}
	for _, c := range cells {
		v, err := db.record(c.payload)
		if err != nil {
			return err
		}
		if len(v) < 5 {
			continue
		}
		kind, _ := v[0].(string)
		name, _ := v[1].(string)
		root, _ := v[3].(int64)
		sql, _ := v[4].(string)
		if kind != "table" || root <= 0 || root > 1<<31 {
			continue
		}
		columns, rowid := parseTable(sql)
		db.tables = append(db.tables, table{strings.ToLower(name), uint32(root), columns, rowid})
	}
	return nil
}

// parseTable takes the column names from a CREATE TABLE. It splits the list in
// the outermost parentheses at its commas; the first word of a part is a column
// unless it begins a constraint of the table.
func parseTable(sql string) (columns []column, rowid bool) {
	words := tokens(sql)
	start := slices.IndexFunc(words, func(t token) bool { return t.text == "(" && !t.quoted })
	if start < 0 {
		return nil, false
	}
	var part []token
	depth := 0
	for i, t := range words[start:] {
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
		if depth == 0 || depth == 1 && t.is(",") {
			columns, part = appendColumn(columns, part), nil
		} else if i > 0 {
			part = append(part, t)
		}
		if depth == 0 {
			return columns, !endsWithoutRowid(words[start+i+1:])
		}
	}
	return columns, true
}

func appendColumn(columns []column, part []token) []column {
	if len(part) == 0 {
		return columns
	}
	name := part[0]
	if !name.quoted && slices.Contains([]string{"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"}, strings.ToUpper(name.text)) {
		return columns
	}
	primary := slices.IndexFunc(part, func(t token) bool { return t.is("PRIMARY") })
	alias := primary > 1 && part[1].is("INTEGER")
	return append(columns, column{strings.ToLower(name.text), alias})
}

func endsWithoutRowid(rest []token) bool {
	for i := range rest {
		if i > 0 && rest[i].is("ROWID") && rest[i-1].is("WITHOUT") {
			return true
		}
	}
	return false
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
			end := strings.IndexByte(sql[1:], closing(c))
			if end < 0 {
				return out
			}
			out, sql = append(out, token{sql[1 : end+1], true}), sql[end+2:]
		default:
			n := wordLength(sql)
			out, sql = append(out, token{sql[:n], false}), sql[n:]
		}
	}
	return out
}

func closing(open byte) byte {
	if open == '[' {
		return ']'
	}
	return open
}

func wordLength(s string) int {
	n := strings.IndexAny(s, " \t\r\n\"`'[],();=<>+-*/")
	switch {
	case n < 0:
		return len(s)
	case n == 0:
		return 1
	}
	return n
}
