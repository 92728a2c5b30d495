package vault

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"github.com/jangle-otp/jangle/internal/strictjson"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// What the first members of a document say. A program may read a document whose
// min_reader is at most its own version, and has to keep what it does not know.
const (
	formatName    = "jangle-vault"
	formatVersion = 1
)

// NewDocument returns a document without accounts: what a store has in which nothing
// was ever saved, and what a person has before the first import.
func NewDocument() *Document {
	return &Document{id: randomID(26), version: formatVersion, reader: formatVersion}
}

// Decode reads a document. Errors: store.ErrDamaged, store.ErrNewer. A damaged
// record is no error; see Document.Damaged.
func Decode(data []byte) (*Document, error) {
	members, err := strictjson.Limits{}.Members(data)
	if err != nil {
		return nil, fmt.Errorf("%w: the document: %w", store.ErrDamaged, err)
	}
	d, format := &Document{version: formatVersion}, ""
	for _, m := range members {
		var err error
		switch m.Name {
		case "format":
			err = strictjson.Decode(m.Value, &format)
		case "version":
			err = strictjson.Decode(m.Value, &d.version)
		case "min_reader":
			err = strictjson.Decode(m.Value, &d.reader)
		case "vault_id":
			err = strictjson.Decode(m.Value, &d.id)
		case "accounts":
			d.entries = storedEntries(m.Elements)
		case "undo":
			d.undo = m.Elements
		case "redo":
			d.redo = m.Elements
		case "backup":
			d.proof = m.Value
		case "moved":
			err = strictjson.Decode(m.Value, &d.moved)
		default:
			d.unknown = append(d.unknown, m.Text)
		}
		if err != nil || (m.Name == "accounts" || m.Name == "undo" || m.Name == "redo") && m.Elements == nil {
			return nil, fmt.Errorf("%w: the member %q of the document has no value of its kind", store.ErrDamaged, m.Name)
		}
	}
	return d, d.check(format)
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
	id, _ := strictjson.Marshal(d.id) // a string cannot fail
	b.Write(id)
	records := make([]strictjson.Value, len(d.entries))
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
	if d.moved != nil {
		moved, _ := strictjson.Marshal(d.moved) // strings and a number cannot fail
		b.WriteString(",\"moved\":")
		b.Write(moved)
	}
	for _, m := range d.unknown {
		b.WriteByte(',')
		b.Write(m)
	}
	b.WriteString("}\n")
	return b.Bytes()
}

func writeList(b *bytes.Buffer, name string, elements []strictjson.Value) {
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
