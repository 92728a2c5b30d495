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
// and found it equal. After damage the revision skips the one that was lost, so
// that whoever still holds the lost document cannot save over the new one.
func (s *Store) Save(ctx context.Context, data []byte, base store.Revision) (store.Revision, error) {
	leave, err := s.enterLocked(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	vault := s.options.Vault
	if s.options.Identify != nil {
		vault = s.options.Identify(data)
	}
	c := s.seen // since Load read it under the lock that is still held, no other has saved
	s.seen = nil
	if c == nil {
		if c, err = s.readCopies(ctx, slotA, slotB); err != nil {
			return 0, err
		}
	}
	newest, _, err := c.newest(s.options.Vault)
	if errors.Is(err, store.ErrAbsent) {
		newest, err = &slotCopy{slot: slotB}, nil
	}
	if err != nil {
		return 0, err
	}
	if newest.revision != base {
		return 0, fmt.Errorf("the vault in the keyring was %w (revision %d, not %d)", store.ErrConflict, newest.revision, base)
	}
	slot := slotA
	if newest.slot == slotA {
		slot = slotB
	}
	rev := base + 1
	for _, x := range c {
		switch err := x.open(); {
		case err != nil && x.revision == 0: // it may have been the next one
			rev = max(rev, base+2)
		case err != nil, x.vault == vault: // what cannot be read may be ours
			rev = max(rev, x.revision+1)
		}
	}
	envelope, err := store.Encode(data, rev)
	if err != nil {
		return 0, err
	}
	first, parts := spell(envelope, rev, s.options.Limit)
	if err := s.put(ctx, slot, first, parts, c.replaceable(slot, vault)); err != nil {
		return 0, err
	}
	if s.options.Limit > 0 {
		_ = s.dropParts(ctx, slot, len(parts)) // or a later save does it: the document is safe
	}
	return rev, nil
}

// put writes the parts, then the head, and reads all of it back. Without an unclear
// answer before, a difference means that the keyring dropped or changed what it said
// it had stored.
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
	if ctx.Err() != nil && unclear != nil {
		return unclear
	}
	text := first
	if len(parts) > 0 {
		text = strings.Join(parts, "")
	}
	c, err := s.readCopies(ctx, slot)
	switch {
	case err == nil && slices.ContainsFunc(c, func(x *slotCopy) bool { return x.text == text && x.open() == nil }):
		return nil
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

// dropParts removes the parts after the last one that is used, from the end, so
// that a crash leaves no gap before which a later call would stop looking.
func (s *Store) dropParts(ctx context.Context, slot string, used int) error {
	last := used
	for ; ; last++ {
		values, err := s.ring.read(ctx, partName(slot, last+1))
		if err != nil {
			return err
		}
		if len(values) == 0 {
			break
		}
	}
	for ; last > used; last-- {
		if err := s.ring.remove(ctx, partName(slot, last)); err != nil {
			return err
		}
	}
	return nil
}

// Erase implements store.Store.
func (s *Store) Erase(ctx context.Context) error {
	leave, err := s.enterLocked(ctx)
	if err != nil {
		return err
	}
	defer leave()
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
	return s.dropParts(ctx, slot, 0)
}
