package keyring

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"testing"

	"github.com/godbus/dbus/v5"

	"github.com/jangle-otp/jangle/internal/vault/keyring/keyringtest"
)

// Both ways of reading give the same, and the quick one is really taken.
func TestQuickReadAgrees(t *testing.T) {
	k := keyringtest.Start(t)
	o := options(k.Bus)
	r := &secretService{service: Service, bus: o.Bus, guard: newGuard(o.Timeout, nil)}
	users := []string{slotA, slotB, "slot-none"}
	if _, ok := r.quickRead(t.Context(), users); ok {
		t.Error("an empty keyring is for the long way round: it may be locked")
	}
	for n, user := range map[int]string{100_000: slotA, 3: slotB} {
		if err := r.write(t.Context(), user, string(bytes.Repeat([]byte("x"), n)), nil); err != nil {
			t.Fatal(err)
		}
	}
	quick, ok := r.quickRead(t.Context(), users)
	if !ok {
		t.Fatal("the quick way was not taken")
	}
	thorough, err := r.thoroughRead(t.Context(), users)
	if err != nil || len(quick) != 2 || !maps.EqualFunc(quick, thorough, slices.Equal) {
		t.Errorf("quick %d users, thorough %d users, %v", len(quick), len(thorough), err)
	}
	k.Lock(t)
	if _, ok := r.quickRead(t.Context(), users); ok {
		t.Error("a locked keyring was read the quick way")
	}
}

// What wire writes, godbus reads.
func TestWireCall(t *testing.T) {
	var e encoder
	e.array(8, func() {
		for _, pair := range [][2]string{{"service", "jangle"}, {"username", "slot-a"}} {
			e.align(8)
			e.string(pair[0])
			e.string(pair[1])
		}
	})
	var w wire
	serial := w.call(secretsName, string(secretsPath), serviceInterface, "SearchItems", "a{ss}", e.b)
	m, err := dbus.DecodeMessage(bytes.NewReader(w.out))
	if err != nil || m.IsValid() != nil || m.Serial() != serial {
		t.Fatalf("%v, %v", m, err)
	}
	want := map[string]string{"service": "jangle", "username": "slot-a"}
	if got, ok := m.Body[0].(map[string]string); !ok || !maps.Equal(got, want) {
		t.Errorf("body %v", m.Body)
	}
	if m.Headers[dbus.FieldMember].Value() != "SearchItems" || m.Headers[dbus.FieldDestination].Value() != secretsName {
		t.Errorf("headers %v", m.Headers)
	}
}

// FuzzWire: no bytes from the bus crash the reader or make it read beyond them.
func FuzzWire(f *testing.F) {
	var w wire
	w.call(secretsName, string(secretsPath), serviceInterface, "SearchItems", "a{ss}", []byte{0, 0, 0, 0, 0, 0, 0, 0})
	f.Add(w.out)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= 16 { // no message of many megabytes
			binary.LittleEndian.PutUint32(data[4:], binary.LittleEndian.Uint32(data[4:])%4096)
			binary.LittleEndian.PutUint32(data[12:], binary.LittleEndian.Uint32(data[12:])%4096)
		}
		r := wire{conn: bytes.NewBuffer(data)}
		if _, d, err := r.read(); err == nil {
			_, _ = d.secrets()
		}
		_, _ = (&decoder{b: data, order: binary.BigEndian}).secrets()
		(&decoder{b: data, order: binary.LittleEndian}).paths()
	})
}
