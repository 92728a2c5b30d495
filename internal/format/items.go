package format

import (
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// readItems reads the items of a password manager, of which most hold no code: they
// are counted and are no entries. add adds all codes of one item.
func readItems[T any](r Result, raws []strictjson.Value, add func(l *entryList, item T)) (Result, error) {
	if raws == nil {
		return Result{}, missing("the list of items")
	}
	var l entryList
	without, err := addItems(&l, raws, func(_ strictjson.Value, item T) { add(&l, item) })
	return l.ofItems(r, without), err
}

// addItems is readItems for one of several lists in a file.
func addItems[T any](l *entryList, raws []strictjson.Value, add func(raw strictjson.Value, item T)) (without int, err error) {
	for _, raw := range raws {
		var item T
		before := len(l.list)
		if err := decodeChecked(raw, &item); err != nil {
			l.fail(labelIn(raw), err)
		} else {
			add(raw, item)
		}
		if len(l.list) == before {
			without++
		}
		if err := full(len(l.list)); err != nil {
			l.list = nil
			return 0, err
		}
	}
	return without, nil
}

// ofItems is the result for a list that addItems filled.
func (l *entryList) ofItems(r Result, without int) Result {
	r.Entries = l.list
	if without > 0 {
		r.Notes = append(r.Notes, plural(without, "item", "items")+" without a one-time code left out")
	}
	return r
}

// addCodes adds the codes of one item, links or bare secrets, with what the item says
// besides: the groups, the note and so on of dress.
func (l *entryList) addCodes(title, user string, codes []string, dress account.Account) {
	for _, code := range codes {
		if len(l.list) > MaxEntries { // then addItems refuses
			return
		}
		a, warnings, err := otpValue(code, title, user)
		l.add(entryName(title, user), dressed(a, dress), warnings, err)
	}
}

// dressed is the code of one account with the decoration of another.
func dressed(a, dress account.Account) account.Account {
	a.Note, a.Groups, a.Tags, a.Extra = dress.Note, dress.Groups, dress.Tags, dress.Extra
	a.Favourite, a.Archived, a.Trashed = dress.Favourite, dress.Archived, dress.Trashed
	a.Created, a.Updated = dress.Created, dress.Updated
	return a
}

// textsIn is a text, or a list of texts; nothing of any other value.
func textsIn(raw strictjson.Value) []string {
	var one string
	var many []string
	if strictjson.Decode(raw, &one) == nil && one != "" {
		return []string{one}
	}
	if strictjson.Decode(raw, &many) != nil {
		return nil
	}
	return many
}

// linksIn are the texts among them that are links to a code.
func linksIn(raw strictjson.Value) (links []string) {
	for _, text := range textsIn(raw) {
		if text = strings.TrimSpace(text); otpauth.IsURI(text) {
			links = append(links, text)
		}
	}
	return links
}

// maxGroupPath bounds what a folder inherits from those around it: each of 100,000
// could have the longest.
const maxGroupPath = 512

// groupPath is the name of a folder inside another.
func groupPath(parent, title string) string {
	if parent == "" || title == "" || len(parent)+len(title) > maxGroupPath {
		return firstOf(title, parent)
	}
	return parent + "/" + title
}
