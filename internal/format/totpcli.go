package format

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/jangle-otp/jangle/internal/account"
)

// totpCLI is yitsushi/totp-cli: its credentials file (JSON in an age file) and
// the YAML that it dumps.
func totpCLI() App {
	return App{
		ID: "totp-cli", Name: "totp-cli",
		HowTo: "totp-cli dump --yes-please --output FILE, or ~/.config/totp-cli/credentials itself",
		Detect: func(in Input) bool {
			p := in.look()
			return isAge(p.text) || isTOTPCLIYAML(p.text) || p.array("name", "accounts")
		},
		Read: readTOTPCLI,
	}
}

func isAge(text []byte) bool {
	return bytes.HasPrefix(text, []byte("-----BEGIN AGE ENCRYPTED FILE-----")) || bytes.HasPrefix(text, []byte("age-encryption.org/v1"))
}

func isTOTPCLIYAML(text []byte) bool {
	head := text[:min(len(text), 4<<10)]
	return bytes.HasPrefix(head, []byte("- name:")) && bytes.Contains(head, []byte("accounts:"))
}

type totpCLINamespace struct {
	Name     string           `json:"name"`
	Accounts []totpCLIAccount `json:"accounts"`
}

// totpCLIAccount: 0 and "" mean the usual value.
type totpCLIAccount struct {
	Name      string   `json:"name"`
	Token     string   `json:"token"`
	Prefix    string   `json:"prefix"` // printed before the code
	Algorithm string   `json:"algorithm"`
	Length    looseInt `json:"length"`
	Period    looseInt `json:"timePeriod"`
}

func readTOTPCLI(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "totp-cli dump, not encrypted", Protection: Plain}
	text := in.look().text
	if isAge(text) {
		plain, err := openAge(ctx, in.Data, o)
		if err != nil {
			return Result{}, err
		}
		inner := Input{Name: in.Name, Data: plain}
		if !totpCLI().Detect(inner) || isAge(inner.look().text) {
			return readInsideAge(ctx, inner, o)
		}
		text, r.Title, r.Protection = inner.look().text, "totp-cli credentials, encrypted", Encrypted
	}
	if len(text) == 0 || text[0] != '[' {
		var err error
		if text, err = yamlToJSON(text); err != nil {
			return Result{}, err
		}
	}
	var raws []json.RawMessage
	if err := decodeJSON(text, &raws); err != nil {
		return Result{}, err
	}
	var l entryList
	err := readList(&l, raws, l.addTOTPCLI)
	r.Entries = l.list
	if err == nil {
		err = full(len(l.list))
	}
	return r, err
}

func (l *entryList) addTOTPCLI(raw json.RawMessage, n totpCLINamespace) {
	for _, e := range n.Accounts {
		if len(l.list) > MaxEntries {
			return
		}
		a, err := parts{Kind: account.TOTP, Issuer: n.Name, Name: e.Name, Base32: e.Token, Algorithm: e.Algorithm,
			Digits: e.Length.zeroMeansAbsent(), Period: e.Period.zeroMeansAbsent()}.account()
		if e.Prefix != "" {
			keepExtra(&a, "totp-cli", map[string]json.RawMessage{"prefix": mustJSON(e.Prefix)})
		}
		l.add(entryName(n.Name, e.Name), a, nil, err)
	}
}

// openAge hands an age file to the program that can open it.
func openAge(ctx context.Context, data []byte, o Options) ([]byte, error) {
	if o.Decrypt == nil {
		return nil, fmt.Errorf("%w: it is an age file; decrypt it with: age --decrypt FILE | jangle import -", ErrUnsupported)
	}
	plain, err := o.Decrypt(ctx, data)
	if err != nil {
		return nil, fmt.Errorf("the age file cannot be decrypted: %w", err)
	}
	return plain, nil
}

// readInsideAge reads any other export that a person encrypted with age.
func readInsideAge(ctx context.Context, inner Input, o Options) (Result, error) {
	if isAge(inner.look().text) {
		return Result{}, fmt.Errorf("%w: an age file inside an age file", ErrUnsupported)
	}
	r, _, err := Read(ctx, inner, "", o)
	if err != nil {
		return Result{}, err
	}
	r.Title, r.Protection = r.Title+", in an age file", Encrypted
	return r, nil
}

// The limits of YAML. A node costs a hundred times its text, so the text is
// bounded more tightly than JSON.
const (
	maxYAMLBytes = 1 << 20
	maxYAMLNodes = 200_000
)

// yamlToJSON turns lists, maps and plain values into JSON, so that the same
// checks hold for both. References to other parts (the bomb of YAML), tags and
// several documents do not occur in a dump and are refused.
func yamlToJSON(text []byte) ([]byte, error) {
	if len(text) > maxYAMLBytes {
		return nil, fmt.Errorf("%w: %d bytes of YAML are more than %d", ErrLimit, len(text), maxYAMLBytes)
	}
	if err := shallowYAML(text); err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil || len(doc.Content) != 1 {
		return nil, fmt.Errorf("%w: it is not valid YAML", ErrDamaged)
	}
	w := yamlWalk{}
	v, err := w.value(doc.Content[0], 0)
	if err != nil {
		return nil, err
	}
	return mustJSON(v), nil
}

// shallowYAML bounds the nesting before the library builds a tree of it.
func shallowYAML(text []byte) error {
	for line := range bytes.Lines(text) {
		indent := len(line) - len(bytes.TrimLeft(line, " "))
		if indent > 4*maxDepth || bytes.Count(line, []byte("- ")) > maxDepth && bytes.HasPrefix(bytes.TrimSpace(line), []byte("- - ")) {
			return fmt.Errorf("%w: the YAML is nested deeper than %d", ErrLimit, maxDepth)
		}
		if bytes.Count(line, []byte("["))+bytes.Count(line, []byte("{")) > maxDepth {
			return fmt.Errorf("%w: the YAML is nested deeper than %d", ErrLimit, maxDepth)
		}
	}
	return nil
}

type yamlWalk struct{ nodes int }

func (w *yamlWalk) value(n *yaml.Node, depth int) (any, error) {
	w.nodes++
	switch {
	case w.nodes > maxYAMLNodes || depth > maxDepth:
		return nil, fmt.Errorf("%w: the YAML has too many parts", ErrLimit)
	case n.Kind == yaml.AliasNode || n.Anchor != "" || strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!"):
		return nil, fmt.Errorf("%w: the YAML refers to other parts of itself", ErrDamaged)
	case n.Kind == yaml.ScalarNode:
		if n.Tag == "!!null" {
			return nil, nil
		}
		return n.Value, nil
	case n.Kind == yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			v, err := w.value(c, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case n.Kind == yaml.MappingNode:
		return w.mapping(n, depth)
	}
	return nil, fmt.Errorf("%w: it is not valid YAML", ErrDamaged)
}

func (w *yamlWalk) mapping(n *yaml.Node, depth int) (any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if _, twice := m[key.Value]; twice || key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("%w: a name in the YAML is there twice", ErrDamaged)
		}
		v, err := w.value(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		m[key.Value] = v
	}
	return m, nil
}
