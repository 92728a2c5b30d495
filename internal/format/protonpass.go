package format

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func protonPass() App {
	return App{
		ID: "proton-pass", Name: "Proton Pass",
		HowTo: "Settings > Export > ZIP (not PGP-encrypted)",
		Detect: func(in Input) bool {
			return in.isZip(isProtonPassData) || in.isZip(isProtonPassPGP) || in.look().object("version", "vaults")
		},
		Read: readProtonPass,
	}
}

// The archive has one folder, "Proton Pass".
func isProtonPassData(name string) bool { return strings.HasSuffix(name, "/data.json") }

func isProtonPassPGP(name string) bool { return strings.HasSuffix(name, "/data.pgp") }

type protonPassFile struct {
	Encrypted bool                       `json:"encrypted"`
	Vaults    map[string]protonPassVault `json:"vaults"`
}

type protonPassVault struct {
	Name  string             `json:"name"`
	Items []strictjson.Value `json:"items"`
}

type protonPassItem struct {
	Data struct {
		Metadata struct {
			Name string `json:"name"`
			Note string `json:"note"`
		} `json:"metadata"`
		Content struct {
			Email    string `json:"itemEmail"`
			Username string `json:"itemUsername"`
			TOTP     string `json:"totpUri"`
		} `json:"content"`
		Fields []protonPassField `json:"extraFields"`
	} `json:"data"`
	State    int   `json:"state"` // 1 active, 2 in the bin
	Pinned   bool  `json:"pinned"`
	Created  int64 `json:"createTime"` // Unix seconds
	Modified int64 `json:"modifyTime"`
}

type protonPassField struct {
	Name string `json:"fieldName"`
	Type string `json:"type"`
	Data struct {
		TOTP string `json:"totpUri"`
	} `json:"data"`
}

const protonPassTrashed = 2

func readProtonPass(_ context.Context, in Input, _ Options) (Result, error) {
	locked := fmt.Errorf("%w: the export is encrypted with PGP; in Proton Pass: Settings > Export, choose ZIP without encryption", ErrUnsupported)
	data, err := in.textOrMember(isProtonPassData)
	switch {
	case err != nil:
		return Result{}, err
	case data == nil && in.isZip(isProtonPassPGP):
		return Result{}, locked
	case data == nil:
		return Result{}, fmt.Errorf("%w: there is no data.json in the archive", ErrDamaged)
	}
	var file protonPassFile
	if err := decodeJSON(data, &file); err != nil {
		return Result{}, err
	}
	if file.Encrypted {
		return Result{}, locked
	}
	var l entryList
	without := 0
	for _, id := range slices.Sorted(maps.Keys(file.Vaults)) {
		vault := file.Vaults[id]
		n, err := addItems(&l, vault.Items, func(_ strictjson.Value, item protonPassItem) { l.addProtonPass(item, vault.Name) })
		if err != nil {
			return Result{}, err
		}
		without += n
	}
	return l.ofItems(Result{Title: "Proton Pass export, not encrypted", Protection: Plain}, without), nil
}

// addProtonPass adds each code of an item: the login's own, and those of fields
// that the person added.
func (l *entryList) addProtonPass(item protonPassItem, vault string) {
	title := item.Data.Metadata.Name
	dress := account.Account{Note: item.Data.Metadata.Note, Favourite: item.Pinned, Trashed: item.State == protonPassTrashed,
		Created: item.Created * 1000, Updated: item.Modified * 1000}
	if vault != "" {
		dress.Groups = []string{vault}
	}
	add := func(uri, name string) {
		a, warnings, err := otpValue(uri, title, name)
		if a.Name == "Proton Pass" { // what Pass writes where the person named nothing
			a.Issuer, a.Name = title, name
		}
		l.add(entryName(firstOf(a.Issuer, title), firstOf(a.Name, name)), dressed(a, dress), warnings, err)
	}
	if uri := item.Data.Content.TOTP; uri != "" {
		add(uri, firstOf(item.Data.Content.Username, item.Data.Content.Email))
	}
	for _, f := range item.Data.Fields {
		if f.Type == "totp" && f.Data.TOTP != "" {
			add(f.Data.TOTP, f.Name)
		}
	}
}
