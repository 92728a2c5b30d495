package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2"
)

// ErrNoRule says that there is no such askpass rule.
var ErrNoRule = errors.New("there is no such rule")

// AskpassPrograms are the programs that rules may name: it is known how each makes
// its prompts.
func AskpassPrograms() []string { return []string{"ssh", "sudo", "git"} }

// problem says what makes a rule impossible; empty if nothing does.
func (r AskpassRule) problem() string {
	switch {
	case trimPrompt(r.Prompt) == "" || strings.TrimSpace(r.Account) == "":
		return "needs both prompt and account"
	case strings.ContainsFunc(r.Prompt, unicode.IsControl):
		return "has a line break or another control character in its prompt"
	case r.Program != "" && !slices.Contains(AskpassPrograms(), r.Program):
		return fmt.Sprintf("names the program %q: there are ssh, sudo and git", r.Program)
	case r.Program == "ssh" && (r.User == "" || r.Host == ""):
		return "is for ssh and needs user and host"
	case r.Program == "ssh" && strings.HasPrefix(r.Prompt, "("+r.User+"@"):
		return "begins with what ssh itself writes before the prompt: leave the (user@host) out"
	case r.Program != "ssh" && r.User+r.Host != "":
		return "is not for ssh: only that has user and host"
	}
	return ""
}

// trimPrompt leaves out what may differ at the end of a question.
func trimPrompt(s string) string { return strings.TrimRight(strings.TrimLeft(s, " "), " :") }

// Asks reports whether two rules are for the same question: the same program,
// logging in to the same place, with the same text. A part of the text is not
// enough, because a server may have written the rest.
func (r AskpassRule) Asks(o AskpassRule) bool {
	return r.Program == o.Program && r.User == o.User && strings.EqualFold(r.Host, o.Host) && trimPrompt(r.Prompt) == trimPrompt(o.Prompt)
}

// AddAskpass writes one more rule at the end of the file and leaves every other
// byte of it alone. A rule for the same question is an error.
func AddAskpass(path string, rule AskpassRule) error {
	if problem := rule.problem(); problem != "" {
		return fmt.Errorf("the rule %s", problem)
	}
	data, err := read(path)
	if err != nil {
		return err
	}
	have, err := Load(path)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(have.Askpass, rule.Asks) {
		return fmt.Errorf("there is a rule for %q already", rule.Prompt)
	}
	var out bytes.Buffer
	out.Write(data)
	if len(data) > 0 {
		if !bytes.HasSuffix(data, []byte("\n")) {
			out.WriteByte('\n')
		}
		out.WriteByte('\n')
	}
	out.WriteString("[[askpass]]\n")
	if err := toml.NewEncoder(&out).Encode(rule); err != nil {
		return err
	}
	return replaceAskpass(path, out.Bytes(), append(have.Askpass, rule))
}

// RemoveAskpass takes the rule for that question out of the file; its account
// does not matter. Every other byte stays, comments too.
func RemoveAskpass(path string, rule AskpassRule) error {
	data, err := read(path)
	if err != nil {
		return err
	}
	have, err := Load(path)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(have.Askpass, rule.Asks)
	if i < 0 {
		return fmt.Errorf("%w: %q", ErrNoRule, rule.Prompt)
	}
	return replaceAskpass(path, cutTable(data, "[[askpass]]", i), slices.Delete(slices.Clone(have.Askpass), i, i+1))
}

// replaceAskpass saves the file only if it says what was meant: a file that was
// written by hand may have the rules in a form that lines cannot be cut from.
func replaceAskpass(path string, data []byte, want []AskpassRule) error {
	var c Config
	if err := decode(data, &c); err != nil || !slices.Equal(c.Askpass, want) {
		return &Error{path, "the rules cannot be changed by a command, because of how they are written there"}
	}
	if err := c.validate(path); err != nil {
		return err
	}
	return save(path, data)
}

// cutTable leaves the n-th table of that header out, but for its comments.
func cutTable(data []byte, header string, n int) []byte {
	var out bytes.Buffer
	within := false
	for l := range bytes.Lines(data) {
		t := strings.TrimSpace(string(l))
		if strings.HasPrefix(t, "[") {
			is := strings.HasPrefix(t, header)
			within = is && n == 0
			if is {
				n--
			}
		}
		if !within || t == "" || strings.HasPrefix(t, "#") {
			out.Write(l)
		}
	}
	return out.Bytes()
}
