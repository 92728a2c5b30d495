// Package input is where accounts come from: files, folders, standard input, the
// clipboard and the screen. Every source goes one way:
//
//	bytes → what they are (a picture, a folder, an app's file) → candidates
//
// The texts of QR codes are kept until all sources were read, because one export may
// be spread over several pictures, and go to the parser of links directly.
//
// Nothing is taken for lost: a source that cannot be read does not stop the others
// and is reported with them.
package input

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/format"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/vault"
)

// Sources is what is to be read.
type Sources struct {
	Paths     []string // files and folders; "-" is standard input
	Clipboard bool
	Screen    bool
	Format    string // an app's identifier, or empty: the content says what it is
	KeyFile   string // of a KeePass database, or empty
}

// System is what reading needs from outside.
type System struct {
	In           io.Reader
	InIsTerminal bool
	Err          io.Writer // for what gpg says
	Getenv       func(string) string
	Now          func() time.Time
	Rand         io.Reader
	OwnFolder    string // jangle's own vault, which is no export; empty for none
	Tell         func(format string, args ...any)
	Progress     func(what string) (stop func())

	// Passphrase gets the passphrase of what is named. Its error is
	// format.ErrPassphraseNeeded where none can be had, and term.ErrInterrupted ends
	// the whole reading.
	Passphrase func(ctx context.Context, what string) ([]byte, error)

	// Tries is how often a wrong passphrase may be followed by another: 3 where a
	// person types it, 1 where it comes from a file.
	Tries int
}

// The names of the sources that are no files.
const (
	standardInput = "standard input"
	theClipboard  = "clipboard"
	theScreen     = "screen"
	severalCodes  = "the QR codes together"
)

// Batch is what all sources of one import held together.
type Batch struct {
	Candidates []vault.Candidate
	Titles     []string // what the sources were: "Aegis vault, encrypted · 3 entries"
	Notes      []string // what a person should know about them
	Leftovers  []string // files that hold a secret as a picture, in the open, or nearly so
	Incomplete bool     // a part of an export is missing
	Failures   []error  // sources that could not be read at all
}

// AnyAccount reports whether there is a candidate that is an account.
func (b *Batch) AnyAccount() bool {
	return slices.ContainsFunc(b.Candidates, func(c vault.Candidate) bool { return c.Err == nil })
}

// reader reads the sources of one batch.
type reader struct {
	Sources
	System
	Batch
	codes  []qrText   // of all pictures, to be read together
	parts  []qr.Found // of texts that several codes share
	opened []string   // files that are leftovers, after those with pictures
}

// qrText is the text of one QR code with the picture it came from.
type qrText struct{ source, text string }

// Read reads all sources. One that cannot be read does not stop the others; if
// nothing at all was found, the first failure is the error.
func Read(ctx context.Context, s Sources, sys System) (*Batch, error) {
	r := &reader{Sources: s, System: sys}
	for _, path := range s.Paths {
		if err := r.path(ctx, path); err != nil {
			if errors.Is(err, context.Canceled) || len(s.Paths) == 1 && !s.Clipboard && !s.Screen {
				return nil, err
			}
			r.Failures = append(r.Failures, err)
		}
	}
	if s.Clipboard {
		if err := r.clipboard(ctx); err != nil {
			return nil, err
		}
	}
	if s.Screen {
		if err := r.screen(ctx); err != nil {
			return nil, err
		}
	}
	if err := r.joinCodes(); err != nil {
		return nil, err
	}
	for _, name := range r.opened {
		r.leftover(name)
	}
	switch {
	case len(r.Candidates) > 0:
		return &r.Batch, nil
	case len(r.Failures) == 0:
		return nil, errors.New("there is no account in it")
	}
	return nil, errors.Join(r.Failures...)
}

// leftover remembers a file once, and nothing that is no file.
func (r *reader) leftover(name string) {
	const example = "docs/examples/amazon.png" // the README's: nobody's secret, and part of the source
	if !strings.HasSuffix(filepath.ToSlash(name), example) && name != standardInput && name != theClipboard && name != theScreen && !slices.Contains(r.Leftovers, name) {
		r.Leftovers = append(r.Leftovers, name)
	}
}

