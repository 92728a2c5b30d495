package sqlite

import (
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
	count := int(binary.BigEndian.Uint16(page[header+3:]))
	switch page[header] {
	case leafTable:
		return w.leaf(page, header+8, count)
	case interiorTable:
		return w.interior(page, header, count, depth)
	}
	return fmt.Errorf("%w: page %d is of kind %d", ErrDamaged, number, page[header])
}

func (w *walk) interior(page []byte, header, count, depth int) error {
	for i := range count {
		at, err := pointer(page, header+12, i)
		if err != nil {
			return err
		}
		if at+4 > len(page) {
			return fmt.Errorf("%w: a cell beyond its page", ErrDamaged)
		}
		if err := w.page(binary.BigEndian.Uint32(page[at:]), depth+1); err != nil {
			return err
		}
	}
	return w.page(binary.BigEndian.Uint32(page[header+8:]), depth+1)
}

func (w *walk) leaf(page []byte, pointers, count int) error {
	for i := range count {
		at, err := pointer(page, pointers, i)
		if err != nil {
			return err
		}
		c, err := w.db.leafCell(page[:w.db.usable], at)
		if err != nil {
			return err
		}
		if len(w.cells) >= w.db.limits.Rows {
			return fmt.Errorf("%w: more than %d rows", ErrLimit, w.db.limits.Rows)
		}
		if w.bytes += len(c.payload); w.bytes > len(w.db.data) {
			return fmt.Errorf("%w: rows share their bytes", ErrDamaged)
		}
		w.cells = append(w.cells, c)
	}
	return nil
}

// pointer returns where the i-th cell of a page begins.
func pointer(page []byte, pointers, i int) (int, error) {
	p := pointers + 2*i
	if p+2 > len(page) {
		return 0, fmt.Errorf("%w: more cells than fit", ErrDamaged)
	}
	return int(binary.BigEndian.Uint16(page[p:])), nil
}

func (db *DB) leafCell(page []byte, at int) (cell, error) {
	if at >= len(page) {
		return cell{}, fmt.Errorf("%w: a cell beyond its page", ErrDamaged)
	}
	rest := page[at:]
	size, n := varint(rest)
	if n == 0 {
		return cell{}, errVarint()
	}
	rowid, m := varint(rest[n:])
	if m == 0 {
		return cell{}, errVarint()
	}
	if size > uint64(db.limits.Payload) {
		return cell{}, fmt.Errorf("%w: a row of %d bytes", ErrLimit, size)
	}
	payload, err := db.payload(rest[n+m:], int(size))
	return cell{int64(rowid), payload}, err
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
	if onPage == size {
		if size > len(local) {
			return nil, fmt.Errorf("%w: a row beyond its page", ErrDamaged)
		}
		return local[:size], nil
	}
	if onPage+4 > len(local) {
		return nil, fmt.Errorf("%w: a row beyond its page", ErrDamaged)
	}
	next := binary.BigEndian.Uint32(local[onPage:])
	return db.overflow(append([]byte(nil), local[:onPage]...), next, size)
}

// overflow ends after size bytes whatever the pages point to: every page adds
// at least 476 of them.
func (db *DB) overflow(out []byte, next uint32, size int) ([]byte, error) {
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
