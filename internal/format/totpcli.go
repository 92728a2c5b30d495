package format

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// totpCLI is yitsushi/totp-cli: its credentials file (JSON in an age file) and
// the YAML that it dumps.
func totpCLI() App {
	return App{
		ID: "totp-cli", Name: "totp-cli",
		HowTo: "totp-cli dump --yes-please --output FILE, or ~/.config/totp-cli/credentials itself",
		Detect: func(in Input) bool {
			p := in.look()
			return isAge(p.text) || p.array("name", "accounts") ||
				bytes.HasPrefix(p.text, []byte("- name:")) && bytes.Contains(p.text[:min(len(p.text), 4<<10)], []byte("accounts:"))
		},
		Read: readTOTPCLI,
	}
}

func isAge(text []byte) bool {
	return bytes.HasPrefix(text, []byte("-----BEGIN AGE ENCRYPTED FILE-----")) || bytes.HasPrefix(text, []byte("age-encryption.org/v1"))
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
		if o.Decrypt == nil {
			return r, fmt.Errorf("%w: it is an age file; decrypt it with: age --decrypt FILE | jangle import -", ErrUnsupported)
		}
		plain, err := o.Decrypt(ctx, in.Data)
		if err != nil {
			return r, fmt.Errorf("the age file cannot be decrypted: %w", err)
		}
		inner := Input{Name: in.Name, Data: plain}
		switch {
		case isAge(inner.look().text):
			return r, fmt.Errorf("%w: an age file inside an age file", ErrUnsupported)
		case !totpCLI().Detect(inner): // any other export that a person encrypted with age
			r, _, err := Read(ctx, inner, "", o)
			r.Title, r.Protection = r.Title+", in an age file", Encrypted
			return r, err
		}
		text, r.Title, r.Protection = inner.look().text, "totp-cli credentials, encrypted", Encrypted
	}
	if len(text) == 0 || text[0] != '[' {
		var err error
		if text, err = dumpToJSON(text); err != nil {
			return Result{}, err
		}
	}
	var raws []strictjson.Value
	if err := decodeJSON(text, &raws); err != nil {
		return Result{}, err
	}
	var l entryList
	_, err := addItems(&l, raws, func(_ strictjson.Value, n totpCLINamespace) {
		for _, e := range n.Accounts {
			if len(l.list) > MaxEntries {
				return
			}
			a, err := parts{Kind: account.TOTP, Issuer: n.Name, Name: e.Name, Base32: e.Token, Algorithm: e.Algorithm,
				Digits: e.Length.zeroMeansAbsent(), Period: e.Period.zeroMeansAbsent()}.account()
			if e.Prefix != "" {
				keepExtra(&a, "totp-cli", map[string]strictjson.Value{"prefix": mustJSON(e.Prefix)})
			}
			l.add(entryName(n.Name, e.Name), a, nil, err)
		}
	})
	r.Entries = l.list
	return r, cmp.Or(err, full(len(l.list)))
}

// The limits of a dump: 10,000 accounts have half of these bytes. goccy/go-yaml
// parses by recursion, so what can nest is counted before it.
const (
	maxDumpBytes    = 2 << 20
	maxDumpLine     = 4 << 10 // bytes; "- - - -" nests in one line
	maxDumpBrackets = 10_000  // "[" and "{" nest over lines
)

// dumpToJSON turns what "totp-cli dump" writes, lists of names and values in
// YAML, into JSON, so that the same checks hold for both. All that a dump has no
// use for (references, which are YAML's bomb, tags, text of several lines) is
// refused by line.
func dumpToJSON(text []byte) (out []byte, err error) {
	if len(text) > maxDumpBytes {
		return nil, fmt.Errorf("%w: %d bytes of YAML are more than %d", ErrLimit, len(text), maxDumpBytes)
	}
	brackets, number := 0, 0
	for line := range strings.Lines(string(text)) {
		number++
		brackets += strings.Count(line, "[") + strings.Count(line, "{")
		line = strings.TrimRight(line, "\r\n")
		switch {
		case len(line) > maxDumpLine || brackets > maxDumpBrackets:
			return nil, fmt.Errorf("%w: line %d of the dump has too much in it", ErrLimit, number)
		// The library drops a tab from the middle of a name without a word; the
		// others are what YAML takes for the end of a line, or does not allow.
		case !utf8.ValidString(line) || strings.ContainsFunc(line, isNotInDump):
			return nil, notDump(number, "it has a character that is not in a dump")
		}
	}
	defer func() {
		if recover() != nil { // the library's fault, found by a hostile file
			out, err = nil, fmt.Errorf("%w: the dump cannot be read as YAML", ErrDamaged)
		}
	}()
	file, err := parser.ParseBytes(text, 0)
	var at interface{ GetToken() *token.Token }
	switch {
	case errors.As(err, &at) && at.GetToken() != nil: // its message repeats the lines
		return nil, notDump(at.GetToken().Position.Line, "it cannot be read as YAML")
	case err != nil:
		return nil, fmt.Errorf("%w: the dump cannot be read as YAML", ErrDamaged)
	case len(file.Docs) != 1:
		return nil, fmt.Errorf("%w: the dump is %d YAML documents, not one", ErrDamaged, len(file.Docs))
	}
	list, ok := file.Docs[0].Body.(*ast.SequenceNode)
	if !ok {
		return nil, fmt.Errorf("%w: the dump is not a list", ErrDamaged)
	}
	v, err := dumpValue(list)
	if err != nil {
		return nil, err
	}
	return mustJSON(v), nil
}

func notDump(line int, why string) error {
	return fmt.Errorf("%w: line %d of the dump: %s", ErrDamaged, line, why)
}

// isNotInDump finds what no line of a dump holds outside of an escape.
func isNotInDump(c rune) bool {
	return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' || c == '\uFEFF'
}

// dumpValue takes the library's tree for a list, an object, text or nothing.
// Numbers stay text, as they were written: a secret may look like one.
func dumpValue(n ast.Node) (any, error) {
	if n == nil {
		return nil, nil
	}
	t := n.GetToken()
	switch n := n.(type) {
	case *ast.NullNode:
		return nil, nil
	case *ast.SequenceNode:
		list := make([]any, len(n.Values))
		for i, v := range n.Values {
			var err error
			if list[i], err = dumpValue(v); err != nil {
				return nil, err
			}
		}
		return list, nil
	case *ast.MappingNode:
		object := map[string]any{}
		for _, member := range n.Values {
			name, ok := member.Key.(*ast.StringNode)
			if !ok {
				return nil, notDump(t.Position.Line, "it is not “name: value”")
			}
			if _, twice := object[name.Value]; twice {
				return nil, notDump(name.GetToken().Position.Line, "its name is there twice")
			}
			var err error
			if object[name.Value], err = dumpValue(member.Value); err != nil {
				return nil, err
			}
		}
		return object, nil
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		written := strings.Trim(t.Origin, " \r\n")
		quoted := t.Type == token.DoubleQuoteType || t.Type == token.SingleQuoteType
		switch {
		case strings.Contains(written, "\n"):
			return nil, notDump(t.Position.Line, "text of several lines is not in a dump")
		case !quoted && written != t.Value:
			return nil, notDump(t.Position.Line, "its value is written in a way that is not in a dump; put it into quotation marks")
		}
		return t.Value, nil
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return nil, notDump(t.Position.Line, "it refers to other parts of the dump, or to a type")
	}
	return nil, notDump(t.Position.Line, "it is written in a way that is not in a dump")
}
