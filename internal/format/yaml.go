package format

import (
	"bytes"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// The limits of YAML. A node costs a hundred times its text, so the text is
// bounded more tightly than JSON.
const (
	maxYAMLBytes = 1 << 20
	maxYAMLNodes = 200_000
)

// yamlToJSON stands on a library that costs every start 0.1 ms: an own reader was
// tried, and disagreed with it under the fuzzer. It turns lists, maps and plain values into JSON, so that the same
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
