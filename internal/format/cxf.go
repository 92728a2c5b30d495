package format

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// The FIDO Alliance's Credential Exchange Format 1.0: a header with accounts, or as
// several programs write it one bare account.

func cxf() App {
	can := abilities("cxf")
	return App{
		ID: "cxf", Name: "Credential Exchange Format (CXF)", Extension: "json",
		HowTo: "a password manager's export for another one in the FIDO format, .json or .zip",
		Detect: func(in Input) bool {
			_, err := cxfText(in)
			return err == nil || errors.Is(err, ErrUnsupported)
		},
		Read: readCXF, Write: writeCXF, CanHold: can.canHold, Loses: can.loses,
	}
}

func isCXF(p *probe) bool {
	return p.object("accounts", "exporterRpId") || p.object("accounts", "version") && hasMember(p.first("accounts"), "collections") ||
		p.object("items", "collections") && !p.has("encrypted") && (hasMember(p.first("items"), "credentials") || p.has("email"))
}

// cxfText is the export, which has no fixed name in its archive. ErrUnsupported is an
// answer of the protocol, encrypted for the one program that asked.
func cxfText(in Input) ([]byte, error) {
	closed := fmt.Errorf("%w: it is encrypted for the one program that asked for it; export plain CXF, CSV or JSON instead", ErrUnsupported)
	if !in.prefix("PK\x03\x04") {
		if in.look().object("hpke", "payload") {
			return nil, closed
		}
		if isCXF(in.look()) {
			return plainText(in.Data), nil
		}
		return nil, missing("the list of items or accounts")
	}
	a, err := openZip(in.Data)
	if err != nil {
		return nil, &meaning{err, ErrDamaged}
	}
	for _, name := range a.Names() {
		if strings.HasPrefix(name, "CXP-Export/") {
			return nil, closed
		}
		if strings.HasSuffix(strings.ToLower(name), ".json") {
			if data, err := a.Read(name, nil); err == nil && isCXF(newProbe(data)) {
				return plainText(data), nil
			}
		}
	}
	return nil, missing("an export in the archive")
}

type cxfAccount struct {
	Collections []cxfCollection    `json:"collections"`
	Items       []strictjson.Value `json:"items"`
}

type cxfCollection struct {
	Title string `json:"title"`
	Items []struct {
		Item string `json:"item"`
	} `json:"items"`
	Inner []cxfCollection `json:"subCollections"`
}

type cxfItem struct {
	ID          string             `json:"id"`
	Title       string             `json:"title"`
	Subtitle    string             `json:"subtitle"`
	Created     looseInt           `json:"creationAt"` // Unix seconds
	Modified    looseInt           `json:"modifiedAt"`
	Favorite    bool               `json:"favorite"`
	Tags        []string           `json:"tags"`
	Scope       strictjson.Value   `json:"scope"`
	Credentials []strictjson.Value `json:"credentials"`
}

type cxfTOTP struct {
	Secret    string   `json:"secret"`
	Period    looseInt `json:"period"`
	Digits    looseInt `json:"digits"`
	Algorithm *string  `json:"algorithm"`
	Username  *string  `json:"username"`
	Issuer    *string  `json:"issuer"`
}

type cxfField struct {
	ID    *string          `json:"id"`
	Value strictjson.Value `json:"value"`
}

func (f cxfField) text() string { return append(textsIn(f.Value), "")[0] }

func readCXF(_ context.Context, in Input, o Options) (Result, error) {
	data, err := cxfText(in)
	if err != nil {
		return Result{}, err
	}
	var file struct {
		Version  strictjson.Value `json:"version"`
		Accounts []cxfAccount     `json:"accounts"`
		cxfAccount
	}
	if err := decodeJSON(data, &file); err != nil {
		return Result{}, err
	}
	var version struct {
		Major int `json:"major"`
	}
	if file.Version != nil && (strictjson.Decode(file.Version, &version) != nil || version.Major != 1) {
		return Result{}, fmt.Errorf("%w: version %s of CXF is not known, only 1", ErrUnsupported, clip(string(file.Version)))
	}
	var l entryList
	without := 0
	for _, a := range append(file.Accounts, file.cxfAccount) {
		groups := map[string][]string{} // of an item, by its identifier
		cxfGroups(groups, "", a.Collections)
		n, err := addItems(&l, a.Items, func(_ strictjson.Value, item cxfItem) { l.addCXF(item, groups[item.ID], o.Now) })
		if err != nil {
			return Result{}, err
		}
		without += n
	}
	return l.ofItems(Result{Title: "CXF export, not encrypted", Protection: Plain}, without), nil
}

func cxfGroups(groups map[string][]string, parent string, collections []cxfCollection) {
	for _, c := range collections {
		path := groupPath(parent, c.Title)
		for _, link := range c.Items {
			if path != "" {
				groups[link.Item] = append(groups[link.Item], path)
			}
		}
		cxfGroups(groups, path, c.Inner)
	}
}

