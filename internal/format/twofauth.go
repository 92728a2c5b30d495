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
	var l entryList
	err := readList(&l, file.Data, func(raw strictjson.Value, e twoFAuthAccount) {
		a, err := e.account()
		warnings := e.decorate(&a)
		keepExtra(&a, "2fauth", unknownMembers(raw, e))
		l.add(entryName(e.Service, e.Account), a, warnings, err)
	})
	return Result{Title: "2FAuth export, not encrypted", Protection: Plain, Entries: l.list}, err
}

func (e twoFAuthAccount) account() (account.Account, error) {
	kind := account.Steam
	if !strings.EqualFold(e.Kind, "steamtotp") {
		var err error
		if kind, err = account.ParseType(e.Kind); err != nil {
			return account.Account{}, err
		}
	}
	return parts{Kind: kind, Issuer: e.Service, Name: e.Account, Base32: e.Secret, Algorithm: e.Algorithm,
		Digits: e.Digits, Period: e.Period, Counter: e.Counter}.account()
}

func (e twoFAuthAccount) decorate(a *account.Account) []string {
	a.Icon.Name = e.Icon
	if e.IconFile == "" {
		return nil
	}
	data, err := fromBase64("icon_file", e.IconFile)
	if err != nil {
		return []string{"its icon is left out: it is not base64"}
	}
	a.Icon.Data, a.Icon.MIME = data, e.IconMIME
	return nil
}
