package format

import (
	"context"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func keeper() App {
	return App{
		ID: "keeper", Name: "Keeper",
		HowTo: "web vault: Settings > Export, format JSON",
		Detect: func(in Input) bool {
			p := in.look()
			record := p.first("records")
			return p.object("records") && hasMember(record, "title") && (hasMember(record, "$type") || hasMember(record, "custom_fields") || hasMember(record, "login_url") || p.has("shared_folders"))
		},
		Read: readKeeper,
	}
}

type keeperRecord struct {
	Title    string                      `json:"title"`
	Login    string                      `json:"login"`
	Notes    string                      `json:"notes"`
	Modified looseInt                    `json:"last_modified"`
	Fields   map[string]strictjson.Value `json:"custom_fields"`
	Folders  []struct {
		Folder string `json:"folder"`
		Shared string `json:"shared_folder"`
	} `json:"folders"`
}

func readKeeper(_ context.Context, in Input, _ Options) (Result, error) {
	var file struct {
		Records []strictjson.Value `json:"records"`
	}
	if err := decodeJSON(plainText(in.Data), &file); err != nil {
		return Result{}, err
	}
	path := strings.NewReplacer(`\\`, `\`, `\`, "/") // a folder's name has its own backslashes doubled
	r := Result{Title: "Keeper export, not encrypted", Protection: Plain}
	return readItems(r, file.Records, func(l *entryList, item keeperRecord) {
		var codes []string
		for _, name := range sortedKeys(item.Fields) { // "$oneTimeCode", "$oneTimeCode:label", and TFC:Keeper of old
			if strings.HasPrefix(name, "$oneTimeCode") || strings.HasPrefix(name, "TFC:") {
				codes = append(codes, textsIn(item.Fields[name])...)
			} else {
				codes = append(codes, linksIn(item.Fields[name])...)
			}
		}
		dress := account.Account{Note: item.Notes, Updated: millis(item.Modified)}
		for _, f := range item.Folders {
			if name := path.Replace(firstOf(f.Shared, f.Folder)); name != "" {
				dress.Groups = append(dress.Groups, name)
			}
		}
		l.addCodes(item.Title, item.Login, codes, dress)
	})
}
