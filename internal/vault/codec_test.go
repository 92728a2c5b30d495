package vault

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzDecode: no input crashes; what is read is written so that it reads the
// same, is valid JSON, and encodes to the same bytes again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(`{"format":"jangle-vault","min_reader":1,"vault_id":"v","undo":[{"change":"x","added":["a"]}],"backup":null}`))
	f.Add([]byte(`{"for\u006dat":"jangle-vault","min_reader":1,"vault_id":"\"\\","accounts":[[],{},"",{"id":1}],"":"","a":"\\"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Decode(data)
		if err != nil {
			return
		}
		first := d.Encode()
		again, err := Decode(first)
		if err != nil || !json.Valid(first) {
			t.Fatalf("what was written cannot be read: %v\n%s", err, first)
		}
		if !bytes.Equal(again.Encode(), first) || again.Len() != d.Len() || again.ID() != d.ID() {
			t.Fatalf("a second round differs:\n%s\n%s", first, again.Encode())
		}
		d.Find("a")
		_, _ = d.Undo()
		_ = d.record("x")
	})
}

func benchmarkDocument(b *testing.B, n int) []byte {
	v, _ := filled(b, many(n)...)
	state, err := v.Store().Load(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return state.Data
}

func BenchmarkFindOneOf100(b *testing.B) { benchmarkFind(b, 100) }

func BenchmarkFindOneOf1000(b *testing.B) { benchmarkFind(b, 1000) }

func benchmarkFind(b *testing.B, n int) {
	data := benchmarkDocument(b, n)
	b.ReportAllocs()
	for b.Loop() {
		d, err := Decode(data)
		if err != nil {
			b.Fatal(err)
		}
		if found, _ := d.Find("site 42"); len(found) != 1 {
			b.Fatal("not found")
		}
	}
}

func BenchmarkAccountsOf1000(b *testing.B) {
	data := benchmarkDocument(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		d, err := Decode(data)
		if err != nil {
			b.Fatal(err)
		}
		if len(d.Accounts()) != 1000 {
			b.Fatal("not all")
		}
	}
}
