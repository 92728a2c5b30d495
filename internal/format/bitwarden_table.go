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

// bitwardenTable is a CSV file with a header: columns are found by name, never
// by place, because every version has others.
type bitwardenTable struct {
	columns []string // lower case
	rows    []bitwardenRow
}

type bitwardenRow struct {
	table  *bitwardenTable
	fields []string
	err    error // why the row cannot be used
}

// readBitwardenTable reads RFC 4180: quoted fields may hold line breaks. Empty lines are
// skipped. Rows may have more or fewer fields than the header.
func readBitwardenTable(data []byte) (*bitwardenTable, error) {
	if err := checkText(data); err != nil {
		return nil, err
	}
	if n := bytes.Count(data, []byte(",")); n > maxTableFields { // a row is taken as a whole before its fields can be counted
		return nil, fmt.Errorf("%w: %d commas are more than %d", ErrLimit, n, maxTableFields)
	}
	r := newBitwardenReader(data)
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: it has no header of comma-separated names", ErrDamaged)
	}
	if len(header) > maxTableColumns {
		return nil, fmt.Errorf("%w: %d columns are more than %d", ErrLimit, len(header), maxTableColumns)
	}
	t := &bitwardenTable{columns: lowerNames(header)}
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if len(t.rows) == maxElements {
			return nil, fmt.Errorf("%w: more than %d rows", ErrLimit, maxElements)
		}
		t.rows = append(t.rows, bitwardenRow{t, fields, bitwardenRowError(fields, err)})
		var parse *csv.ParseError
		if err != nil && !errors.As(err, &parse) {
			return nil, fmt.Errorf("%w: it is not comma-separated text", ErrDamaged)
		}
	}
}

func newBitwardenReader(data []byte) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	return r
}

func bitwardenRowError(fields []string, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("%w: its quotes do not match", ErrDamaged)
	case len(fields) > maxTableColumns:
		return fmt.Errorf("%w: %d fields are more than %d", ErrLimit, len(fields), maxTableColumns)
	case slices.ContainsFunc(fields, func(f string) bool { return len(f) > maxTableField }):
		return fmt.Errorf("%w: a field is longer than %d bytes", ErrLimit, maxTableField)
	}
	return nil
}

func lowerNames(header []string) []string {
	names := make([]string, len(header))
	for i, h := range header {
		names[i] = strings.ToLower(strings.TrimSpace(h))
	}
	return names
}

// get returns the field of the column with this lower-case name, or "".
func (r bitwardenRow) get(column string) string {
	i := slices.Index(r.table.columns, column)
	if i < 0 || i >= len(r.fields) {
		return ""
	}
	return r.fields[i]
}

// tableHeader returns the lower-case names in the first line, or nil if that is
// not a line of comma-separated names.
func (p *probe) tableHeader() []string {
	line, _, _ := bytes.Cut(p.text[:min(len(p.text), maxLineBytes)], []byte("\n"))
	if p.root != 0 || !bytes.Contains(line, []byte(",")) {
		return nil
	}
	header, err := newBitwardenReader(line).Read()
	if err != nil || len(header) > maxTableColumns {
		return nil
	}
	return lowerNames(header)
}
