package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// decodeJSON decodes one JSON text into v. It refuses what encoding/json takes
// in silence and what would let two programs see two different files: invalid
// UTF-8, a member name that is there twice in any case ({"secret":1,"SECRET":2}),
// data after the end, and sizes beyond the limits. The errors are ErrDamaged and
// ErrLimit; they hold no value of the file.
func decodeJSON(data []byte, v any) error {
	if err := checkJSON(data); err != nil {
		return err
	}
	return decodeChecked(data, v)
}

// decodeChecked decodes a part of a text that decodeJSON has passed already.
func decodeChecked(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	var te *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &te):
		return fmt.Errorf("%w: a JSON %s does not belong in %q", ErrDamaged, strings.Fields(te.Value + " value")[0], clip(te.Field))
	}
	return fmt.Errorf("%w: it is not valid JSON", ErrDamaged)
}

// checkJSON walks over the whole text once, without building anything from it.
func checkJSON(data []byte) error {
	if len(data) > MaxTextBytes {
		return fmt.Errorf("%w: %d bytes of JSON are more than %d", ErrLimit, len(data), MaxTextBytes)
	}
	if !utf8.Valid(data) {
		return fmt.Errorf("%w: the text is not valid UTF-8", ErrDamaged)
	}
	w := jsonWalk{dec: json.NewDecoder(bytes.NewReader(data))}
	w.dec.UseNumber()
	for {
		token, err := w.dec.Token()
		if err != nil {
			return w.end(err)
		}
		if err := w.step(token); err != nil {
			return err
		}
	}
}

// jsonWalk is the state of checkJSON: the containers that are open.
type jsonWalk struct {
	dec    *json.Decoder
	open   []jsonLevel
	values int
	whole  int // top-level values that are complete
}

type jsonLevel struct {
	keys  map[string]bool // nil for an array
	atKey bool            // the next token is the name of a member
	count int
}

func (w *jsonWalk) end(err error) error {
	switch {
	case errors.Is(err, io.EOF) && w.whole == 1:
		return nil
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: the JSON text ends too early", ErrDamaged)
	}
	return fmt.Errorf("%w: it is not valid JSON (byte %d)", ErrDamaged, w.dec.InputOffset())
}

func (w *jsonWalk) step(token json.Token) error {
	if d, ok := token.(json.Delim); ok && (d == '}' || d == ']') {
		w.open = w.open[:len(w.open)-1]
		w.closed()
		return nil
	}
	if len(w.open) > 0 && w.open[len(w.open)-1].atKey {
		return w.key(token.(string))
	}
	if err := w.value(); err != nil {
		return err
	}
	d, ok := token.(json.Delim)
	if !ok {
		w.closed()
		return nil
	}
	if len(w.open) == maxDepth {
		return fmt.Errorf("%w: the JSON is nested deeper than %d", ErrLimit, maxDepth)
	}
	level := jsonLevel{}
	if d == '{' {
		level = jsonLevel{keys: map[string]bool{}, atKey: true}
	}
	w.open = append(w.open, level)
	return nil
}

// closed notes that a value is complete: the next token of an object is a name.
func (w *jsonWalk) closed() {
	if len(w.open) == 0 {
		w.whole++
		return
	}
	top := &w.open[len(w.open)-1]
	top.atKey = top.keys != nil
}

func (w *jsonWalk) key(name string) error {
	top := &w.open[len(w.open)-1]
	folded := strings.ToLower(name)
	switch {
	case len(name) > maxKeyBytes:
		return fmt.Errorf("%w: a JSON member's name is longer than %d bytes", ErrLimit, maxKeyBytes)
	case top.keys[folded]:
		return fmt.Errorf("%w: the JSON member %q is there twice", ErrDamaged, clip(name))
	}
	top.keys[folded], top.atKey = true, false
	return nil
}

func (w *jsonWalk) value() error {
	w.values++
	if w.values > maxJSONValues {
		return fmt.Errorf("%w: more than %d JSON values", ErrLimit, maxJSONValues)
	}
	if len(w.open) == 0 {
		if w.whole > 0 {
			return fmt.Errorf("%w: there is more after the end of the JSON text", ErrDamaged)
		}
		return nil
	}
	top := &w.open[len(w.open)-1]
	top.count++
	if top.count > maxElements {
		return fmt.Errorf("%w: more than %d elements in one JSON array or object", ErrLimit, maxElements)
	}
	return nil
}

// encodeJSON writes v with two blanks of indentation and <, >, & as they are,
// as the apps themselves do.
func encodeJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("cannot write JSON: %w", err)
	}
	return buf.Bytes(), nil
}
