package keyring

import (
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/godbus/dbus/v5"
	ss "github.com/zalando/go-keyring/secret_service"

	"github.com/jangle-otp/jangle/internal/vault/keyring/keyringtest"
)

const fakeCollection = secretsPath + "/collection/login"

// fake is a Secret Service that misbehaves on purpose, on a real bus.
type fake struct {
	bus    *keyringtest.Bus
	conn   *dbus.Conn
	locked atomic.Bool
	faults atomic.Pointer[faults]

	mu    sync.Mutex
	items map[dbus.ObjectPath]*fakeItem
	next  int
	hung  chan struct{}
}

// faults are what goes wrong. They do not change once a fake has them.
type faults struct {
	promptOn map[string]bool                  // methods that answer with a prompt
	onPrompt func(*fake, func(), *fakeAsk)    // what the prompt does; nil: completes
	silentIn map[string]bool                  // methods that never answer
	before   map[string]func(*fake)           // called as a method begins
	after    map[string]func(*fake)           // called when it has done its work, before the answer
	onStore  func(value []byte) (kept []byte) // nil: nothing is kept
}

type fakeItem struct {
	f          *fake
	path       dbus.ObjectPath
	attributes map[string]string
	value      []byte
	locked     bool
}

// fakeAsk is a prompt.
type fakeAsk struct {
	f    *fake
	path dbus.ObjectPath
	work func()
}

func startFake(t *testing.T, wrong *faults) *fake {
	t.Helper()
	f := new(fake)
	f.faults.Store(wrong)
	f.bus = keyringtest.StartBus(t)
	f.conn = f.bus.Dial(t)
	t.Cleanup(func() { f.conn.Close() })
	f.items, f.hung = map[dbus.ObjectPath]*fakeItem{}, make(chan struct{})
	t.Cleanup(func() { close(f.hung) })
	f.export(t, fakeService{f}, secretsPath, serviceInterface)
	f.export(t, fakeProperties{f}, secretsPath, "org.freedesktop.DBus.Properties")
	f.export(t, fakeProperties{f}, fakeCollection, "org.freedesktop.DBus.Properties")
	f.export(t, fakeCollectionOf{fakeService{f}}, fakeCollection, collectionInterface)
	reply, err := f.conn.RequestName(secretsName, dbus.NameFlagDoNotQueue)
	if err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("the name of the Secret Service: %v, %v", reply, err)
	}
	return f
}

func (f *fake) export(t *testing.T, v any, path dbus.ObjectPath, name string) {
	t.Helper()
	if err := f.conn.Export(v, path, name); err != nil {
		t.Fatal(err)
	}
}

func (f *fake) enter(method string) {
	if f.faults.Load().silentIn[method] {
		<-f.hung
	}
	if b := f.faults.Load().before[method]; b != nil {
		b(f)
	}
}

