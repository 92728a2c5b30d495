package format

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jangle-otp/jangle/internal/format/container/cryptzip"
)

// zipReader opens an archive in memory. Nothing is ever unpacked to disk, and
// the names in it are compared but never used as paths.
func zipReader(data []byte) (*zip.Reader, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: it is not a whole ZIP archive", ErrDamaged)
	}
	for _, f := range z.File { // a lie about the packed size would buy a higher ratio
		if f.CompressedSize64 > uint64(len(data)) {
			return nil, fmt.Errorf("%w: a file in the archive is larger than the archive", ErrDamaged)
		}
	}
	if len(z.File) > maxZipEntries {
		return nil, fmt.Errorf("%w: %d files in the archive are more than %d", ErrLimit, len(z.File), maxZipEntries)
	}
	return z, nil
}

// zipMember reads the first member whose name fits; nil if there is none.
func zipMember(z *zip.Reader, fits func(name string) bool) ([]byte, error) {
	for _, f := range z.File {
		if !fits(f.Name) {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("%w: %q in the archive cannot be unpacked", ErrDamaged, clip(f.Name))
		}
		defer r.Close()
		return readUnpacked(r, int64(f.CompressedSize64))
	}
	return nil, nil
}

// textOrMember is the file as text, or of an archive the first member whose name fits; nil
// if there is none.
func (in Input) textOrMember(fits func(name string) bool) ([]byte, error) {
	if !in.prefix("PK\x03\x04") {
		return plainText(in.Data), nil
	}
	z, err := zipReader(in.Data)
	if err != nil {
		return nil, err
	}
	return zipMember(z, fits)
}

// readUnpacked reads what comes out of a decompressor, within the limits for
// archives. What the archive says of its own sizes is not believed: packed is at
// most the size of the file that it came from.
func readUnpacked(r io.Reader, packed int64) ([]byte, error) {
	most := int64(maxZipBytes)
	if byRatio := max(packed*maxZipRatio, zipRatioFloor); byRatio < most {
		most = byRatio
	}
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	switch {
	case int64(len(data)) > most:
		return nil, fmt.Errorf("%w: a file in the archive unpacks to more than %d bytes", ErrLimit, most)
	case err != nil:
		return nil, fmt.Errorf("%w: a file in the archive is damaged", ErrDamaged)
	}
	return data, nil
}

// isZip reports whether the file is a ZIP archive with a member whose name
// passes.
func (in Input) isZip(member func(name string) bool) bool {
	if !in.prefix("PK\x03\x04") {
		return false
	}
	a, err := openZip(in.Data)
	return err == nil && findMember(a, member) != ""
}

func openZip(data []byte) (*cryptzip.Archive, error) {
	a, err := cryptzip.Open(data, cryptzip.Limits{Members: maxZipEntries, Bytes: maxZipBytes, Ratio: maxZipRatio, Floor: zipRatioFloor})
	return a, zipError(err)
}

func findMember(a *cryptzip.Archive, match func(name string) bool) string {
	for _, name := range a.Names() {
		if match(name) {
			return name
		}
	}
	return ""
}

// memberCalled matches a member by the last part of its name.
func memberCalled(want string) func(string) bool {
	return func(name string) bool {
		return strings.EqualFold(name[strings.LastIndexByte(name, '/')+1:], want)
	}
}

// zipError says in this package's words what package cryptzip found.
func zipError(err error) error {
	for from, to := range map[error]error{
		cryptzip.ErrPassword: ErrWrongPassphrase, cryptzip.ErrDamaged: ErrDamaged,
		cryptzip.ErrUnsupported: ErrUnsupported, cryptzip.ErrLimit: ErrLimit,
	} {
		if errors.Is(err, from) {
			return &meaning{err, to}
		}
	}
	return err
}

// zipProtection says how well an archive guards its members.
func zipProtection(a *cryptzip.Archive) (Protection, string) {
	switch {
	case !a.Encrypted():
		return Plain, "not encrypted"
	case a.Weak():
		return Weak, "weakly encrypted (ZipCrypto)"
	}
	return Encrypted, "encrypted"
}
