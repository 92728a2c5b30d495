// Package config knows where jangle's files are, which environment variables
// mean something, and what the user has set.
//
// Everything here is small on purpose. A setting exists only where two people
// need different behaviour; no setting and no variable ever carries a secret.
// The file is TOML, may be edited by hand, and keeps its comments when a command
// changes one line of it.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/jangle-otp/jangle/internal/atomicfile"
)

// MaxFileBytes is the largest configuration file that is read. The TOML library
// takes up to 2 KB for each bracket of a list of lists (measured).
const MaxFileBytes = 64 << 10

// Config is what the user has set; the zero value is what a new user has.
type Config struct {
	// Store is "keyring" or "file", or empty before the first account.
	Store string `toml:"store"`
	// Vault is the id of the vault in Store, so that another one in its place is
	// not taken for it. Empty before the first save.
	Vault string `toml:"vault"`
	// StorePassphraseCommand prints the file store's passphrase on its standard
	// output; it is run without a shell. Empty: a prompt.
	StorePassphraseCommand []string `toml:"store_passphrase_command"`
	// UnlockFor is how long an unlocked file store stays unlocked ("15m").
	// "0s" asks each time.
	UnlockFor Duration `toml:"unlock_for"`
	// ClearClipboardAfter is how long a copied code stays ("30s").
	ClearClipboardAfter Duration `toml:"clear_clipboard_after"`
	// Askpass rules say which account answers which prompt.
	Askpass []AskpassRule `toml:"askpass"`
}

// DefaultUnlockFor and DefaultClearAfter are what holds where nothing was set.
const (
	DefaultUnlockFor  = 15 * time.Minute
	DefaultClearAfter = 30 * time.Second
)

// Span is a time span as a person writes it: 15m, not 15m0s.
func Span(d time.Duration) string {
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// Setting is a setting that `jangle config set` changes, as a person reads of it.
type Setting struct {
	Key, Meaning, Unit, Default, Example string
	Value                                func(Config) string // empty where nothing was set
}

// Settings are all of them. `jangle config` and `jangle help config` print them.
func Settings() []Setting {
	const span = "a time span: 90s, 15m, 8h"
	show := func(d Duration) string {
		if !d.Set {
			return ""
		}
		return Span(d.Duration)
	}
	return []Setting{
		{"unlock_for", "how long the file store stays unlocked after the last use, once you typed its passphrase; at most 8 hours (Linux)",
			span + "; 0s asks each time", Span(DefaultUnlockFor), "1h", func(c Config) string { return show(c.UnlockFor) }},
		{"clear_clipboard_after", "how long a copied code stays on the clipboard", span + "; 0s never clears it", Span(DefaultClearAfter), "20s",
			func(c Config) string { return show(c.ClearClipboardAfter) }},
		{"store_passphrase_command", "what prints the file store's passphrase, so that nobody is asked", "a command and its arguments, without a shell",
			"", "pass show jangle", func(c Config) string { return strings.Join(c.StorePassphraseCommand, " ") }},
	}
}

// AskpassRule picks an account for a prompt of another program.
type AskpassRule struct {
	// Program asks: ssh, sudo or git. A rule without it is of an older form and
	// answers nothing.
	Program string `toml:"program,omitempty" json:"program"`
	// User and Host are where ssh logs in to; other programs have none.
	User string `toml:"user,omitempty" json:"user"`
	Host string `toml:"host,omitempty" json:"host"`
	// Prompt is the whole question, without what ssh puts before it and without
	// blanks and colons at its end.
	Prompt  string `toml:"prompt" json:"prompt"`
	Account string `toml:"account" json:"account"`
}

// Duration is a time span written as Go does: "90s", "15m", "8h".
type Duration struct {
	time.Duration
	Set bool
}

// UnmarshalText reads "90s"; negative spans are refused.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a time span such as 90s, 15m or 8h", text)
	}
	d.Duration, d.Set = v, true
	return nil
}

