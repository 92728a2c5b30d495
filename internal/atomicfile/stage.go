package atomicfile

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// Staged is the complete content of a file, on disk under a temporary name.
// Exactly one of Replace, Create and Discard ends it.
type Staged struct {
	dir  *Dir
	name string // the name it will get
	temp string
}

// Stage writes data under a temporary name and flushes it to disk.
func (d *Dir) Stage(name string, data []byte, o Options) (*Staged, error) {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, `/\`+"\x00") {
		return nil, pathError("create", d.Path(name), fs.ErrInvalid)
	}
	temp := tempName(name)
	f, err := d.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL|openFlags, o.mode())
	if err != nil {
		return nil, pathError("create", d.Path(name), err)
	}
	s := &Staged{dir: d, name: name, temp: temp}
	if err := fill(f, data, o.mode()); err != nil {
		return nil, s.discard(pathError("write", d.Path(name), err))
	}
	return s, nil
}

// fill writes, flushes and closes. After a failed fsync the kernel may have
// dropped the pages, so it is never tried again.
func fill(f *os.File, data []byte, mode fs.FileMode) error {
	err := fixMode(f, mode)
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// fixMode gives the owner back what a umask such as 0777 took away. A mode that
// is wider than asked for cannot occur, so nothing is ever narrowed late.
func fixMode(f *os.File, mode fs.FileMode) error {
	info, err := f.Stat()
	if err != nil || info.Mode().Perm()&0o600 == mode&0o600 || !hasModes {
		return err
	}
	return f.Chmod(mode)
}

// Replace gives the content its name, in place of a regular file that may have
// it. ErrUnknown: it has the name, but perhaps not after a power cut.
func (s *Staged) Replace() error {
	if info, err := s.dir.root.Lstat(s.name); err == nil {
		if err := regular(info); err != nil {
			return s.discard(pathError("replace", s.dir.Path(s.name), err))
		}
	}
	if err := s.dir.root.Rename(s.temp, s.name); err != nil {
		return s.discard(pathError("replace", s.dir.Path(s.name), cause(err)))
	}
	return s.finish()
}

// Create gives the content its name if nothing else has it: fs.ErrExist.
func (s *Staged) Create() error {
	err := s.dir.root.Link(s.temp, s.name)
	if err != nil && !errors.Is(err, fs.ErrExist) && linkUnsupported(err) {
		err = s.createByCopy()
	}
	if err != nil {
		if !errors.Is(err, ErrLeft) {
			err = pathError("create", s.dir.Path(s.name), cause(err))
		}
		return s.discard(err)
	}
	if left := s.Discard(); left != nil {
		return errors.Join(fmt.Errorf("%s is written; %w", s.dir.Path(s.name), left), s.finish())
	}
	return s.finish()
}

// createByCopy serves file systems without hard links (FAT, exFAT on a USB
// stick). It cannot be atomic there: a crash can leave a part, which the
// reader of the file notices, because age files end with a proof of their end.
func (s *Staged) createByCopy() error {
	data, err := s.dir.root.ReadFile(s.temp)
	if err != nil {
		return err
	}
	info, err := s.dir.root.Stat(s.temp)
	if err != nil {
		return err
	}
	f, err := s.dir.root.OpenFile(s.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|openFlags, info.Mode().Perm())
	if err != nil {
		return err
	}
	if err := fill(f, data, info.Mode().Perm()); err != nil {
		if left := s.dir.Remove(s.name); left != nil {
			return fmt.Errorf("%w; a part of it is there: %w: %w", err, left, ErrLeft)
		}
		return err
	}
	return nil
}

func (s *Staged) finish() error {
	if err := s.dir.sync(); err != nil {
		return pathError("sync", s.dir.Path(s.name), fmt.Errorf("%w: %w", ErrUnknown, cause(err)))
	}
	return nil
}

// Discard removes the temporary file, which may hold secrets. ErrLeft: it cannot
// be removed; the error has its path.
func (s *Staged) Discard() error {
	if err := s.dir.Remove(s.temp); err != nil {
		return pathError("remove", s.dir.Path(s.temp), fmt.Errorf("%w: %w", cause(err), ErrLeft))
	}
	return nil
}

// discard gives up because of an error.
func (s *Staged) discard(why error) error {
	if left := s.Discard(); left != nil {
		return fmt.Errorf("%w; %w", why, left)
	}
	return why
}

// Sweep removes temporary files for the names that mine accepts, if they were last
// written before the given time: the remains of processes that were killed.
// Whoever holds a lock that keeps other writers out passes the present time.
func (d *Dir) Sweep(mine func(name string) bool, before time.Time) error {
	names, err := d.Names()
	if err != nil {
		return err
	}
	var errs []error
	for _, n := range names {
		rest, ended := strings.CutSuffix(n, ".tmp")
		dot := len(rest) - randomDigits - 1
		if !ended || dot < 2 || rest[0] != '.' || rest[dot] != '.' {
			continue
		}
		if _, err := hex.DecodeString(rest[dot+1:]); err != nil || !mine(rest[1:dot]) {
			continue
		}
		info, err := d.root.Lstat(n)
		if err != nil || !info.Mode().IsRegular() || !info.ModTime().Before(before) {
			continue
		}
		errs = append(errs, d.Remove(n))
	}
	return errors.Join(errs...)
}

// A temporary name is ".NAME.RANDOM.tmp" with 16 hexadecimal digits, which is
// random enough never to meet another one and strict enough to sweep nothing
// that is not ours.
const randomDigits = 16

func tempName(name string) string {
	var random [randomDigits / 2]byte
	rand.Read(random[:]) // never fails since Go 1.24
	return "." + name + "." + hex.EncodeToString(random[:]) + ".tmp"
}

// cause takes the system's error out of the wrapping that names temporary
// names, which say nothing to a person.
func cause(err error) error {
	if le := (*os.LinkError)(nil); errors.As(err, &le) {
		return le.Err
	}
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