// path reads one argument: a file, a folder, or standard input.
func (r *reader) path(ctx context.Context, path string) error {
	name := path
	if path == "-" {
		name = standardInput
		if r.InIsTerminal {
			r.Tell("reading standard input; Ctrl-D ends it\n")
		}
	} else {
		// The accounts in the folder in which jangle keeps its own vault are here already.
		if abs, err := filepath.Abs(path); err == nil && r.OwnFolder != "" {
			if rel, err := filepath.Rel(r.OwnFolder, abs); err == nil && filepath.IsLocal(rel) {
				return failed("jangle list shows what is in it; to carry it to another machine: jangle backup FILE",
					"%s belongs to jangle's own store", path)
			}
		}
		info, err := os.Stat(path)
		switch {
		case err != nil && LooksLikeSecret(path):
			return failure.New(failure.Usage, "jangle add asks for it, or: jangle import - reads it from standard input",
				"a secret on the command line is visible to every user of this machine, and stays in the shell's history")
		case errors.Is(err, fs.ErrNotExist):
			return noSuchFile(path)
		case err != nil:
			return err
		case info.IsDir():
			files, err := readFolder(path)
			in := format.Input{Name: path, Files: files}
			_, store := format.Detect(in) // of pass or gopass: one source
			switch {
			case err != nil:
				return err
			case store || r.Format != "":
				return r.data(ctx, in)
			case len(files) == 0:
				return failed("", "%s: the folder is empty", path)
			}
			return r.members(ctx, path, files)
		case !info.Mode().IsRegular() && info.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice) == 0:
			return failed("", "%s: it is not a file", path)
		}
	}
	data, err := ReadFile(ctx, r.In, path, format.MaxFileBytes)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case err != nil:
		return fmt.Errorf("cannot read %s: %w", name, err)
	case len(data) > format.MaxFileBytes:
		return failed("", "%s: it is larger than %d MiB", name, format.MaxFileBytes>>20)
	case len(data) == 0:
		return failed("", "%s: it is empty", name)
	}
	return r.data(ctx, format.Input{Name: name, Data: data})
}

// noSuchFile names the file that is there under nearly the same name, or what reads all
// that is in that folder.
func noSuchFile(path string) error {
	folder, name := filepath.Dir(path), filepath.Base(path)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return failed("jangle import --screen reads the QR code that you see\njangle import --clipboard what was copied", "%s: there is no such file, and no folder %s", path, folder)
	}
	alike := func(s string) string { return strings.ToLower(strings.TrimSuffix(s, filepath.Ext(s))) }
	for _, e := range entries {
		if alike(e.Name()) == alike(name) {
			return failed("did you mean: "+failure.CommandLine("import", filepath.Join(folder, e.Name())), "%s: there is no such file", path)
		}
	}
	return failed(failure.CommandLine("import", folder)+" reads all pictures and exports in that folder\n"+
		"jangle import --screen reads the QR code that you see, --clipboard what was copied", "%s: there is no such file", path)
}

// members reads the files of a folder or an archive one after the other. A file that
// is none of ours is counted and no failure, if another one held something: people
// keep their exports among other things.
func (r *reader) members(ctx context.Context, parent string, files map[string][]byte) error {
	found, before, strange := 0, len(r.Candidates)+len(r.codes), 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		in := format.Input{Name: filepath.Join(parent, filepath.FromSlash(name)), Data: files[name]}
		if len(in.Data) == 0 {
			continue
		}
		err := r.data(ctx, in)
		switch {
		case errors.Is(err, context.Canceled):
			return err
		case errors.Is(err, format.ErrNotRecognised):
			strange++
		case err != nil:
			r.Failures = append(r.Failures, err)
		default:
			found++
		}
	}
	switch {
	case found == 0 && len(r.Candidates)+len(r.codes) == before && strange > 0:
		return failed("jangle help formats lists what can be read", "%s: %w", parent, &unrecognised{fmt.Sprintf("none of the %d files in it", strange)})
	case strange > 0:
		r.Notes = append(r.Notes, fmt.Sprintf("%s: files that hold no accounts: %d", parent, strange))
	}
	return nil
}

