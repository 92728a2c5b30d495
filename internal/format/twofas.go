package format

import (
	"context"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func twoFAS() App {
	can := abilities("2fas")
	return App{
		ID: "2fas", Name: "2FAS", Extension: "2fas", Encrypts: Yes,
		HowTo:  "Settings > 2FAS Backup > Export",
		Detect: func(in Input) bool { return in.look().object("schemaVersion", "services") },
		Read:   readTwoFAS, Write: writeTwoFAS, CanHold: can.canHold, Loses: can.loses,
		Unique: func(a account.Account) string { return a.Secret.Base32() }, // a second one counts as a duplicate there
	}
}

type twoFASFile struct {
	Services  []strictjson.Value `json:"services"`
	Groups    []twoFASGroup      `json:"groups"`
	Schema    int                `json:"schemaVersion"`
	Encrypted *string            `json:"servicesEncrypted"`
	Reference *string            `json:"reference"` // there if the services are encrypted
}

type twoFASGroup struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	IsExpanded bool   `json:"isExpanded"`
	UpdatedAt  int64  `json:"updatedAt"`
}

// twoFASService has the members that an account has fields for; icon, badge,
// the icon's identifier and otp's link are kept as they are.
type twoFASService struct {
	Name      string      `json:"name"`
	Secret    string      `json:"secret"`
	UpdatedAt int64       `json:"updatedAt"`
	OTP       twoFASOTP   `json:"otp"`
	Order     twoFASOrder `json:"order"`
	GroupID   *string     `json:"groupId,omitzero"`
}

// twoFASOTP: every member may be missing or null. Schema 1 had the names only,
// schema 2 had no type.
type twoFASOTP struct {
	Label     *string `json:"label,omitzero"`
	Account   *string `json:"account,omitzero"`
	Issuer    *string `json:"issuer,omitzero"`
	Digits    *int    `json:"digits,omitzero"`
	Period    *int    `json:"period,omitzero"`
	Algorithm *string `json:"algorithm,omitzero"`
	TokenType *string `json:"tokenType,omitzero"`
	Counter   *uint64 `json:"counter,omitzero"`
	Source    *string `json:"source,omitzero"` // "Link" or "Manual": how it was added there
}

type twoFASOrder struct {
	Position int `json:"position"`
}

const (
	twoFASSchemaTyped  = 3 // from here on there is a token type
	twoFASSchemaLatest = 4
)

func readTwoFAS(ctx context.Context, in Input, o Options) (Result, error) {
	var file twoFASFile
	if err := decodeJSON(plainText(in.Data), &file); err != nil {
		return Result{}, err
	}
	if file.Schema < 1 || file.Schema > twoFASSchemaLatest {
		return Result{}, fmt.Errorf("%w: schema %d of the 2FAS file is not known", ErrUnsupported, file.Schema)
	}
	r := Result{Title: "2FAS backup, not encrypted", Protection: Plain}
	switch {
	case text(file.Encrypted) == "" && text(file.Reference) != "":
		return Result{}, missing("servicesEncrypted")
	case text(file.Encrypted) != "":
		opened, err := openTwoFAS(ctx, *file.Encrypted, o)
		if err != nil {
			return Result{}, err
		}
		if err := decodeJSON(opened, &file.Services); err != nil {
			return Result{}, err
		}
		// 10,000 rounds of PBKDF2 are guessed at a hundred thousand a second.
		r.Title, r.Protection = "2FAS backup, encrypted", Weak
	}
	if file.Services == nil {
		return Result{}, missing("services")
	}
	if err := full(len(file.Services)); err != nil {
		return Result{}, err
	}
	r.Entries = file.entries()
	return r, nil
}

func (file twoFASFile) entries() []Entry {
	groups := map[string]string{}
	for _, g := range file.Groups {
		groups[strings.ToLower(g.ID)] = g.Name // iOS writes identifiers in upper case
	}
	var l entryList
	positions := map[int]int{}
	for i, raw := range file.Services {
		positions[i+1] = l.addTwoFAS(raw, file.Schema, groups)
	}
	l.sortBy(func(index int) int { return positions[index] })
	return l.list
}

func (l *entryList) addTwoFAS(raw strictjson.Value, schema int, groups map[string]string) (position int) {
	var s twoFASService
	if err := decodeChecked(raw, &s); err != nil {
		l.fail(clip(s.Name), err)
		return s.Order.Position
	}
	issuer, name := s.names()
	label := entryName(issuer, name)
	a, warnings, err := s.account(schema)
	if err != nil {
		l.fail(label, err)
		return s.Order.Position
	}
	a.Issuer, a.Name, a.Updated = issuer, name, s.UpdatedAt
	if s.GroupID != nil && *s.GroupID != "" {
		group, ok := groups[strings.ToLower(*s.GroupID)]
		if ok {
			a.Groups = []string{group}
		} else {
			warnings = append(warnings, "it is in a group that the file does not name")
		}
	}
	extra := unknownMembers(raw, s)
	if s.Name != issuer && issuer != "" {
		extra["name"] = mustJSON(s.Name)
	}
	keepExtra(&a, "2fas", extra)
	l.add(label, a, warnings, nil)
	return s.Order.Position
}

// names takes the issuer that the site gave, else the service's name; and the
// account, else what stands behind the colon of the label.
func (s twoFASService) names() (issuer, name string) {
	issuer, name = text(s.OTP.Issuer), text(s.OTP.Account)
	if issuer == "" && (s.Name != name || name == "") {
		issuer = s.Name
	}
	if name == "" {
		label := text(s.OTP.Label)
		if _, after, found := strings.Cut(label, ":"); found {
			label = after
		}
		name = strings.TrimSpace(label)
	}
	return issuer, name
}

// text is the string, or "" for null.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (s twoFASService) account(schema int) (account.Account, []string, error) {
	secret, err := account.ParseBase32(s.Secret)
	if err != nil {
		return account.Account{}, nil, err
	}
	kind := account.TOTP
	if t := text(s.OTP.TokenType); t != "" {
		if kind, err = account.ParseType(t); err != nil {
			return account.Account{}, nil, err
		}
	}
	if kind == account.MOTP || kind == account.Yandex {
		return account.Account{}, nil, fieldError("type", "%q is not one that 2FAS has", kind)
	}
	a := account.New(kind, secret)
	if s.OTP.Digits != nil {
		a.Digits = *s.OTP.Digits
	}
	if t := text(s.OTP.Algorithm); t != "" {
		if a.Algorithm, err = account.ParseAlgorithm(t); err != nil {
			return account.Account{}, nil, err
		}
	}
	return a, s.OTP.step(&a, schema), nil
}

func (o twoFASOTP) step(a *account.Account, schema int) (warnings []string) {
	switch {
	case a.Type == account.HOTP && o.Counter == nil:
		a.Counter = 1 // as 2FAS for Android does
		return []string{"the file names no counter: taken as 1, as 2FAS does"}
	case a.Type == account.HOTP:
		a.Counter = *o.Counter
	case o.Period != nil:
		a.Period = *o.Period
	case schema < 2:
		return []string{"this old backup keeps no digits, period and algorithm: taken as 6, 30 s, SHA1; compare a code before you delete the old app"}
	case schema < twoFASSchemaTyped:
		return []string{"this old backup names no period, so it may be counter-based: taken as time-based; compare a code before you delete the old app"}
	}
	return nil
}
