package backup

import (
	"fmt"
	"slices"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// Mode says what a restore may do to accounts that are here.
type Mode int

const (
	// Merge brings back what is missing and the details that the backup has. It
	// removes no account, blanks no field and overwrites no secret: where an
	// account here makes other codes than in the backup, both are kept.
	Merge Mode = iota
	// Replace makes the vault what the backup says: other secrets are
	// overwritten, and accounts that are only here are removed.
	Replace
)

// Outcome is what a restore does with one account.
type Outcome string

// The outcomes of Merge and Replace. Kept and Removed are accounts of the vault
// that the backup does not have.
const (
	Same      Outcome = "same"
	New       Outcome = "new"       // is added
	Different Outcome = "different" // gets the backup's details, or in Replace its secret
	Beside    Outcome = "beside"    // other codes: the backup's is added, ours stays
	Kept      Outcome = "kept"
	Removed   Outcome = "removed"
)

// Item is one account of the plan.
type Item struct {
	Outcome Outcome  `json:"outcome"`
	ID      string   `json:"id,omitempty"` // of the account here
	Label   string   `json:"label"`        // raw text
	Fields  []string `json:"fields,omitempty"`

	result account.Account // what the vault will have
}

// Plan is what a restore will do. As JSON it holds no secret.
type Plan struct {
	Mode  Mode   `json:"-"`
	Items []Item `json:"items"` // the backup's accounts in its order, then those only here
}

// PlanRestore says what restoring a backup into a vault with these accounts
// would do. It changes nothing. The counters of counter-based accounts and the
// time steps that were handed out never go back, in either mode.
func PlanRestore(b Backup, here []account.Account, vaultID string, mode Mode) Plan {
	p := pair(here, b.Accounts, b.VaultID == vaultID)
	plan := Plan{Mode: mode, Items: []Item{}}
	for j, theirs := range b.Accounts {
		if p.here[j] < 0 {
			plan.Items = append(plan.Items, Item{Outcome: New, Label: theirs.Label(), result: theirs})
			continue
		}
		plan.Items = append(plan.Items, mode.item(here[p.here[j]], theirs))
	}
	for i, a := range here {
		if p.backup[i] >= 0 {
			continue
		}
		outcome := Kept
		if mode == Replace {
			outcome = Removed
		}
		plan.Items = append(plan.Items, Item{Outcome: outcome, ID: a.ID, Label: a.Label(), result: a})
	}
	return plan
}

// item plans one account that is both here and in the backup.
func (m Mode) item(ours, theirs account.Account) Item {
	codes := codeFields(ours, theirs)
	if len(codes) > 0 && m == Merge {
		return Item{Outcome: Beside, ID: ours.ID, Label: theirs.Label(), Fields: codes, result: theirs}
	}
	result := m.restored(ours, theirs)
	fields := append(codes, detailFields(ours, result)...)
	if result.Counter != ours.Counter || result.HandedOut != ours.HandedOut {
		fields = append(fields, "counter")
	}
	outcome := Different
	if len(fields) == 0 {
		outcome = Same
	}
	return Item{Outcome: outcome, ID: ours.ID, Label: theirs.Label(), Fields: fields, result: result}
}

// restored is the account that the vault has afterwards.
func (m Mode) restored(ours, theirs account.Account) account.Account {
	r := theirs.Clone()
	r.ID = ours.ID
	if ours.Secret.Equal(theirs.Secret) && ours.Type == theirs.Type {
		r.Counter = max(ours.Counter, theirs.Counter)
		r.HandedOut = max(ours.HandedOutIn(r.Period), theirs.HandedOut)
	}
	r.UseCount = max(ours.UseCount, theirs.UseCount)
	r.LastUsed = max(ours.LastUsed, theirs.LastUsed)
	if m == Merge {
		r = fill(r, ours.Clone())
	}
	return r
}

// fill keeps what ours has where the backup has nothing.
func fill(r, ours account.Account) account.Account {
	if r.Issuer == "" {
		r.Issuer = ours.Issuer
	}
	if r.Name == "" {
		r.Name = ours.Name
	}
	if r.Note == "" {
		r.Note = ours.Note
	}
	if len(r.Groups) == 0 {
		r.Groups = ours.Groups
	}
	if len(r.Tags) == 0 {
		r.Tags = ours.Tags
	}
	if r.Icon.Name == "" && len(r.Icon.Data) == 0 {
		r.Icon = ours.Icon
	}
	r.Extra, r.Unknown = union(r.Extra, ours.Extra), union(r.Unknown, ours.Unknown)
	return r
}

// union adds to a what only b has.
func union(a, b map[string]strictjson.Value) map[string]strictjson.Value {
	for name, value := range b {
		if a == nil {
			a = map[string]strictjson.Value{}
		}
		if _, ok := a[name]; !ok {
			a[name] = value
		}
	}
	return a
}

// Count is the number of items with that outcome.
func (p Plan) Count(o Outcome) int {
	n := 0
	for _, it := range p.Items {
		if it.Outcome == o {
			n++
		}
	}
	return n
}

// Nothing reports whether the vault is already what the plan would make of it.
func (p Plan) Nothing() bool {
	return p.Count(Same)+p.Count(Kept) == len(p.Items)
}

// Equal reports whether two plans do the same: the one that a person agreed to
// and the one for the vault as it is when it is changed.
func (p Plan) Equal(q Plan) bool {
	return p.Mode == q.Mode && slices.EqualFunc(p.Items, q.Items, func(a, b Item) bool {
		return a.Outcome == b.Outcome && a.ID == b.ID && a.Label == b.Label && slices.Equal(a.Fields, b.Fields)
	})
}

// Document is what a restore changes: a *vault.Document.
type Document interface {
	Accounts() []account.Account
	Add(account.Account) (account.Account, error)
	Replace(id string, a account.Account) error
	Remove(id string) error
	Move(id string, to int) error
}

// Apply carries the plan out. The caller saves the document once, when all went
// well; after an error the document is to be thrown away.
func (p Plan) Apply(d Document) error {
	order := make([]string, 0, len(p.Items))
	for _, it := range p.Items {
		id, err := it.apply(d)
		if err != nil {
			return fmt.Errorf("cannot restore %q: %w", clip(it.Label), err)
		}
		if id != "" {
			order = append(order, id)
		}
	}
	if p.Mode != Replace || p.Nothing() {
		return nil
	}
	return arrange(d, order)
}

// arrange puts the accounts in the backup's order, if they are not.
func arrange(d Document, order []string) error {
	if slices.EqualFunc(d.Accounts(), order, func(a account.Account, id string) bool { return a.ID == id }) {
		return nil
	}
	for i, id := range order {
		if err := d.Move(id, i); err != nil {
			return err
		}
	}
	return nil
}

// apply returns the id that the account has in the vault, empty if it is gone.
func (it Item) apply(d Document) (string, error) {
	switch it.Outcome {
	case New, Beside:
		a, err := d.Add(it.result.Clone())
		return a.ID, err
	case Different:
		return it.ID, d.Replace(it.ID, it.result.Clone())
	case Removed:
		return "", d.Remove(it.ID)
	}
	return it.ID, nil
}
