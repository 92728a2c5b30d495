package format

import (
	"context"
	"fmt"

	"github.com/jangle-otp/jangle/internal/strictjson"
)

func onePassword() App {
	return App{
		ID: "1password", Name: "1Password (1PUX)",
		HowTo:  "desktop app: File > Export > choose the account, format 1PUX",
		Detect: func(in Input) bool { return in.isZip(func(name string) bool { return name == onePUXMember }) },
		Read:   readOnePassword,
	}
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
			for _, raw := range v.Items {
				l.addOnePUX(raw, v.Attrs.Name)
			}
		}
	}
	return Result{Title: "1Password export, not encrypted", Protection: Plain, Entries: l.list}, full(len(l.list))
}

// addOnePUX takes every code of an item; most items have none and are no
// entries at all.
func (l *entryList) addOnePUX(raw strictjson.Value, vault string) {
	var item onePUXItem
	if err := decodeChecked(raw, &item); err != nil {
		l.fail(labelIn(raw), fmt.Errorf("an item of vault %q: %w", clip(vault), err))
		return
	}
	title, user := item.Overview.Title, ""
	for _, f := range item.Details.LoginFields {
		if f.Designation == "username" {
			user = f.Value
			break
		}
	}
	for _, s := range item.Details.Sections {
		for _, f := range s.Fields {
			if f.Value.TOTP == "" {
				continue
			}
			a, warnings, err := otpValue(f.Value.TOTP, title, user)
			if err == nil {
				a.Note, a.Tags = item.Details.Notes, item.Overview.Tags
				a.Favourite, a.Archived = item.FavIndex > 0, item.State == "archived"
				if vault != "" {
					a.Groups = []string{vault}
				}
				a.Created, a.Updated = millis(item.CreatedAt), millis(item.UpdatedAt)
				keepExtra(&a, "1password", map[string]strictjson.Value{"uuid": mustJSON(item.UUID)})
			}
			l.add(entryName(title, user), a, warnings, err)
		}
	}
}