// finish does the work of a method, or returns the prompt that will.
func (f *fake) finish(method string, work func()) dbus.ObjectPath {
	done := func() {
		work()
		if a := f.faults.Load().after[method]; a != nil {
			a(f)
		}
	}
	if !f.faults.Load().promptOn[method] {
		done()
		return noObject
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	ask := &fakeAsk{f, dbus.ObjectPath(fmt.Sprintf("%s/prompt/p%d", secretsPath, f.next)), done}
	_ = f.conn.Export(ask, ask.path, promptInterface)
	return ask.path
}

// Prompt answers at once, as the specification says, and shows the window after.
func (a *fakeAsk) Prompt(string) *dbus.Error {
	go func() {
		if show := a.f.faults.Load().onPrompt; show != nil {
			show(a.f, a.work, a)
			return
		}
		a.work()
		a.complete(false)
	}()
	return nil
}

func (a *fakeAsk) Dismiss() *dbus.Error { a.complete(true); return nil }

func (a *fakeAsk) complete(dismissed bool) {
	_ = a.f.conn.Emit(a.path, promptInterface+".Completed", dismissed, dbus.MakeVariant(noObject))
}

type fakeService struct{ f *fake }

func (s fakeService) OpenSession(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	s.f.enter("OpenSession")
	return dbus.MakeVariant(""), secretsPath + "/session/s1", nil
}

func (s fakeService) SearchItems(wanted map[string]string) (open, shut []dbus.ObjectPath, _ *dbus.Error) {
	s.f.enter("SearchItems")
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	open, shut = []dbus.ObjectPath{}, []dbus.ObjectPath{}
	for path, item := range s.f.items {
		if maps.Equal(item.attributes, wanted) {
			if s.f.locked.Load() || item.locked {
				shut = append(shut, path)
			} else {
				open = append(open, path)
			}
		}
	}
	return open, shut, nil
}

// fakeCollectionOf is the one collection: its search answers with one list.
type fakeCollectionOf struct{ fakeService }

func (c fakeCollectionOf) SearchItems(wanted map[string]string) ([]dbus.ObjectPath, *dbus.Error) {
	open, shut, err := c.fakeService.SearchItems(wanted)
	return append(open, shut...), err
}

func (s fakeService) Unlock(paths []dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	s.f.enter("Unlock")
	prompt := s.f.finish("Unlock", s.f.unlock)
	if prompt != noObject {
		return []dbus.ObjectPath{}, prompt, nil
	}
	return paths, prompt, nil
}

func (f *fake) unlock() {
	f.locked.Store(false)
	f.each(func(i *fakeItem) { i.locked = false })
}

// each changes all items.
func (f *fake) each(change func(*fakeItem)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, i := range f.items {
		change(i)
	}
}

func (s fakeService) GetSecrets(paths []dbus.ObjectPath, session dbus.ObjectPath) (map[dbus.ObjectPath]ss.Secret, *dbus.Error) {
	s.f.enter("GetSecrets")
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	out := map[dbus.ObjectPath]ss.Secret{}
	for _, path := range paths {
		if item := s.f.items[path]; item != nil {
			out[path] = ss.Secret{Session: session, Parameters: []byte{}, Value: item.value, ContentType: "text/plain"}
		}
	}
	return out, nil
}

func (s fakeService) ReadAlias(string) (dbus.ObjectPath, *dbus.Error) { return fakeCollection, nil }

func (s fakeService) CreateItem(properties map[string]dbus.Variant, secret ss.Secret, _ bool) (dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	s.f.enter("CreateItem")
	attributes, _ := properties[itemInterface+".Attributes"].Value().(map[string]string)
	s.f.mu.Lock()
	s.f.next++
	path := dbus.ObjectPath(fmt.Sprintf("%s/i%d", fakeCollection, s.f.next))
	s.f.mu.Unlock()
	prompt := s.f.finish("CreateItem", func() {
		if kept := s.f.keep(secret.Value); kept != nil {
			item := &fakeItem{s.f, path, attributes, kept, false}
			s.f.mu.Lock()
			s.f.items[path] = item
			s.f.mu.Unlock()
			_ = s.f.conn.Export(item, path, itemInterface)
			_ = s.f.conn.Export(fakeItemProperties{item}, path, "org.freedesktop.DBus.Properties")
		}
	})
	if prompt != noObject {
		return noObject, prompt, nil
	}
	return path, prompt, nil
}

func (f *fake) keep(value []byte) []byte {
	if store := f.faults.Load().onStore; store != nil {
		return store(value)
	}
	return value
}

func (i *fakeItem) SetSecret(secret ss.Secret) *dbus.Error {
	i.f.enter("SetSecret")
	i.f.finish("SetSecret", func() {
		if kept := i.f.keep(secret.Value); kept != nil {
			i.f.mu.Lock()
			i.value = kept
			i.f.mu.Unlock()
		}
	})
	return nil
}

func (i *fakeItem) Delete() (dbus.ObjectPath, *dbus.Error) {
	i.f.enter("Delete")
	return i.f.finish("Delete", func() {
		i.f.mu.Lock()
		delete(i.f.items, i.path)
		i.f.mu.Unlock()
	}), nil
}

type fakeProperties struct{ f *fake }

func (p fakeProperties) Get(_, name string) (dbus.Variant, *dbus.Error) {
	p.f.enter("Get")
	switch name {
	case "Collections":
		return dbus.MakeVariant([]dbus.ObjectPath{fakeCollection}), nil
	case "Locked":
		return dbus.MakeVariant(p.f.locked.Load()), nil
	}
	return dbus.Variant{}, dbus.MakeFailedError(fmt.Errorf("no property %s", name))
}

type fakeItemProperties struct{ i *fakeItem }

func (p fakeItemProperties) Get(_, name string) (dbus.Variant, *dbus.Error) {
	p.i.f.mu.Lock()
	defer p.i.f.mu.Unlock()
	return dbus.MakeVariant(p.i.f.locked.Load() || p.i.locked), nil
}

// What the prompts of the tests do.

func dismiss(_ *fake, _ func(), a *fakeAsk) { a.complete(true) }

func never(*fake, func(), *fakeAsk) {}

func die(f *fake, _ func(), _ *fakeAsk) { f.conn.Close() }

func dieAfterWork(f *fake, work func(), _ *fakeAsk) { work(); f.conn.Close() }

func agree(_ *fake, work func(), a *fakeAsk) { work(); a.complete(false) }
