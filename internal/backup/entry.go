package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
)

// entryReader reads the entries of one file and remembers their ids.
type entryReader struct {
	names map[string]string // a record's names by their folded form
	ids   map[string]bool
}

func newEntryReader() *entryReader {
	r := &entryReader{names: map[string]string{}, ids: map[string]bool{}}
	t := reflect.TypeFor[account.Record]()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		r.names[fold(name)] = name
	}
	for _, name := range []string{"check", "uri"} {
		r.names[fold(name)] = name
	}
	return r
}

// read reads one entry: the record of the account and what a backup adds.
func (r *entryReader) read(raw []byte) (account.Account, error) {
	all, err := members(raw)
	if err != nil {
		return account.Account{}, err
	}
	record, extra, err := r.split(all, len(raw))
	if err != nil {
		return account.Account{}, err
	}
	a, err := account.UnmarshalRecord(record)
	if err != nil {
		return account.Account{}, err
	}
	switch {
	case a.ID == "":
		return a, errors.New("it has no id")
	case r.ids[a.ID]:
		return a, fmt.Errorf("its id %q is that of another account too", clip(a.ID))
	case extra.URI == "":
		return a, errors.New("its uri is missing")
	}
	r.ids[a.ID] = true
	if err := extra.Check.verify(a); err != nil {
		return a, err
	}
	return a, sameURI(extra.URI, a)
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

// split parts an entry into the record and the members that a backup adds.
// A name in another case than ours is refused: encoding/json would take it and
// jq would not.
func (r *entryReader) split(all []member, size int) (record []byte, x extras, err error) {
	record = make([]byte, 1, size)
	record[0] = '{'
	for _, m := range all {
		if known, ok := r.names[m.folded]; ok && known != m.name {
			return nil, x, fmt.Errorf("the member %q has to be spelt %q", clip(m.name), known)
		}
		switch m.name {
		case "check":
			x.Check, err = readCheck(m.value)
		case "uri":
			x.URI, err = readText(m.value)
		case "extra":
			_, err = members(m.value)
			fallthrough
		default:
			record = appendMember(record, m)
		}
		if err != nil {
			return nil, x, fmt.Errorf("the member %q cannot be read", m.name)
		}
	}
	return append(record, '}'), x, nil
}

func appendMember(object []byte, m member) []byte {
	if len(object) > 1 {
		object = append(object, ',')
	}
	object = append(append(object, m.quoted...), ':')
	return append(object, m.value...)
}

func readCheck(value []byte) (*checkCode, error) {
	all, err := members(value)
	if err != nil {
		return nil, err
	}
	c := new(checkCode)
	for _, m := range all {
		switch m.name {
		case "t":
			c.Time = new(int64)
			*c.Time, err = strconv.ParseInt(string(m.value), 10, 64)
		case "counter":
			c.Counter = new(uint64)
			*c.Counter, err = strconv.ParseUint(string(m.value), 10, 64)
		case "code":
			c.Code, err = readText(m.value)
		default:
			err = errors.New("it has an unknown member")
		}
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}

// readText reads a string.
func readText(value []byte) (string, error) {
	if len(value) < 2 || value[0] != '"' {
		return "", errors.New("it is not a text")
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : len(value)-1]), nil
	}
	var s string
	err := json.Unmarshal(value, &s)
	return s, err
}
