package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/pflag"

	"github.com/jangle-otp/jangle/internal/atomicfile"
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

// writeNew writes a file that only its owner can read, whole or not at all;
// with --force in the place of another one.
func (app *App) writeNew(path string, data []byte) error {
	if err := app.mayWrite(path); err != nil {
		return err
	}
	o := atomicfile.Options{Mode: 0o600}
	if app.global.force {
		return atomicfile.Replace(path, data, o)
	}
	err := atomicfile.Create(path, data, o)
	if errors.Is(err, os.ErrExist) && !errors.Is(err, atomicfile.ErrLeft) {
		return alreadyThere(path)
	}
	return err
}

// mayWrite says early what writeNew would refuse, before a person has typed a
// passphrase twice.
func (app *App) mayWrite(path string) error {
	info, err := os.Lstat(path)
	switch {
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

func alreadyThere(path string) error {
	return failed("--force overwrites it", "%s is there already", path)
}

// writeProven writes a file and reads it back, or writes to standard output for "-".
// The bytes were proven before, so when they are on the disk the proof holds for the
// disk.
func (app *App) writeProven(path string, data []byte) error {
	if path == "-" {
		_, _ = app.out.Write(data)
		return app.outputError()
	}
	if err := app.writeNew(path, data); err != nil {
		return err
	}
	back, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s was written, but cannot be read back: %w", path, err)
	}
	if !bytes.Equal(back, data) {
		return fmt.Errorf("%s does not hold what was written: do not rely on it", path)
	}
	return nil
}

// writePicture writes a QR code, large enough for a phone from any screen.
func (app *App) writePicture(path string, s *qr.Symbol) error {
	const pixelsPerModule = 8
	data, err := s.PNG(pixelsPerModule)
	if err != nil {
		return err
	}
	return app.writeProven(path, data)
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
