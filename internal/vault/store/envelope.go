package store

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
)

// MaxDocument is the largest document in bytes: 100,000 accounts are about 40
// MiB (security.md 3.7).
const MaxDocument = 64 << 20

// Encode wraps a document for storing: gzip, whose header comment carries the
// revision and the SHA-256 of the document. Stock gunzip ignores the comment,
// so a person can always get the document out.
func Encode(data []byte, rev Revision) ([]byte, error) {
	if len(data) > MaxDocument {
		return nil, fmt.Errorf("the vault document has %d bytes, more than %d: %w", len(data), MaxDocument, ErrNotSaved)
	}
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	w.Comment = fmt.Sprintf("jangle 1 %d %x", rev, sha256.Sum256(data))
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// Decode unwraps what Encode made. Any other bytes, a wrong checksum and
// anything after the end are ErrDamaged; an envelope of a later form is
// ErrNewer.
func Decode(envelope []byte) (data []byte, rev Revision, err error) {
	in := bytes.NewReader(envelope)
	r, err := gzip.NewReader(in)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: it does not begin as a document should", ErrDamaged)
	}
	r.Multistream(false)
	form, rev, sum, err := parseComment(r.Comment)
	if err != nil {
		return nil, 0, err
	}
	if form != 1 {
		return nil, 0, fmt.Errorf("%w (form %d)", ErrNewer, form)
	}
	var b bytes.Buffer
	b.Grow(announced(envelope) + bytes.MinRead) // so that it never grows
	_, err = b.ReadFrom(io.LimitReader(r, MaxDocument+1))
	switch data = b.Bytes(); {
	case err != nil || len(data) > MaxDocument || in.Len() > 0:
		return nil, 0, fmt.Errorf("%w: it does not end as a document should", ErrDamaged)
	case sha256.Sum256(data) != sum:
		return nil, 0, fmt.Errorf("%w: the checksum is wrong", ErrDamaged)
	}
	return data, rev, nil
}

// announced is how long the end of a gzip file says that its content is (RFC 1952
// section 2.3.1, ISIZE), within what so many bytes can hold: deflate makes at most
// 1032 of one.
func announced(envelope []byte) int {
	if len(envelope) < 4 {
		return 0
	}
	size := binary.LittleEndian.Uint32(envelope[len(envelope)-4:])
	return int(min(uint64(size), MaxDocument, 1032*uint64(len(envelope))))
}

// parseComment reads "jangle FORM REVISION SHA256".
func parseComment(s string) (form int, rev Revision, sum [sha256.Size]byte, err error) {
	var hexsum string
	if n, _ := fmt.Sscanf(s, "jangle %d %d %64s", &form, &rev, &hexsum); n != 3 {
		return 0, 0, sum, fmt.Errorf("%w: it has no revision and checksum", ErrDamaged)
	}
	if n, err := hex.Decode(sum[:], []byte(hexsum)); err != nil || n != len(sum) {
		return 0, 0, sum, fmt.Errorf("%w: its checksum cannot be read", ErrDamaged)
	}
	return form, rev, sum, nil
}

// Peek returns the revision that an envelope names, without looking at the
// document: for finding the newest of several. Its errors are those of Decode,
// as far as the header shows them.
func Peek(envelope []byte) (Revision, error) {
	r, err := gzip.NewReader(bytes.NewReader(envelope))
	if err != nil {
		return 0, fmt.Errorf("%w: it does not begin as a document should", ErrDamaged)
	}
	form, rev, _, err := parseComment(r.Comment)
	if err == nil && form != 1 {
		err = fmt.Errorf("%w (form %d)", ErrNewer, form)
	}
	return rev, err
}
