package bplist

import "fmt"

// archive is a keyed archive: objects that refer to each other by UID.
type archive struct {
	objects []any
	built   []any
	open    []bool
}

// Unarchive returns the root of a keyed archive in plain terms: NSDictionary and
// objects of any other class become map[string]any, NSArray and NSSet []any,
// NSData []byte, NSString string, NSDate Date; $null is nil.
func Unarchive(data []byte) (any, error) {
	top, err := Parse(data)
	if err != nil {
		return nil, err
	}
	outer, _ := top.(map[string]any)
	objects, ok := outer["$objects"].([]any)
	roots, isMap := outer["$top"].(map[string]any)
	if !ok || !isMap {
		return nil, fmt.Errorf("%w: it is not a keyed archive", ErrDamaged)
	}
	root, ok := roots["root"].(UID)
	if !ok {
		return nil, fmt.Errorf("%w: the archive has no root", ErrDamaged)
	}
	a := &archive{objects, make([]any, len(objects)), make([]bool, len(objects))}
	return a.resolve(root, 0)
}

func (a *archive) resolve(v any, depth int) (any, error) {
	uid, ok := v.(UID)
	if !ok {
		return v, nil
	}
	switch {
	case uint64(uid) >= uint64(len(a.objects)):
		return nil, fmt.Errorf("%w: there is no object %d", ErrDamaged, uid)
	case a.built[uid] != nil:
		return a.built[uid], nil
	case a.open[uid] || depth > maxDepth:
		return nil, fmt.Errorf("%w: object %d is inside itself", ErrDamaged, uid)
	}
	m, ok := a.objects[uid].(map[string]any)
	switch {
	case a.objects[uid] == "$null":
		return nil, nil
	case !ok:
		return a.objects[uid], nil
	}
	a.open[uid] = true
	get := func(v any) (any, error) { return a.resolve(v, depth+1) }
	keys, hasKeys := m["NS.keys"].([]any)
	values, hasValues := m["NS.objects"].([]any)
	data, hasData := m["NS.data"]
	text, hasText := m["NS.string"]
	seconds, isDate := m["NS.time"].(float64)
	var out any
	var err error
	switch {
	case hasKeys && hasValues && len(keys) == len(values):
		out, err = dictionary(keys, values, get)
	case hasValues:
		out, err = list(values, get)
	case hasData:
		out, err = get(data)
	case hasText:
		out, err = get(text)
	case isDate:
		out = Date(seconds)
	default: // an object of some class of the app
		fields := make(map[string]any, len(m))
		for name, v := range m {
			if name != "$class" && err == nil {
				fields[name], err = get(v)
			}
		}
		out = fields
	}
	a.open[uid] = false
	a.built[uid] = out
	return out, err
}
