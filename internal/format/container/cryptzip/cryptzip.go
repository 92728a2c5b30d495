// Package cryptzip reads members of ZIP archives that are in memory, encrypted
// ones too: the old ZipCrypto (broken by known plaintext since 1994, but phone
// apps still write it) and WinZip's AES.
//
// The structure of the archive is read by the standard library, which has been
// fuzzed for years; only the decryption is here. github.com/yeka/zip, a copy of
// the standard library of 2016 with decryption, panics on short extra fields and
// believes declared sizes; it stays as the writer in the tests.
//
// Nothing is believed that a member declares: what comes out is counted, and
// names are only compared, never used as paths.
package cryptzip

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
)

// Errors that a caller can tell apart.
var (
	ErrPassword    = errors.New("wrong passphrase, or a damaged archive")
	ErrDamaged     = errors.New("damaged ZIP archive")
	ErrUnsupported = errors.New("this form of ZIP archive is not read")
	ErrLimit       = errors.New("the ZIP archive is beyond the limit")
)

// Limits bounds one archive.
type Limits struct {
	Members int // in the archive
	Bytes   int // unpacked, of all members that are read
	Ratio   int // of unpacked to packed bytes of one member
	Floor   int // bytes of one member below which the ratio does not matter
}

// Archive is an open archive.
type Archive struct {
	files  []*zip.File
	limits Limits
	spent  int // bytes unpacked so far
}

// Open reads the directory of an archive.
func Open(data []byte, l Limits) (*Archive, error) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are not used as paths
		return nil, fmt.Errorf("%w: its directory cannot be read", ErrDamaged)
	}
	if len(r.File) > l.Members {
		return nil, fmt.Errorf("%w: %d members", ErrLimit, len(r.File))
	}
	return &Archive{files: r.File, limits: l}, nil
}

// Names returns the names of the members in the archive's order.
func (a *Archive) Names() []string {
	names := make([]string, len(a.files))
	for i, f := range a.files {
		names[i] = f.Name
	}
	return names
}

// Encrypted reports whether any member needs a passphrase.
func (a *Archive) Encrypted() bool {
	return slices.ContainsFunc(a.files, func(f *zip.File) bool { return f.Flags&flagEncrypted != 0 })
}

// Weak reports whether a member is encrypted with ZipCrypto.
func (a *Archive) Weak() bool {
	return slices.ContainsFunc(a.files, func(f *zip.File) bool { return f.Flags&flagEncrypted != 0 && f.Method != methodAES })
}

const (
	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3 // sizes and checksum come after the data
	methodAES      = 99
)

// member is one member after decryption.
type member struct {
	method  uint16
	checked bool // the checksum counts; not for AE-2
	packed  []byte
	locked  bool // it was encrypted: a wrong sum may mean a wrong passphrase
}

// Read unpacks the first member of this name. The passphrase is not used if the
// member is not encrypted.
func (a *Archive) Read(name string, passphrase []byte) ([]byte, error) {
	i := slices.IndexFunc(a.files, func(f *zip.File) bool { return f.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("%w: it has no member %.60q", ErrDamaged, name)
	}
	f := a.files[i]
	raw, err := f.OpenRaw()
	if err != nil {
		return nil, fmt.Errorf("%w: %.60q cannot be found in it", ErrDamaged, f.Name)
	}
	sealed, err := io.ReadAll(raw) // at most the bytes that the archive has
	if err != nil {
		return nil, fmt.Errorf("%w: %.60q is cut off", ErrDamaged, f.Name)
	}
	m := member{method: f.Method, packed: sealed, checked: true, locked: f.Flags&flagEncrypted != 0}
	switch {
	case m.locked && f.Method == methodAES:
		err = m.openAES(f.Extra, passphrase)
	case m.locked && f.Flags&flagDescriptor != 0:
		err = m.openZipCrypto(passphrase, byte(f.ModifiedTime>>8))
	case m.locked:
		err = m.openZipCrypto(passphrase, byte(f.CRC32>>24))
	}
	if err != nil {
		return nil, err
	}
	var r io.Reader = bytes.NewReader(m.packed)
	switch m.method {
	case zip.Store:
	case zip.Deflate:
		r = flate.NewReader(r)
	default:
		return nil, fmt.Errorf("%w: compression method %d", ErrUnsupported, m.method)
	}
	room := min(a.limits.Bytes-a.spent, max(len(m.packed)*a.limits.Ratio, a.limits.Floor))
	out, err := io.ReadAll(io.LimitReader(r, int64(room)+1))
	a.spent += len(out)
	wrong := m.checked && crc32.ChecksumIEEE(out) != f.CRC32
	switch {
	case len(out) > room:
		return nil, fmt.Errorf("%w: it unpacks to more than %d bytes", ErrLimit, room)
	case (err != nil || wrong) && m.locked && m.checked:
		return nil, ErrPassword
	case err != nil:
		return nil, fmt.Errorf("%w: its compressed data is damaged", ErrDamaged)
	case wrong:
		return nil, fmt.Errorf("%w: a member fails its checksum", ErrDamaged)
	}
	return out, nil
}
