package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format"
	"github.com/jangle-otp/jangle/internal/qr"
)

// exportFile writes the target's file, reads it back, and only then says so.
func exportFile(ctx context.Context, app *App, target format.App, accounts []account.Account, o exportOptions) error {
	h := planHandover(target, accounts)
	app.tellHandover(target.Name, h)
	if err := checkExportFile(target, h, o); err != nil {
		return err
	}
	opt, err := app.exportFormat(ctx, target, o)
	if err != nil {
		return err
	}
	stop := app.showProgress("encrypting")
	// A page with 1,000 pictures is mostly garbage, for a process that ends soon:
	// collecting less often saves 0.4 s.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	data, err := target.Write(ctx, h.carried, opt)
	stop()
	if err == nil {
		err = readBack(ctx, target, data, h.carried, opt)
	}
	if err != nil {
		return fmt.Errorf("%s: nothing was written: %w", target.Name, err)
	}
	if err := app.putExport(data, o); err != nil {
		return err
	}
	return app.reportExport(target.Name, h, o)
}

// putExport writes what was read back from memory, and looks whether the file
// holds the same.
func (app *App) putExport(data []byte, o exportOptions) error {
	if o.out == "-" {
		_, _ = app.out.Write(data)
		return app.outputError()
	}
	if err := writeNew(o.out, data, o.force); err != nil {
		return err
	}
	if back, err := os.ReadFile(o.out); err != nil || !bytes.Equal(back, data) {
		return fmt.Errorf("%s does not hold what was written: do not rely on it", o.out)
	}
	return nil
}

func checkExportFile(target format.App, h handover, o exportOptions) error {
	switch {
	case len(h.carried) == 0:
		return failed("", "%s can hold none of these accounts; nothing was written", target.Name)
	case o.out == "":
		return usage("-o "+target.ID+"."+target.Extension, "-o: which file?")
	case o.png != "":
		return usage("--to "+targetGoogle, "--png is for QR pages: %s takes a file", target.Name)
	case target.Encrypts == format.No && !o.plaintext:
		return usage("--plaintext, if you want that", "%s has no encrypted form: the secrets would lie open in the file", target.Name)
	case o.out != "-":
		return mayWrite(o.out, o.force)
	}
	return nil
}

// exportFormat prepares the writer's options; an encrypted file needs a
// passphrase, asked for twice.
func (app *App) exportFormat(ctx context.Context, target format.App, o exportOptions) (format.Options, error) {
	opt := format.Options{Now: app.Now(), Rand: app.Rand, DrawQR: drawForPage}
	if o.plaintext {
		opt.Plaintext = format.Yes
		return opt, nil
	}
	if target.Encrypts == format.No {
		return opt, nil
	}
	pass, err := app.exportPassphrase(ctx, target, o)
	opt.Passphrase = func(string) ([]byte, error) { return pass, nil }
	return opt, err
}

func (app *App) exportPassphrase(ctx context.Context, target format.App, o exportOptions) ([]byte, error) {
	if o.passphrase != "" {
		pass, err := app.passphraseFromFile(ctx, o.passphrase)
		if err == nil {
			err = judge(pass, backupOptions{weak: o.weak})
		}
		return pass, err
	}
	t, err := app.terminal()
	if err != nil {
		return nil, usage("--passphrase-file FILE, or --plaintext", "the file for %s needs a passphrase and nobody can be asked", target.Name)
	}
	defer t.Close()
	return newPassphrase(ctx, t, fmt.Sprintf("passphrase for the %s file: ", target.Name))
}

// drawForPage is the picture of a link on an HTML page, two pixels a module: the
// page shows it larger.
func drawForPage(link string) ([]byte, error) {
	s, err := qr.Encode(link, qr.EncodeOptions{Level: qr.Medium})
	if err != nil {
		return nil, err
	}
	return s.PNG(2)
}

// readBack opens what was made as the target's importer would, and compares
// what the codes are made of.
func readBack(ctx context.Context, target format.App, data []byte, want []account.Account, opt format.Options) error {
	if target.Read == nil {
		return nil
	}
	r, _, err := format.Read(ctx, format.Input{Data: data}, target.ID, opt)
	if err != nil {
		return fmt.Errorf("it could not be read back: %w", err)
	}
	have := map[account.Key]int{}
	for _, e := range r.Entries {
		if e.Err == nil {
			have[e.Account.Key()]++
		}
	}
	for _, a := range want {
		if have[a.Key()]--; have[a.Key()] < 0 {
			return fmt.Errorf("%s did not come back as it was", oneLine(a.Label()))
		}
	}
	return nil
}
