package format

import (
	"bytes"
	"context"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func stratum() App {
	can := abilities("stratum")
	return App{
		ID: "stratum", Name: "Stratum (Authenticator Pro)", Extension: "stratum", Encrypts: Yes,
		HowTo: "Settings > Back up > Back up to file",
		Detect: func(in Input) bool {
			return in.prefix(stratumStrongMark) || in.prefix(stratumLegacyMark) || in.look().object("Authenticators")
		},
		Read: readStratum, Write: writeStratum, CanHold: can.canHold, Loses: can.loses,
		Unique: func(a account.Account) string { return stratumSecret(a) }, // the secret is its primary key
	}
}

type stratumFile struct {
	Authenticators []strictjson.Value `json:"Authenticators"`
	Categories     []stratumCategory  `json:"Categories"`
	Members        []stratumMember    `json:"AuthenticatorCategories"`
	Icons          []stratumIcon      `json:"CustomIcons"`
}

type stratumCategory struct {
	ID      string `json:"Id"`
	Name    string `json:"Name"`
	Ranking int    `json:"Ranking"`
}

type stratumMember struct {
	CategoryID string `json:"CategoryId"`
	Secret     string `json:"AuthenticatorSecret"`
	Ranking    int    `json:"Ranking"`
}

type stratumIcon struct {
	ID   string `json:"Id"`
	Data string `json:"Data"` // base64
}

type stratumEntry struct {
	Type      int     `json:"Type"`
	Icon      *string `json:"Icon"` // a name, or "@" and the identifier of a custom one
	Issuer    *string `json:"Issuer"`
	Username  *string `json:"Username"`
	Secret    string  `json:"Secret"` // base32; hexadecimal for mOTP
	PIN       *string `json:"Pin"`
	Algorithm int     `json:"Algorithm"`
	Digits    int     `json:"Digits"`
	Period    int     `json:"Period"`
	Counter   uint64  `json:"Counter"`
	CopyCount uint64  `json:"CopyCount"`
	Ranking   int     `json:"Ranking"`
}

// The numbers that stand for types and algorithms, in their order.
func stratumTypes() []account.Type {
	return []account.Type{"", account.HOTP, account.TOTP, account.MOTP, account.Steam, account.Yandex}
}

func readStratum(ctx context.Context, in Input, o Options) (Result, error) {
	data, r, err := openStratum(ctx, in, o)
	if err != nil {
		return Result{}, err
	}
	var file stratumFile
	if err := decodeJSON(data, &file); err != nil {
		return Result{}, err
	}
	if file.Authenticators == nil {
		return Result{}, missing("Authenticators")
	}
	if err := full(len(file.Authenticators)); err != nil {
		return Result{}, err
	}
	r.Entries = file.entries()
	return r, nil
}

func (file stratumFile) entries() []Entry {
	groups, icons := file.groups(), map[string][]byte{}
	for _, icon := range file.Icons {
		if data, err := fromBase64("icon", icon.Data); err == nil {
			icons[icon.ID] = data
		}
	}
	var l entryList
	rankings := map[int]int{}
	for i, raw := range file.Authenticators {
		rankings[i+1] = l.addStratum(raw, groups, icons)
	}
	l.sortBy(func(index int) int { return rankings[index] })
	return l.list
}

// stratumGroups are the categories of one secret, in their order, and where
// they and the account in them stand.
type stratumGroups struct {
	names    []string
	rankings map[string][2]int
}

func (file stratumFile) groups() map[string]stratumGroups {
	slices.SortStableFunc(file.Categories, func(a, b stratumCategory) int { return a.Ranking - b.Ranking })
	members := map[string][]stratumMember{}
	for _, m := range file.Members {
		members[m.CategoryID] = append(members[m.CategoryID], m)
	}
	groups := map[string]stratumGroups{}
	for _, c := range file.Categories {
		for _, m := range members[c.ID] {
			g := groups[m.Secret]
			if g.rankings == nil {
				g.rankings = map[string][2]int{}
			}
			if _, twice := g.rankings[c.Name]; !twice {
				g.names = append(g.names, c.Name)
			}
			g.rankings[c.Name] = [2]int{c.Ranking, m.Ranking}
			groups[m.Secret] = g
		}
	}
	return groups
}

func (l *entryList) addStratum(raw strictjson.Value, groups map[string]stratumGroups, icons map[string][]byte) (ranking int) {
	var e stratumEntry
	if err := decodeChecked(raw, &e); err != nil {
		l.fail(entryName(text(e.Issuer), text(e.Username)), err)
		return e.Ranking
	}
	label := entryName(text(e.Issuer), text(e.Username))
	a, err := e.account()
	if err != nil {
		l.fail(label, err)
		return e.Ranking
	}
	a.Groups = groups[e.Secret].names
	warnings := e.setIcon(&a, icons)
	extra := unknownMembers(raw, e)
	if a.Icon.Name != "" {
		extra["Icon"] = mustJSON(a.Icon.Name)
	}
	if len(a.Groups) > 0 {
		extra[stratumRankingsKey] = mustJSON(groups[e.Secret].rankings)
	}
	keepExtra(&a, "stratum", extra)
	l.add(label, a, warnings, nil)
	return e.Ranking
}

func (e stratumEntry) account() (account.Account, error) {
	types := stratumTypes()
	if e.Type < 1 || e.Type >= len(types) {
		return account.Account{}, fieldError("type", "%d is not known", e.Type)
	}
	kind := types[e.Type]
	secret, err := e.secret(kind)
	if err != nil {
		return account.Account{}, err
	}
	a := account.New(kind, secret)
	a.Issuer, a.Name, a.UseCount = text(e.Issuer), text(e.Username), e.CopyCount
	a.PIN = account.NewSecret([]byte(text(e.PIN)))
	if kind != account.TOTP && kind != account.HOTP {
		return a, nil // the type fixes the rest; Stratum leaves what it likes in the fields
	}
	if e.Algorithm < 0 || e.Algorithm >= len(usualAlgorithms()) {
		return account.Account{}, fieldError("algorithm", "%d is not known", e.Algorithm)
	}
	a.Algorithm, a.Digits = usualAlgorithms()[e.Algorithm], e.Digits
	if kind == account.HOTP {
		a.Counter = e.Counter
	} else {
		a.Period = e.Period
	}
	return a, nil
}

func (e stratumEntry) secret(kind account.Type) (account.Secret, error) {
	if kind != account.MOTP {
		return account.ParseBase32(e.Secret)
	}
	raw, err := hex.DecodeString(strings.TrimSpace(e.Secret))
	if err != nil {
		return account.Secret{}, fieldError("secret", "an mOTP secret is not hexadecimal")
	}
	return account.NewSecret(raw), nil
}

func (e stratumEntry) setIcon(a *account.Account, icons map[string][]byte) (warnings []string) {
	id, custom := strings.CutPrefix(text(e.Icon), "@")
	if !custom {
		a.Icon.Name = id
		return nil
	}
	data, ok := icons[id]
	if !ok {
		return []string{"its icon is not in the file"}
	}
	a.Icon.Data, a.Icon.MIME = data, imageType(data)
	return nil
}

// imageType tells the pictures that authenticators use by their first bytes; ""
// for anything else.
func imageType(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return "image/jpeg"
	case bytes.HasPrefix(data, []byte("<svg")), bytes.HasPrefix(data, []byte("<?xml")):
		return "image/svg+xml"
	}
	return ""
}
