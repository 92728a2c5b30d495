package keyring

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// The names of the two slots; part n of a slot has "-n" after the name.
const (
	slotA = "slot-a"
	slotB = "slot-b"
)

// maxParts bounds what a damaged head can ask for: MaxDocument in the smallest
// parts would be 35,000, and no keyring would take them.
const maxParts = 40_000

func partName(slot string, n int) string { return fmt.Sprintf("%s-%d", slot, n) }

// head is the value of a slot whose document is in parts: "parts:1:REVISION:COUNT".
// The colon is in no base64, so it cannot be taken for a document.
type head struct {
	revision store.Revision
	parts    int
}

const headMark = "parts:"

func (h head) String() string { return fmt.Sprintf("%s1:%d:%d", headMark, h.revision, h.parts) }

// parseHead reads a head; false: the value is no head.
func parseHead(value string) (head, bool, error) {
	if !strings.HasPrefix(value, headMark) {
		return head{}, false, nil
	}
	var h head
	var form int
	n, _ := fmt.Sscanf(value[len(headMark):], "%d:%d:%d", &form, &h.revision, &h.parts)
	switch {
	case n == 3 && form != 1:
		return head{}, true, fmt.Errorf("%w (slot of form %d)", store.ErrNewer, form)
	case n != 3 || h.parts < 1 || h.parts > maxParts || h.String() != value:
		return head{}, true, fmt.Errorf("%w: its head cannot be read", store.ErrDamaged)
	}
	return h, true, nil
}

// spell makes the values of a slot: the head, or the whole document where it
// fits, and the parts.
func spell(envelope []byte, rev store.Revision, limit int) (first string, parts []string) {
	text := base64.StdEncoding.EncodeToString(envelope)
	if limit <= 0 || len(text) <= limit {
		return text, nil
	}
	for rest := text; rest != ""; {
		n := min(limit, len(rest))
		parts = append(parts, rest[:n])
		rest = rest[n:]
	}
	return head{rev, len(parts)}.String(), parts
}
