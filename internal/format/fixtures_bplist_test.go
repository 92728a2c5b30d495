package format

import (
	"encoding/binary"

	"github.com/jangle-otp/jangle/internal/format/container/bplist"
)

// keyedArchive writes maps, lists, texts, bytes and small numbers as
// NSKeyedArchiver does.
func keyedArchive(root any) []byte {
	a := archiver{objects: []any{"$null"}}
	uid := a.add(root)
	return binaryPlist(map[string]any{
		"$archiver": "NSKeyedArchiver", "$version": 100000, "$objects": a.objects, "$top": map[string]any{"root": uid},
	})
}

type archiver struct{ objects []any }

func (a *archiver) add(v any) bplist.UID {
	uid := bplist.UID(len(a.objects))
	a.objects = append(a.objects, nil)
	switch v := v.(type) {
	case map[string]any:
		keys, values := []any{}, []any{}
		for _, k := range sortedKeys(v) {
			keys, values = append(keys, a.add(k)), append(values, a.add(v[k]))
		}
		a.objects[uid] = map[string]any{"NS.keys": keys, "NS.objects": values}
	case []any:
		values := []any{}
		for _, e := range v {
			values = append(values, a.add(e))
		}
		a.objects[uid] = map[string]any{"NS.objects": values}
	case []byte:
		a.objects[uid] = map[string]any{"NS.data": v}
	default:
		a.objects[uid] = v
	}
	return uid
}

// binaryPlist writes version 00 with references and offsets of four bytes.
func binaryPlist(top any) []byte {
	w := plistWriter{out: []byte(bplist.Magic)}
	root := w.add(top)
	table := len(w.out)
	for _, at := range w.offsets {
		w.out = binary.BigEndian.AppendUint32(w.out, uint32(at))
	}
	w.out = append(w.out, 0, 0, 0, 0, 0, 0, 4, 4)
	for _, n := range []int{len(w.offsets), root, table} {
		w.out = binary.BigEndian.AppendUint64(w.out, uint64(n))
	}
	return w.out
}

type plistWriter struct {
	out     []byte
	offsets []int
}

// add writes an object after those that it refers to, and returns its number.
func (w *plistWriter) add(v any) int {
	var body []byte
	switch v := v.(type) {
	case string:
		body = append(plistHead(0x50, len(v)), v...)
	case []byte:
		body = append(plistHead(0x40, len(v)), v...)
	case int:
		body = binary.BigEndian.AppendUint64([]byte{0x13}, uint64(v))
	case bplist.UID:
		body = binary.BigEndian.AppendUint32([]byte{0x83}, uint32(v))
	case []any:
		body = plistHead(0xa0, len(v))
		for _, e := range v {
			body = binary.BigEndian.AppendUint32(body, uint32(w.add(e)))
		}
	case map[string]any:
		body = plistHead(0xd0, len(v))
		keys := sortedKeys(v)
		for _, k := range keys {
			body = binary.BigEndian.AppendUint32(body, uint32(w.add(k)))
		}
		for _, k := range keys {
			body = binary.BigEndian.AppendUint32(body, uint32(w.add(v[k])))
		}
	}
	w.offsets = append(w.offsets, len(w.out))
	w.out = append(w.out, body...)
	return len(w.offsets) - 1
}

func plistHead(kind byte, n int) []byte {
	if n < 15 {
		return []byte{kind | byte(n)}
	}
	return binary.BigEndian.AppendUint32([]byte{kind | 15, 0x12}, uint32(n))
}
