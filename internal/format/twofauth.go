package format

import (
	"context"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func twoFAuth() App {
	return App{
		ID: "2fauth", Name: "2FAuth",
		HowTo: "Manage > select the accounts > Export",
		Detect: func(in Input) bool {
			p := in.look()
			return p.object("app", "schema", "data") && strings.HasPrefix(string(p.members["app"]), `"2fauth`)
		},
		Read: readTwoFAuth,
	}
}

type twoFAuthAccount struct {
	Kind      string   `json:"otp_type"`
	Account   string   `json:"account"`
	Service   string   `json:"service"`
	Icon      string   `json:"icon"`
	IconMIME  string   `json:"icon_mime"`
	IconFile  string   `json:"icon_file"`
	Secret    string   `json:"secret"`
	Digits    looseInt `json:"digits"`
	Algorithm string   `json:"algorithm"`
	Period    looseInt `json:"period"`
	Counter   looseInt `json:"counter"`
}

func readTwoFAuth(_ context.Context, in Input, _ Options) (Result, error) {
	var file struct {
		Schema int                `json:"schema"`
		Data   []strictjson.Value `json:"data"`
	}
	if err := decodeJSON(plainText(in.Data), &file); err != nil {
		return Result{}, err
	}
	if file.Schema != 1 {
		return Result{}, fmt.Errorf("%w: schema %d of the 2FAuth export is not known", ErrUnsupported, file.Schema)
	}
	r := Result{Title: "2FAuth export, not encrypted", Protection: Plain}
	return readEntries(r, file.Data, func(raw strictjson.Value, e twoFAuthAccount) (string, account.Account, []string, error) {
		if strings.EqualFold(e.Kind, "steamtotp") {
			e.Kind = string(account.Steam)
		}
		a, err := parts{Type: e.Kind, Issuer: e.Service, Name: e.Account, Base32: e.Secret, Algorithm: e.Algorithm,
			Digits: e.Digits, Period: e.Period, Counter: e.Counter}.account()
		a.Icon.Name = e.Icon
		var warnings []string
		if icon, iconErr := fromBase64("icon_file", e.IconFile); iconErr != nil {
			warnings = []string{"its icon is left out: it is not base64"}
		} else if len(icon) > 0 {
			a.Icon.Data, a.Icon.MIME = icon, e.IconMIME
		}
		keepExtra(&a, "2fauth", unknownMembers(raw, e))
		return entryName(e.Service, e.Account), a, warnings, err
	})
}
