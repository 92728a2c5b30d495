package format

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// What an app stores and an account has no field for is kept in Account.Extra
// under the app's identifier, so that an export to the same app has it again.
// A reader declares a struct with the members that it maps; all others survive.

// unknownMembers returns the members of the JSON object raw that the struct v
// has no field for, nested structs included; never nil.
func unknownMembers(raw strictjson.Value, v any) map[string]strictjson.Value {
	if rest := unknownIn(raw, reflect.TypeOf(v)); rest != nil {
		return rest
	}
	return map[string]strictjson.Value{}
}

func unknownIn(raw strictjson.Value, t reflect.Type) map[string]strictjson.Value {
	var all map[string]strictjson.Value
	if strictjson.Decode(raw, &all) != nil {
		return nil
	}
	for name, value := range all {
		var field reflect.Type
		for _, f := range reflect.VisibleFields(t) {
			if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag == name && !f.Anonymous {
				field = f.Type
				break
			}
		}
		if field == nil {
			continue
		}
		delete(all, name)
		if field.Kind() == reflect.Pointer {
			field = field.Elem()
		}
		if field.Kind() != reflect.Struct {
			continue
		}
		if rest := unknownIn(value, field); rest != nil {
			all[name] = mustJSON(rest)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// mustJSON marshals what came out of a JSON text or consists of strings and
// numbers, which cannot fail.
func mustJSON(v any) strictjson.Value {
	out, err := strictjson.Marshal(v)
	if err != nil {
		return strictjson.Value("null")
	}
	return out
}

// keepExtra stores members for the app with this identifier; none is nothing.
func keepExtra(a *account.Account, app string, members map[string]strictjson.Value) {
	if len(members) == 0 {
		return
	}
	if a.Extra == nil {
		a.Extra = map[string]strictjson.Value{}
	}
	a.Extra[app] = mustJSON(members)
}

// extraOf returns what keepExtra stored; never nil.
func extraOf(a account.Account, app string) map[string]strictjson.Value {
	members := map[string]strictjson.Value{}
	if raw, ok := a.Extra[app]; ok && strictjson.Decode(raw, &members) != nil {
		return map[string]strictjson.Value{}
	}
	return members
}

// extraString returns one text member of what keepExtra stored, or "".
func extraString(a account.Account, app, name string) string {
	var s string
	if strictjson.Decode(extraOf(a, app)[name], &s) != nil {
		return ""
	}
	return s
}

// withExtra adds to the JSON object of v the stored members that v does not set
// itself, in nested objects too: what the person changed since then wins.
func withExtra(v any, members map[string]strictjson.Value) strictjson.Value {
	own := mustJSON(v)
	if len(members) == 0 {
		return own
	}
	return addMembers(own, members)
}

func addMembers(own strictjson.Value, members map[string]strictjson.Value) strictjson.Value {
	var out map[string]strictjson.Value
	if strictjson.Decode(own, &out) != nil || out == nil {
		return own
	}
	taken := map[string]string{} // names count in any case: a file must not have "id" and "ID"
	for name := range out {
		taken[strings.ToLower(name)] = name
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		mine, there := taken[strings.ToLower(name)]
		if !there {
			taken[strings.ToLower(name)] = name
			out[name] = members[name]
			continue
		}
		var nested map[string]strictjson.Value
		if mine == name && strictjson.Decode(members[name], &nested) == nil && nested != nil {
			out[name] = addMembers(out[name], nested)
		}
	}
	return mustJSON(out)
}

// withDefault sets a member that an app insists on, unless it is there.
func withDefault(members map[string]strictjson.Value, name string, value any) {
	for have := range members {
		if strings.EqualFold(have, name) {
			return
		}
	}
	members[name] = mustJSON(value)
}
