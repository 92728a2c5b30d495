package cli

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/jangle-otp/jangle/internal/backup"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// refuseOwnStore stops an import of the folder in which jangle keeps its own
// vault: the accounts in it are here already.
func (app *App) refuseOwnStore(path string) error {
	paths, err := app.Env.Paths()
	if err != nil {
		return nil // then there is no such folder
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil
	}
	rel, err := filepath.Rel(paths.Data, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return nil
	}
	return failed("jangle list shows what is in it; to carry it to another machine: jangle backup FILE",
		"%s belongs to jangle's own store", path)
}

// refuseOwnContent recognises, after decryption, a file that jangle wrote for
// another command. Taken for a list of links it would lose all but the secrets.
func refuseOwnContent(name string, plain []byte) error {
	if _, err := store.Peek(plain); err == nil {
		return failed("to use it, put it in place as vault.age in the folder that jangle config shows",
			"%s is a copy of a jangle vault, not an export", name)
	}
	if _, err := backup.Unmarshal(plain); !errors.Is(err, backup.ErrNotBackup) {
		return failed("jangle restore "+name, "%s is a backup that jangle wrote, not an export", name)
	}
	return nil
}

// refuseKeyed says what to do with an age file that no passphrase opens.
func refuseKeyed(name string, ciphertext []byte) error {
	info, err := crypt.Inspect(ciphertext)
	if err != nil || info.NeedsPassphrase() {
		return err
	}
	return failed("jangle restore -i KEYFILE "+name+", if it is a backup that jangle wrote",
		"%s is encrypted with age for a key, not with a passphrase", name)
}
