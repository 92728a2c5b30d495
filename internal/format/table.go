package format

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A table is what password managers export as CSV: in any delimiter and with a
// header in any language or with none. What a column holds is known from its name
// where we know the name, and else from what is in it.
type table struct {
	manager string // whose columns these are; "" if unknown
	header  []string
	rows    []tableRow
	at      map[tableColumn][]int // the columns of each meaning, the surest first
	pairs   bool                  // rows of title, label, value, label, value … (Enpass)
}

type tableRow struct {
	cells []string
	err   error // why the row cannot be used
}

// isCode reports whether a cell can be nothing but a code: a link, or a key of
// base32 with a digit in it and in one case.
func isCode(cell string) bool {
	cell = strings.TrimSpace(cell)
	if len(cell) < 16 || len(cell) > maxTableField {
		return false
	}
	if isLink(cell) {
		return true
	}
	upper, lower, digit, n := false, false, false, 0
	for _, c := range strings.TrimRight(cell, "=") {
		switch {
		case c >= 'A' && c <= 'Z':
			upper = true
		case c >= 'a' && c <= 'z':
			lower = true
		case c >= '2' && c <= '7':
			digit = true
		case c == ' ' || c == '-':
			continue
		default:
			return false
		}
		n++
	}
	return n >= 16 && digit && upper != lower
}

func isLink(cell string) bool {
	lower := strings.ToLower(cell[:min(len(cell), len("otpauth://"))])
	return lower == "otpauth://" || strings.HasPrefix(lower, "steam://")
}

// readTable reads RFC 4180 with any of the usual delimiters: quoted fields may
// hold line breaks, empty lines are skipped, rows may be shorter or longer than
// the header.
func readTable(text []byte) (*table, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	if bytes.Contains(text, []byte("\r\r\n")) { // LastPass
		text = bytes.ReplaceAll(text, []byte("\r\r\n"), []byte("\n"))
	}
	delimiter, fields := findDelimiter(text)
	if inner := unwrapRows(text); fields == 1 && inner != nil {
		text = inner
		delimiter, _ = findDelimiter(text)
	}
	if n := bytes.Count(text, []byte(string(delimiter))); n > maxTableFields { // a row is taken as a whole before its fields can be counted
		return nil, fmt.Errorf("%w: %d delimiters are more than %d", ErrLimit, n, maxTableFields)
	}
	t := &table{}
	for r := newCSVReader(text, delimiter); ; {
		cells, err := r.Read()
		switch {
		case errors.Is(err, io.EOF) && len(t.rows) > 0:
			t.understand()
			return t, nil
		case len(t.rows) == 0 && err != nil:
			return nil, fmt.Errorf("%w: its first line is not one of names with commas or the like between", ErrDamaged)
		case len(t.rows) == 0 && len(cells) > maxTableColumns:
			return nil, fmt.Errorf("%w: %d columns are more than %d", ErrLimit, len(cells), maxTableColumns)
		case len(t.rows) > maxElements:
			return nil, fmt.Errorf("%w: more than %d rows", ErrLimit, maxElements)
		}
		var parse *csv.ParseError
		if err != nil && !errors.As(err, &parse) {
			return nil, fmt.Errorf("%w: it is not a table of text", ErrDamaged)
		}
		row := tableRow{cells: cells}
		switch {
		case err != nil:
			row.err = fmt.Errorf("%w: its quotes do not match", ErrDamaged)
		case len(cells) > maxTableColumns:
			row.err = fmt.Errorf("%w: %d fields are more than %d", ErrLimit, len(cells), maxTableColumns)
		case slices.ContainsFunc(cells, func(c string) bool { return len(c) > maxTableField }):
			row.err = fmt.Errorf("%w: a field is longer than %d bytes", ErrLimit, maxTableField)
		}
		t.rows = append(t.rows, row)
	}
}

func newCSVReader(text []byte, delimiter rune) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord, r.Comma = -1, delimiter
	return r
}

