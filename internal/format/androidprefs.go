package format

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// pref is one value of an Android SharedPreferences file.
type pref struct{ Name, Value string }

// looksLikePrefs reports whether a text is a SharedPreferences file that names
// this key, or a key that contains it.
func (p *probe) looksLikePrefs(key string) bool {
	if !bytes.HasPrefix(p.text, []byte("<?xml")) && !bytes.HasPrefix(p.text, []byte("<map")) {
		return false
	}
	head := p.text[:min(len(p.text), 4<<10)]
	return bytes.Contains(head, []byte("<map")) && bytes.Contains(p.text, []byte(key))
}

// readPrefs returns the values in the file's order. It expects <map> with one
// level of elements (a <set> has one more, which is passed over).
func readPrefs(data []byte) ([]pref, error) {
	data = plainText(data)
	if err := checkText(data); err != nil {
		return nil, err
	}
	var prefs []pref
	w := xmlWalk{dec: xml.NewDecoder(bytes.NewReader(data))}
	for {
		e, err := w.next()
		if errors.Is(err, io.EOF) {
			return prefs, nil
		}
		if err != nil {
			return nil, err
		}
		if e.depth == 1 && e.name != "map" {
			return nil, fmt.Errorf("%w: its XML begins with %q, not with a map of settings", ErrDamaged, clip(e.name))
		}
		if e.depth != 2 {
			continue
		}
		value := e.text
		if v, ok := e.attr["value"]; ok {
			value = v
		}
		prefs = append(prefs, pref{e.attr["name"], value})
	}
}

// findPref returns the value of the key that ends like this, or "".
func findPref(prefs []pref, suffix string) string {
	for _, p := range prefs {
		if strings.HasSuffix(p.Name, suffix) {
			return p.Value
		}
	}
	return ""
}

// xmlWalk reads XML element by element. A DOCTYPE is refused, since nothing good
// comes from one; depth and number of elements are bounded.
type xmlWalk struct {
	dec  *xml.Decoder
	open []xmlElement
	seen int
}

// xmlElement is an element with the text directly in it.
type xmlElement struct {
	name  string
	depth int // 1 for the outermost
	attr  map[string]string
	text  string
	body  *strings.Builder
}

// next returns the next element that is complete; io.EOF after the last.
func (w *xmlWalk) next() (xmlElement, error) {
	for {
		token, err := w.dec.Token()
		switch {
		case errors.Is(err, io.EOF) && w.seen > 0:
			return xmlElement{}, io.EOF
		case err != nil:
			return xmlElement{}, fmt.Errorf("%w: it is not valid XML (byte %d)", ErrDamaged, w.dec.InputOffset())
		}
		switch t := token.(type) {
		case xml.Directive:
			return xmlElement{}, fmt.Errorf("%w: its XML has a DOCTYPE", ErrDamaged)
		case xml.StartElement:
			if err := w.push(t); err != nil {
				return xmlElement{}, err
			}
		case xml.CharData:
			if len(w.open) > 0 {
				w.open[len(w.open)-1].body.Write(t)
			}
		case xml.EndElement:
			e := w.open[len(w.open)-1]
			w.open = w.open[:len(w.open)-1]
			e.text = e.body.String()
			return e, nil
		}
	}
}

func (w *xmlWalk) push(t xml.StartElement) error {
	if len(w.open) == maxDepth {
		return fmt.Errorf("%w: the XML is nested deeper than %d", ErrLimit, maxDepth)
	}
	if w.seen++; w.seen > maxElements {
		return fmt.Errorf("%w: more than %d XML elements", ErrLimit, maxElements)
	}
	e := xmlElement{name: t.Name.Local, depth: len(w.open) + 1, attr: map[string]string{}, body: &strings.Builder{}}
	for _, a := range t.Attr {
		e.attr[a.Name.Local] = a.Value
	}
	w.open = append(w.open, e)
	return nil
}
