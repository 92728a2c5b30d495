package vault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/jangle-otp/jangle/internal/jsonsplit"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// What the first members of a document say. A program may read a document whose
// min_reader is at most its own version, and has to keep what it does not know.
const (
	formatName    = "jangle-vault"
	formatVersion = 1
)

// newDocument is the document of a store in which nothing was ever saved.
func newDocument() *Document {
	return &Document{id: randomID(26), version: formatVersion, reader: formatVersion}
}

// Decode reads a document. Errors: store.ErrDamaged, store.ErrNewer. A damaged
// record is no error; see Document.Damaged.
func Decode(data []byte) (*Document, error) {
	if !json.Valid(data) {
		return nil, fmt.Errorf("%w: the document is not valid JSON", store.ErrDamaged)
	}
	d := &Document{version: formatVersion}
	format, seen, wrong := "", map[string]bool{}, error(nil)
	ok := jsonsplit.Members(data, func(m jsonsplit.Member) {
		name := text(json.RawMessage(m.Name))
		switch {
		case wrong != nil:
		case seen[name]:
			wrong = fmt.Errorf("%w: the document has two members %q", store.ErrDamaged, name)
		case name == "format":
			format = text(m.Value)
		default:
			wrong = d.take(name, m)
		}
		seen[name] = true
	})
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: the document is not a JSON object", store.ErrDamaged)
	case wrong != nil:
		return nil, wrong
	}
	return d, d.check(format)
}

// take puts one member of the JSON object in its place.
func (d *Document) take(name string, m jsonsplit.Member) error {
	ok := true
	switch name {
	case "version":
		ok = json.Unmarshal(m.Value, &d.version) == nil
	case "min_reader":
		ok = json.Unmarshal(m.Value, &d.reader) == nil
	case "vault_id":
		d.id = text(m.Value)
	case "accounts":
		var records []json.RawMessage
		records, ok = jsonsplit.Elements(m.Value)
		d.entries = storedEntries(records)
	case "undo":
		d.undo, ok = jsonsplit.Elements(m.Value)
	case "redo":
		d.redo, ok = jsonsplit.Elements(m.Value)
	case "backup":
		d.proof = m.Value
	default:
		d.unknown = append(d.unknown, m)
	}
	if !ok {
		return fmt.Errorf("%w: the member %q of the document has no value of its kind", store.ErrDamaged, name)
	}
	return nil
}

func (d *Document) check(format string) error {
	switch {
	case format != formatName:
		return fmt.Errorf("%w: this is not a vault document", store.ErrDamaged)
	case d.reader > formatVersion:
		return fmt.Errorf("%w: its document needs a reader of version %d, this jangle has version %d",
			store.ErrNewer, d.reader, formatVersion)
	case d.reader < 1 || d.id == "":
		return fmt.Errorf("%w: the document has no min_reader or no vault_id", store.ErrDamaged)
	}
	d.base = slices.Clone(d.entries)
	return nil
}

// Encode writes the document as JSON, one record to a line. Records that were
// not changed are written as they were read, byte for byte.
func (d *Document) Encode() []byte {
	var b bytes.Buffer
	b.WriteString(`{"format":"` + formatName + `","version":` + strconv.Itoa(d.version))
	b.WriteString(`,"min_reader":` + strconv.Itoa(d.reader) + `,"vault_id":`)
	b.Write(quote(d.id))
	records := make([]json.RawMessage, len(d.entries))
	for i, e := range d.entries {
		records[i] = e.raw
	}
	writeList(&b, "accounts", records)
	if len(d.undo) > 0 {
		writeList(&b, "undo", d.undo)
	}
	if len(d.redo) > 0 {
		writeList(&b, "redo", d.redo)
	}
	if d.proof != nil {
		b.WriteString(",\"backup\":")
		b.Write(d.proof)
	}
	for _, m := range d.unknown {
		b.WriteByte(',')
		b.Write(m.Name)
		b.WriteByte(':')
		b.Write(m.Value)
	}
	b.WriteString("}\n")
	return b.Bytes()
}

func writeList(b *bytes.Buffer, name string, elements []json.RawMessage) {
	b.WriteString(`,"` + name + `":[`)
	for i, raw := range elements {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		b.Write(raw)
	}
	b.WriteString("\n]")
}

// quote writes a string as JSON; <, > and & stay as they are.
func quote(s string) []byte {
	out, err := plainJSON(s)
	if err != nil {
		return []byte(`""`)
	}
	return out
}

func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