// findDelimiter takes the one that makes known names of the first line, or else
// the most fields of the first lines. fields is the number in the first line.
func findDelimiter(text []byte) (delimiter rune, fields int) {
	delimiter, fields = ',', 1
	most := 0
	for _, d := range []rune{',', ';', '\t', '|'} {
		score, first := 0, 0
		r := newCSVReader(text[:min(len(text), maxLineBytes)], d)
		for n := range 20 {
			cells, err := r.Read()
			if err != nil {
				break
			}
			score += len(cells) - 1
			if n == 0 {
				first = len(cells)
				for _, c := range cells[:min(first, maxTableColumns)] {
					if first > 1 && isKnownName(plainName(c)) {
						score += maxLineBytes
					}
				}
			}
		}
		if score > most {
			delimiter, fields, most = d, first, score
		}
	}
	return delimiter, fields
}

// unwrapRows undoes one layer of quotes around whole rows, as Netwrix's scripts
// write them; nil if there is none.
func unwrapRows(text []byte) []byte {
	if !bytes.HasPrefix(text, []byte(`"`)) {
		return nil
	}
	var out bytes.Buffer
	for r := newCSVReader(text, ','); ; {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out.Bytes()
		}
		if err != nil || len(cells) != 1 {
			return nil
		}
		out.WriteString(cells[0] + "\n")
	}
}

// understand finds the header and what the columns mean.
func (t *table) understand() {
	first := t.rows[0].cells
	headed := !slices.ContainsFunc(first, isCode) && slices.ContainsFunc(first, func(c string) bool { return isCodeName(plainName(c)) })
	for _, row := range t.rows {
		if slices.Contains(row.cells, "TFC:Keeper") { // folder, title, login, password, address, note, shared folder, name, value …
			t.manager, t.at = "Keeper", map[tableColumn][]int{colTitle: {1}, colUser: {2}, colPassword: {3}, colURL: {4}, colNote: {5}, colGroup: {0, 6}}
			return
		}
		for i := 1; !headed && i+1 < len(row.cells); i += 2 {
			t.pairs = t.pairs || len(row.cells[i]) < 30 && isCode(row.cells[i+1]) && isCodeName(plainName(row.cells[i]))
		}
	}
	t.at = map[tableColumn][]int{}
	if t.pairs {
		t.manager, t.at[colTitle] = "Enpass", []int{0}
		if len(first) > 2 && plainName(first[1]) == "field" {
			t.rows = t.rows[1:]
		}
		return
	}
	for _, c := range first {
		t.header = append(t.header, plainName(c))
	}
	if slices.ContainsFunc(first, isCode) || !slices.ContainsFunc(t.header, isKnownName) {
		t.header = nil
	} else {
		t.rows = t.rows[1:]
		t.manager = managerOf(t.header)
		for c := range columnMeanings {
			for _, name := range strings.Fields(c.names()) {
				if i := slices.Index(t.header, name); i >= 0 {
					t.at[c] = append(t.at[c], i)
				}
			}
		}
		// With an issuer (or service) column beside it, "name" is the account and not the title.
		title, name := t.at[colTitle], slices.Index(t.header, "name")
		if len(title) > 0 && (t.header[title[0]] == "issuer" || t.header[title[0]] == "service") && name >= 0 && len(t.at[colUser]) == 0 {
			t.at[colTitle], t.at[colUser] = title[:1], []int{name}
		}
	}
	t.guessColumns(first)
}

// guessColumns finds by content what no name told: the column of the codes, and
// those of title and user. first is the first row, which may be a header in a
// language that we do not know.
func (t *table) guessColumns(first []string) {
	var known, filled, codes, links, mails [maxTableColumns]int
	for _, columns := range t.at {
		for _, i := range columns {
			known[i]++
		}
	}
	for _, row := range t.rows {
		for i, cell := range row.cells[:min(len(row.cells), maxTableColumns)] {
			switch cell = strings.TrimSpace(cell); {
			case cell == "":
				continue
			case isCode(cell):
				codes[i]++
			case strings.Contains(cell, "://"):
				links[i]++
			case strings.Contains(cell, "@"):
				mails[i]++
			}
			filled[i]++
		}
	}
	if !t.hasSecret() {
		var named, other []int
		for i := range codes {
			headed := t.header == nil && i < len(first) && strings.TrimSpace(first[i]) != "" && !isCode(first[i])
			switch {
			case known[i] > 0 || codes[i] == 0 || i < len(first) && isRecovery(plainName(first[i])):
			case i < len(first) && soundsLikeCode(plainName(first[i])):
				named = append(named, i)
			case codes[i] == filled[i], headed && codes[i] == filled[i]-1:
				other = append(other, i)
			}
		}
		if named == nil && len(other) == 1 { // of several we do not know which; links are found in any
			named = other
		}
		if named != nil {
			t.at[colSecret] = named
			if i := named[0]; t.header == nil && i < len(first) && strings.TrimSpace(first[i]) != "" && !isCode(first[i]) {
				t.rows = t.rows[1:] // it was a header
			}
		}
	}
	if t.manager != "" || t.at[colTitle] != nil || t.at[colUser] != nil {
		return
	}
	// Exports have title, user and password in this order: nothing that comes after
	// the user, or after a password, is shown as a name.
	var free []int
	for i := range filled {
		if slices.Contains(t.at[colPassword], i) {
			break
		}
		if known[i] == 0 && filled[i] > 0 && codes[i] == 0 && links[i] == 0 {
			free = append(free, i)
		}
	}
	user := slices.IndexFunc(free, func(i int) bool { return mails[i] > 0 })
	if user < 0 && len(free) > 1 {
		user = 1
	}
	if user >= 0 {
		t.at[colUser] = free[user : user+1]
	}
	if len(free) > 0 && user != 0 {
		t.at[colTitle] = free[:1]
	}
}

