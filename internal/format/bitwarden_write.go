package format

import (
	"context"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func writeBitwarden(ctx context.Context, accounts []account.Account, o Options) ([]byte, error) {
	if err := abilities("bitwarden").writable(accounts); err != nil {
		return nil, err
	}
	folders, ids := []bitwardenFolder{}, map[string]string{}
	items := make([]bitwardenWritten, len(accounts))
	for i, a := range accounts {
		items[i] = newBitwardenItem(a)
		if len(a.Groups) == 0 {
			continue
		}
		name := a.Groups[0]
		if ids[name] == "" {
			id, err := o.uuid()
			if err != nil {
				return nil, err
			}
			ids[name] = id
			folders = append(folders, bitwardenFolder{id, name})
		}
		id := ids[name]
		items[i].FolderID = &id
	}
	plain, err := encodeJSON(struct {
		Encrypted bool               `json:"encrypted"`
		Folders   []bitwardenFolder  `json:"folders"`
		Items     []bitwardenWritten `json:"items"`
	}{false, folders, items})
	if err != nil || o.Plaintext == Yes {
		return plain, err
	}
	return sealBitwarden(ctx, plain, o)
}

// bitwardenWritten is an item with the members that the importer asks for.
type bitwardenWritten struct {
	Type     int              `json:"type"`
	Name     string           `json:"name"`
	Notes    *string          `json:"notes"`
	Favorite bool             `json:"favorite"`
	FolderID *string          `json:"folderId"`
	Reprompt strictjson.Value `json:"reprompt"`
	Created  *string          `json:"creationDate,omitzero"`
	Updated  *string          `json:"revisionDate,omitzero"`
	Login    struct {
		URIs     strictjson.Value `json:"uris"`
		Username string           `json:"username"`
		Password *string          `json:"password"`
		TOTP     string           `json:"totp"`
	} `json:"login"`
}

func newBitwardenItem(a account.Account) bitwardenWritten {
	extra := extraOf(a, "bitwarden")
	w := bitwardenWritten{
		Type: bitwardenLoginType, Name: a.Issuer, Favorite: a.Favourite, Reprompt: extra["reprompt"],
		Created: bitwardenDate(a.Created), Updated: bitwardenDate(a.Updated),
	}
	if w.Name == "" {
		w.Name = a.Name
	}
	if a.Note != "" {
		w.Notes = &a.Note
	}
	if w.Reprompt == nil {
		w.Reprompt = mustJSON(0)
	}
	w.Login.URIs, w.Login.Username, w.Login.TOTP = extra["uris"], a.Name, otpauth.FormatFor(a, otpauth.StyleBitwarden)
	if w.Login.URIs == nil {
		w.Login.URIs = mustJSON([]string{})
	}
	return w
}

// bitwardenDate is what bitwardenTime reads; nil for an unknown time.
func bitwardenDate(ms int64) *string {
	if ms == 0 {
		return nil
	}
	date := time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
	return &date
}
