package account

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/jangle-otp/jangle/internal/jsonsplit"
)

// Record is the JSON form of an account in a vault and in a backup: the one
// place where a secret becomes text on purpose. docs/vault-format.md describes
// it for people who must read it without jangle.
type Record struct {
	ID        string                     `json:"id"`
	Type      Type                       `json:"type"`
	Issuer    string                     `json:"issuer"`
	Account   string                     `json:"account"`
	Secret    string                     `json:"secret"` // base32, upper case, no padding
	Algorithm Algorithm                  `json:"algorithm"`
	Digits    int                        `json:"digits"`
	Period    int                        `json:"period,omitempty"`  // seconds
	Counter   uint64                     `json:"counter,omitempty"` // of the next code
	PIN       string                     `json:"pin,omitempty"`
	Note      string                     `json:"note,omitempty"`
	Groups    []string                   `json:"groups,omitempty"`
	Tags      []string                   `json:"tags,omitempty"`
	Favourite bool                       `json:"favourite,omitempty"`
	Archived  bool                       `json:"archived,omitempty"`
	Trashed   bool                       `json:"trashed,omitempty"`
	IconName  string                     `json:"icon_name,omitempty"`
	IconMIME  string                     `json:"icon_mime,omitempty"`
	IconData  []byte                     `json:"icon_data,omitempty"` // base64
	UseCount  uint64                     `json:"use_count,omitempty"`
	LastUsed  int64                      `json:"last_used,omitempty"` // Unix milliseconds
	Created   int64                      `json:"created,omitempty"`   // Unix milliseconds
	Updated   int64                      `json:"updated,omitempty"`   // Unix milliseconds
	HandedOut int64                      `json:"handed_out,omitempty"`
	Extra     map[string]json.RawMessage `json:"extra,omitempty"`
}

// MarshalRecord writes an account as a JSON object, its unknown fields after
// the known ones.
func MarshalRecord(a Account) ([]byte, error) {
	out, err := marshalPlain(newRecord(a))
	if err != nil {
		return nil, fmt.Errorf("cannot write the account %q as JSON: %w", clip(a.Label()), err)
	}
	if len(a.Unknown) == 0 {
		return out, nil
	}
	rest, err := marshalPlain(a.Unknown)
	if err != nil {
		return nil, fmt.Errorf("cannot write the unknown fields of %q: %w", clip(a.Label()), err)
	}
	out = append(out[:len(out)-1], ',')
	return append(out, rest[1:]...), nil
}

// marshalPlain leaves <, > and & as they are: a person reads this with jq.
func marshalPlain(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

func newRecord(a Account) Record {
	return Record{
		ID: a.ID, Type: a.Type, Issuer: a.Issuer, Account: a.Name,
		Secret: a.Secret.Base32(), Algorithm: a.Algorithm,
		Digits: a.Digits, Period: a.Period, Counter: a.Counter, PIN: string(a.PIN.Bytes()),
		Note: a.Note, Groups: a.Groups, Tags: a.Tags,
		Favourite: a.Favourite, Archived: a.Archived, Trashed: a.Trashed,
		IconName: a.Icon.Name, IconMIME: a.Icon.MIME, IconData: a.Icon.Data,
		UseCount: a.UseCount, LastUsed: a.LastUsed, Created: a.Created, Updated: a.Updated,
		HandedOut: a.HandedOut, Extra: a.Extra,
	}
}

// UnmarshalRecord reads one record and validates the account. Fields that this
// version does not know are kept in Unknown. An error names the field and never
// holds the secret.
func UnmarshalRecord(data []byte) (Account, error) {
	r, unknown, err := decodeRecord(data)
	if err != nil {
		return Account{}, err
	}
	a, err := r.account()
	if err != nil {
		return Account{}, err
	}
	a.Unknown = unknown
	if err := a.Validate(); err != nil {
		return Account{}, err
	}
	return a, nil
}

// decodeRecord decodes once if all names are those of Record, as in nearly all
// records; else it looks closely. A decoder that forbids unknown names would do for
// all, but takes a kilobyte for each record, of which a vault may have thousands.
func decodeRecord(data []byte) (Record, map[string]json.RawMessage, error) {
	var r Record
	if json.Unmarshal(data, &r) == nil && onlyKnown(data) {
		return r, nil, nil
	}
	return decodeOddRecord(data)
}

// onlyKnown reports whether a valid object has no other names than those that
// MarshalRecord writes.
func onlyKnown(data []byte) bool {
	known := true
	object := jsonsplit.Members(data, func(m jsonsplit.Member) { known = known && isRecordName(m.Name[1:len(m.Name)-1]) })
	return object && known
}

// isRecordName knows Record's names. It is no map, which would be filled before
// main.
func isRecordName(name []byte) bool {
	switch string(name) {
	case "id", "type", "issuer", "account", "secret", "algorithm", "digits", "period", "counter",
		"pin", "note", "groups", "tags", "favourite", "archived", "trashed", "icon_name",
		"icon_mime", "icon_data", "use_count", "last_used", "created", "updated", "handed_out", "extra":
		return true
	}
	return false
}

// decodeOddRecord takes names in other letters for Record's, as encoding/json does,
// keeps unknown ones, and says what is wrong.
func decodeOddRecord(data []byte) (Record, map[string]json.RawMessage, error) {
	var r Record
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if d.Decode(&r) == nil && len(bytes.TrimSpace(data[d.InputOffset():])) == 0 {
		return r, nil, nil
	}
	r = Record{}
	if err := json.Unmarshal(data, &r); err != nil {
		return Record{}, nil, recordError(err)
	}
	return r, unknownFields(data), nil
}

// recordError keeps the value that did not fit, which may be a secret, out of
// the message.
func recordError(err error) error {
	var te *json.UnmarshalTypeError
	if errors.As(err, &te) && te.Field == "" {
		return errors.New("the record is not a JSON object")
	}
	if te != nil {
		kind, _, _ := strings.Cut(te.Value, " ") // "number 1234" is a PIN
		return fieldError(te.Field, "it must not be of the kind %s", kind)
	}
	return errors.New("the record is not valid JSON")
}

func (r Record) account() (Account, error) {
	secret, err := ParseBase32(r.Secret)
	if err != nil {
		return Account{}, err
	}
	return Account{
		ID: r.ID, Type: r.Type, Issuer: r.Issuer, Name: r.Account,
		Secret: secret, Algorithm: r.Algorithm,
		Digits: r.Digits, Period: r.Period, Counter: r.Counter, PIN: NewSecret([]byte(r.PIN)),
		Note: r.Note, Groups: r.Groups, Tags: r.Tags,
		Favourite: r.Favourite, Archived: r.Archived, Trashed: r.Trashed,
		Icon:     Icon{Name: r.IconName, MIME: r.IconMIME, Data: r.IconData},
		UseCount: r.UseCount, LastUsed: r.LastUsed, Created: r.Created, Updated: r.Updated,
		HandedOut: r.HandedOut, Extra: r.Extra,
	}, nil
}

// unknownFields returns the members that Record has no field for, nil for none.
func unknownFields(data []byte) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	if json.Unmarshal(data, &all) != nil {
		return nil
	}
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool { return isRecordName([]byte(name)) })
	if len(all) == 0 {
		return nil
	}
	return all
}
