package format

import (
	"context"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func duo() App {
	return App{
		ID: "duo", Name: "Duo Mobile",
		HowTo: "only from a rooted phone: /data/data/com.duosecurity.duomobile/files/duokit/accounts.json",
		Detect: func(in Input) bool {
			return in.look().array("accountType", "name") && (in.look().has("otpGenerator") || in.look().has("pkey"))
		},
		Read: readDuo,
	}
}

type duoAccount struct {
	Kind string `json:"accountType"`
	Name string `json:"name"`
	OTP  *struct {
		Secret  string   `json:"otpSecret"`
		Counter looseInt `json:"counter"`
	} `json:"otpGenerator"`
}

func readDuo(_ context.Context, in Input, _ Options) (Result, error) {
	r := Result{Title: "Duo Mobile accounts, not encrypted", Protection: Plain}
	return readArray(r, plainText(in.Data), func(raw strictjson.Value, e duoAccount) (string, account.Account, []string, error) {
		if e.Kind != "OtpAccount" || e.OTP == nil {
			return clip(e.Name), account.Account{}, nil, fieldError("type", "%q is bound to Duo's servers: have that site enrol this device anew", clip(e.Kind))
		}
		p := parts{Kind: account.TOTP, Name: e.Name, Base32: e.OTP.Secret, Counter: e.OTP.Counter}
		if e.OTP.Counter.isSet() {
			p.Kind = account.HOTP
		}
		a, err := p.account()
		keepExtra(&a, "duo", unknownMembers(raw, e))
		return clip(e.Name), a, nil, err
	})
}
