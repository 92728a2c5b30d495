package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jangle-otp/jangle/internal/format"
	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/vault"
)

// gathered is what all sources of one import held together.
type gathered struct {
	candidates []vault.Candidate
	titles     []string // what the sources were: "Aegis vault, encrypted"
	notes      []string // what a person should know about them
	pictures   []string // files with a picture that holds a secret
	plain      []string // files whose secrets lie open or nearly so
	incomplete bool     // a part of an export is missing
	failures   []error  // sources that could not be read at all
	codes      []qrText // texts of QR codes, to be read together
}

// qrText is the text of one QR code with the picture it came from.
type qrText struct{ source, text string }

func (g *gathered) anyAccount() bool {
	for _, c := range g.candidates {
		if c.Err == nil {
			return true
		}
	}
	return false
}

// gather reads all sources. One that cannot be read does not stop the others; if
// nothing at all was found, the first failure is the error.
func (app *App) gather(ctx context.Context, o importOptions) (*gathered, error) {
	g := &gathered{}
	for _, path := range o.paths {
		if err := app.gatherPath(ctx, g, path, o); err != nil {
			if errors.Is(err, context.Canceled) || len(o.paths) == 1 && !o.clipboard && !o.screen {
				return nil, err
			}
			g.failures = append(g.failures, err)
		}
	}
	if err := app.gatherDesktop(ctx, g, o); err != nil {
		return nil, err
	}
	if err := g.readCodes(ctx); err != nil {
		return nil, err
	}
	if len(g.candidates) == 0 {
		return nil, g.nothing()
	}
	return g, nil
}

func (g *gathered) nothing() error {
	switch len(g.failures) {
	case 0:
		return errors.New("there is no account in it")
	case 1:
		return g.failures[0]
	}
	return errors.Join(g.failures...)
}

// gatherPath reads one argument: a file, a folder, or standard input.
func (app *App) gatherPath(ctx context.Context, g *gathered, path string, o importOptions) error {
	if path == "-" {
		if app.InIsTerminal {
			app.tell("reading standard input; Ctrl-D ends it\n")
		}
		data, err := app.readLimited(ctx, "-", "standard input")
		if err != nil {
			return err
		}
		return app.gatherData(ctx, g, format.Input{Name: "standard input", Data: data}, o)
	}
	if err := app.refuseOwnStore(path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	switch {
	case err != nil && looksLikeSecret(path):
		return usage("jangle add asks for it, or: jangle import - reads it from standard input",
			"a secret on the command line is visible to every user of this machine, and stays in the shell's history")
	case errors.Is(err, fs.ErrNotExist):
		return failed("ls, to see what is there", "%s: there is no such file", path)
	case err != nil:
		return err
	case info.IsDir():
		return app.gatherFolder(ctx, g, path, o)
	case !info.Mode().IsRegular() && info.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice) == 0:
		return failed("", "%s: it is not a file", path)
	}
	data, err := app.readLimited(ctx, path, path)
	if err != nil {
		return err
	}
	return app.gatherData(ctx, g, format.Input{Name: path, Data: data}, o)
}

func (app *App) readLimited(ctx context.Context, path, name string) ([]byte, error) {
	data, err := app.readAll(ctx, path, format.MaxFileBytes)
	switch {
	case errors.Is(err, context.Canceled):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	case len(data) > format.MaxFileBytes:
		return nil, failed("", "%s: it is larger than %d MiB", name, format.MaxFileBytes>>20)
	case len(data) == 0:
		return nil, failed("", "%s: it is empty", name)
	}
	return data, nil
}

// gatherData takes a picture for QR codes and anything else for a file of some
// app.
func (app *App) gatherData(ctx context.Context, g *gathered, in format.Input, o importOptions) error {
	if o.format == "" && qr.IsImage(in.Data) {
		return app.gatherPicture(ctx, g, in)
	}
	if parts := migrationParts(in.Data); o.format == "" && len(parts) > 0 {
		for _, p := range parts {
			g.codes = append(g.codes, qrText{in.Name, p})
		}
		return nil
	}
	r, found, err := app.readFormat(ctx, in, o)
	for tries := 1; app.mayTryAgain(err, o) && tries < sourceTries; tries++ {
		app.tell("%s: %s; once again, please\n", in.Name, format.ErrWrongPassphrase)
		r, found, err = app.readFormat(ctx, in, o)
	}
	if err != nil {
		return explainFormat(in, found, err)
	}
	g.take(in.Name, r)
	return nil
}

// sourceTries is how often a person may mistype.
const sourceTries = 3

// mayTryAgain: a passphrase that was typed can be typed again, one from a file
// stays what it is.
func (app *App) mayTryAgain(err error, o importOptions) bool {
	return errors.Is(err, format.ErrWrongPassphrase) && o.passphrase == "" && app.interactive()
}

// take adds what a file held.
func (g *gathered) take(name string, r format.Result) {
	g.titles = append(g.titles, fmt.Sprintf("%s · %s", r.Title, plural2(len(r.Entries), "entry", "entries")))
	g.notes = append(g.notes, r.Notes...)
	g.incomplete = g.incomplete || r.Incomplete
	if r.Protection != format.Encrypted {
		g.plain = append(g.plain, name)
	}
	for _, e := range r.Entries {
		g.candidates = append(g.candidates, vault.Candidate{
			Index: len(g.candidates) + 1, Label: e.Label, Account: e.Account, Warnings: e.Warnings, Err: e.Err,
		})
	}
}

// gatherFolder reads a pass or gopass store as one source, and every picture and
// file of any other folder on its own.
func (app *App) gatherFolder(ctx context.Context, g *gathered, dir string, o importOptions) error {
	files, err := readFolder(dir)
	if err != nil {
		return err
	}
	in := format.Input{Name: dir, Files: files}
	if _, ok := format.Detect(in); ok || o.format != "" {
		return app.gatherData(ctx, g, in, o)
	}
	if len(files) == 0 {
		return failed("", "%s: the folder is empty", dir)
	}
	below := 0
	for _, name := range sortedNames(files) {
		if strings.Contains(name, "/") {
			below++
			continue // only what lies in the folder itself
		}
		path := filepath.Join(dir, name)
		err := app.gatherData(ctx, g, format.Input{Name: path, Data: files[name]}, o)
		if errors.Is(err, context.Canceled) {
			return err
		}
		if err != nil {
			g.failures = append(g.failures, err)
		}
	}
	if below > 0 {
		g.failures = append(g.failures, failed("jangle import "+filepath.Join(dir, "FOLDER"),
			"%s: not read: %s in folders below it", dir, plural(below, "file")))
	}
	return nil
}
