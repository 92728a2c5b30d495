package cli

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/format"
)

// readFolder reads the files of a folder and those below it, by relative name
// with slashes. Hidden folders and links are passed over; more than the limits
// of package format is an error.
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

func sortedNames(files map[string][]byte) []string { return slices.Sorted(maps.Keys(files)) }
