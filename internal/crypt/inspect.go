package crypt

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"filippo.io/age/armor"
)

// Kind is the way in which a file is encrypted for one recipient.
type Kind string

// The kinds we know. Everything else is a plugin's, or newer than this program.
const (
	KindPassphrase Kind = "passphrase"
	KindX25519     Kind = "age key"
	KindHybrid     Kind = "post-quantum age key"
	KindSSHEd25519 Kind = "ssh-ed25519 key"
	KindSSHRSA     Kind = "ssh-rsa key"
	KindPlugin     Kind = "plugin"
)

// Info is what an age file says about itself to everybody. Nothing of it is
// authenticated: it serves to ask for the right thing.
type Info struct {
	Form       Form
	Recipients []Kind // known ways to open it, without repetition
	// Unknown holds the stanza types that no kind stands for, as they are
	// written in the file: printable ASCII. Some recipients add meaningless
	// ones on purpose.
	Unknown []string
	// WorkFactor is the cost of the passphrase, 0 without one.
	WorkFactor int
}

// NeedsPassphrase: only a passphrase opens the file.
func (i Info) NeedsPassphrase() bool { return slices.Contains(i.Recipients, KindPassphrase) }

// IsAge tells quickly whether data begins as an age file does, of any version.
func IsAge(data []byte) bool {
	return bytes.HasPrefix(data, []byte(introPrefix)) ||
		bytes.HasPrefix(bytes.TrimLeft(data[:min(len(data), 1024)], " \t\r\n"), []byte(armor.Header))
}

const (
	introPrefix = "age-encryption.org/"
	introV1     = "age-encryption.org/v1"
)

// Inspect reads the header of an age file within the limits, and tells what is
// needed to open it. Its errors are those of Decrypt that need no key.
func Inspect(data []byte) (Info, error) {
	h, err := readHeader(data)
	return h.info, err
}

// header is what is looked at before the library gets the file.
type header struct {
	info   Info
	factor string // the work factor as written
}

func readHeader(data []byte) (header, error) {
	var h header
	switch {
	case len(data) == 0:
		return h, ErrEmpty
	case !IsAge(data):
		return h, ErrNotAge
	case len(data) > MaxFile:
		return h, &LimitError{What: "file", Limit: MaxFile}
	}
	start, err := headerBytes(data, &h)
	if err != nil {
		return h, err
	}
	lines := strings.Split(string(start), "\n")
	if lines[0] != introV1 {
		if version, ok := strings.CutPrefix(lines[0], introV1[:len(introV1)-1]); ok && isDigits(version) {
			return h, &NewerError{Version: "v" + version}
		}
		return h, &DamagedError{Part: PartHeader}
	}
	// The stanzas up to the line that ends the header, more leniently than the
	// library, which reads the same bytes again.
	stanzas := 0
	for _, line := range lines[1:] {
		if strings.HasPrefix(line, "---") {
			return h, h.checkCost()
		}
		fields := strings.Split(line, " ")
		if fields[0] != "->" || len(fields) < 2 {
			continue
		}
		if stanzas++; stanzas > maxStanzas {
			return h, &LimitError{What: "number of recipients", Limit: maxStanzas}
		}
		kind := kindOf(fields[1])
		switch {
		case kind == "" && !slices.Contains(h.info.Unknown, fields[1]):
			h.info.Unknown = append(h.info.Unknown, fields[1])
		case kind != "" && !slices.Contains(h.info.Recipients, kind):
			h.info.Recipients = append(h.info.Recipients, kind)
		}
		if kind == KindPassphrase && len(fields) == 4 {
			h.factor = fields[3]
		}
	}
	if len(start) >= maxHeader { // more follows than a header may have
		return h, &LimitError{What: "header", Limit: maxHeader}
	}
	return h, &DamagedError{Part: PartHeader}
}

// headerBytes returns the first bytes of the file without armor: at most as
// many as a header may have.
func headerBytes(data []byte, h *header) ([]byte, error) {
	if bytes.HasPrefix(data, []byte(introPrefix)) {
		return data[:min(len(data), maxHeader)], nil
	}
	h.info.Form = Armor
	buf := make([]byte, 0, min(len(data), maxHeader))
	r := armor.NewReader(bytes.NewReader(data))
	var err error
	for len(buf) < cap(buf) && err == nil {
		var n int
		n, err = r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
	}
	switch {
	case bytes.HasPrefix(buf, []byte(introPrefix)):
		return buf, nil // an error further on is for the reader that checks all
	case len(buf) > 0:
		return nil, ErrNotAge
	case errors.Is(err, io.EOF):
		return nil, &DamagedError{Part: PartHeader}
	}
	return nil, &DamagedError{Part: PartArmor, cause: err}
}

// checkCost reads the work factor strictly, as the format demands: decimal
// without leading zeros.
func (h *header) checkCost() error {
	if h.factor == "" {
		return nil
	}
	if !isDigits(h.factor) || h.factor[0] == '0' {
		return &DamagedError{Part: PartHeader}
	}
	n, err := strconv.Atoi(h.factor)
	if err != nil || n > SlowWorkFactor {
		return &CostError{Factor: shorten(h.factor), Limit: SlowWorkFactor}
	}
	h.info.WorkFactor = n
	return nil
}

func kindOf(stanza string) Kind {
	switch stanza {
	case "scrypt":
		return KindPassphrase
	case "X25519":
		return KindX25519
	case "mlkem768x25519":
		return KindHybrid
	case "ssh-ed25519":
		return KindSSHEd25519
	case "ssh-rsa":
		return KindSSHRSA
	}
	return ""
}

func isDigits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// shorten keeps what a file says about itself from filling the screen.
func shorten(s string) string {
	if len(s) > 24 {
		return s[:24] + "…"
	}
	return s
}
