package format

import (
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// readList decodes the elements of a JSON array one by one into entries, so that
// an odd one does not stop the others. The text must have passed checkJSON.
func readList[T any](l *entryList, raws []strictjson.Value, add func(raw strictjson.Value, v T)) error {
	if err := full(len(raws)); err != nil {
		return err
	}
	for _, raw := range raws {
		var v T
		if err := decodeChecked(raw, &v); err != nil {
			l.fail(labelIn(raw), err)
			continue
		}
		add(raw, v)
	}
	return nil
}

// labelIn finds something to call an entry that could not be decoded.
func labelIn(raw strictjson.Value) string {
	var members map[string]strictjson.Value
	if strictjson.Decode(raw, &members) != nil {
		return ""
	}
	for _, name := range []string{"issuer", "issuerName", "service", "name", "label", "title", "account", "account_name"} {
		var s string
		if strictjson.Decode(members[name], &s) == nil && s != "" {
			return clip(s)
		}
	}
	return ""
}
