package sqlite

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// The kinds of b-tree page that tables have.
const (
	interiorTable = 0x05
	leafTable     = 0x0d
)

// maxDepth is more than any real tree: with two cells a page it holds 2^20 rows.
const maxDepth = 20

// cell is one row before it is decoded.
type cell struct {
	rowid   int64
	payload []byte
}

// walk visits the pages of one tree. Each page counts once, and all rows
// together cannot have more bytes than the file: rows that share their bytes
// would cost memory without end.
type walk struct {
	db    *DB
	seen  map[uint32]bool
	bytes int
	cells []cell
}

func (db *DB) cells(root uint32) ([]cell, error) {
	w := walk{db: db, seen: map[uint32]bool{}}
	err := w.page(root, 0)
	return w.cells, err
}

// page returns the bytes of a page and where its b-tree header begins: the
// first page has the file's header before it.
func (db *DB) page(number uint32) (page []byte, header int, err error) {
	end := int64(number) * int64(db.pageSize)
	if number == 0 || end > int64(len(db.data)) {
		return nil, 0, fmt.Errorf("%w: there is no page %d", ErrDamaged, number)
	}
	if number == 1 {
		header = 100
	}
	return db.data[end-int64(db.pageSize) : end], header, nil
}

func (w *walk) page(number uint32, depth int) error {
	if w.seen[number] || depth > maxDepth {
		return fmt.Errorf("%w: page %d is reached twice", ErrDamaged, number)
	}
	w.seen[number] = true
	page, header, err := w.db.page(number)
	if err != nil {
		return err
	}
	kind, pointers := page[header], header+8
	switch kind {
	case leafTable:
	case interiorTable:
		pointers = header + 12
	default:
		return fmt.Errorf("%w: page %d is of kind %d", ErrDamaged, number, kind)
	}
	for range binary.BigEndian.Uint16(page[header+3:]) {
		if pointers+2 > len(page) {
			return fmt.Errorf("%w: more cells than fit", ErrDamaged)
		}
		at := int(binary.BigEndian.Uint16(page[pointers:]))
		pointers += 2
		if kind == interiorTable {
			if at+4 > len(page) {
				return fmt.Errorf("%w: a cell beyond its page", ErrDamaged)
			}
			if err := w.page(binary.BigEndian.Uint32(page[at:]), depth+1); err != nil {
				return err
			}
			continue
		}
		// A cell of a leaf: the size of the row, its number, its bytes.
		if at >= w.db.usable {
			return fmt.Errorf("%w: a cell beyond its page", ErrDamaged)
		}
		rest := page[at:w.db.usable]
		size, n := varint(rest)
		rowid, m := varint(rest[n:])
		switch {
		case n == 0 || m == 0:
			return errVarint()
		case size > uint64(w.db.limits.Payload):
			return fmt.Errorf("%w: a row of %d bytes", ErrLimit, size)
		case len(w.cells) >= w.db.limits.Rows:
			return fmt.Errorf("%w: more than %d rows", ErrLimit, w.db.limits.Rows)
		}
		payload, err := w.db.payload(rest[n+m:], int(size))
		if err != nil {
			return err
		}
		if w.bytes += len(payload); w.bytes > len(w.db.data) {
			return fmt.Errorf("%w: rows share their bytes", ErrDamaged)
		}
		w.cells = append(w.cells, cell{int64(rowid), payload})
	}
	if kind == interiorTable {
		return w.page(binary.BigEndian.Uint32(page[header+8:]), depth+1)
	}
	return nil
}

// payload puts a row together from its page and from the overflow pages. How
// much is on the page follows from the sizes alone (file format 1.6).
func (db *DB) payload(local []byte, size int) ([]byte, error) {
	onPage := size
	if size > db.usable-35 {
		least := (db.usable-12)*32/255 - 23
		onPage = least + (size-least)%(db.usable-4)
		if onPage > db.usable-35 {
			onPage = least
		}
	}
	if onPage > len(local) || onPage < size && onPage+4 > len(local) {
		return nil, fmt.Errorf("%w: a row beyond its page", ErrDamaged)
	}
	if onPage == size {
		return local[:size], nil
	}
	// The chain ends after size bytes whatever the pages point to: every page adds
	// at least 476 of them.
	next := binary.BigEndian.Uint32(local[onPage:])
	out := bytes.Clone(local[:onPage])
	for len(out) < size {
		page, _, err := db.page(next)
		if err != nil {
			return nil, err
		}
		next = binary.BigEndian.Uint32(page)
		part := page[4:db.usable]
		out = append(out, part[:min(len(part), size-len(out))]...)
	}
	return out, nil
}
