package crypt

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"filippo.io/age"
	"filippo.io/age/plugin"
)

// The limits of a file of recipients or identities: those of age and sshd.
const (
	MaxKeyFile = 16 << 20
	maxKeyLine = 8 << 10
)

// Recipient is somebody who will be able to open a file. It is public.
type Recipient struct {
	inner  age.Recipient
	kind   Kind
	text   string
	plugin string
}

// Kind tells what sort of identity will open the file.
func (r Recipient) Kind() Kind { return r.kind }

// String is the recipient as it was written.
func (r Recipient) String() string { return r.text }

// Plugin names the plugin ("yubikey") that is run for the recipient, or is empty.
func (r Recipient) Plugin() string { return r.plugin }

// ParseRecipient reads one recipient: "age1…", the post-quantum "age1pq1…" (to
// be opened with age 1.3 or later), "ssh-ed25519 …", "ssh-rsa …", or a plugin's
// "age1name1…". A plugin is only ever run because a user wrote its recipient or
// identity; what it asks goes to ui.
func ParseRecipient(text string, ui PluginUI) (Recipient, error) {
	text = strings.TrimSpace(text)
	r := Recipient{text: text}
	var err error
	switch {
	case strings.HasPrefix(strings.ToUpper(text), "AGE-"):
		return r, errors.New("this is a secret key, where a public recipient is needed (age-keygen -y shows it)")
	case strings.HasPrefix(text, "age1pq1"):
		r.kind = KindHybrid
		r.inner, err = age.ParseHybridRecipient(text)
	case strings.HasPrefix(text, "age1") && strings.Count(text, "1") > 1:
		r.kind = KindPlugin
		var p *plugin.Recipient
		if p, err = plugin.NewRecipient(text, ui.client()); err == nil {
			r.inner, r.plugin = pluginKeeper{p}, p.Name()
		}
	case strings.HasPrefix(text, "age1"):
		r.kind = KindX25519
		r.inner, err = age.ParseX25519Recipient(text)
	case strings.HasPrefix(text, "ssh-ed25519 "):
		r.inner, r.kind, err = sshRecipient(text, KindSSHEd25519)
	case strings.HasPrefix(text, "ssh-rsa "):
		r.inner, r.kind, err = sshRecipient(text, KindSSHRSA)
	default:
		return r, errors.New("this is no recipient: age1…, ssh-ed25519 … and ssh-rsa … are known")
	}
	if err != nil {
		return Recipient{}, fmt.Errorf("the %s is mistyped or cut", r.kind)
	}
	return r, nil
}

// ParseRecipientsFile reads one recipient a line; empty lines and those that
// begin with "#" do not count. The error names the line, never its text, which
// may be a secret that was put into the wrong file.
func ParseRecipientsFile(content []byte, ui PluginUI) ([]Recipient, error) {
	var out []Recipient
	err := eachLine(content, func(line string) error {
		r, err := ParseRecipient(line, ui)
		out = append(out, r)
		return err
	})
	if err == nil && len(out) == 0 {
		err = errors.New("there is no recipient in the file")
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// eachLine calls f for each line of a key file that says something.
func eachLine(content []byte, f func(line string) error) error {
	if len(content) > MaxKeyFile {
		return fmt.Errorf("the file has more than %d bytes", MaxKeyFile)
	}
	if !utf8.Valid(content) {
		return errors.New("the file is not text")
	}
	scanner := bufio.NewScanner(bytes.NewReader(content))
	scanner.Buffer(nil, maxKeyLine)
	n := 0
	for scanner.Scan() {
		n++
		line := strings.TrimSpace(scanner.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		if err := f(line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if scanner.Err() != nil {
		return fmt.Errorf("line %d has more than %d bytes", n+1, maxKeyLine)
	}
	return nil
}