// hasSecret reports whether a column holds codes.
func (t *table) hasSecret() bool {
	return slices.ContainsFunc([]tableColumn{colSecret, colSecretHex, colSecretBase64, colSecretText, colHOTPSecret}, func(c tableColumn) bool { return t.at[c] != nil })
}

// get returns the first cell of this meaning that is not empty, without the
// apostrophe that a careful writer puts before what a spreadsheet would compute.
func (t *table) get(row tableRow, c tableColumn) string {
	for _, i := range t.at[c] {
		if i < len(row.cells) {
			if s := strings.TrimSpace(unguardCSV(row.cells[i])); s != "" {
				return s
			}
		}
	}
	return ""
}

// labelled calls f with what a cell says with a label: lines "label: value" and
// "label, type: value", RoboForm's "label$,,,type,value", and JSON lists of
// {label, value}.
func labelled(cell string, f func(label, value string)) {
	var fields []struct {
		Label string `json:"label"`
		Value string `json:"value"`
	}
	if strings.HasPrefix(cell, "[") && decodeJSON([]byte(cell), &fields) == nil {
		for _, x := range fields {
			f(x.Label, strings.TrimSpace(x.Value))
		}
		return
	}
	if label, rest, found := strings.Cut(cell, "$,"); found {
		f(label, strings.TrimSpace(rest[strings.LastIndexByte(rest, ',')+1:]))
		return
	}
	for line := range strings.Lines(cell) {
		if label, value, found := strings.Cut(line, ":"); found {
			label, _, _ = strings.Cut(label, ",")
			f(label, strings.TrimSpace(value))
		}
	}
}

// codes are the texts of a row that stand for a code, and the name of its user
// where no column has it.
func (t *table) codes(row tableRow) (codes []string, user string) {
	take := func(label, value string) {
		switch {
		case value == "" || len(label) > 60:
		case isLink(value), (t.pairs || isCode(value)) && isCodeName(plainName(label)):
			codes = append(codes, value)
		case user == "" && colUser.means(plainName(label)):
			user = value
		}
	}
	if t.pairs {
		for i := 1; i+1 < len(row.cells); i += 2 {
			take(row.cells[i], strings.TrimSpace(row.cells[i+1]))
		}
		return codes, user
	}
	secret := t.get(row, colSecret)
	key := strings.ToLower(firstOf(secret, t.get(row, colHOTPSecret))) // a link to the same is not another code
	for i, cell := range row.cells {
		switch cell = strings.TrimSpace(cell); {
		case slices.Contains(t.at[colPassword], i), len(key) >= 16 && strings.Contains(strings.ToLower(cell), key), cell == secret:
		case isLink(cell):
			codes = append(codes, cell)
		case !slices.Contains(t.at[colNote], i):
			labelled(cell, take)
		}
	}
	// Bitwarden Authenticator writes nine fields under a header of six, and its
	// links without quotes: there, the field counts that is one.
	if secret != "" && (len(codes) == 0 || isLink(secret) || t.manager != "Bitwarden") {
		codes = append([]string{secret}, codes...)
	}
	return codes, user
}
