package format

import (
	"context"
	"fmt"
	"slices"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func aegis() App {
	can := abilities("aegis")
	return App{
		ID: "aegis", Name: "Aegis", Extension: "json", Encrypts: Yes,
		HowTo: "Settings > Import & Export > Export, format JSON",
		Detect: func(in Input) bool {
			p := in.look()
			return p.object("header", "db", "version") || p.object("entries", "version") && hasMember(p.first("entries"), "info")
		},
		Read: readAegis, Write: writeAegis, CanHold: can.canHold, Loses: can.loses,
	}
}

func hasMember(members map[string]strictjson.Value, name string) bool {
	_, ok := members[name]
	return ok
}

type aegisFile struct {
	Version int              `json:"version"`
	Header  aegisHeader      `json:"header"`
	DB      strictjson.Value `json:"db"` // base64 text if encrypted, else an object
}

type aegisHeader struct {
	Slots  []aegisSlot `json:"slots"`
	Params *aegisKey   `json:"params"`
}

type aegisDB struct {
	Version int                `json:"version"` // 1 no groups, 2 a group's name in each entry, 3 groups with identifiers
	Entries []strictjson.Value `json:"entries"`
	Groups  []aegisGroup       `json:"groups"`
}

type aegisGroup struct {
	UUID string `json:"uuid"`
	Name string `json:"name"`
}

// aegisEntry has the members that an account has fields for; uuid and what else
// there may be is kept as it is.
type aegisEntry struct {
	Type     string    `json:"type"`
	Name     string    `json:"name"`
	Issuer   string    `json:"issuer"`
	Note     string    `json:"note"`
	Favorite bool      `json:"favorite"`
	Icon     *string   `json:"icon"`
	IconMIME *string   `json:"icon_mime"`
	IconHash *string   `json:"icon_hash"`
	Info     aegisInfo `json:"info"`
	Group    *string   `json:"group,omitzero"`
	Groups   []string  `json:"groups"`
}

type aegisInfo struct {
	Secret  string  `json:"secret"`
	Algo    string  `json:"algo"`
	Digits  *int    `json:"digits"`
	Period  *int    `json:"period,omitzero"`
	Counter *uint64 `json:"counter,omitzero"`
	PIN     *string `json:"pin,omitzero"`
}

const (
	aegisFileVersion = 1
	aegisDBVersion   = 3
)

func readAegis(ctx context.Context, in Input, o Options) (Result, error) {
	text := plainText(in.Data)
	var file aegisFile
	if err := decodeJSON(text, &file); err != nil {
		return Result{}, err
	}
	r := Result{Title: "Aegis vault, not encrypted", Protection: Plain}
	db := file.DB
	switch {
	case len(db) == 0: // the inner part of a vault, taken out by hand
		db = text
	case file.Version != aegisFileVersion:
		return Result{}, fmt.Errorf("%w: version %d of the Aegis vault is not known", ErrUnsupported, file.Version)
	case db[0] == '"':
		opened, err := openAegis(ctx, file, o)
		if err != nil {
			return Result{}, err
		}
		db = opened
		r.Title, r.Protection = "Aegis vault, encrypted", Encrypted
	}
	return r.withAegisDB(db)
}

func (r Result) withAegisDB(data []byte) (Result, error) {
	var db aegisDB
	if err := decodeJSON(data, &db); err != nil {
		return Result{}, err
	}
	if db.Version < 1 || db.Version > aegisDBVersion {
		return Result{}, fmt.Errorf("%w: version %d of the Aegis database is not known", ErrUnsupported, db.Version)
	}
	if db.Entries == nil {
		return Result{}, missing("entries")
	}
	if err := full(len(db.Entries)); err != nil {
		return Result{}, err
	}
	names := map[string]string{}
	for _, g := range db.Groups {
		names[g.UUID] = g.Name
	}
	var l entryList
	for _, raw := range db.Entries {
		l.addAegis(raw, names)
	}
	r.Entries = l.list
	return r, nil
}

func (l *entryList) addAegis(raw strictjson.Value, groups map[string]string) {
	var e aegisEntry
	if err := decodeChecked(raw, &e); err != nil {
		l.fail(entryName(e.Issuer, e.Name), err)
		return
	}
	label := entryName(e.Issuer, e.Name)
	a, err := e.account()
	if err != nil {
		l.fail(label, err)
		return
	}
	warnings := e.decorate(&a, groups)
	keepExtra(&a, "aegis", unknownMembers(raw, e))
	l.add(label, a, warnings, nil)
}

func (e aegisEntry) account() (account.Account, error) {
	kind, err := account.ParseType(e.Type)
	if err != nil {
		return account.Account{}, err
	}
	secret, err := account.ParseBase32(e.Info.Secret)
	if err != nil {
		return account.Account{}, err
	}
	a := account.New(kind, secret)
	a.Issuer, a.Name, a.Note, a.Favourite = e.Issuer, e.Name, e.Note, e.Favorite
	if a.Algorithm, err = account.ParseAlgorithm(e.Info.Algo); err != nil {
		return account.Account{}, err
	}
	if e.Info.Digits == nil {
		return account.Account{}, fieldError("digits", "it is missing")
	}
	a.Digits = *e.Info.Digits
	if e.Info.PIN != nil {
		a.PIN = account.NewSecret([]byte(*e.Info.PIN))
	}
	return a, e.Info.step(&a)
}

// step sets what the code moves with: the counter or the period.
func (i aegisInfo) step(a *account.Account) error {
	switch {
	case a.Type == account.HOTP && i.Counter == nil:
		return fieldError("counter", "it is missing")
	case a.Type == account.HOTP:
		a.Counter = *i.Counter
	case i.Period != nil:
		a.Period = *i.Period
	case a.Type == account.TOTP:
		return fieldError("period", "it is missing")
	}
	return nil
}

// decorate sets groups and icon; what is wrong with those is no more than a
// warning.
func (e aegisEntry) decorate(a *account.Account, groups map[string]string) (warnings []string) {
	if e.Group != nil && *e.Group != "" {
		a.Groups = append(a.Groups, *e.Group)
	}
	for _, id := range e.Groups {
		name, ok := groups[id]
		switch {
		case !ok:
			warnings = append(warnings, "it is in a group that the file does not name")
		case !slices.Contains(a.Groups, name):
			a.Groups = append(a.Groups, name)
		}
	}
	if e.Icon == nil || *e.Icon == "" {
		return warnings
	}
	data, err := fromBase64("icon", *e.Icon)
	if err != nil {
		return append(warnings, "its icon is left out: it is not base64")
	}
	a.Icon.Data, a.Icon.MIME = data, "image/jpeg" // files before icon_mime had only JPEG
	if e.IconMIME != nil && *e.IconMIME != "" {
		a.Icon.MIME = *e.IconMIME
	}
	return warnings
}
