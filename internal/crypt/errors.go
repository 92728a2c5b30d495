package crypt

import (
	"errors"
	"fmt"
	"strings"
)

// The reasons why a file is not opened that need no details.
var (
	ErrEmpty  = errors.New("the file is empty")
	ErrNotAge = errors.New("this is not an age file")
	// ErrPassphrase: the passphrase is wrong. A file whose wrapped key is
	// damaged looks the same.
	ErrPassphrase = errors.New("wrong passphrase")
	// ErrKeyPassphrase: the passphrase of an SSH key is wrong.
	ErrKeyPassphrase = errors.New("wrong passphrase for the SSH key")
	// ErrKeyFile: the passphrase is right, but what it protects is no key, or
	// not the one that the public key announces.
	ErrKeyFile = errors.New("the SSH private key is damaged, or is not that of its .pub file")
)

// KeyError: none of the keys that were given opens the file.
type KeyError struct {
	Needs   []Kind   // what would open it
	Unknown []string // stanza types from the file that we do not know
	Tried   int      // keys that were tried
}

// Error names what would open the file.
func (e *KeyError) Error() string {
	needs := make([]string, len(e.Needs))
	for i, k := range e.Needs {
		needs[i] = string(k)
	}
	for _, u := range e.Unknown {
		needs = append(needs, fmt.Sprintf("%q (a plugin, or newer than this program)", shorten(u)))
	}
	what := strings.Join(needs, " or ")
	if e.Tried == 0 {
		return "the file needs: " + what
	}
	return "no key that was given opens the file, which needs: " + what
}

// Part is the part of an age file that is damaged.
type Part string

// The parts, in the order in which they are read.
const (
	PartArmor   Part = "armor"
	PartHeader  Part = "header"
	PartMAC     Part = "header checksum"
	PartContent Part = "content"
)

// DamagedError: the file is an age file, but was changed or cut. Nothing of its
// content is handed out.
type DamagedError struct {
	Part  Part
	cause error
}

// Error names the part.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("the age file is damaged or cut (%s)", e.Part)
}

// Unwrap returns the library's reason, which may quote bytes of the file.
func (e *DamagedError) Unwrap() error { return e.cause }

// CostError: the passphrase of the file costs more time and memory than allowed.
type CostError struct {
	Factor string // as written in the file
	Limit  int
}

// Error names both figures.
func (e *CostError) Error() string {
	return fmt.Sprintf("the file asks for a passphrase work factor of %s, more than %d", e.Factor, e.Limit)
}

// CanInsist: the file can be opened with Keys.MaxWorkFactor = SlowWorkFactor.
func (e *CostError) CanInsist() bool { return e.Limit < SlowWorkFactor }

// LimitError: the file is larger than what is read, in the named respect.
type LimitError struct {
	What  string
	Limit int
}

// Error names the limit.
func (e *LimitError) Error() string {
	return fmt.Sprintf("the %s of the age file exceeds the limit of %d", e.What, e.Limit)
}

// NewerError: the file has a later version of the format.
type NewerError struct{ Version string }

// Error names the version.
func (e *NewerError) Error() string {
	return fmt.Sprintf("the age file has version %s, which this program cannot read", shorten(e.Version))
}

// PluginError: an age plugin is not installed, or failed.
type PluginError struct {
	Name    string // without "age-plugin-"
	Missing bool
	cause   error
}

// Error names the program to install.
func (e *PluginError) Error() string {
	if e.Missing {
		return fmt.Sprintf("the program age-plugin-%s is needed and not installed", e.Name)
	}
	return fmt.Sprintf("age-plugin-%s failed: %v", e.Name, e.cause)
}

// Unwrap returns what the plugin said.
func (e *PluginError) Unwrap() error { return e.cause }