// Or returns the span, or def where nothing was set.
func (d Duration) Or(def time.Duration) time.Duration {
	if d.Set {
		return d.Duration
	}
	return def
}

// Error is a configuration file that cannot be used as it is.
type Error struct {
	Path    string
	Problem string
}

func (e *Error) Error() string { return e.Path + ": " + e.Problem }

// Load reads the file at path. A file that is not there is an empty
// configuration; one with an unknown key or a wrong value is an *Error.
func Load(path string) (Config, error) {
	var c Config
	data, err := read(path)
	if err != nil || data == nil {
		return c, err
	}
	if err := decode(data, &c); err != nil {
		return Config{}, &Error{path, describe(err)}
	}
	return c, c.validate(path)
}

// decode refuses settings that are not known: a misspelt one would do nothing
// without a word.
func decode(data []byte, c *Config) error {
	return toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(c)
}

func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > MaxFileBytes {
		return nil, &Error{path, fmt.Sprintf("it is not a file of at most %d bytes", MaxFileBytes)}
	}
	f, err := atomicfile.OpenTrusted(path) // it names programs to run, and who gets a code
	if err != nil {
		return nil, fmt.Errorf("the configuration is not read: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxFileBytes))
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	return append([]byte{}, data...), nil
}

func describe(err error) string {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) {
		return fmt.Sprintf("the setting %q is not known", strings.Join(unknown.Errors[0].Key(), "."))
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		line, _ := wrong.Position()
		if strings.Contains(wrong.Error(), "struct field") { // that speaks of our types
			return fmt.Sprintf("line %d: the value is of the wrong kind (text needs quotes, a list brackets)", line)
		}
		return fmt.Sprintf("line %d: %s", line, strings.TrimPrefix(wrong.Error(), "toml: "))
	}
	return strings.TrimPrefix(err.Error(), "toml: ")
}

func (c Config) validate(path string) error {
	if c.Store != "" && c.Store != "keyring" && c.Store != "file" {
		return &Error{path, fmt.Sprintf("store: %q is not keyring or file", c.Store)}
	}
	if strings.Trim(c.Vault, "abcdefghijklmnopqrstuvwxyz234567") != "" || len(c.Vault) > 64 {
		return &Error{path, fmt.Sprintf("vault: %q is not the id of a vault", c.Vault)}
	}
	for i, r := range c.Askpass {
		if problem := r.problem(); problem != "" {
			return &Error{path, fmt.Sprintf("askpass rule %d %s", i+1, problem)}
		}
	}
	return nil
}

// Set changes one top-level line of the file and leaves every other byte of it
// alone, comments too. value is TOML: a string comes quoted. An empty value
// removes the line.
func Set(path, key, value string) error {
	data, err := read(path)
	if err != nil {
		return err
	}
	out := setLine(data, key, value)
	var c Config
	if err := decode(out, &c); err != nil {
		return fmt.Errorf("%s cannot be set to that: %s", key, describe(err))
	}
	if err := c.validate(path); err != nil {
		return err
	}
	return save(path, out)
}

// save makes the file's folder too.
func save(path string, data []byte) error {
	if err := atomicfile.MakePrivateDir(filepath.Dir(path)); err != nil {
		return err
	}
	return atomicfile.Replace(path, data, atomicfile.Options{Mode: 0o600})
}

// setLine replaces the key's line above the first table, or puts a new one at
// the top.
func setLine(data []byte, key, value string) []byte {
	var line []byte
	if value != "" {
		line = []byte(key + " = " + value + "\n")
	}
	var out bytes.Buffer
	done, table := false, false
	for l := range bytes.Lines(data) {
		t := strings.TrimSpace(string(l))
		table = table || strings.HasPrefix(t, "[")
		name, _, ok := strings.Cut(t, "=")
		if !table && !done && ok && strings.TrimSpace(name) == key {
			out.Write(line)
			done = true
			continue
		}
		out.Write(l)
	}
	if done || value == "" {
		return out.Bytes()
	}
	return append(line, out.Bytes()...)
}
