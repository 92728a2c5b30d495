package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/handover"
	"github.com/jangle-otp/jangle/internal/input"
	"github.com/jangle-otp/jangle/internal/qr"
)

// readTrusted reads a file that is believed (a passphrase, keys, recipients), or standard
// input for "-": at most limit bytes and one more. It can be interrupted.
func (app *App) readTrusted(ctx context.Context, path string, limit int64) ([]byte, error) {
	return input.ReadTrusted(ctx, app.In, path, limit)
}

// oneReader refuses to read two things from one standard input: the second would
// find it empty. sources are names of files, "-" for standard input.
func (app *App) oneReader(sources ...string) error {
	if count("-", append(sources, app.global.storePassphraseFile)) > 1 {
		return usage("a file for one of them", "two things are to be read from standard input")
	}
	return nil
}

func count(what string, in []string) (n int) {
	for _, s := range in {
		if s == what {
			n++
		}
	}
	return n
}

// mayWrite says early what deliver would refuse, before a person has typed a
// passphrase twice.
func (app *App) mayWrite(path string) error {
	info, err := os.Lstat(path)
	switch {
	case path == "-":
		return nil
	case errors.Is(err, fs.ErrNotExist) && !isFolder(filepath.Dir(path)):
		return failed("mkdir -p "+failure.Quoted(filepath.Dir(path))+", then run it again", "there is no folder %s", filepath.Dir(path))
	case err != nil: // nothing there, or writing it will say why not
		return nil
	case info.Mode()&fs.ModeSymlink != 0:
		return failed("choose another name", "%s: %w", path, atomicfile.ErrSymlink)
	case !info.Mode().IsRegular():
		return failed("choose another name", "%s: %w", path, atomicfile.ErrNotRegular)
	case !app.global.force:
		return alreadyThere(path)
	}
	return nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func alreadyThere(path string) error {
	return failed("to overwrite it: --force", "%s is there already", path)
}

// deliver writes a file that only its owner can read, whole or not at all, with --force
// in the place of another one, and reads it back; for "-" it writes to standard output.
// What was proven of the bytes before holds for the disk then.
func (app *App) deliver(path string, data []byte) error {
	if path == "-" {
		_, _ = app.out.Write(data)
		return app.outputError()
	}
	if err := app.mayWrite(path); err != nil {
		return err
	}
	write := atomicfile.Create
	if app.global.force {
		write = atomicfile.Replace
	}
	err := write(path, data, atomicfile.Options{Mode: 0o600})
	switch {
	case errors.Is(err, fs.ErrExist) && !errors.Is(err, atomicfile.ErrLeft): // it came meanwhile
		return alreadyThere(path)
	case err != nil:
		return err
	}
	back, err := os.ReadFile(path)
	switch {
	case err != nil:
		return fmt.Errorf("%s was written, but cannot be read back: %w", path, err)
	case !bytes.Equal(back, data):
		return fmt.Errorf("%s does not hold what was written: do not rely on it", path)
	}
	return nil
}

// deliverPicture writes a QR code, large enough for a phone from any screen.
func (app *App) deliverPicture(path string, s *qr.Symbol) error {
	const pixelsPerModule = 8
	data, err := s.PNG(pixelsPerModule)
	if err != nil {
		return err
	}
	return app.deliver(path, data)
}

// addStyleFlag adds --style.
func addStyleFlag(f *pflag.FlagSet, style *handover.Style) {
	f.StringVar((*string)(style), "style", string(handover.Auto), "how to draw: "+handover.AllStyles)
}

// stylesFor are the ways to draw on this terminal, the best first.
func (app *App) stylesFor(style handover.Style) ([]handover.Style, error) {
	if !style.Known() {
		return nil, usage("--style blocks", "--style: %q is none of %s", style, handover.AllStyles)
	}
	return handover.StylesFor(style, app.Env.Get)
}
