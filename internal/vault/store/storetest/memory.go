package storetest

import (
	"context"
	"slices"
	"sync"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Memory is a store for the tests of what uses a store. Its copies are
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
func (m *Memory) Copies(ctx context.Context) (out []store.Copy, err error) {
	err = m.do(ctx, "Copies", func() error {
		for _, envelope := range slices.Backward(m.copies) {
			data, rev, err := store.Decode(envelope)
			out = append(out, store.Copy{Name: "copy", Data: data, Revision: rev, Err: err})
		}
		return nil
	})
	return out, err
}

// Save implements store.Store.
func (m *Memory) Save(ctx context.Context, data []byte, base store.Revision) (store.Revision, error) {
	err := m.do(ctx, "Save", func() error {
		if base != store.Revision(len(m.copies)) {
			return store.ErrConflict
		}
		envelope, err := store.Encode(data, base+1)
		if err == nil {
			m.copies = append(m.copies, envelope)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	return base + 1, nil
}

// Erase implements store.Store.
func (m *Memory) Erase(ctx context.Context) error {
	return m.do(ctx, "Erase", func() error { m.copies = nil; return nil })
}

func (m *Memory) copyAt(ctx context.Context, method string, back int) (state store.State, err error) {
	err = m.do(ctx, method, func() error {
		if len(m.copies) < back {
			return store.ErrAbsent
		}
		state.Data, state.Revision, err = store.Decode(m.copies[len(m.copies)-back])
		return err
	})
	return state, err
}

// do runs the work of a method, one at a time, unless it is to fail.
func (m *Memory) do(ctx context.Context, method string, work func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Fail != nil {
		if err := m.Fail(method); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return work()
}
