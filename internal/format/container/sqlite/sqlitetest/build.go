// Package sqlitetest makes small SQLite files for tests, so that they need no
// SQLite. The tests of package sqlite let the real sqlite3 read what it makes.
package sqlitetest

import (
	"bytes"
	"encoding/binary"
	"math"
)

// Table is a table and its rows, each with a value for every column: nil,
// int64, float64, string or []byte.
type Table struct {
	Name string
	SQL  string // CREATE TABLE …
	Rows [][]any
}

// Build returns a database file. The row numbers count from 1. Its pages are as
// small as the schema allows, so that few rows make a tree and overflow.
func Build(tables ...Table) []byte {
	schema := 100
	for _, t := range tables {
		schema += len(t.SQL) + 2*len(t.Name) + 64
	}
	size := 512
	for size < schema {
		size *= 2
	}
	b := &builder{size: size, pages: [][]byte{nil}} // the first page comes last
	l := leaf{size: size}
	for i, t := range tables {
		row := []any{"table", t.Name, t.Name, int64(b.tree(t.Rows)), t.SQL}
		l.cells = append(l.cells, b.cell(int64(i+1), row))
	}
	// The first page: the file's header and the table of tables.
	page := l.page(100)
	copy(page, "SQLite format 3\x00")
	binary.BigEndian.PutUint16(page[16:], uint16(b.size))
	page[18], page[19], page[21], page[22], page[23] = 1, 1, 64, 32, 32
	binary.BigEndian.PutUint32(page[24:], 1) // change counter
	binary.BigEndian.PutUint32(page[28:], uint32(len(b.pages)))
	binary.BigEndian.PutUint32(page[40:], 1) // schema cookie
	binary.BigEndian.PutUint32(page[44:], 4) // schema format
	binary.BigEndian.PutUint32(page[56:], 1) // UTF-8
	binary.BigEndian.PutUint32(page[92:], 1)
	binary.BigEndian.PutUint32(page[96:], 3045001)
	b.pages[0] = page
	return bytes.Join(b.pages, nil)
}

type builder struct {
	size  int // of a page
	pages [][]byte
}

func (b *builder) add(page []byte) uint32 {
	b.pages = append(b.pages, append(page, make([]byte, b.size-len(page))...))
	return uint32(len(b.pages))
}

// tree writes leaves, and one interior page above them if they are several.
func (b *builder) tree(rows [][]any) uint32 {
	var leaves []uint32
	var last []int64
	l := leaf{size: b.size}
	flush := func(number int64) {
		leaves, last = append(leaves, b.add(l.page(0))), append(last, number)
		l = leaf{size: b.size}
	}
	for i, row := range rows {
		c := b.cell(int64(i+1), row)
		used := 8 + 2 + len(c)
		for _, have := range l.cells {
			used += 2 + len(have)
		}
		if used > b.size {
			flush(int64(i))
		}
		l.cells = append(l.cells, c)
	}
	flush(int64(len(rows)))
	if len(leaves) == 1 {
		return leaves[0]
	}
	page := make([]byte, b.size)
	n := len(leaves) - 1
	page[0] = 0x05
	binary.BigEndian.PutUint16(page[3:], uint16(n))
	binary.BigEndian.PutUint32(page[8:], leaves[n])
	at := b.size
	for i := range n {
		c := putVarint(binary.BigEndian.AppendUint32(nil, leaves[i]), uint64(last[i]))
		at -= len(c)
		copy(page[at:], c)
		binary.BigEndian.PutUint16(page[12+2*i:], uint16(at))
	}
	binary.BigEndian.PutUint16(page[5:], uint16(at))
	return b.add(page)
}

type leaf struct {
	size  int
	cells [][]byte
}

func (l leaf) page(header int) []byte {
	page := make([]byte, l.size)
	page[header] = 0x0d
	binary.BigEndian.PutUint16(page[header+3:], uint16(len(l.cells)))
	at := l.size
	for i, c := range l.cells {
		at -= len(c)
		copy(page[at:], c)
		binary.BigEndian.PutUint16(page[header+8+2*i:], uint16(at))
	}
	binary.BigEndian.PutUint16(page[header+5:], uint16(at))
	return page
}

// cell is a row as it is in a leaf; what does not fit goes to overflow pages.
func (b *builder) cell(rowid int64, row []any) []byte {
	payload := record(row)
	head := putVarint(putVarint(nil, uint64(len(payload))), uint64(rowid))
	if len(payload) <= b.size-35 {
		return append(head, payload...)
	}
	least := (b.size-12)*32/255 - 23
	local := least + (len(payload)-least)%(b.size-4)
	if local > b.size-35 {
		local = least
	}
	rest, next := payload[local:], uint32(0)
	for end := len(rest); end > 0; {
		size := (end-1)%(b.size-4) + 1
		page := append(binary.BigEndian.AppendUint32(nil, next), rest[end-size:end]...)
		next, end = b.add(page), end-size
	}
	return binary.BigEndian.AppendUint32(append(head, payload[:local]...), next)
}

func record(row []any) []byte {
	var types, body []byte
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			types = putVarint(types, 0)
		case int64:
			types, body = putVarint(types, 6), binary.BigEndian.AppendUint64(body, uint64(v))
		case float64:
			types, body = putVarint(types, 7), binary.BigEndian.AppendUint64(body, math.Float64bits(v))
		case string:
			types, body = putVarint(types, uint64(2*len(v)+13)), append(body, v...)
		case []byte:
			types, body = putVarint(types, uint64(2*len(v)+12)), append(body, v...)
		}
	}
	if len(types) > 126 {
		panic("sqlitetest: too many columns")
	}
	return append(append([]byte{byte(len(types) + 1)}, types...), body...)
}

// putVarint writes a number of at most 56 bits.
func putVarint(out []byte, v uint64) []byte {
	var b [9]byte
	i := len(b) - 1
	b[i] = byte(v & 0x7f)
	for v >>= 7; v > 0; v >>= 7 {
		i--
		b[i] = byte(v&0x7f) | 0x80
	}
	return append(out, b[i:]...)
}
