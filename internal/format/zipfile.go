package format

import (
	"errors"
	"strings"

	"github.com/jangle-otp/jangle/internal/format/cryptzip"
)

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
