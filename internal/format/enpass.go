package format

import (
	"context"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func enpass() App {
	return App{
		ID: "enpass", Name: "Enpass",
		HowTo: "desktop app: File > Export, format .json",
		Detect: func(in Input) bool {
			item := in.look().first("items") // Bitwarden's have a name, no title
			return in.look().root == '{' && hasMember(item, "title") && (hasMember(item, "template_type") || hasMember(item, "category"))
		},
		Read: readEnpass,
	}
}

type enpassFolder struct {
	UUID   string `json:"uuid"`
	Parent string `json:"parent_uuid"`
	Title  string `json:"title"`
}

type enpassItem struct {
	Title    string   `json:"title"`
	Subtitle string   `json:"subtitle"`
	Note     string   `json:"note"`
	Favorite looseInt `json:"favorite"`
	Archived looseInt `json:"archived"`
	Trashed  looseInt `json:"trashed"`
	Created  looseInt `json:"createdAt"`
	Updated  looseInt `json:"updated_at"`
	Folders  []string `json:"folders"`
	Fields   []struct {
		Type    string           `json:"type"`
		Value   strictjson.Value `json:"value"`
		Deleted looseInt         `json:"deleted"`
	} `json:"fields"`
}

func readEnpass(_ context.Context, in Input, _ Options) (Result, error) {
	var file struct {
		Folders []enpassFolder     `json:"folders"`
		Items   []strictjson.Value `json:"items"`
	}
	if err := decodeJSON(plainText(in.Data), &file); err != nil {
		return Result{}, err
	}
	folders := enpassPaths(file.Folders)
	r := Result{Title: "Enpass export, not encrypted", Protection: Plain}
	return readItems(r, file.Items, func(l *entryList, item enpassItem) {
		var codes []string
		var user, mail string
		for _, f := range item.Fields {
			value := textsIn(f.Value)
			switch {
			case f.Deleted.yes() || len(value) != 1:
			case f.Type == "totp":
				codes = append(codes, value...)
			case f.Type == "username":
				user = firstOf(user, value[0])
			case f.Type == "email":
				mail = firstOf(mail, value[0])
			default:
				codes = append(codes, linksIn(f.Value)...)
			}
		}
		dress := account.Account{Note: item.Note, Created: millis(item.Created), Updated: millis(item.Updated),
			Favourite: item.Favorite.yes(), Archived: item.Archived.yes(), Trashed: item.Trashed.yes()}
		for _, id := range item.Folders {
			if path := folders[id]; path != "" {
				dress.Groups = append(dress.Groups, path)
			}
		}
		l.addCodes(item.Title, firstOf(user, mail, item.Subtitle), codes, dress)
	})
}

// enpassPaths are the folders' names by their identifiers, each inside those around it.
func enpassPaths(folders []enpassFolder) map[string]string {
	byID, paths := map[string]enpassFolder{}, map[string]string{}
	for _, f := range folders {
		byID[f.UUID] = f
	}
	for _, f := range folders {
		path, at := f.Title, f
		for range maxDepth { // a file can say that a folder is inside itself
			parent, ok := byID[at.Parent]
			if !ok || at.Parent == f.UUID {
				break
			}
			path, at = groupPath(parent.Title, path), parent
		}
		paths[f.UUID] = path
	}
	return paths
}
