package input

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/format"
)

// ReadFile reads a file, or stdin for "-": at most limit bytes and one more, by
// which the caller sees that there was more. The end of ctx ends it at once, also
// where it waits for ever: at a pipe without a writer, or at a person.
func ReadFile(ctx context.Context, stdin io.Reader, path string, limit int64) ([]byte, error) {
	return readWith(ctx, stdin, os.Open, path, limit)
}

// ReadTrusted is ReadFile for what is believed: passphrases, keys, recipients.
// Nobody else may be able to change the file.
func ReadTrusted(ctx context.Context, stdin io.Reader, path string, limit int64) ([]byte, error) {
	return readWith(ctx, stdin, atomicfile.OpenTrusted, path, limit)
}

func readWith(ctx context.Context, stdin io.Reader, open func(string) (*os.File, error), path string, limit int64) ([]byte, error) {
	return Interruptible(ctx, func() ([]byte, error) {
		if path == "-" {
			return io.ReadAll(io.LimitReader(stdin, limit+1))
		}
		f, err := open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return io.ReadAll(io.LimitReader(f, limit+1))
	})
}

// Interruptible runs what cannot be interrupted in a goroutine of its own, which the
// end of ctx leaves to itself.
func Interruptible[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		value, err := work()
		done <- answer{value, err}
	}()
	select {
	case a := <-done:
		if ctx.Err() == nil {
			return a.value, a.err
		}
	case <-ctx.Done():
	}
	var none T
	return none, ctx.Err()
}

// readFolder reads the files of a folder and those below it, by relative name with
// slashes. Hidden folders and links are passed over; more than the limits of package
// format is an error.
func readFolder(dir string) (map[string][]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	files, total := map[string][]byte{}, 0
	err = fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != ".":
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		case len(files) == format.MaxFiles:
			return failed("", "%s: it holds more than %d files", dir, format.MaxFiles)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if total += int(info.Size()); total > format.MaxFileBytes {
			return failed("", "%s: it holds more than %d MiB", dir, format.MaxFileBytes>>20)
		}
		data, err := fs.ReadFile(root.FS(), path)
		files[filepath.ToSlash(path)] = data
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read the folder: %w", err)
	}
	return files, nil
}

// LooksLikeSecret recognises what must not be on a command line: a link with a
// secret, or the secret itself in base32, hexadecimal or base64. Base32 may be in
// groups, which have one length but for the last.
func LooksLikeSecret(s string) bool {
	folded := strings.ToLower(s)
	if strings.Contains(folded, "otpauth:") || strings.Contains(folded, "otpauth-migration:") || strings.Contains(folded, "secret=") {
		return true
	}
	groups := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '-' })
	for i, g := range groups {
		if n := len(groups[0]); len(g) > n || len(g) < n && i < len(groups)-1 {
			return false
		}
	}
	bare := strings.TrimRight(strings.Join(groups, ""), "=")
	switch only := func(letters string) bool { return strings.Trim(bare, letters) == "" }; {
	case len(bare) < 16:
		return false
	case only("0123456789abcdefABCDEF"):
		return strings.ContainsAny(bare, "0123456789")
	case only("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abcdefghijklmnopqrstuvwxyz"):
		return len(groups) >= 4 || strings.ToUpper(bare) == bare || strings.ContainsAny(bare, "234567")
	}
	return strings.HasSuffix(s, "=") && !slices.ContainsFunc([]byte(bare), func(b byte) bool {
		return (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') && (b < '0' || b > '9') && b != '+' && b != '/'
	})
}
