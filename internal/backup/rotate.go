package backup

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A backup in a folder is called NAME-YYYYMMDDThhmmssZ.jangle-backup.age, in UTC,
// so that names sort by age.
const (
	stampForm = "20060102T150405Z"
	Extension = ".jangle-backup.age"
)

// FileName is the name of a backup in a folder. It tells the vaults apart that
// are backed up into one folder, and nothing about their owner: the vault's id
// is random.
func FileName(vaultID string, created time.Time) string {
	letters := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(vaultID))
	return "jangle-" + letters[:min(8, len(letters))] + "-" + created.UTC().Format(stampForm) + Extension
}

// parseName parts a name that FileName could have made.
func parseName(file string) (name string, created time.Time, ok bool) {
	stem, found := strings.CutSuffix(file, Extension)
	i := strings.LastIndexByte(stem, '-')
	if !found || i <= 0 {
		return "", time.Time{}, false
	}
	created, err := time.Parse(stampForm, stem[i+1:])
	if err != nil || created.Format(stampForm) != stem[i+1:] {
		return "", time.Time{}, false
	}
	return stem[:i], created, true
}

// Expired returns the names of the backups that are not among the newest keep
// of their kind, oldest first. Of the kind are names that differ from newest in
// the time alone. newest, the backup that was just written, is never returned,
// even when a wrong clock dated others into the future. keep is at least 1.
func Expired(files []string, newest string, keep int) []string {
	kind, _, ok := parseName(newest)
	if !ok {
		return nil
	}
	var others []string
	for _, f := range files {
		if name, _, ok := parseName(f); ok && name == kind && f != newest {
			others = append(others, f)
		}
	}
	slices.Sort(others)
	return others[:max(0, len(others)-(max(keep, 1)-1))]
}

// Folder is a folder with backups.
type Folder interface {
	Names() ([]string, error)
	// Head returns the first n bytes of a regular file, fewer if it is shorter.
	// Anything but a regular file is an error.
	Head(name string, n int) ([]byte, error)
	Remove(name string) error
}

// headBytes is enough for the first line of an armored age file.
const headBytes = 64

const armorLine = "-----BEGIN AGE ENCRYPTED FILE-----"

// Rotate removes the backups that Expired names from a folder and returns the
// names that are gone. A file that has such a name and is no armored age file is
// left alone. It goes on after an error, and returns all errors.
func Rotate(f Folder, newest string, keep int) (removed []string, err error) {
	names, err := f.Names()
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, name := range Expired(names, newest, keep) {
		head, err := f.Head(name, headBytes)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if !strings.HasPrefix(string(head), armorLine) {
			errs = append(errs, fmt.Errorf("%q has the name of a backup and is none: it was left alone", name))
			continue
		}
		if err := f.Remove(name); err != nil {
			errs = append(errs, err)
			continue
		}
		removed = append(removed, name)
	}
	return removed, errors.Join(errs...)
}
