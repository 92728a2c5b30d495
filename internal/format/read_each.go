package format

import (
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// A reader of one entry returns what messages call it and the account, or the
// reason why there is none: the arguments of entryList.add. The functions here
// call it for all entries of a file and put them into the result.

// readEach reads the items of a file in their order.
func readEach[S any](r Result, items []S, read func(item S) (string, account.Account, []string, error)) (Result, error) {
	var l entryList
	err := full(len(items))
	if err == nil {
		for _, item := range items {
			l.add(read(item))
		}
	}
	r.Entries = l.list
	return r, err
}

// readEntries decodes the elements of a JSON array one by one, so that an odd one
// does not stop the others. The text must have passed checkJSON.
func readEntries[T any](r Result, raws []strictjson.Value, read func(raw strictjson.Value, v T) (string, account.Account, []string, error)) (Result, error) {
	return readRanked(r, raws, func(T) int { return 0 }, read)
}

// readRanked is readEntries for an app that shows the entries by a rank that each
// of them has.
func readRanked[T any](r Result, raws []strictjson.Value, rank func(v T) int, read func(raw strictjson.Value, v T) (string, account.Account, []string, error)) (Result, error) {
	var ranks []int
	r, err := readEach(r, raws, func(raw strictjson.Value) (string, account.Account, []string, error) {
		var v T
		err := decodeChecked(raw, &v)
		ranks = append(ranks, rank(v))
		if err != nil {
			return labelIn(raw), account.Account{}, nil, err
		}
		return read(raw, v)
	})
	l := entryList{r.Entries}
	l.sortBy(func(index int) int { return ranks[index-1] })
	return r, err
}

// readArray is readEntries for a text that is nothing but the array.
func readArray[T any](r Result, text []byte, read func(raw strictjson.Value, v T) (string, account.Account, []string, error)) (Result, error) {
	var raws []strictjson.Value
	if err := decodeJSON(text, &raws); err != nil {
		return r, err
	}
	if raws == nil {
		return r, missing("the list of entries")
	}
	return readEntries(r, raws, read)
}

// labelIn finds something to call an entry that could not be decoded.
func labelIn(raw strictjson.Value) string {
	var members map[string]strictjson.Value
	if strictjson.Decode(raw, &members) != nil {
		return ""
	}
	texts := map[string]string{}
	for name, value := range members {
		var s string
		if strictjson.Decode(value, &s) == nil {
			texts[strings.ToLower(name)] = s
		}
	}
	return entryName(firstOf(texts["issuer"], texts["issuername"], texts["service"]),
		firstOf(texts["name"], texts["label"], texts["title"], texts["account"], texts["account_name"], texts["username"]))
}
