package format

import (
	"context"
	"fmt"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format/cryptzip"
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
			return Result{}, err
		}
		protection, how := zipProtection(a)
		if data, err = unzipMember(ctx, a, o, "the Raivo archive", memberCalled(raivoMember)); err != nil {
			return Result{}, err
		}
		r.Title, r.Protection = "Raivo archive, "+how, protection
	}
	var raws []strictjson.Value
	if err := decodeJSON(data, &raws); err != nil {
		return Result{}, err
	}
	var l entryList
	err := readList(&l, raws, l.addRaivo)
	r.Entries = l.list
	return r, err
}

func (l *entryList) addRaivo(raw strictjson.Value, e raivoAccount) {
	label := entryName(e.Issuer, e.Account)
	kind, err := account.ParseType(e.Kind)
	if err != nil {
		l.fail(label, err)
		return
	}
	p := parts{Kind: kind, Issuer: e.Issuer, Name: e.Account, Base32: e.Secret, Algorithm: e.Algorithm,
		Digits: e.Digits, Period: e.Timer, Counter: e.Counter}
	a, err := p.account()
	a.Favourite = e.Pinned == "true" || e.Pinned == true
	a.Icon.Name = e.IconValue
	keepExtra(&a, "raivo", unknownMembers(raw, e))
	l.add(label, a, nil, err)
}

// unzipMember reads the first member that matches, asking for the passphrase if
// one is needed.
func unzipMember(ctx context.Context, a *cryptzip.Archive, o Options, what string, match func(string) bool) ([]byte, error) {
	name := findMember(a, match)
	if name == "" {
		return nil, fmt.Errorf("%w: the archive does not have the member that it should", ErrDamaged)
	}
	if !a.Encrypted() {
		data, err := a.Read(name, nil)
		return plainText(data), zipError(err)
	}
	var data []byte
	err := unlock(ctx, o, what, func(passphrase []byte) error {
		var err error
		data, err = a.Read(name, passphrase)
		return zipError(err)
	})
	return plainText(data), err
}