// data takes a picture for QR codes, parts of a Google Authenticator export for such
// codes, and anything else for a file of some app.
func (r *reader) data(ctx context.Context, in format.Input) error {
	if r.Format == "" && qr.IsImage(in.Data) {
		return r.picture(ctx, in)
	}
	if _, ok := format.Detect(in); r.Format == "" && !ok {
		if what, hint := format.Foreign(in.Data); what != "" {
			return failed(hint, "%s: %w", in.Name, &foreign{what})
		}
		if bytes.HasPrefix(in.Data, []byte("PK\x03\x04")) {
			return r.archive(ctx, in)
		}
	}
	// A text that is nothing but parts of a Google Authenticator export: like pictures
	// of them they find each other across files.
	var parts []qrText
	for line := range strings.Lines(string(in.Data)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "otpauth-migration://") {
			parts = append(parts, qrText{in.Name, line})
		} else if line != "" && line[0] != '#' {
			parts = nil
			break
		}
	}
	if r.Format == "" && len(parts) > 0 {
		r.codes = append(r.codes, parts...)
		return nil
	}
	result, app, err := r.read(ctx, in)
	for try := 1; errors.Is(err, format.ErrWrongPassphrase) && try < r.Tries; try++ {
		r.Tell("%s: %s; once again, please\n", in.Name, format.ErrWrongPassphrase)
		result, app, err = r.read(ctx, in)
	}
	if err != nil {
		return explain(in, app, err)
	}
	entries := fmt.Sprintf("%d entries", len(result.Entries))
	if len(result.Entries) == 1 {
		entries = "1 entry"
	}
	r.Titles = append(r.Titles, result.Title+" · "+entries)
	if result.Protection != format.Encrypted {
		r.opened = append(r.opened, in.Name)
	}
	r.take(result)
	return nil
}

// take adds what a file or the codes of all pictures held.
func (r *reader) take(result format.Result) {
	r.Notes = append(r.Notes, result.Notes...)
	r.Incomplete = r.Incomplete || result.Incomplete
	for _, e := range result.Entries {
		r.Candidates = append(r.Candidates, vault.Candidate{
			Index: len(r.Candidates) + 1, Label: e.Label, Account: e.Account, Warnings: e.Warnings, Err: e.Err,
		})
	}
}

// joinCodes turns the texts of all QR codes into candidates. Those that are links to
// accounts are read as one list, so that the parts of a Google Authenticator export
// find each other; the others say what they are.
func (r *reader) joinCodes() error {
	var links []string
	texts, missing := qr.Join(r.parts)
	for _, t := range texts {
		r.codes = append(r.codes, qrText{severalCodes, t})
	}
	for _, m := range missing {
		r.Incomplete = true
		r.Failures = append(r.Failures, failed("give all pictures of it in one command: jangle import FILE FILE", "%s", m))
	}
	// A shop's address on the same page is no failure if the account is there too.
	accounts := r.AnyAccount() || slices.ContainsFunc(r.codes, func(c qrText) bool { return otpauth.IsURI(c.text) })
	for _, c := range r.codes {
		switch what := otpauth.Describe(c.text); {
		case otpauth.IsURI(c.text):
			links = append(links, c.text)
			if c.source != severalCodes {
				r.leftover(c.source)
			}
		case what.Plainly() && accounts:
			r.Notes = append(r.Notes, c.source+": passed over a QR code that holds no account: "+what.Sentence)
		default:
			r.Candidates = append(r.Candidates, vault.Candidate{
				Index: len(r.Candidates) + 1, Label: c.source, Err: errors.New("the QR code holds no account: " + what.Sentence),
			})
		}
	}
	if len(links) == 0 {
		return nil
	}
	result, err := format.Links(links)
	if err == nil {
		r.take(result)
	}
	return err
}

// failed is a failure of status 1 with a hint.
func failed(hint, text string, args ...any) error {
	return failure.New(failure.Failed, hint, text, args...)
}
