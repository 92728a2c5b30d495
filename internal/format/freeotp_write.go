package format

import (
	"context"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func writeFreeOTPPlus(_ context.Context, accounts []account.Account, _ Options) ([]byte, error) {
	file := struct {
		TokenOrder []string           `json:"tokenOrder"`
		Tokens     []strictjson.Value `json:"tokens"`
	}{[]string{}, []strictjson.Value{}}
	app := freeOTPPlus()
	for _, a := range accounts {
		if err := app.CanHold(a); err != nil {
			return nil, fmt.Errorf("%q cannot be written: %w", clip(a.Label()), err)
		}
		t := newFreeOTPToken(a)
		file.TokenOrder = append(file.TokenOrder, t.key())
		file.Tokens = append(file.Tokens, withExtra(t, extraOf(a, "freeotp")))
	}
	return encodeJSON(file)
}

// newFreeOTPToken restores the original names if the file had them and the
// person's choice beside them is still what the account is called.
func newFreeOTPToken(a account.Account) freeOTPToken {
	counter := int64(0)
	kind := strings.ToUpper(string(a.Type))
	if a.Type == account.HOTP {
		counter = int64(a.Counter) - 1
	}
	if a.Type == account.Steam {
		kind = "TOTP"
	}
	t := freeOTPToken{
		Algo: string(a.Algorithm), Counter: &counter, Digits: looseNumber(int64(a.Digits)),
		IssuerExt: a.Issuer, Label: a.Name, Image: a.Icon.Name, Type: kind,
		Period: looseNumber(int64(max(a.Period, account.DefaultPeriod))),
	}
	if a.Type != account.HOTP {
		t.Period = looseNumber(int64(a.Period))
	}
	if a.Type == account.Steam {
		t.IssuerExt = "Steam"
	}
	for _, b := range a.Secret.Bytes() {
		t.Secret = append(t.Secret, int(int8(b)))
	}
	t.IssuerInt = extraString(a, "freeotp", "issuerInt")
	if a.Type != account.Steam && extraString(a, "freeotp", "issuerAlt")+extraString(a, "freeotp", "labelAlt") != "" {
		t.restoreNames(a)
	}
	return t
}

func (t *freeOTPToken) restoreNames(a account.Account) {
	t.IssuerExt, t.Label = extraString(a, "freeotp", "issuerExt"), extraString(a, "freeotp", "label")
	if a.Issuer != firstOf(t.IssuerExt, t.IssuerInt) {
		t.IssuerAlt = a.Issuer
	}
	if a.Name != t.Label {
		t.LabelAlt = a.Name
	}
}
