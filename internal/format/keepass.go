package format

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/format/kdbx"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func keePass() App {
	return App{
		ID: "keepass", Name: "KeePass (KDBX)",
		HowTo:  "the .kdbx file itself, of KeePass 2, KeePassXC, KeePassDX, Strongbox and others; a key file with --key-file",
		Detect: func(in Input) bool { return kdbx.Is(in.Data) },
		Read:   readKDBX,
	}
}

func keePassXML() App {
	return App{
		ID: "keepass-xml", Name: "KeePass XML",
		HowTo:  "KeePassXC: Database > Export > XML; KeePass: File > Export > KeePass XML (2.x)",
		Detect: func(in Input) bool { return isKeePassXML(in.look()) },
		Read:   readKeePassXML,
	}
}

func isKeePassXML(p *probe) bool {
	head := p.text[:min(len(p.text), 4<<10)]
	return bytes.HasPrefix(head, []byte("<")) && bytes.Contains(head, []byte("<KeePassFile"))
}

func keePassLimits() kdbx.Limits {
	return kdbx.Limits{Unpacked: MaxFileBytes, Entries: MaxEntries}
}

// hardwareKeyHelp: nothing in a database says that a hardware key belongs to it,
// so it is told whenever the rest does not open it.
const hardwareKeyHelp = "a key file goes with --key-file; a database that also needs a hardware key (YubiKey, challenge-response) cannot be opened here: in KeePassXC save a copy, remove the key there under Database > Database Security, and import the copy"

func readKDBX(ctx context.Context, in Input, o Options) (Result, error) {
	if err := kdbx.Check(in.Data); err != nil {
		return Result{}, keePassError(err)
	}
	entries, err := readWithKeyFile(ctx, in.Data, o)
	if err == nil {
		return keePassResult(in.Data, entries), nil
	}
	if !errors.Is(err, ErrPassphraseNeeded) {
		return Result{}, err
	}
	err = unlock(ctx, o, "the KeePass database", func(passphrase []byte) error {
		var err error
		entries, err = openKDBX(ctx, in.Data, passphrase, o.KeyFile)
		return keePassError(err)
	})
	if errors.Is(err, ErrWrongPassphrase) {
		return Result{}, fmt.Errorf("%w (%s)", err, hardwareKeyHelp)
	}
	if err != nil {
		return Result{}, err
	}
	return keePassResult(in.Data, entries), nil
}

func keePassResult(data []byte, entries []kdbx.Entry) Result {
	r := fromKeePass(entries)
	r.Title, r.Protection = "KeePass database, "+kdbx.Version(data), Encrypted
	return r
}

// readWithKeyFile tries the key file alone, where nobody can be asked for a
// passphrase. ErrPassphraseNeeded says that somebody must be.
func readWithKeyFile(ctx context.Context, data []byte, o Options) ([]kdbx.Entry, error) {
	if o.Passphrase != nil || o.KeyFile == nil {
		return nil, ErrPassphraseNeeded
	}
	entries, err := openKDBX(ctx, data, nil, o.KeyFile)
	if errors.Is(err, kdbx.ErrWrongKey) {
		return nil, ErrPassphraseNeeded
	}
	return entries, keePassError(err)
}

// openKDBX: with a key file an empty answer means that there is no passphrase;
// a program that counts an empty one is rare, so that is tried second.
func openKDBX(ctx context.Context, data, passphrase, keyFile []byte) ([]kdbx.Entry, error) {
	c := kdbx.Credentials{Passphrase: append([]byte{}, passphrase...), KeyFile: keyFile}
	if keyFile == nil || len(passphrase) > 0 {
		return kdbx.Open(ctx, data, c, keePassLimits())
	}
	c.Passphrase = nil
	entries, err := kdbx.Open(ctx, data, c, keePassLimits())
	if errors.Is(err, kdbx.ErrWrongKey) {
		c.Passphrase = []byte{}
		return kdbx.Open(ctx, data, c, keePassLimits())
	}
	return entries, err
}

func readKeePassXML(_ context.Context, in Input, _ Options) (Result, error) {
	text := plainText(in.Data)
	if err := checkText(text); err != nil {
		return Result{}, err
	}
	entries, err := kdbx.ReadXML(bytes.TrimLeft(text, " \t\r\n"), keePassLimits())
	if err != nil {
		return Result{}, keePassError(err)
	}
	r := fromKeePass(entries)
	r.Title, r.Protection = "KeePass XML, not encrypted", Plain
	return r, nil
}

// keePassError says in this package's words what package kdbx found.
func keePassError(err error) error {
	switch {
	case errors.Is(err, kdbx.ErrWrongKey):
		return ErrWrongPassphrase
	case errors.Is(err, kdbx.ErrLimit):
		return &meaning{err, ErrLimit}
	case errors.Is(err, kdbx.ErrDamaged):
		return &meaning{err, ErrDamaged}
	case errors.Is(err, kdbx.ErrUnsupported):
		return &meaning{fmt.Errorf("%w: open it in KeePassXC, choose Database > Export > XML, and import that", err), ErrUnsupported}
	}
	return err
}

// fromKeePass takes the entries that hold a code. Those in the recycle bin and
// the templates are left out and counted.
func fromKeePass(entries []kdbx.Entry) Result {
	var l entryList
	binned, templates := 0, 0
	for i := range entries {
		e := &entries[i]
		found := keePassCodes(e)
		switch {
		case len(found) == 0:
		case e.Place == kdbx.RecycleBin:
			binned++
		case e.Place == kdbx.Templates:
			templates++
		default:
			l.addKeePass(e, found)
		}
	}
	r := Result{Entries: l.list}
	if binned > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d in the recycle bin left out", binned))
	}
	if templates > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d among the templates left out", templates))
	}
	return r
}

func (l *entryList) addKeePass(e *kdbx.Entry, found []keePassCode) {
	for _, c := range found {
		a, warnings, err := c.read()
		if err == nil {
			fillNames(&a, e.Get("Title"), e.Get("UserName"))
			a.Note = e.Get("Notes")
			a.Tags = e.Tags
			if len(e.Groups) > 0 {
				a.Groups = []string{strings.Join(e.Groups, "/")}
			}
			if !e.Created.IsZero() {
				a.Created = e.Created.UnixMilli()
			}
			if !e.Modified.IsZero() {
				a.Updated = e.Modified.UnixMilli()
			}
			if len(e.Icon) > 0 {
				a.Icon.Data, a.Icon.MIME = e.Icon, "image/png" // what all programs store
			}
			keepExtra(&a, "keepass", map[string]strictjson.Value{"uuid": mustJSON(e.UUID), "icon": mustJSON(e.IconID)})
		}
		l.add(entryName(e.Get("Title"), e.Get("UserName")), a, warnings, err)
	}
}
