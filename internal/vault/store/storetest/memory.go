package storetest

import (
	"context"
	"slices"
	"sync"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Memory is a store for the tests of what stands above a store. Its copies are
// envelopes, as in the real ones. Fail, when set, is asked before every call
// with the method's name, and its error is returned.
type Memory struct {
	mu     sync.Mutex
	copies [][]byte // oldest first
	Fail   func(method string) error
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{} }

// Kind returns "memory".
func (m *Memory) Kind() string { return "memory" }

// Where returns "memory".
func (m *Memory) Where() string { return "memory" }

// Load implements store.Store.
func (m *Memory) Load(ctx context.Context) (store.State, error) { return m.copyAt(ctx, "Load", 1) }

// Previous implements store.Store.
func (m *Memory) Previous(ctx context.Context) (store.State, error) {
	return m.copyAt(ctx, "Previous", 2)
}

// Copies implements store.Store.
func (m *Memory) Copies(ctx context.Context) ([]store.Copy, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.enter(ctx, "Copies"); err != nil {
		return nil, err
	}
	var out []store.Copy
	for _, envelope := range slices.Backward(m.copies) {
		data, rev, err := store.Decode(envelope)
		out = append(out, store.Copy{Name: "copy", Data: data, Revision: rev, Err: err})
	}
	return out, nil
}

// Save implements store.Store.
func (m *Memory) Save(ctx context.Context, data []byte, base store.Revision) (store.Revision, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.enter(ctx, "Save"); err != nil {
		return 0, err
	}
	if base != store.Revision(len(m.copies)) {
		return 0, store.ErrConflict
	}
	envelope, err := store.Encode(data, base+1)
	if err != nil {
		return 0, err
	}
	m.copies = append(m.copies, envelope)
	return base + 1, nil
}

// Erase implements store.Store.
func (m *Memory) Erase(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.enter(ctx, "Erase"); err != nil {
		return err
	}
	m.copies = nil
	return nil
}

func (m *Memory) copyAt(ctx context.Context, method string, back int) (store.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.enter(ctx, method); err != nil {
		return store.State{}, err
	}
	if len(m.copies) < back {
		return store.State{}, store.ErrAbsent
	}
	data, rev, err := store.Decode(m.copies[len(m.copies)-back])
	return store.State{Data: data, Revision: rev}, err
}

func (m *Memory) enter(ctx context.Context, method string) error {
	if m.Fail != nil {
		if err := m.Fail(method); err != nil {
			return err
		}
	}
	return ctx.Err()
}
