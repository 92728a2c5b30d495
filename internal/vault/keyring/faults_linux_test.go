package keyring

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// open returns a Store for a fake, with a deadline that tests can wait for.
func (f *fake) open(o Options) *Store {
	with := options(f.bus)
	with.Timeout, with.Notify, with.Asking, with.NoPrompt = 700*time.Millisecond, o.Notify, o.Asking, o.NoPrompt
	if o.Timeout > 0 {
		with.Timeout = o.Timeout
	}
	return Open(with)
}

func on(methods ...string) map[string]bool {
	out := map[string]bool{}
	for _, m := range methods {
		out[m] = true
	}
	return out
}

func TestFakeBehavesWhenItShould(t *testing.T) {
	f := startFake(t, &faults{promptOn: on("CreateItem", "Delete", "Unlock"), onPrompt: agree})
	f.locked.Store(true)
	s := f.open(Options{})
	save(t, s, "one", 0)
	save(t, s, "two", 1)
	f.locked.Store(true)
	wantLoad(t, s, "two", 2)
	if err := s.Erase(t.Context()); err != nil {
		t.Errorf("Erase: %v", err)
	}
	if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrAbsent) {
		t.Errorf("Load: %v, want ErrAbsent", err)
	}
}

// A first save that goes wrong is never called saved, and says what is known.
func TestFaultsOfTheFirstSave(t *testing.T) {
	for name, c := range map[string]struct {
		wrong  *faults
		locked bool
		want   error
	}{
		"prompt dismissed":           {&faults{promptOn: on("CreateItem"), onPrompt: dismiss}, false, store.ErrDismissed},
		"prompt never answered":      {&faults{promptOn: on("CreateItem"), onPrompt: never}, false, store.ErrTimeout},
		"death in the prompt":        {&faults{promptOn: on("CreateItem"), onPrompt: die}, false, store.ErrUnknown},
		"no answer":                  {&faults{silentIn: on("CreateItem")}, false, store.ErrTimeout},
		"no session":                 {&faults{silentIn: on("OpenSession")}, false, store.ErrTimeout},
		"no answer to the search":    {&faults{silentIn: on("SearchItems")}, false, store.ErrTimeout},
		"cut":                        {&faults{onStore: func(v []byte) []byte { return v[:len(v)/2] }}, false, store.ErrNotSaved},
		"emptied":                    {&faults{onStore: func([]byte) []byte { return []byte{} }}, false, store.ErrNotSaved},
		"forgotten":                  {&faults{onStore: func([]byte) []byte { return nil }}, false, store.ErrNotSaved},
		"death before it stored":     {&faults{before: map[string]func(*fake){"CreateItem": func(f *fake) { f.conn.Close() }}}, false, store.ErrUnknown},
		"stays locked":               {&faults{promptOn: on("Unlock"), onPrompt: dismiss}, true, store.ErrLocked},
		"dismissed after a while":    {&faults{promptOn: on("Unlock"), onPrompt: dismissSlowly}, true, store.ErrDismissed},
		"unlock never answered":      {&faults{promptOn: on("Unlock"), onPrompt: never}, true, store.ErrTimeout},
		"death in the unlock prompt": {&faults{promptOn: on("Unlock"), onPrompt: die}, true, store.ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := startFake(t, c.wrong)
			f.locked.Store(c.locked)
			rev, err := f.open(Options{Timeout: time.Second}).Save(t.Context(), []byte("document"), 0)
			if !errors.Is(err, c.want) || rev != 0 {
				t.Errorf("Save: revision %d, %v; want %v", rev, err, c.want)
			}
		})
	}
}

func dismissSlowly(_ *fake, _ func(), a *fakeAsk) {
	time.Sleep(reflex + 50*time.Millisecond) // as fast as a person can be
	a.complete(true)
}

