package vault

import (
	"fmt"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Moved says where the accounts of a document went. It is in the copy that a move
// leaves in the old store, so that this copy is not taken for the vault when the
// choice of the store is lost.
type Moved struct {
	Kind     string         `json:"kind"`     // of the store that they went to
	Where    string         `json:"where"`    // that store's name for people
	Revision store.Revision `json:"revision"` // of the document there after the move
}

// Moved returns where the accounts went; nil: this document is in use.
func (d *Document) Moved() *Moved { return d.moved }

// SetMoved marks the document as the old copy after a move, or with nil as in use. It
// does not enter the undo history.
func (d *Document) SetMoved(m *Moved) { d.moved = m }

// MovedError: the document in a store is the copy that a move left there.
type MovedError struct {
	Moved
	ID          string // of the vault
	Kind, Where string // of the store with the copy
}

func (e *MovedError) Error() string {
	return fmt.Sprintf("the accounts in %s were moved to %s; this copy is older", e.Where, e.Moved.Where)
}

// KeepCounters raises counters and handed-out steps to what another copy of the
// vault says of the same secrets: no code may be shown twice.
func (d *Document) KeepCounters(other *Document) error {
	mine := map[account.Key][]string{}
	for _, a := range d.Accounts() {
		mine[a.Key()] = append(mine[a.Key()], a.ID)
	}
	for _, theirs := range other.Accounts() {
		for _, id := range mine[theirs.Key()] {
			if err := d.raiseUses(id, theirs); err != nil {
				return err
			}
		}
	}
	return nil
}
