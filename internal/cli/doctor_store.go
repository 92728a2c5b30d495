package cli

import (
	"context"
	"errors"

	"github.com/jangle-otp/jangle/internal/doctor"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/file"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

const noVault = "there is no vault to look into"

func (e *examination) store(ctx context.Context) doctor.Finding {
	v, err := e.app.openVault(ctx)
	var none *noStoreError
	if errors.As(err, &none) {
		return doctor.Finding{Level: doctor.Info, Text: "no store was chosen yet", Hint: "jangle import FILE"}
	}
	if err == nil {
		e.vault = v
		e.doc, err = v.Load(ctx)
	}
	if errors.Is(err, store.ErrDamaged) && !errors.Is(err, file.ErrBadKey) {
		return problem(unreadableHint(v.Store()), "%s", err)
	}
	if err != nil {
		return problem(classify(err).Hint, "%s", err)
	}
	if err := e.doc.Doubt(); err != nil {
		return problem(classify(err).Hint, "%s", err)
	}
	if w := e.doc.StoreWarnings(); len(w) > 0 {
		return problem("any change writes both copies anew", "%s", w[0])
	}
	return ok("%s, %s, revision %d", v.Store().Kind(), v.Store().Where(), e.doc.Revision())
}

// unreadableHint is what can be done where no copy of the vault can be read.
func unreadableHint(s store.Store) string {
	first := "jangle store use file --new begins with an empty vault in a file"
	if s.Kind() == kindFile {
		first = "jangle doctor --accept puts it aside and begins with an empty vault"
	}
	return first + "\njangle restore FILE then brings a backup back"
}

// olderCopy looks for the document from before the last change, which is what is
// read when the present one is damaged.
func (e *examination) olderCopy(ctx context.Context) doctor.Finding {
	if e.doc == nil {
		return skipped(noVault)
	}
	older, err := e.vault.Previous(ctx)
	switch {
	case errors.Is(err, store.ErrAbsent):
		return doctor.Finding{Level: doctor.Info, Text: "none yet: the next change leaves one"}
	case err != nil:
		return problem("any change writes it anew", "the vault from before the last change cannot be read: %s", err)
	}
	return ok("revision %d, from before the last change, can be read", older.Revision())
}

// otherVaults looks for documents of other vaults in the same place.
func (e *examination) otherVaults(ctx context.Context) doctor.Finding {
	if e.doc == nil {
		return skipped(noVault)
	}
	copies, err := e.vault.Store().Copies(ctx)
	if err != nil {
		return problem(classify(err).Hint, "%s", err)
	}
	for _, m := range vault.Vaults(copies) {
		if m.Vault != e.doc.ID() {
			return problem("jangle store inspect shows both; jangle store choose "+vault.ShortID(m.Vault)+" takes that one into use",
				"%s holds another vault as well: %s; nothing of it is used or changed", e.vault.Store().Where(), m)
		}
	}
	return ok("none in the same place as %s", vault.ShortID(e.doc.ID()))
}

// passphrase says how often the file store asks for it.
func (e *examination) passphrase(context.Context) doctor.Finding {
	if e.doc == nil {
		return skipped(noVault)
	}
	f, isFile := e.vault.Store().(*file.Store)
	if !isFile {
		return skipped("the keyring has its own")
	}
	mode, err := f.Mode()
	switch {
	case err != nil:
		return problem(classify(err).Hint, "%s", err)
	case mode == file.KeyFile:
		return doctor.Finding{Level: doctor.Info, Text: "none: whoever can read your files can read your codes"}
	case len(e.config.StorePassphraseCommand) > 0:
		return ok("store_passphrase_command gives it at each command")
	case !file.CacheWorks():
		return doctor.Finding{Level: doctor.Info, Hint: "--store-passphrase-file, or store_passphrase_command in the configuration",
			Text: "it is asked for at each command: this system cannot keep it between two"}
	}
	return ok("it is asked for again %s after it was given", e.config.UnlockFor.Or(defaultUnlockFor))
}
