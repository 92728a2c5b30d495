package format

import (
	"context"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func lastPassAuthenticator() App {
	return App{
		ID: "lastpass", Name: "LastPass Authenticator",
		HowTo: "Settings > Transfer accounts > Export accounts to file",
		Detect: func(in Input) bool {
			p := in.look()
			if !p.object("accounts") || !p.has("deviceId") && !p.has("localDeviceId") {
				return false
			}
			first := p.first("accounts")
			return first == nil || hasMember(first, "issuerName")
		},
		Read: readLastPass,
	}
}

// lastPassAccount: issuerName and userName are the person's choice, the
// originals beside them are the site's.
type lastPassAccount struct {
	Issuer    string   `json:"issuerName"`
	User      string   `json:"userName"`
	Secret    string   `json:"secret"`
	TimeStep  looseInt `json:"timeStep"`
	Digits    looseInt `json:"digits"`
	Algorithm string   `json:"algorithm"`
	Created   looseInt `json:"creationTimestamp"` // iOS seconds, Android milliseconds
	Favourite bool     `json:"isFavorite"`
	Folder    struct {
		ID       int `json:"folderId"`
		Position int `json:"position"`
	} `json:"folderData"`
}

type lastPassFile struct {
	Accounts []strictjson.Value `json:"accounts"`
	Folders  []struct {
		ID   int    `json:"id"`
		Name string `json:"name"`
	} `json:"folders"`
}

// The folders that every file has: "Other accounts" and "Favorites".
const (
	lastPassNoFolder   = 0
	lastPassFavourites = 1
)

func readLastPass(_ context.Context, in Input, _ Options) (Result, error) {
	var file lastPassFile
	if err := decodeJSON(plainText(in.Data), &file); err != nil {
		return Result{}, err
	}
	folders := map[int]string{}
	for _, f := range file.Folders {
		folders[f.ID] = f.Name
	}
	r := Result{Title: "LastPass Authenticator export, not encrypted", Protection: Plain}
	return readEntries(r, file.Accounts, func(raw strictjson.Value, e lastPassAccount) (string, account.Account, []string, error) {
		a, err := parts{Kind: account.TOTP, Issuer: e.Issuer, Name: e.User, Base32: e.Secret,
			Algorithm: e.Algorithm, Digits: e.Digits, Period: e.TimeStep}.account()
		a.Favourite = e.Favourite || e.Folder.ID == lastPassFavourites
		if name := folders[e.Folder.ID]; name != "" && e.Folder.ID > lastPassFavourites {
			a.Groups = []string{name}
		}
		a.Created = millis(e.Created)
		keepExtra(&a, "lastpass", unknownMembers(raw, e))
		return entryName(e.Issuer, e.User), a, nil, err
	})
}

// millis reads a time that is in seconds or in milliseconds; 0 for none.
func millis(l looseInt) int64 {
	n, err := l.count()
	switch {
	case err != nil || n > 1<<53:
		return 0
	case n < 100_000_000_000: // until the year 5138 in seconds, 1973 in milliseconds
		return int64(n) * 1000
	}
	return int64(n)
}