// addCXF adds the codes of an item: its totp credentials, and links in fields that a
// person added, which is where 1Password has all of them.
func (l *entryList) addCXF(item cxfItem, groups []string, now time.Time) {
	user := ""
	dress := account.Account{Groups: groups, Tags: item.Tags, Favourite: item.Favorite, Created: cxfTime(item.Created, now), Updated: cxfTime(item.Modified, now)}
	var codes []func() (account.Account, []string, error)
	link := func(text string) {
		codes = append(codes, func() (account.Account, []string, error) { return otpValue(text, "", "") })
	}
	for _, raw := range item.Credentials {
		var c struct {
			Type    string           `json:"type"`
			User    strictjson.Value `json:"username"`
			Content strictjson.Value `json:"content"`
			Fields  strictjson.Value `json:"fields"`
		}
		_ = strictjson.Decode(raw, &c) // without a type it is of no known one
		var field cxfField
		switch c.Type {
		case "totp":
			codes = append(codes, func() (account.Account, []string, error) { return readCXFCode(raw) })
		case "basic-auth":
			_ = strictjson.Decode(c.User, &field)
			user = firstOf(user, field.text())
		case "note":
			_ = strictjson.Decode(c.Content, &field)
			if links := linksIn(field.Value); len(links) > 0 {
				link(links[0])
			} else {
				dress.Note = firstOf(dress.Note, field.text())
			}
		case "custom-fields":
			var fields []cxfField
			_ = strictjson.Decode(c.Fields, &fields)
			for _, f := range fields {
				id, _ := base64.RawURLEncoding.DecodeString(strings.TrimRight(text(f.ID), "="))
				if len(linksIn(f.Value)) > 0 || f.text() != "" && strings.HasPrefix(string(id), "TOTP_") {
					link(f.text())
				}
			}
		}
	}
	var scope struct {
		URLs []string `json:"urls"`
	}
	if strictjson.Decode(item.Scope, &scope) == nil && len(scope.URLs) > 0 {
		keepExtra(&dress, "cxf", map[string]strictjson.Value{"scope": item.Scope})
	}
	for _, read := range codes {
		if len(l.list) > MaxEntries { // then addItems refuses
			return
		}
		a, warnings, err := read()
		a.Name = firstOf(a.Name, user, item.Subtitle)
		if a.Issuer == "" && item.Title != a.Name { // the title of an account without issuer is its name
			a.Issuer = item.Title
		}
		if a.Issuer == "" && len(scope.URLs) > 0 { // Dashlane writes them without a scheme
			_, site, scheme := strings.Cut(scope.URLs[0], "://")
			if !scheme {
				site = scope.URLs[0]
			}
			site, _, _ = strings.Cut(site, "/")
			a.Issuer = strings.TrimPrefix(site, "www.")
		}
		l.add(entryName(firstOf(a.Issuer, item.Title), a.Name), dressed(a, dress), warnings, err)
	}
}

func readCXFCode(raw strictjson.Value) (account.Account, []string, error) {
	var c cxfTOTP
	if err := decodeChecked(raw, &c); err != nil {
		return account.Account{}, nil, err
	}
	p := parts{Kind: account.TOTP, Issuer: text(c.Issuer), Name: text(c.Username), Base32: c.Secret, Algorithm: text(c.Algorithm), Digits: c.Digits, Period: c.Period}
	switch {
	case p.Algorithm == "steam": // Bitwarden's word
		p.Kind = account.Steam
	case c.Algorithm != nil && p.Algorithm == "":
		return account.Account{Issuer: p.Issuer, Name: p.Name}, nil, fieldError("algorithm", "it is empty")
	}
	a, err := p.account()
	a.Issuer, a.Name = p.Issuer, p.Name
	return a, nil, err
}

// cxfTime is Unix milliseconds. What went through iOS has the 31 years from 1970 to
// Apple's epoch added once too often; a time that is then still to come is none.
func cxfTime(seconds looseInt, now time.Time) int64 {
	const appleEpoch = 978307200
	t, latest := millis(seconds), now.Add(24*time.Hour).UnixMilli()
	if t > latest {
		t -= appleEpoch * 1000
	}
	if t < 0 || t > latest {
		return 0
	}
	return t
}

func writeCXF(_ context.Context, accounts []account.Account, o Options) ([]byte, error) {
	if err := abilities("cxf").writable(accounts); err != nil {
		return nil, err
	}
	random, err := o.randomBytes(16)
	if err != nil {
		return nil, err
	}
	type object = map[string]any
	id := func(kind string, n int) string { // 64 bytes at most
		return base64.RawURLEncoding.EncodeToString(fmt.Appendf(slices.Clone(random), "%s%d", kind, n))
	}
	collections, members, items := []object{}, map[string][]object{}, make([]object, len(accounts))
	for i, a := range accounts {
		code := object{"type": "totp", "secret": a.Secret.Base32(), "period": a.Period, "digits": a.Digits, "algorithm": strings.ToLower(string(a.Algorithm)),
			"issuer": a.Issuer, "username": a.Name}
		if a.Type == account.Steam {
			code["algorithm"] = "steam"
		}
		credentials := []object{code}
		if a.Note != "" {
			credentials = append(credentials, object{"type": "note", "content": object{"fieldType": "string", "value": a.Note}})
		}
		items[i] = object{"id": id("item", i), "title": firstOf(a.Issuer, a.Name), "favorite": a.Favourite, "tags": append([]string{}, a.Tags...), "credentials": credentials}
		if a.Created > 0 {
			items[i]["creationAt"] = a.Created / 1000
		}
		if a.Updated > 0 {
			items[i]["modifiedAt"] = a.Updated / 1000
		}
		if scope, ok := extraOf(a, "cxf")["scope"]; ok {
			items[i]["scope"] = scope
		}
		for _, title := range a.Groups {
			if members[title] == nil {
				collections = append(collections, object{"title": title})
			}
			members[title] = append(members[title], object{"item": id("item", i)})
		}
	}
	for i, c := range collections {
		c["id"], c["items"] = id("group", i), members[c["title"].(string)]
	}
	return encodeJSON(object{
		"version": object{"major": 1, "minor": 0}, "exporterRpId": "jangle-otp.github.io", "exporterDisplayName": "jangle", "timestamp": o.Now.Unix(),
		"accounts": []object{{"id": id("account", 0), "username": "", "email": "", "collections": collections, "items": items}},
	})
}
