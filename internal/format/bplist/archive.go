package bplist

import (
	"fmt"
)

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
	a.open[uid] = true
	out, err := a.object(a.objects[uid], depth)
	a.open[uid] = false
	a.built[uid] = out
	return out, err
}

func (a *archive) object(v any, depth int) (any, error) {
	if v == "$null" {
		return nil, nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		return v, nil
	}
	keys, hasKeys := m["NS.keys"].([]any)
	values, hasValues := m["NS.objects"].([]any)
	switch {
	case hasKeys && hasValues && len(keys) == len(values):
		return a.dictionary(keys, values, depth)
	case hasValues:
		return a.list(values, depth)
	}
	for _, name := range []string{"NS.data", "NS.string"} {
		if inner, ok := m[name]; ok {
			return a.resolve(inner, depth+1)
		}
	}
	if seconds, ok := m["NS.time"].(float64); ok {
		return Date(seconds), nil
	}
	return a.members(m, depth)
}

func (a *archive) dictionary(keys, values []any, depth int) (any, error) {
	out := make(map[string]any, len(keys))
	for i := range keys {
		key, err := a.resolve(keys[i], depth+1)
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok {
			return nil, fmt.Errorf("%w: a key that is not text", ErrDamaged)
		}
		if out[name], err = a.resolve(values[i], depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (a *archive) list(values []any, depth int) (any, error) {
	out := make([]any, len(values))
	for i, v := range values {
		var err error
		if out[i], err = a.resolve(v, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// members resolves the fields of an object of some class of the app.
func (a *archive) members(m map[string]any, depth int) (any, error) {
	out := make(map[string]any, len(m))
	for name, v := range m {
		if name == "$class" {
			continue
		}
		var err error
		if out[name], err = a.resolve(v, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}
