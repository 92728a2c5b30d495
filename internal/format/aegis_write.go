package format

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func writeAegis(ctx context.Context, accounts []account.Account, o Options) ([]byte, error) {
	if err := abilities("aegis").writable(accounts); err != nil {
		return nil, err
	}
	db, err := aegisDatabase(accounts, o)
	if err != nil {
		return nil, err
	}
	if o.Plaintext == Yes {
		return encodeJSON(map[string]any{"version": aegisFileVersion, "header": map[string]any{"slots": nil, "params": nil}, "db": db})
	}
	master, err := o.randomBytes(32)
	if err != nil {
		return nil, err
	}
	slot, err := newAegisSlot(ctx, o, master)
	if err != nil {
		return nil, err
	}
	sealed, params, err := sealAegisPart(o, master, db)
	if err != nil {
		return nil, err
	}
	return encodeJSON(aegisFile{
		Version: aegisFileVersion,
		Header:  aegisHeader{Slots: []aegisSlot{slot}, Params: &params},
		DB:      mustJSON(toBase64(sealed)),
	})
}

func aegisDatabase(accounts []account.Account, o Options) (strictjson.Value, error) {
	groups, ids := []aegisGroup{}, map[string]string{}
	for _, a := range accounts {
		for _, name := range a.Groups {
			if ids[name] != "" {
				continue
			}
			id, err := o.uuid()
			if err != nil {
				return nil, err
			}
			ids[name] = id
			groups = append(groups, aegisGroup{id, name})
		}
	}
	entries := make([]strictjson.Value, len(accounts))
	for i, a := range accounts {
		id, err := o.uuid()
		if err != nil {
			return nil, err
		}
		extra := extraOf(a, "aegis")
		withDefault(extra, "uuid", id)
		entries[i] = withExtra(newAegisEntry(a, ids), extra)
	}
	return mustJSON(struct {
		Version   int                `json:"version"`
		Entries   []strictjson.Value `json:"entries"`
		Groups    []aegisGroup       `json:"groups"`
		Optimized bool               `json:"icons_optimized"`
	}{aegisDBVersion, entries, groups, false}), nil
}

func newAegisEntry(a account.Account, groupIDs map[string]string) aegisEntry {
	e := aegisEntry{
		Type: string(a.Type), Name: a.Name, Issuer: a.Issuer, Note: a.Note, Favorite: a.Favourite,
		Info:   aegisInfo{Secret: a.Secret.Base32(), Algo: string(a.Algorithm), Digits: &a.Digits},
		Groups: []string{},
	}
	for _, name := range a.Groups {
		e.Groups = append(e.Groups, groupIDs[name])
	}
	if a.Type == account.HOTP {
		e.Info.Counter = &a.Counter
	} else {
		e.Info.Period = &a.Period
	}
	if a.Type == account.MOTP || a.Type == account.Yandex {
		pin := string(a.PIN.Bytes())
		e.Info.PIN = &pin
	}
	if abilities("aegis").takesIcon(a) {
		data, mime := toBase64(a.Icon.Data), a.Icon.MIME
		hash := sha256.Sum256(append([]byte(mime), a.Icon.Data...))
		text := hex.EncodeToString(hash[:])
		e.Icon, e.IconMIME, e.IconHash = &data, &mime, &text
	}
	return e
}
