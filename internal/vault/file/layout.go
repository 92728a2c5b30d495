package file

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

const (
	vaultName    = "vault.age"
	identityName = "vault.identity.age"
	keyName      = "vault.key"
	lockName     = "vault.lock"
	emptyName    = "vault.empty"

	generationPrefix = "vault.g"
	damagedPrefix    = "vault.damaged-"
	suffix           = ".age"

	// generations is how many documents before the present one are kept.
	generations = store.Past
)

func generationName(rev store.Revision) string {
	return fmt.Sprintf("%s%d%s", generationPrefix, rev, suffix)
}

// generationOf reads the revision out of a generation's name.
func generationOf(name string) (store.Revision, bool) {
	digits, found := strings.CutPrefix(name, generationPrefix)
	digits, ended := strings.CutSuffix(digits, suffix)
	n, err := strconv.ParseUint(digits, 10, 64)
	if !found || !ended || err != nil || strconv.FormatUint(n, 10) != digits {
		return 0, false
	}
	return store.Revision(n), true
}

// isDocument: a file with a document in it, in whatever state.
func isDocument(name string) bool {
	_, generation := generationOf(name)
	return generation || name == vaultName || strings.HasPrefix(name, damagedPrefix) && strings.HasSuffix(name, suffix)
}

// isOurs: a file that shows that a store was created.
func isOurs(name string) bool {
	return isDocument(name) || name == identityName || name == keyName
}

// generationsIn lists the kept generations, newest first.
func generationsIn(d *atomicfile.Dir) ([]store.Revision, error) {
	names, err := d.Names()
	if err != nil {
		return nil, err
	}
	var revs []store.Revision
	for _, n := range names {
		if rev, ok := generationOf(n); ok {
			revs = append(revs, rev)
		}
	}
	slices.SortFunc(revs, func(a, b store.Revision) int { return cmp.Compare(b, a) })
	return revs, nil
}

// livingDocuments lists the vault and its generations, not what was put aside.
func livingDocuments(d *atomicfile.Dir) ([]string, error) {
	names, err := d.Names()
	return slices.DeleteFunc(names, func(n string) bool {
		_, generation := generationOf(n)
		return !generation && n != vaultName
	}), err
}

// modeOf tells from the files how the store is opened.
func modeOf(d *atomicfile.Dir) (Mode, error) {
	names, err := d.Names()
	if err != nil {
		return 0, err
	}
	wrapped, plain := slices.Contains(names, identityName), slices.Contains(names, keyName)
	switch {
	case wrapped && plain:
		return 0, fmt.Errorf("%w: %s and %s are both there: %w", store.ErrUnreachable, d.Path(identityName), d.Path(keyName), errTwoKeys)
	case wrapped:
		return Passphrase, nil
	case plain:
		return KeyFile, nil
	case slices.ContainsFunc(names, isDocument):
		return 0, fmt.Errorf("%w (%s): %w", ErrNoKey, d.Path(identityName), store.ErrUnreachable)
	}
	return 0, store.ErrAbsent
}

var errTwoKeys = errors.New("move the one away that does not open the vault")
