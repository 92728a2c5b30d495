package crypt

import (
	"errors"
	"os"

	"filippo.io/age"
	"filippo.io/age/plugin"
)

// PluginUI is how an age plugin talks to the user. The texts come from another
// program: whoever shows them has to make them safe for the terminal. A nil
// function refuses.
type PluginUI struct {
	// Message shows something, for example that a button has to be touched.
	Message func(plugin, text string) error
	// Ask asks for a PIN (secret) or for something public.
	Ask func(plugin, prompt string, secret bool) (string, error)
	// Confirm lets the user choose; no may be empty.
	Confirm func(plugin, prompt, yes, no string) (bool, error)
	// Waiting is called in a goroutine when the plugin is silent for 5 seconds.
	Waiting func(plugin string)
}

var errNobodyToAsk = errors.New("nobody can be asked")

func (u PluginUI) client() *plugin.ClientUI {
	// With this variable the library copies everything that it says to the
	// plugin, the file key included, to stderr.
	_ = os.Unsetenv("AGEDEBUG")
	c := &plugin.ClientUI{
		DisplayMessage: u.Message,
		RequestValue:   u.Ask,
		Confirm:        u.Confirm,
		WaitTimer:      u.Waiting,
	}
	if c.DisplayMessage == nil {
		c.DisplayMessage = func(string, string) error { return errNobodyToAsk }
	}
	return c
}

// pluginKey and pluginKeeper give the errors of plugins their type.
type pluginKey struct{ *plugin.Identity }

// Unwrap implements age.Identity.
func (k pluginKey) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	key, err := k.Identity.Unwrap(stanzas)
	return key, pluginFailed(k.Name(), err)
}

type pluginKeeper struct{ *plugin.Recipient }

// Wrap implements age.Recipient.
func (k pluginKeeper) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	s, _, err := k.WrapWithLabels(fileKey)
	return s, err
}

// WrapWithLabels implements age.RecipientWithLabels.
func (k pluginKeeper) WrapWithLabels(fileKey []byte) ([]*age.Stanza, []string, error) {
	s, labels, err := k.Recipient.WrapWithLabels(fileKey)
	return s, labels, pluginFailed(k.Name(), err)
}

func pluginFailed(name string, err error) error {
	if err == nil || errors.Is(err, age.ErrIncorrectIdentity) {
		return err
	}
	var missing *plugin.NotFoundError
	return &PluginError{Name: name, Missing: errors.As(err, &missing), cause: err}
}
