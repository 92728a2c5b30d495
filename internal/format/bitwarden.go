package format

import (
	"archive/zip"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func bitwarden() App {
	can := abilities("bitwarden")
	return App{
		ID: "bitwarden", Name: "Bitwarden", Extension: "json", Encrypts: Yes,
		HowTo: "Settings > Export vault, format .json or .json (Encrypted) with \"Password protected\"",
		Detect: func(in Input) bool {
			if in.prefix("PK\x03\x04") {
				z, err := zipReader(in.Data)
				return err == nil && slices.ContainsFunc(z.File, func(f *zip.File) bool { return isBitwardenData(f.Name) })
			}
			p := in.look()
			return p.object("encrypted") && (p.has("items") || p.has("data")) || p.object("folders", "items")
		},
		Read: readBitwarden, Write: writeBitwarden, CanHold: can.canHold, Loses: can.loses,
	}
}

type bitwardenFile struct {
	Encrypted   bool               `json:"encrypted"`
	Protected   bool               `json:"passwordProtected"`
	Folders     []bitwardenFolder  `json:"folders"`
	Collections []bitwardenFolder  `json:"collections"`
	Items       []strictjson.Value `json:"items"`
	bitwardenSeal
}

type bitwardenFolder struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// bitwardenItem has no field for passwords, cards and identities: what is not
// declared is not kept.
type bitwardenItem struct {
	Type          int            `json:"type"`
	Name          *string        `json:"name"`
	Notes         *string        `json:"notes"`
	Favorite      bool           `json:"favorite"`
	FolderID      *string        `json:"folderId"`
	CollectionIDs []*string      `json:"collectionIds"`
	Created       *string        `json:"creationDate"`
	Updated       *string        `json:"revisionDate"`
	Deleted       *string        `json:"deletedDate"`
	Reprompt      int            `json:"reprompt"`
	Login         bitwardenLogin `json:"login"`
}

type bitwardenLogin struct {
	URIs     strictjson.Value `json:"uris"`
	Username *string          `json:"username"`
	TOTP     *string          `json:"totp"`
}

const bitwardenLoginType = 1

// bitwardenHelp is for exports that only the account they came from can open.
const bitwardenHelp = `this export is locked to the Bitwarden account that made it, so nothing else can open it.
Export again: Settings (web vault: Tools) > Export vault > format ".json (Encrypted)" > export type "Password protected" > choose a password; then import that file`

// isBitwardenData names the member of the export with attachments, a ZIP.
func isBitwardenData(name string) bool { return name == "data.json" }

func bitwardenJSON(in Input) ([]byte, error) {
	if !in.prefix("PK\x03\x04") {
		return plainText(in.Data), nil
	}
	z, err := zipReader(in.Data)
	if err != nil {
		return nil, err
	}
	return zipMember(z, isBitwardenData)
}

func readBitwarden(ctx context.Context, in Input, o Options) (Result, error) {
	data, err := bitwardenJSON(in)
	if err != nil {
		return Result{}, err
	}
	var file bitwardenFile
	if err := decodeJSON(data, &file); err != nil {
		return Result{}, err
	}
	r := Result{Title: "Bitwarden export, not encrypted", Protection: Plain}
	switch {
	case file.Encrypted && !file.Protected:
		return Result{}, fmt.Errorf("%w: %s", ErrUnsupported, bitwardenHelp)
	case file.Encrypted:
		opened, err := file.open(ctx, o)
		if err != nil {
			return Result{}, err
		}
		file.Encrypted = false
		if err := decodeJSON(opened, &file); err != nil {
			return Result{}, err
		}
		if file.Encrypted {
			return Result{}, fmt.Errorf("%w: an encrypted export inside an encrypted export", ErrUnsupported)
		}
		r.Title, r.Protection = "Bitwarden export, encrypted", Encrypted
	case file.Data != "":
		return Result{}, fmt.Errorf("%w: it has encrypted data but says that it is not encrypted", ErrDamaged)
	case file.Folders == nil && file.Collections == nil:
		r.Title = "Bitwarden Authenticator export, not encrypted"
	}
	return r.withBitwardenItems(file)
}

func (r Result) withBitwardenItems(file bitwardenFile) (Result, error) {
	if file.Items == nil {
		return Result{}, missing("items")
	}
	folders := map[string]string{}
	for _, f := range append(file.Folders, file.Collections...) {
		folders[f.ID] = f.Name
	}
	var l entryList
	without := 0
	for _, raw := range file.Items {
		if !l.addBitwarden(raw, folders) {
			without++
		}
		if err := full(len(l.list)); err != nil {
			return Result{}, err
		}
	}
	r.Entries = l.list
	if without > 0 {
		r.Notes = append(r.Notes, plural(without, "item", "items")+" without a one-time code left out")
	}
	return r, nil
}

// addBitwarden reports whether the item has a code at all.
func (l *entryList) addBitwarden(raw strictjson.Value, folders map[string]string) bool {
	var item bitwardenItem
	if err := decodeChecked(raw, &item); err != nil {
		l.fail(clip(text(item.Name)), err)
		return true
	}
	totp := text(item.Login.TOTP)
	if totp == "" {
		return false
	}
	label := entryName(text(item.Name), text(item.Login.Username))
	a, warnings, err := otpValue(totp, text(item.Name), text(item.Login.Username))
	if err != nil {
		l.fail(label, err)
		return true
	}
	item.rename(&a)
	a.Note, a.Favourite, a.Trashed = text(item.Notes), item.Favorite, text(item.Deleted) != ""
	a.Created, a.Updated = bitwardenTime(item.Created), bitwardenTime(item.Updated)
	item.group(&a, folders)
	keepExtra(&a, "bitwarden", item.extra())
	l.add(label, a, warnings, nil)
	return true
}

// rename undoes what a writer does to names: a colon in a link is a blank, and
// an item without an issuer is called like its user.
func (item bitwardenItem) rename(a *account.Account) {
	title, user := text(item.Name), text(item.Login.Username)
	if strings.ReplaceAll(title, ":", " ") == a.Issuer {
		a.Issuer = title
	}
	if strings.ReplaceAll(user, ":", " ") == a.Name {
		a.Name = user
	}
	if a.Issuer == a.Name && a.Name == title && title == user {
		a.Issuer = ""
	}
}

func (item bitwardenItem) group(a *account.Account, folders map[string]string) {
	ids := append([]*string{item.FolderID}, item.CollectionIDs...)
	for _, id := range ids {
		if name := folders[text(id)]; id != nil && name != "" {
			a.Groups = append(a.Groups, name)
		}
	}
}

// bitwardenTime is Unix milliseconds; 0 for a date that is missing or odd.
func bitwardenTime(date *string) int64 {
	t, err := time.Parse(time.RFC3339, text(date))
	if err != nil {
		return 0
	}
	return t.UnixMilli()
}

func (item bitwardenItem) extra() map[string]strictjson.Value {
	extra := map[string]strictjson.Value{}
	if s := string(item.Login.URIs); s != "" && s != "null" && s != "[]" {
		extra["uris"] = item.Login.URIs
	}
	if item.Reprompt != 0 {
		extra["reprompt"] = mustJSON(item.Reprompt)
	}
	return extra
}
