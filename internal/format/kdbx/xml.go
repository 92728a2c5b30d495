package kdbx

import (
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// document reads the XML as a stream. Protected values anywhere (also in old
// versions of entries and in attachments) take their turn at the inner stream,
// in document order, or all that follow would be garbage.
type document struct {
	stream  cipher.Stream
	limits  Limits
	path    []string // names of the open elements
	text    strings.Builder
	isPlain bool // the open element is not protected
	groups  []*group
	history int // open History elements
	entry   *draft
	drafts  []*draft
	key     string // of the open String
	icon    string // UUID of the open Meta/CustomIcons/Icon
	icons   map[string][]byte
	bin     string // UUID of the recycle bin
	binOff  bool
	samples string // UUID of the templates group
}

type group struct {
	name, uuid string
	parent     *group
}

// draft is an entry whose group and icon are looked up at the end, since their
// names may stand after it.
type draft struct {
	Entry
	group *group
	icon  string
}

func parseXML(r io.Reader, s cipher.Stream, l Limits) ([]Entry, error) {
	d := &document{stream: s, limits: l, isPlain: true, icons: map[string][]byte{}}
	dec := xml.NewDecoder(r)
	for {
		tok, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: its XML cannot be read", ErrDamaged)
		}
		switch t := tok.(type) {
		case xml.Directive:
			return nil, fmt.Errorf("%w: its XML has a DOCTYPE", ErrDamaged)
		case xml.StartElement:
			err = d.start(t)
		case xml.CharData:
			d.text.Write(t)
		case xml.EndElement:
			if err = d.end(); err == nil && len(d.path) == 0 {
				return d.entries(), nil // padding may follow
			}
		}
		if err != nil {
			return nil, err
		}
	}
}

func (d *document) start(t xml.StartElement) error {
	name := t.Name.Local
	if len(d.path) == 0 && name != "KeePassFile" {
		return fmt.Errorf("%w: its XML begins with %.40q", ErrDamaged, name)
	}
	if len(d.path) >= maxDepth {
		return fmt.Errorf("%w: its XML is more than %d levels deep", ErrLimit, maxDepth)
	}
	d.path = append(d.path, name)
	d.text.Reset()
	d.isPlain = true
	for _, a := range t.Attr {
		if a.Name.Local == "Protected" && strings.EqualFold(a.Value, "true") {
			d.isPlain = false
		}
	}
	return d.open(name)
}

func (d *document) open(name string) error {
	switch {
	case name == "History":
		d.history++
	case name == "Group" && d.history == 0:
		g := &group{}
		if len(d.groups) > 0 {
			g.parent = d.groups[len(d.groups)-1]
		}
		d.groups = append(d.groups, g)
	case name == "Entry" && d.history == 0 && len(d.groups) > 0:
		if len(d.drafts) >= d.limits.Entries {
			return fmt.Errorf("%w: more than %d entries", ErrLimit, d.limits.Entries)
		}
		d.entry = &draft{group: d.groups[len(d.groups)-1]}
		d.drafts = append(d.drafts, d.entry)
	}
	return nil
}

func (d *document) end() error {
	name := d.path[len(d.path)-1]
	d.path = d.path[:len(d.path)-1]
	text, err := d.value()
	if err != nil {
		return err
	}
	switch {
	case name == "History":
		d.history--
	case d.history > 0:
	case name == "Group":
		d.groups = d.groups[:len(d.groups)-1]
	case name == "Entry":
		d.entry = nil
	default:
		d.leaf(name, text)
	}
	return nil
}

// value is the text of the element that ends, unlocked.
func (d *document) value() (string, error) {
	text := d.text.String()
	d.text.Reset()
	plain := d.isPlain
	d.isPlain = true // the parent's text is never protected
	if plain || d.stream == nil {
		return text, nil
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return "", fmt.Errorf("%w: a protected value is not base64", ErrDamaged)
	}
	d.stream.XORKeyStream(raw, raw)
	return string(raw), nil
}

func (d *document) parent(up int) string {
	if len(d.path) < up {
		return ""
	}
	return d.path[len(d.path)-up]
}

func (d *document) leaf(name, text string) {
	switch d.parent(1) {
	case "Meta":
		d.meta(name, text)
	case "Icon":
		d.customIcon(name, text)
	case "Group":
		g := d.groups[len(d.groups)-1]
		switch name {
		case "Name":
			g.name = text
		case "UUID":
			g.uuid = text
		}
	case "String":
		d.field(name, text)
	case "Entry", "Times":
		d.detail(name, text)
	}
}

func (d *document) meta(name, text string) {
	switch name {
	case "RecycleBinUUID":
		d.bin = text
	case "RecycleBinEnabled":
		d.binOff = strings.EqualFold(text, "false")
	case "EntryTemplatesGroup":
		d.samples = text
	}
}

func (d *document) customIcon(name, text string) {
	switch name {
	case "UUID":
		d.icon = text
	case "Data":
		if raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text)); err == nil {
			d.icons[d.icon] = raw
		}
	}
}

func (d *document) field(name, text string) {
	switch {
	case name == "Key":
		d.key = text
	case name == "Value" && d.entry != nil:
		d.entry.Fields = append(d.entry.Fields, Field{d.key, text})
		d.key = ""
	}
}

func (d *document) detail(name, text string) {
	if d.entry == nil {
		return
	}
	switch name {
	case "UUID":
		d.entry.UUID = text
	case "Tags":
		d.entry.Tags = splitTags(text)
	case "IconID":
		d.entry.IconID = text
	case "CustomIconUUID":
		d.entry.icon = text
	case "CreationTime":
		d.entry.Created = parseTime(text)
	case "LastModificationTime":
		d.entry.Modified = parseTime(text)
	}
}

func splitTags(text string) []string {
	var tags []string
	for _, t := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == ',' }) {
		if t = strings.TrimSpace(t); t != "" {
			tags = append(tags, t)
		}
	}
	return tags
}

// parseTime reads RFC 3339 (version 3) or base64 of the seconds since year 1
// (version 4); anything else is the zero time.
func parseTime(text string) time.Time {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != 8 {
		return time.Time{}
	}
	const yearOne = -62135596800 // Unix seconds of 0001-01-01
	seconds := binary.LittleEndian.Uint64(raw)
	if seconds > 1<<39 {
		return time.Time{}
	}
	return time.Unix(int64(seconds)+yearOne, 0).UTC()
}

func (d *document) entries() []Entry {
	out := make([]Entry, 0, len(d.drafts))
	for _, e := range d.drafts {
		e.Icon = d.icons[e.icon]
		e.Groups = groupPath(e.group)
		e.Place = d.place(e.group)
		out = append(out, e.Entry)
	}
	return out
}

// groupPath leaves out the root group: it stands for the database.
func groupPath(g *group) []string {
	var path []string
	for ; g != nil && g.parent != nil; g = g.parent {
		path = append([]string{g.name}, path...)
	}
	return path
}

// noUUID is sixteen zero bytes: there is no such group.
const noUUID = "AAAAAAAAAAAAAAAAAAAAAA=="

func (d *document) place(g *group) Place {
	for ; g != nil; g = g.parent {
		switch {
		case g.uuid == "" || g.uuid == noUUID:
		case g.uuid == d.bin && !d.binOff:
			return RecycleBin
		case g.uuid == d.samples:
			return Templates
		}
	}
	return Ordinary
}
