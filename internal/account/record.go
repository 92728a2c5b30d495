package account

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/jangle-otp/jangle/internal/strictjson"
)

// Record is the JSON form of an account in a vault and in a backup: the one
// place where a secret becomes text on purpose. docs/vault-format.md describes
// it for people who must read it without jangle.
type Record struct {
	ID        string                      `json:"id"`
	Type      Type                        `json:"type"`
	Issuer    string                      `json:"issuer"`
	Account   string                      `json:"account"`
	Secret    string                      `json:"secret"` // base32, upper case, no padding
	Algorithm Algorithm                   `json:"algorithm"`
	Digits    int                         `json:"digits"`
	Period    int                         `json:"period,omitzero"`  // seconds
	Counter   uint64                      `json:"counter,omitzero"` // of the next code
	PIN       string                      `json:"pin,omitzero"`
	Aliases   []string                    `json:"aliases,omitempty"`
	Note      string                      `json:"note,omitzero"`
	Groups    []string                    `json:"groups,omitempty"`
	Tags      []string                    `json:"tags,omitempty"`
	Favourite bool                        `json:"favourite,omitzero"`
	Archived  bool                        `json:"archived,omitzero"`
	Trashed   bool                        `json:"trashed,omitzero"`
	IconName  string                      `json:"icon_name,omitzero"`
	IconMIME  string                      `json:"icon_mime,omitzero"`
	IconData  []byte                      `json:"icon_data,omitempty"` // base64
	UseCount  uint64                      `json:"use_count,omitzero"`
	LastUsed  int64                       `json:"last_used,omitzero"` // Unix milliseconds
	Created   int64                       `json:"created,omitzero"`   // Unix milliseconds
	Updated   int64                       `json:"updated,omitzero"`   // Unix milliseconds
	HandedOut int64                       `json:"handed_out,omitzero"`
	Extra     map[string]strictjson.Value `json:"extra,omitempty"`

	Unknown map[string]strictjson.Value `json:",embed"` // fields that a newer jangle wrote
}

// recordLimits: an app's extra fields come from a file with 32 levels at most.
var recordLimits = strictjson.Limits{Depth: 36}

// MarshalRecord writes an account as a JSON object, its unknown fields after
// the known ones.
func MarshalRecord(a Account) ([]byte, error) {
	out, err := strictjson.Marshal(NewRecord(a))
	if err != nil {
		return nil, fmt.Errorf("cannot write the account %q as JSON", clip(a.Label())) // err may hold a value
	}
	return out, nil
}

// NewRecord is the record of an account.
func NewRecord(a Account) Record {
	return Record{
		ID: a.ID, Type: a.Type, Issuer: a.Issuer, Account: a.Name,
		Secret: a.Secret.Base32(), Algorithm: a.Algorithm,
		Digits: a.Digits, Period: a.Period, Counter: a.Counter, PIN: string(a.PIN.Bytes()),
		Aliases: a.Aliases, Note: a.Note, Groups: a.Groups, Tags: a.Tags,
		Favourite: a.Favourite, Archived: a.Archived, Trashed: a.Trashed,
		IconName: a.Icon.Name, IconMIME: a.Icon.MIME, IconData: a.Icon.Data,
		UseCount: a.UseCount, LastUsed: a.LastUsed, Created: a.Created, Updated: a.Updated,
		HandedOut: a.HandedOut, Extra: a.Extra, Unknown: a.Unknown,
	}
}

// UnmarshalRecord reads one record and validates the account. Fields that this
// version does not know are kept in Unknown. An error names the field and never
// holds the secret.
func UnmarshalRecord(data []byte) (Account, error) {
	var r Record
	err := recordLimits.Unmarshal(data, &r)
	if wrong, ok := errors.AsType[*strictjson.TypeError](err); ok && wrong.Path != "" {
		return Account{}, fieldError(clip(wrong.Path), "it must not be of the kind %s", wrong.Kind)
	} else if ok {
		return Account{}, errors.New("the record is not a JSON object")
	}
	if err != nil {
		return Account{}, fmt.Errorf("the record is damaged: %w", err)
	}
	return r.AsAccount()
}

// AsAccount returns the account of a record, validated.
func (r Record) AsAccount() (Account, error) {
	for name := range r.Unknown { // hardly any record has one
		if err := misspelt(name); err != nil {
			return Account{}, err
		}
	}
	a, err := r.account()
	if err == nil {
		err = a.Validate()
	}
	if err != nil {
		return Account{}, err
	}
	return a, nil
}

func (r Record) account() (Account, error) {
	secret, err := ParseBase32(r.Secret)
	return Account{
		ID: r.ID, Type: r.Type, Issuer: r.Issuer, Name: r.Account,
		Secret: secret, Algorithm: r.Algorithm,
		Digits: r.Digits, Period: r.Period, Counter: r.Counter, PIN: NewSecret([]byte(r.PIN)),
		Aliases: r.Aliases, Note: r.Note, Groups: r.Groups, Tags: r.Tags,
		Favourite: r.Favourite, Archived: r.Archived, Trashed: r.Trashed,
		Icon:     Icon{Name: r.IconName, MIME: r.IconMIME, Data: r.IconData},
		UseCount: r.UseCount, LastUsed: r.LastUsed, Created: r.Created, Updated: r.Updated,
		HandedOut: r.HandedOut, Extra: r.Extra, Unknown: r.Unknown,
	}, err
}

// misspelt refuses a name that differs from one of Record's in case only:
// encoding/json would take one for the other and jq would not.
func misspelt(name string) error {
	t := reflect.TypeFor[Record]()
	for i := range t.NumField() {
		known, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if known != "" && strictjson.Fold(name) == known {
			return fmt.Errorf("the member %q has to be spelt %q", clip(name), known)
		}
	}
	return nil
}
