package format

import (
	"context"
	"fmt"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format/container/cryptzip"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func raivo() App {
	return App{
		ID: "raivo", Name: "Raivo OTP",
		HowTo: "Settings > Export OTPs to ZIP archive",
		Detect: func(in Input) bool {
			return in.look().array("kind", "timer", "secret") || in.isZip(memberCalled(raivoMember))
		},
		Read: readRaivo,
	}
}

const raivoMember = "raivo-otp-export.json"

// raivoAccount: every value is text.
type raivoAccount struct {
	Issuer    string   `json:"issuer"`
	Account   string   `json:"account"`
	Secret    string   `json:"secret"`
	Algorithm string   `json:"algorithm"`
	Digits    looseInt `json:"digits"`
	Kind      string   `json:"kind"`
	Timer     looseInt `json:"timer"`
	Counter   looseInt `json:"counter"`
	Pinned    any      `json:"pinned"`
	IconValue string   `json:"iconValue"`
}

func readRaivo(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "Raivo export, not encrypted", Protection: Plain}
	data := plainText(in.Data)
	if in.prefix("PK") {
		a, err := openZip(in.Data)
		if err != nil {
			return r, err
		}
		protection, how := zipProtection(a)
		if data, err = unzipMember(ctx, a, o, "the Raivo archive", memberCalled(raivoMember)); err != nil {
			return r, err
		}
		r.Title, r.Protection = "Raivo archive, "+how, protection
	}
	return readArray(r, data, func(raw strictjson.Value, e raivoAccount) (string, account.Account, []string, error) {
		a, err := parts{Type: e.Kind, Issuer: e.Issuer, Name: e.Account, Base32: e.Secret, Algorithm: e.Algorithm,
			Digits: e.Digits, Period: e.Timer, Counter: e.Counter}.account()
		a.Favourite = e.Pinned == "true" || e.Pinned == true
		a.Icon.Name = e.IconValue
		keepExtra(&a, "raivo", unknownMembers(raw, e))
		return entryName(e.Issuer, e.Account), a, nil, err
	})
}

// unzipMember reads the first member that matches, asking for the passphrase if
// one is needed.
func unzipMember(ctx context.Context, a *cryptzip.Archive, o Options, what string, match func(string) bool) ([]byte, error) {
	name := findMember(a, match)
	if name == "" {
		return nil, fmt.Errorf("%w: the archive does not have the member that it should", ErrDamaged)
	}
	read := func(passphrase []byte) ([]byte, error) {
		data, err := a.Read(name, passphrase)
		return plainText(data), zipError(err)
	}
	if !a.Encrypted() {
		return read(nil)
	}
	return unlocked(ctx, o, what, read)
}