// A second and a third save that go wrong leave the document before them. Every
// fault is met by the creation of an item and by the change of one.
func TestFaultsKeepTheLastDocument(t *testing.T) {
	for name, wrong := range map[string]*faults{
		"no answer to create":  {silentIn: on("CreateItem", "SetSecret")},
		"prompt dismissed":     {promptOn: on("CreateItem"), onPrompt: dismiss, silentIn: on("SetSecret")},
		"prompt never answers": {promptOn: on("CreateItem"), onPrompt: never, silentIn: on("SetSecret")},
		"cut":                  {onStore: func(v []byte) []byte { return v[:len(v)-4] }},
		"emptied":              {onStore: func([]byte) []byte { return []byte{} }},
		"forgotten":            {onStore: func([]byte) []byte { return nil }},
	} {
		for _, before := range []store.Revision{1, 2} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				f := startFake(t, &faults{})
				for rev := range before {
					save(t, f.open(Options{}), "sound", rev)
				}
				f.faults.Store(wrong)
				if _, err := f.open(Options{}).Save(t.Context(), []byte("lost"), before); err == nil {
					t.Error("Save said that it had saved")
				}
				f.faults.Store(&faults{})
				state, err := f.open(Options{}).Load(t.Context())
				if err != nil || string(state.Data) != "sound" || state.Revision != before {
					t.Errorf("Load = %q, revision %d, %v; want sound, %d", state.Data, state.Revision, err, before)
				}
				if _, err := f.open(Options{}).Save(t.Context(), []byte("next"), before); err != nil {
					t.Errorf("the next Save: %v", err)
				}
			})
		}
	}
}

// The keyring stores the document and dies before it says so, or says nothing:
// what is read back decides.
func TestUnclearAnswerIsReadBack(t *testing.T) {
	t.Parallel()
	f := startFake(t, &faults{after: map[string]func(*fake){"CreateItem": func(f *fake) { <-f.hung }}})
	rev, err := f.open(Options{}).Save(t.Context(), []byte("stored"), 0)
	if err != nil || rev != 1 {
		t.Errorf("Save = %d, %v; it was stored", rev, err)
	}
	wantLoad(t, f.open(Options{}), "stored", 1)
}

func TestDiesAfterItStoredInThePrompt(t *testing.T) {
	f := startFake(t, &faults{promptOn: on("CreateItem"), onPrompt: dieAfterWork})
	if _, err := f.open(Options{}).Save(t.Context(), []byte("stored"), 0); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("Save: %v, want ErrUnknown", err)
	}
}

func TestBusKilled(t *testing.T) {
	kill := func(f *fake, _ func(), _ *fakeAsk) { f.bus.KillBus(t) }
	f := startFake(t, &faults{promptOn: on("CreateItem"), onPrompt: kill})
	if _, err := f.open(Options{}).Save(t.Context(), []byte("x"), 0); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("in a prompt: %v, want ErrUnknown", err)
	}
	if _, err := f.open(Options{}).Load(t.Context()); !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("afterwards: %v, want ErrUnreachable", err)
	}
}

func TestEmptyValueIsDamage(t *testing.T) {
	f := startFake(t, &faults{})
	s := f.open(Options{})
	save(t, s, "one", 0)
	save(t, s, "two", 1)
	f.empty(slotB)
	state, err := s.Load(t.Context())
	if err != nil || string(state.Data) != "one" || len(state.Warnings) != 1 {
		t.Errorf("one slot: %q, warnings %q, %v; want one with a warning", state.Data, state.Warnings, err)
	}
	f.empty(slotA)
	if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("both slots: %v, want ErrDamaged", err)
	}
}

func (f *fake) empty(slot string) {
	f.each(func(i *fakeItem) {
		if i.attributes["username"] == slot {
			i.value = nil
		}
	})
}

// KeePassXC locks single items: that of the newest document is opened, not
// passed over.
func TestOneLockedItem(t *testing.T) {
	f := startFake(t, &faults{promptOn: on("Unlock"), onPrompt: agree})
	s := f.open(Options{})
	save(t, s, "one", 0)
	save(t, s, "two", 1)
	f.each(func(i *fakeItem) { i.locked = i.attributes["username"] == slotB })
	wantLoad(t, s, "two", 2)
}

