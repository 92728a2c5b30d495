package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/jangle-otp/jangle/internal/atomicfile"
)

// ErrNoRule says that there is no askpass rule of that text.
var ErrNoRule = errors.New("there is no such rule")

// Fits reports whether the rule answers a prompt: its text is a part of it, in
// any case. A question for a password, a passphrase or yes or no is not one for a
// code, even if a host's name in it fits; it is answered only by a rule that has
// the word itself ("One-time password").
func (r AskpassRule) Fits(prompt string) bool {
	prompt, text := strings.ToLower(prompt), strings.ToLower(r.Prompt)
	for _, other := range []string{"password", "passphrase", "yes/no"} {
		if strings.Contains(prompt, other) && !strings.Contains(text, other) {
			return false
		}
	}
	return strings.Contains(prompt, text)
}

// AskpassFor returns the first rule that fits a prompt.
func (c Config) AskpassFor(prompt string) (AskpassRule, bool) {
	i := slices.IndexFunc(c.Askpass, func(r AskpassRule) bool { return r.Fits(prompt) })
	if i < 0 {
		return AskpassRule{}, false
	}
	return c.Askpass[i], true
}

// AddAskpass writes one more rule at the end of the file and leaves every other
// byte of it alone. A rule with the same text is an error.
func AddAskpass(path string, rule AskpassRule) error {
	data, err := read(path)
	if err != nil {
		return err
	}
	have, err := Load(path)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(have.Askpass, func(r AskpassRule) bool { return r.Prompt == rule.Prompt }) {
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

// RemoveAskpass takes the rule of that text out of the file. Every other byte
// stays, comments too.
func RemoveAskpass(path, prompt string) error {
	data, err := read(path)
	if err != nil {
		return err
	}
	have, err := Load(path)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(have.Askpass, func(r AskpassRule) bool { return r.Prompt == prompt })
	if i < 0 {
		return fmt.Errorf("%w: %q", ErrNoRule, prompt)
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
	return atomicfile.Replace(path, data, atomicfile.Options{Mode: 0o600})
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
