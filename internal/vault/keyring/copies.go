package keyring

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// slotCopy is what one item of a slot holds.
type slotCopy struct {
	slot     string
	value    string // as the item has it
	text     string // base64 of the whole envelope, from one value or from parts
	envelope []byte
	revision store.Revision // 0 if it cannot be read
	err      error          // why it cannot be read; nil as far as it is known
	decoded  bool
	data     []byte
	vault    string // the id of the document's vault, once it is decoded
	identify func([]byte) string
}

// copies are all items of both slots, the newest first, unreadable ones last.
type copies []*slotCopy

// readCopies reads slots with their parts. It decodes only the revisions: of
// two documents, one is wanted.
func (s *Store) readCopies(ctx context.Context, slots ...string) (copies, error) {
	values, err := s.ring.read(ctx, slots...)
	if err != nil {
		return nil, err
	}
	var out copies
	for _, slot := range slots {
		for _, value := range values[slot] {
			c, err := s.readCopy(ctx, slot, value)
			if err != nil {
				return nil, err
			}
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b *slotCopy) int { return cmp.Compare(b.revision, a.revision) })
	return out, nil
}

// readCopy makes a copy of a slot's value; its error is the keyring's, while
// that of a bad copy is in the copy.
func (s *Store) readCopy(ctx context.Context, slot, value string) (*slotCopy, error) {
	c := &slotCopy{slot: slot, value: value, text: value, identify: s.options.Identify}
	h, parted, err := parseHead(value)
	if err != nil {
		c.err = err
		return c, nil
	}
	if parted {
		c.revision = h.revision
		if c.text, err = s.readParts(ctx, slot, h.parts); errors.Is(err, store.ErrDamaged) {
			c.err = err
			return c, nil
		}
		if err != nil {
			return nil, err
		}
	}
	// Other tools put line ends around it.
	if c.envelope, err = base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(c.text)); err != nil {
		c.err = fmt.Errorf("%w: it is not base64", store.ErrDamaged)
		return c, nil
	}
	if len(c.envelope) == 0 {
		c.err = fmt.Errorf("%w: it is empty", store.ErrDamaged)
		return c, nil
	}
	rev, err := store.Peek(c.envelope)
	if parted && err == nil && rev != h.revision {
		// A save that wrote some parts and never came to the head, which counts.
		rev, err = h.revision, fmt.Errorf("%w: its head and its parts are of different revisions", store.ErrDamaged)
	}
	c.revision, c.err = max(rev, c.revision), err
	return c, nil
}

func (s *Store) readParts(ctx context.Context, slot string, n int) (string, error) {
	names := make([]string, n)
	for i := range names {
		names[i] = partName(slot, i+1)
	}
	values, err := s.ring.read(ctx, names...)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, name := range names {
		if len(values[name]) == 0 {
			return "", fmt.Errorf("%w: part %d of %d is missing", store.ErrDamaged, i+1, n)
		}
		b.WriteString(values[name][0])
	}
	return b.String(), nil
}

// open decodes the document, once.
func (c *slotCopy) open() error {
	if c.err == nil && !c.decoded {
		c.data, _, c.err = store.Decode(c.envelope) // the revision is that of readCopy
		c.decoded = c.err == nil
		if c.decoded && c.identify != nil {
			c.vault = c.identify(c.data)
		}
	}
	return c.err
}

// newest returns the newest sound copy of a vault, "" for the only one, with a
// warning for every copy that is unreadable and may be newer. A copy of a later
// form is store.ErrNewer: the older one is not what the person last saved. Copies
// of another vault only are store.ErrForeign; of several, store.ErrSeveral.
func (c copies) newest(vault string) (*slotCopy, []string, error) {
	if len(c) == 0 {
		return nil, nil, store.ErrAbsent
	}
	var sound *slotCopy
	foreign := false
	var warnings, reasons []string
	for _, x := range c {
		if sound != nil && x.revision > 0 && (vault != "" || x.identify == nil) {
			continue // older than the sound one
		}
		err := x.open()
		switch {
		case errors.Is(err, store.ErrNewer):
			return nil, nil, fmt.Errorf("the keyring's %s is %w", x.slot, err)
		case err == nil && vault != "" && x.vault != vault:
			foreign = true
			continue
		case err == nil && sound == nil:
			sound = x
			continue
		case err == nil && x.vault != sound.vault:
			return nil, nil, fmt.Errorf("the keyring: %w", store.ErrSeveral)
		case err == nil, sound != nil && x.revision > 0:
			continue
		}
		reasons = append(reasons, fmt.Sprintf("%s: %v", x.slot, err))
		warnings = append(warnings, fmt.Sprintf("the copy in the keyring's %s is %v; the one before it was taken", x.slot, err))
	}
	if sound == nil && foreign {
		return nil, nil, fmt.Errorf("the keyring holds %w", store.ErrForeign)
	}
	if sound == nil {
		return nil, nil, fmt.Errorf("%w: no copy in the keyring can be read (%s)", store.ErrDamaged, strings.Join(reasons, "; "))
	}
	return sound, warnings, nil
}

// replaceable says which item of a slot a save of a vault may go over, by the
// item's value: nil for any, as long as no copy is of another vault.
func (c copies) replaceable(slot, vault string) func(value string) bool {
	own, foreign := map[string]bool{}, false
	for _, x := range c {
		switch {
		case x.open() == nil && x.vault != vault:
			foreign = true
		case x.err == nil && x.slot == slot:
			own[x.value] = true
		}
	}
	if !foreign {
		return nil
	}
	return func(value string) bool { return own[value] }
}