// Completion and --no-input must not open a window.
func TestNoPromptLeavesItLocked(t *testing.T) {
	f := startFake(t, &faults{})
	save(t, f.open(Options{}), "one", 0)
	var shown, asked atomic.Int32
	agreed := func(f *fake, work func(), a *fakeAsk) { shown.Add(1); agree(f, work, a) }
	var searched atomic.Bool
	f.faults.Store(&faults{promptOn: on("Unlock"), onPrompt: agreed, before: map[string]func(*fake){
		"SearchItems": func(f *fake) { searched.Store(true) }, // of the service or of the locked collection
	}})
	f.each(func(i *fakeItem) { i.locked = true })
	f.locked.Store(true)
	s := f.open(Options{NoPrompt: true})
	if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrLocked) {
		t.Errorf("Load: %v, want ErrLocked", err)
	}
	if _, err := s.Save(t.Context(), []byte("two"), 1); !errors.Is(err, store.ErrLocked) {
		t.Errorf("Save: %v, want ErrLocked", err)
	}
	if n := shown.Load(); n > 0 || searched.Load() {
		t.Errorf("%d prompts were shown; searched in what is locked, which KeePassXC opens a window for: %v", n, searched.Load())
	}
	wantLoad(t, f.open(Options{Asking: func() {
		if shown.Load() > 0 {
			t.Error("Asking is called after the prompt is shown")
		}
		asked.Add(1)
	}}), "one", 1)
	if asked.Load() != 1 {
		t.Errorf("Asking was called %d times, want 1", asked.Load())
	}
	if shown.Load() == 0 {
		t.Error("with prompts allowed none was shown: this test cannot see them")
	}
	f.faults.Store(&faults{promptOn: on("Delete"), onPrompt: agreed})
	shown.Store(0)
	if err := f.open(Options{NoPrompt: true}).Erase(t.Context()); !errors.Is(err, store.ErrLocked) || shown.Load() > 0 {
		t.Errorf("Erase: %v with %d prompts, want ErrLocked and none", err, shown.Load())
	}
}

func TestDismissedDeleteIsNotErased(t *testing.T) {
	f := startFake(t, &faults{})
	s := f.open(Options{})
	save(t, s, "one", 0)
	f.faults.Store(&faults{promptOn: on("Delete"), onPrompt: dismiss})
	if err := s.Erase(t.Context()); !errors.Is(err, store.ErrDismissed) {
		t.Errorf("dismissed: %v, want ErrDismissed", err)
	}
	lie := func(_ *fake, _ func(), a *fakeAsk) { a.complete(false) }
	f.faults.Store(&faults{promptOn: on("Delete"), onPrompt: lie})
	if err := s.Erase(t.Context()); err == nil {
		t.Error("a keyring that only says that it deletes was believed")
	}
	wantLoad(t, s, "one", 1)
}

func TestNewerFormIsNotPassedOver(t *testing.T) {
	f := startFake(t, &faults{})
	s := f.open(Options{})
	save(t, s, "one", 0)
	if err := s.ring.write(t.Context(), slotB, headMark+"2:9:3", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrNewer) {
		t.Errorf("Load: %v, want ErrNewer", err)
	}
	if _, err := s.Save(t.Context(), []byte("over it"), 1); !errors.Is(err, store.ErrNewer) {
		t.Errorf("Save: %v, want ErrNewer", err)
	}
}

func TestNotifiesOnceAfterASecond(t *testing.T) {
	t.Parallel()
	f := startFake(t, &faults{silentIn: on("SearchItems")})
	var told atomic.Int32
	s := f.open(Options{Timeout: notifyAfter + 300*time.Millisecond, Notify: func(string) { told.Add(1) }})
	for range 2 {
		if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrTimeout) {
			t.Errorf("Load: %v", err)
		}
	}
	if told.Load() != 1 {
		t.Errorf("told %d times", told.Load())
	}
}

func TestInterruptEndsACallAtOnce(t *testing.T) {
	f := startFake(t, &faults{promptOn: on("CreateItem"), onPrompt: never})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	_, err := f.open(Options{Timeout: time.Hour}).Save(ctx, []byte("x"), 0)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Save: %v, want context.Canceled", err)
	}
}

func TestErrorsNameTheProgram(t *testing.T) {
	t.Parallel()
	f := startFake(t, &faults{silentIn: on("SearchItems")})
	_, err := f.open(Options{}).Load(t.Context())
	if err == nil || !strings.Contains(err.Error(), "keyring.test") {
		t.Errorf("%q does not name the process that owns the keyring", err)
	}
}

// A save after damage does not take the revision of the document that was lost:
// somebody may still hold that one, and must not save over the new one.
func TestRevisionOfALostDocumentIsNotUsedAgain(t *testing.T) {
	f := startFake(t, &faults{})
	s := f.open(Options{})
	save(t, s, "one", 0)
	save(t, s, "two", 1)
	spoil(t, s.options, 1)
	if rev, err := s.Save(t.Context(), []byte("three"), 1); err != nil || rev != 3 {
		t.Errorf("Save = %d, %v; want 3", rev, err)
	}
	if _, err := s.Save(t.Context(), []byte("over it"), 2); !errors.Is(err, store.ErrConflict) {
		t.Errorf("Save on the lost document: %v, want ErrConflict", err)
	}
	wantLoad(t, s, "three", 3)
}
