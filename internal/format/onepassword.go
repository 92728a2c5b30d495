package format

import (
	"context"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func onePassword() App {
	return App{
		ID: "1password", Name: "1Password (1PUX)",
		HowTo: "desktop app: File > Export > choose the account, format 1PUX",
		Detect: func(in Input) bool {
			return in.isZip(func(name string) bool { return name == onePUXMember }) || isOnePasswordVault(in)
		},
		Read: readOnePassword,
	}
}

// isOnePasswordVault: the app's own folders, *.opvault and *.agilekeychain, and what is
// in them.
func isOnePasswordVault(in Input) bool {
	_, agile := in.Files["data/default/encryptionKeys.js"]
	return agile || strings.HasPrefix(string(in.Files["default/profile.js"]), "var profile=") ||
		in.prefix("var profile=") || in.prefix("loadFolders({") || in.prefix("ld({") || in.prefix("opdata01")
}

const onePUXMember = "export.data"

type onePUX struct {
	Accounts []struct {
		Vaults []struct {
			Attrs struct {
				Name string `json:"name"`
			} `json:"attrs"`
			Items []strictjson.Value `json:"items"`
		} `json:"vaults"`
	} `json:"accounts"`
}

type onePUXItem struct {
	UUID      string   `json:"uuid"`
	FavIndex  int      `json:"favIndex"`
	State     string   `json:"state"` // active, archived
	CreatedAt looseInt `json:"createdAt"`
	UpdatedAt looseInt `json:"updatedAt"`
	Overview  struct {
		Title string   `json:"title"`
		Tags  []string `json:"tags"`
	} `json:"overview"`
	Details struct {
		LoginFields []struct {
			Designation string `json:"designation"`
			Value       string `json:"value"`
		} `json:"loginFields"`
		Notes    string `json:"notesPlain"`
		Sections []struct {
			Fields []struct {
				Title string `json:"title"`
				Value struct {
					TOTP string `json:"totp"`
				} `json:"value"`
			} `json:"fields"`
		} `json:"sections"`
	} `json:"details"`
}

func readOnePassword(ctx context.Context, in Input, o Options) (Result, error) {
	if isOnePasswordVault(in) {
		return Result{}, fmt.Errorf("%w: it is the vault of 1Password itself (OPVault or Agile Keychain), not an export", ErrUnsupported)
	}
	a, err := openZip(in.Data)
	if err != nil {
		return Result{}, err
	}
	data, err := unzipMember(ctx, a, o, "the 1PUX file", func(name string) bool { return name == onePUXMember })
	if err != nil {
		return Result{}, err
	}
	var file onePUX
	if err := decodeJSON(data, &file); err != nil {
		return Result{}, err
	}
	var l entryList
	for _, acc := range file.Accounts {
		for _, v := range acc.Vaults {
			if _, err := addItems(&l, v.Items, func(_ strictjson.Value, item onePUXItem) { l.addOnePUX(item, v.Attrs.Name) }); err != nil {
				return Result{}, err
			}
		}
	}
	return Result{Title: "1Password export, not encrypted", Protection: Plain, Entries: l.list}, nil
}

// addOnePUX takes every code of an item; most items have none and are no
// entries at all.
func (l *entryList) addOnePUX(item onePUXItem, vault string) {
	user := ""
	for _, f := range item.Details.LoginFields {
		if f.Designation == "username" {
			user = f.Value
			break
		}
	}
	dress := account.Account{Note: item.Details.Notes, Tags: item.Overview.Tags, Favourite: item.FavIndex > 0, Archived: item.State == "archived",
		Created: millis(item.CreatedAt), Updated: millis(item.UpdatedAt)}
	if vault != "" {
		dress.Groups = []string{vault}
	}
	keepExtra(&dress, "1password", map[string]strictjson.Value{"uuid": mustJSON(item.UUID)})
	for _, s := range item.Details.Sections {
		for _, f := range s.Fields {
			if f.Value.TOTP != "" {
				l.addCodes(item.Overview.Title, user, []string{f.Value.TOTP}, dress)
			}
		}
	}
}
