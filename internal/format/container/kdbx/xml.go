package kdbx

import (
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
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

// draft is an entry whose group and icon are looked up at the end: their names may
// come after it.
type draft struct {
	Entry
	group *group
	icon  string
}

func parseXML(r io.Reader, s cipher.Stream, l Limits) ([]Entry, error) {
	d := &document{stream: s, limits: l, isPlain: true, icons: map[string][]byte{}}
	dec := xml.NewDecoder(r)
	for ended := false; !ended; { // padding may follow the end
		tok, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: its XML cannot be read", ErrDamaged)
		}
		switch t := tok.(type) {
		case xml.Directive:
			err = fmt.Errorf("%w: its XML has a DOCTYPE", ErrDamaged)
		case xml.StartElement:
			err = d.start(t)
		case xml.CharData:
			d.text.Write(t)
		case xml.EndElement:
			err = d.end()
			ended = len(d.path) == 0
		}
		if err != nil {
			return nil, err
		}
	}
	const noUUID = "AAAAAAAAAAAAAAAAAAAAAA==" // sixteen zero bytes: there is no such group
	out := make([]Entry, 0, len(d.drafts))
	for _, e := range d.drafts {
		e.Icon = d.icons[e.icon]
		for g := e.group; g != nil; g = g.parent {
			if g.parent != nil { // the root group is the database itself
				e.Groups = append(e.Groups, g.name)
			}
			switch {
			case g.uuid == "" || g.uuid == noUUID || e.Place != Ordinary:
			case g.uuid == d.bin && !d.binOff:
				e.Place = RecycleBin
			case g.uuid == d.samples:
				e.Place = Templates
			}
		}
		slices.Reverse(e.Groups)
		out = append(out, e.Entry)
	}
	return out, nil
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
	name, text, protected := d.path[len(d.path)-1], d.text.String(), !d.isPlain && d.stream != nil
	d.path = d.path[:len(d.path)-1]
	d.text.Reset()
	d.isPlain = true // the parent's text is never protected
	if protected {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
		if err != nil {
			return fmt.Errorf("%w: a protected value is not base64", ErrDamaged)
		}
		d.stream.XORKeyStream(raw, raw)
		text = string(raw)
	}
	switch {
	case name == "History":
		d.history--
		return nil
	case d.history > 0:
		return nil
	case name == "Group":
		d.groups = d.groups[:len(d.groups)-1]
		return nil
	case name == "Entry":
		d.entry = nil
		return nil
	case len(d.path) == 0:
		return nil
	}
	// An element with a value: where it is decides what it means.
	parent := d.path[len(d.path)-1]
	if (parent == "Entry" || parent == "Times") && d.entry == nil {
		return nil
	}
	switch parent + "/" + name {
	case "Meta/RecycleBinUUID":
		d.bin = text
	case "Meta/RecycleBinEnabled":
		d.binOff = strings.EqualFold(text, "false")
	case "Meta/EntryTemplatesGroup":
		d.samples = text
	case "Icon/UUID":
		d.icon = text
	case "Icon/Data":
		if raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text)); err == nil {
			d.icons[d.icon] = raw
		}
	case "Group/Name":
		d.groups[len(d.groups)-1].name = text
	case "Group/UUID":
		d.groups[len(d.groups)-1].uuid = text
	case "String/Key":
		d.key = text
	case "String/Value":
		if d.entry != nil {
			d.entry.Fields = append(d.entry.Fields, Field{d.key, text})
			d.key = ""
		}
	case "Entry/UUID":
		d.entry.UUID = text
	case "Entry/Tags":
		d.entry.Tags = nil
		for _, t := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == ',' }) {
			if t = strings.TrimSpace(t); t != "" {
				d.entry.Tags = append(d.entry.Tags, t)
			}
		}
	case "Entry/IconID":
		d.entry.IconID = text
	case "Entry/CustomIconUUID":
		d.entry.icon = text
	case "Times/CreationTime":
		d.entry.Created = parseTime(text)
	case "Times/LastModificationTime":
		d.entry.Modified = parseTime(text)
	}
	return nil
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
