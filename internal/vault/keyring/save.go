package keyring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Save implements store.Store. It writes the slot that does not hold the newest
// document, and says "saved" when it has read that slot through a new connection
// and found it equal.
func (s *Store) Save(ctx context.Context, data []byte, base store.Revision) (store.Revision, error) {
	leave, err := s.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	release, err := s.locked(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	vault := s.options.Vault
	if s.options.Identify != nil {
		vault = s.options.Identify(data)
	}
	slot, rev, over, err := s.target(ctx, vault, base)
	if err != nil {
		return 0, err
	}
	envelope, err := store.Encode(data, rev)
	if err != nil {
		return 0, err
	}
	first, parts := spell(envelope, rev, s.options.Limit)
	if err := s.put(ctx, slot, first, parts, over); err != nil {
		return 0, err
	}
	s.dropParts(ctx, slot, len(parts))
	return rev, nil
}

// target says where a save on base goes, and under which revision. After damage
// the revision skips the one that was lost, so that nobody who still holds the
// lost document can save over the new one.
func (s *Store) target(ctx context.Context, vault string, base store.Revision) (slot string, rev store.Revision, over func(string) bool, err error) {
	c, err := s.current(ctx)
	if err != nil {
		return "", 0, nil, err
	}
	newest, _, err := c.newest(s.options.Vault)
	if errors.Is(err, store.ErrAbsent) {
		newest, err = &slotCopy{slot: slotB}, nil
	}
	if err != nil {
		return "", 0, nil, err
	}
	if newest.revision != base {
		return "", 0, nil, fmt.Errorf("the vault in the keyring was %w (revision %d, not %d)", store.ErrConflict, newest.revision, base)
	}
	slot = c.other(newest)
	return slot, max(base, c.highest(vault)) + 1, c.replaceable(slot, vault), nil
}

// current returns what the slots hold: what Load read under the lock that is
// still held, since nobody has saved in between, or what the keyring says now.
func (s *Store) current(ctx context.Context) (copies, error) {
	seen := s.seen
	s.seen = nil
	if seen != nil {
		return seen, nil
	}
	return s.readCopies(ctx, slotA, slotB)
}

// put writes the parts, then the head, and reads all of it back.
func (s *Store) put(ctx context.Context, slot, first string, parts []string, over func(string) bool) error {
	if over != nil && len(parts) > 0 {
		return fmt.Errorf("%w: its parts would go over those of another vault: %w", store.ErrNotSaved, store.ErrForeign)
	}
	var unclear error
	write := func(user, value string) error {
		err := s.ring.write(ctx, user, value, over)
		if errors.Is(err, store.ErrUnknown) {
			unclear = err
			return nil // what is read back decides
		}
		return err
	}
	for i, p := range parts {
		if err := write(partName(slot, i+1), p); err != nil {
			return notSaved(err)
		}
	}
	if err := write(slot, first); err != nil {
		return notSaved(err)
	}
	text := first
	if len(parts) > 0 {
		text = strings.Join(parts, "")
	}
	return s.verify(ctx, slot, text, unclear)
}

// verify reads a slot back. Without an unclear answer before, a difference means
// that the keyring dropped or changed what it said it had stored.
func (s *Store) verify(ctx context.Context, slot, text string, unclear error) error {
	if ctx.Err() != nil && unclear != nil {
		return unclear
	}
	c, err := s.readCopies(ctx, slot)
	stored := func(x *slotCopy) bool { return x.text == text && x.open() == nil }
	if err == nil && slices.ContainsFunc(c, stored) {
		return nil
	}
	switch {
	case unclear != nil:
		return unclear
	case err != nil:
		return fmt.Errorf("%w: it was stored, but could not be read back: %w", store.ErrUnknown, err)
	}
	return fmt.Errorf("%w: the keyring said that it had stored the vault, but what it gives back is something else", store.ErrNotSaved)
}

// notSaved says of an error before or instead of a write that nothing changed.
func notSaved(err error) error {
	for _, clear := range []error{store.ErrNotSaved, store.ErrLocked, store.ErrUnreachable, store.ErrDismissed, store.ErrTimeout, context.Canceled} {
		if errors.Is(err, clear) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", store.ErrNotSaved, err)
}

// dropParts removes the parts behind the last one that is used, from the end, so
// that a crash leaves no gap before which a later call would stop looking.
// What fails here is done by a later save: the document itself is safe.
func (s *Store) dropParts(ctx context.Context, slot string, used int) {
	if s.options.Limit <= 0 {
		return
	}
	last, err := s.lastPart(ctx, slot, used)
	for n := last; err == nil && n > used; n-- {
		err = s.ring.remove(ctx, partName(slot, n))
	}
}

// lastPart returns the number of the last part of a slot, at least used.
func (s *Store) lastPart(ctx context.Context, slot string, used int) (int, error) {
	for n := used + 1; ; n++ {
		values, err := s.ring.read(ctx, partName(slot, n))
		if err != nil || len(values) == 0 {
			return n - 1, err
		}
	}
}

// Erase implements store.Store.
func (s *Store) Erase(ctx context.Context) error {
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	release, err := s.locked(ctx)
	if err != nil {
		return err
	}
	defer release()
	for _, slot := range []string{slotA, slotB} {
		if err := s.eraseSlot(ctx, slot); err != nil {
			return err
		}
	}
	left, err := s.ring.read(ctx, slotA, slotB, partName(slotA, 1), partName(slotB, 1))
	if err != nil {
		return fmt.Errorf("%w: it could not be checked whether the vault is gone: %w", store.ErrUnknown, err)
	}
	if len(left) > 0 {
		return fmt.Errorf("the keyring said that it had deleted the vault, but it still has %d items of it", len(left))
	}
	return nil
}

// eraseSlot removes the head first: parts without a head are no document.
func (s *Store) eraseSlot(ctx context.Context, slot string) error {
	if err := s.ring.remove(ctx, slot); err != nil {
		return err
	}
	last, err := s.lastPart(ctx, slot, 0)
	for n := last; err == nil && n > 0; n-- {
		err = s.ring.remove(ctx, partName(slot, n))
	}
	return err
}
