package keyring

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	ss "github.com/zalando/go-keyring/secret_service"

	"github.com/jangle-otp/jangle/internal/vault/keyring/keyringtest"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// vaultOf reads the id of a test's document: "ours: 7".
func vaultOf(document []byte) string {
	id, _, _ := strings.Cut(string(document), ":")
	return id
}

// plant creates an item beside those that are there, as a merged or copied
// keyring has it. collection is where, "" for the default one.
func plant(t *testing.T, o Options, collection dbus.ObjectPath, slot, data string, rev store.Revision) {
	t.Helper()
	envelope, err := store.Encode([]byte(data), rev)
	if err != nil {
		t.Fatal(err)
	}
	value, _ := spell(envelope, rev, 0)
	r := Open(o).ring.(*secretService)
	err = r.change(t.Context(), func(ctx context.Context, s *session) error {
		// A search has to come first, see session.search.
		if _, err := s.search(ctx, r, []string{slot}); err != nil {
			return err
		}
		if err := s.opened(ctx); err != nil {
			return err
		}
		secret := ss.NewSecret(s.path, value)
		secret.ContentType = "text/plain"
		if collection == "" {
			return r.create(ctx, s, slot, secret, false)
		}
		properties := map[string]dbus.Variant{
			itemInterface + ".Label":      dbus.MakeVariant("another " + slot),
			itemInterface + ".Attributes": dbus.MakeVariant(r.attributes(slot)),
		}
		return s.object(collection).CallWithContext(ctx, collectionInterface+".CreateItem", 0, properties, secret, false).Err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// wantCopies looks for documents among all that the keyring has.
func wantCopies(t *testing.T, o Options, want ...string) {
	t.Helper()
	copies, err := Open(o).Copies(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, c := range copies {
		have = append(have, fmt.Sprintf("%s %s", c.Name, c.Data))
	}
	for _, w := range want {
		if !strings.Contains(strings.Join(have, "\n")+"\n", w+"\n") {
			t.Errorf("%q is not among %q", w, have)
		}
	}
}

// Two vaults in one keyring: a second collection, a merged KeePassXC database. The
// one that is ours decides, not the higher revision, and the other stays as it is.
func TestDoubledVaults(t *testing.T) {
	t.Parallel()
	places := map[string]func(t *testing.T) (*keyringtest.Bus, dbus.ObjectPath){
		"gnome, one collection": func(t *testing.T) (*keyringtest.Bus, dbus.ObjectPath) {
			return keyringtest.Start(t).Bus, ""
		},
		"gnome, a second collection": func(t *testing.T) (*keyringtest.Bus, dbus.ObjectPath) {
			return keyringtest.Start(t).Bus, secretsPath + "/collection/session"
		},
		"keepassxc": func(t *testing.T) (*keyringtest.Bus, dbus.ObjectPath) {
			return keyringtest.StartKeePassXC(t, keyringtest.KeePassOptions{}).Bus, ""
		},
	}
	for name, start := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bus, collection := start(t)
			o := options(bus)
			o.Identify, o.Vault = vaultOf, "ours"
			save(t, Open(o), "ours: 1", 0) // slot-b of ours is not there yet
			plant(t, o, collection, slotA, "theirs: 999", 999)
			plant(t, o, collection, slotB, "theirs: 998", 998)
			for rev := store.Revision(1); rev < 5; rev++ {
				wantLoad(t, Open(o), fmt.Sprintf("ours: %d", rev), rev)
				save(t, Open(o), fmt.Sprintf("ours: %d", rev+1), rev)
				wantCopies(t, o, "slot-a theirs: 999", "slot-b theirs: 998")
			}
			wantCopies(t, o, "slot-a ours: 5", "slot-b ours: 4")
			if state, err := Open(o).Previous(t.Context()); err != nil || string(state.Data) != "ours: 4" {
				t.Errorf("Previous = %q, %v", state.Data, err)
			}

			unknown := o
			unknown.Vault = ""
			if _, err := Open(unknown).Load(t.Context()); !errors.Is(err, store.ErrSeveral) {
				t.Errorf("none remembered: Load: %v, want ErrSeveral", err)
			}
			for _, base := range []store.Revision{0, 5, 999} {
				if _, err := Open(unknown).Save(t.Context(), []byte("ours: x"), base); !errors.Is(err, store.ErrSeveral) {
					t.Errorf("none remembered: Save on %d: %v, want ErrSeveral", base, err)
				}
			}
			third := o
			third.Vault = "third"
			if _, err := Open(third).Load(t.Context()); !errors.Is(err, store.ErrForeign) {
				t.Errorf("a third one is remembered: Load: %v, want ErrForeign", err)
			}
			if _, err := Open(third).Save(t.Context(), []byte("third: 1"), 0); !errors.Is(err, store.ErrForeign) {
				t.Errorf("a third one is remembered: Save: %v, want ErrForeign", err)
			}
			chosen := o
			chosen.Vault = "theirs"
			wantLoad(t, Open(chosen), "theirs: 999", 999)
			save(t, Open(chosen), "theirs: 1000", 999)
			wantLoad(t, Open(chosen), "theirs: 1000", 1000)
			wantLoad(t, Open(o), "ours: 5", 5)
			wantCopies(t, o, "slot-a theirs: 999", "slot-b theirs: 1000", "slot-a ours: 5", "slot-b ours: 4")
		})
	}
}

// What is damaged may be newer than what can be read: Doubt says how sure that is.
func TestDoubtAfterDamage(t *testing.T) {
	t.Parallel()
	k := keyringtest.Start(t)
	o := options(k.Bus)
	o.Identify, o.Vault = vaultOf, "ours"
	save(t, Open(o), "ours: 1", 0)
	save(t, Open(o), "ours: 2", 1)
	damage := func(slot, value string, want store.Doubt, rev store.Revision) {
		t.Helper()
		s := Open(o)
		if err := s.ring.write(t.Context(), slot, value, nil); err != nil {
			t.Fatal(err)
		}
		state, err := s.Load(t.Context())
		if err != nil || state.Doubt != want || state.Revision != rev || (want != store.Newest) != (len(state.Warnings) > 0) {
			t.Errorf("%s damaged: revision %d, doubt %d, warnings %q, %v; want %d", slot, state.Revision, state.Doubt, state.Warnings, err, want)
		}
	}
	values, err := Open(o).ring.read(t.Context(), slotA, slotB)
	if err != nil {
		t.Fatal(err)
	}
	a, b := values[slotA][0], values[slotB][0]
	damage(slotA, "junk", store.PerhapsOlder, 2)
	damage(slotA, a[:len(a)-8], store.Newest, 2) // its revision can be read: it is older
	damage(slotA, a, store.Newest, 2)
	damage(slotB, b[:len(b)-8], store.Older, 1)
	damage(slotB, "junk", store.PerhapsOlder, 1)
}

// A slot without its head is a vault that was lost, not an empty one.
func TestPartsWithoutHead(t *testing.T) {
	t.Parallel()
	k := keyringtest.Start(t)
	o := options(k.Bus)
	o.Limit = 40
	save(t, Open(o), "a document of several parts", 0)
	if err := Open(o).ring.remove(t.Context(), slotA); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(o).Load(t.Context()); !errors.Is(err, store.ErrLost) || errors.Is(err, store.ErrAbsent) {
		t.Errorf("Load: %v, want ErrLost", err)
	}
	if err := Open(o).Renew(t.Context()); err != nil {
		t.Errorf("Renew: %v", err)
	}
	if _, err := Open(o).Load(t.Context()); !errors.Is(err, store.ErrAbsent) {
		t.Errorf("Load after Renew: %v, want ErrAbsent", err)
	}
	save(t, Open(o), "begun anew, in several parts again", 0)
	if err := Open(o).Renew(t.Context()); !errors.Is(err, store.ErrNotSaved) {
		t.Errorf("Renew of a sound store: %v, want ErrNotSaved", err)
	}
	wantLoad(t, Open(o), "begun anew, in several parts again", 1)
}
