package backup

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// entry is the record of an account and what a backup has beyond it.
type entry struct {
	account.Record
	extras
}

type extras struct {
	Check *checkCode `json:"check,omitzero"`
	URI   string     `json:"uri"`
}

// readEntry reads one entry of a file whose earlier ones have these ids.
func readEntry(raw []byte, ids map[string]bool) (account.Account, error) {
	var e entry
	if err := strictjson.Decode(raw, &e); err != nil {
		return account.Account{}, err
	}
	a, err := e.AsAccount()
	switch {
	case err != nil:
		return a, err
	case a.ID == "":
		return a, errors.New("it has no id")
	case ids[a.ID]:
		return a, fmt.Errorf("its id %q is that of another account too", clip(a.ID))
	case e.URI == "":
		return a, errors.New("its uri is missing")
	}
	ids[a.ID] = true
	if err := e.Check.verify(a); err != nil {
		return a, err
	}
	return a, sameURI(e.URI, a)
}

// sameURI holds the URI against the fields, because a rescue without jangle
// uses the URI alone. One that is too long to be read is left to the hash.
func sameURI(uri string, a account.Account) error {
	if len(uri) > otpauth.MaxURIBytes {
		return nil
	}
	b, _, err := otpauth.Parse(uri)
	if err != nil {
		return errors.New("its uri cannot be read")
	}
	b.PIN = a.PIN // not every kind of URI carries it
	if a.Key() != b.Key() {
		return errors.New("its uri is that of another account")
	}
	return nil
}

// clip keeps a hostile text from filling a message.
func clip(s string) string {
	const most = 40
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
