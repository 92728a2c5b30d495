package vault

import (
	"testing"
	"time"
)

func TestBackupProof(t *testing.T) {
	v, ids := filled(t, hotp("Bank", "secret", 5), acc("Site", "s", "2222"))
	if n := len(load(t, v).Unproven()); n != 2 {
		t.Errorf("without a backup %d accounts are unproven, want 2", n)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	update(t, v, "backup", func(d *Document) error {
		return d.SetBackupProof(NewBackupProof(d.Accounts(), "x.age", at))
	})
	d := update(t, v, "code", func(d *Document) error { return d.SetCounter(ids[0], 6) })
	p, ok := d.BackupProof()
	if !ok || p.At != at.UnixMilli() || p.Where != "x.age" || len(d.Unproven()) != 0 {
		t.Errorf("proof %+v, %v, unproven %v", p, ok, d.Unproven())
	}
	d = update(t, v, "edit", func(d *Document) error {
		a, _ := d.ByID(ids[1])
		a.Note = "changed"
		return d.Replace(ids[1], a)
	})
	if u := d.Unproven(); len(u) != 1 || u[0].ID != ids[1] {
		t.Errorf("after an edit unproven = %v", u)
	}
	undo(t, v)
	d = load(t, v)
	if _, ok := d.BackupProof(); !ok || len(d.Unproven()) != 0 {
		t.Error("undo of an edit took the backup's proof with it")
	}
}
