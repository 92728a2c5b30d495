package vault

import (
	"fmt"
	"time"
)

// Apply does what a plan says, all of it or, when it returns an error, nothing
// that would be saved (Update saves nothing then). The plan has to be made from
// this document's accounts. It fills in the ids of the accounts that were added.
func (d *Document) Apply(p Plan, now time.Time) error {
	for i := range p.Items {
		it := &p.Items[i]
		if err := d.applyItem(it, now); err != nil {
			return fmt.Errorf("entry %d of the import, %s: %w", it.Candidate.Index+1, it.account.Label(), err)
		}
		if it.twin >= 0 {
			it.ID = p.Items[it.twin].ID
		}
	}
	return nil
}

func (d *Document) applyItem(it *Item, now time.Time) error {
	switch it.action {
	case add:
		a := it.account
		if a.Created == 0 {
			a.Created = now.UnixMilli()
		}
		a, err := d.Add(a)
		it.ID = a.ID
		return err
	case replace:
		a := it.account
		a.Updated = now.UnixMilli()
		return d.Replace(it.ID, a)
	case raise:
		return d.raiseCounter(it.ID, it.account.Counter)
	}
	return nil
}

// raiseCounter raises a counter; one that is higher already stays.
func (d *Document) raiseCounter(id string, next uint64) error {
	a, err := d.ByID(id)
	if err != nil || a.Counter >= next {
		return err
	}
	return d.SetCounter(id, next)
}
