package format

import (
	"context"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func passman() App {
	return App{
		ID: "passman", Name: "Passman (Nextcloud)",
		HowTo: "Settings > Export credentials, type JSON",
		Detect: func(in Input) bool {
			p := in.look()
			return p.array("label") && !p.has("secret") && (p.has("otp", "username") || p.has("custom_fields") || p.has("credential_id"))
		},
		Read: readPassman,
	}
}

type passmanItem struct {
	Label    string             `json:"label"`
	Username string             `json:"username"`
	Email    string             `json:"email"`
	Note     string             `json:"description"`
	Tags     []strictjson.Value `json:"tags"`
	Created  looseInt           `json:"created"`
	Changed  looseInt           `json:"changed"`
	Deleted  looseInt           `json:"delete_time"`
	OTP      strictjson.Value   `json:"otp"` // an object; without a code {} or, of PHP, []
	Fields   []struct {
		Value strictjson.Value `json:"value"`
	} `json:"custom_fields"`
}

type passmanOTP struct {
	Type      string   `json:"type"`
	Label     string   `json:"label"`
	Issuer    string   `json:"issuer"`
	Secret    string   `json:"secret"`
	Algorithm string   `json:"algorithm"`
	Digits    looseInt `json:"digits"`
	Period    looseInt `json:"period"`
	Counter   looseInt `json:"counter"`
}

func readPassman(_ context.Context, in Input, _ Options) (Result, error) {
	var raws []strictjson.Value
	if err := decodeJSON(plainText(in.Data), &raws); err != nil {
		return Result{}, err
	}
	r := Result{Title: "Passman export, not encrypted", Protection: Plain}
	return readItems(r, raws, func(l *entryList, item passmanItem) {
		dress := account.Account{Note: item.Note, Created: millis(item.Created), Updated: millis(item.Changed), Trashed: item.Deleted.yes()}
		for _, raw := range item.Tags {
			var tag struct {
				Text string `json:"text"`
			}
			_ = strictjson.Decode(raw, &tag) // old ones are bare texts
			dress.Tags = append(dress.Tags, append(textsIn(raw), tag.Text)[0])
		}
		user := firstOf(item.Username, item.Email)
		codes := linksIn(item.OTP)
		for _, f := range item.Fields {
			codes = append(codes, linksIn(f.Value)...)
		}
		if len(item.OTP) > 0 && item.OTP[0] == '{' {
			var otp passmanOTP
			if err := decodeChecked(item.OTP, &otp); err != nil {
				l.fail(entryName(item.Label, user), err)
			} else if otp.Secret != "" {
				issuer, name := splitLabel(otp.Label)
				if issuer == "" { // without one the label repeats the title
					name = firstOf(user, name)
				}
				a, err := parts{Type: firstOf(otp.Type, string(account.TOTP)), Issuer: firstOf(otp.Issuer, issuer, item.Label), Name: firstOf(name, user),
					Base32: otp.Secret, Algorithm: otp.Algorithm, Digits: otp.Digits, Period: otp.Period, Counter: otp.Counter}.account()
				l.add(entryName(item.Label, user), dressed(a, dress), nil, err)
			}
		}
		l.addCodes(item.Label, user, codes, dress)
	})
}
