package format

import (
	"archive/zip"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/strictjson"
)

func protonPass() App {
	return App{
		ID: "proton-pass", Name: "Proton Pass",
		HowTo: "Settings > Export > ZIP (not PGP-encrypted)",
		Detect: func(in Input) bool {
			if in.prefix("PK\x03\x04") {
				z, err := zipReader(in.Data)
				return err == nil && slices.ContainsFunc(z.File, func(f *zip.File) bool {
					return isProtonPassData(f.Name) || strings.HasSuffix(f.Name, protonPassPGP)
				})
			}
			return in.look().object("version", "vaults")
		},
		Read: readProtonPass,
	}
}

// The archive has one folder, "Proton Pass".
func isProtonPassData(name string) bool { return strings.HasSuffix(name, "/data.json") }

const protonPassPGP = "/data.pgp"

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
	data := plainText(in.Data)
	if in.prefix("PK\x03\x04") {
		z, err := zipReader(in.Data)
		if err == nil {
			data, err = zipMember(z, isProtonPassData)
		}
		switch {
		case err != nil:
			return Result{}, err
		case data == nil && slices.ContainsFunc(z.File, func(f *zip.File) bool { return strings.HasSuffix(f.Name, protonPassPGP) }):
			return Result{}, locked
		case data == nil:
			return Result{}, fmt.Errorf("%w: there is no data.json in the archive", ErrDamaged)
		}
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
		for _, raw := range vault.Items {
			before := len(l.list)
			l.addProtonPass(raw, vault.Name)
			if len(l.list) == before {
				without++
			}
			if err := full(len(l.list)); err != nil {
				return Result{}, err
			}
		}
	}
	r := Result{Title: "Proton Pass export, not encrypted", Protection: Plain, Entries: l.list}
	if without > 0 {
		r.Notes = append(r.Notes, plural(without, "item", "items")+" without a one-time code left out")
	}
	return r, nil
}

// addProtonPass adds each code of an item: the login's own, and those of fields
// that the person added.
func (l *entryList) addProtonPass(raw strictjson.Value, vault string) {
	var item protonPassItem
	if err := decodeChecked(raw, &item); err != nil {
		l.fail(clip(item.Data.Metadata.Name), err)
		return
	}
	title := item.Data.Metadata.Name
	add := func(uri, name string) {
		a, warnings, err := otpValue(uri, title, name)
		if err != nil {
			l.fail(entryName(title, name), err)
			return
		}
		if a.Name == "Proton Pass" { // what Pass writes where the person named nothing
			a.Issuer, a.Name = title, name
		}
		a.Note, a.Favourite, a.Trashed = item.Data.Metadata.Note, item.Pinned, item.State == protonPassTrashed
		a.Created, a.Updated = item.Created*1000, item.Modified*1000
		if vault != "" {
			a.Groups = []string{vault}
		}
		l.add(a.Label(), a, warnings, nil)
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
