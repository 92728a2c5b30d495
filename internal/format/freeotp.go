package format

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// FreeOTP 1 and FreeOTP+ store the same token in two wrappings: a settings file
// with one string for each token, and (FreeOTP+ alone) a JSON export.

func freeOTP() App {
	return App{
		ID: "freeotp", Name: "FreeOTP 1",
		HowTo: "only from a rooted phone: /data/data/org.fedorahosted.freeotp/shared_prefs/tokens.xml; FreeOTP 2 has Backup in its menu",
		Detect: func(in Input) bool {
			p := in.look()
			return p.looksLikePrefs(`tokenOrder`) || p.looksLikePrefs(`&quot;secret&quot;:[`) || p.looksLikePrefs(`mCipherText`)
		},
		Read: readFreeOTPPrefs,
	}
}

func freeOTPPlus() App {
	can := ability{id: "freeotp-plus", types: []account.Type{account.TOTP, account.HOTP, account.Steam},
		algorithms: allAlgorithms(), digits: [2]int{6, 9}, maxCounter: maxInt64 - 1, habits: namesSteamSteam}
	return App{
		ID: "freeotp-plus", Name: "FreeOTP+", Extension: "json",
		HowTo:  "menu > Export > Export JSON",
		Detect: func(in Input) bool { return in.look().object("tokenOrder", "tokens") },
		Read:   readFreeOTPPlus, Write: writeFreeOTPPlus, Loses: can.loses,
		CanHold: func(a account.Account) error {
			if a.Type == account.TOTP && a.Issuer == "Steam" {
				return fieldError("issuer", "FreeOTP+ computes Steam's own codes for everything of the issuer Steam")
			}
			return can.canHold(a)
		},
	}
}

type freeOTPFile struct {
	TokenOrder []string           `json:"tokenOrder"`
	Tokens     []strictjson.Value `json:"tokens"`
}

// freeOTPNames has issuerAlt and labelAlt for the names that the person chose.
type freeOTPNames struct {
	IssuerExt string `json:"issuerExt"`
	IssuerInt string `json:"issuerInt,omitzero"`
	IssuerAlt string `json:"issuerAlt,omitzero"`
	Label     string `json:"label"`
	LabelAlt  string `json:"labelAlt,omitzero"`
	ImageAlt  string `json:"imageAlt,omitzero"`
}

func (n freeOTPNames) issuer() string { return firstOf(n.IssuerAlt, n.IssuerExt, n.IssuerInt) }

func (n freeOTPNames) name() string { return firstOf(n.LabelAlt, n.Label) }

// key is how FreeOTP+ names a token in tokenOrder: "issuer:label", of the
// originals.
func (n freeOTPNames) key() string { return firstOf(n.IssuerInt, n.IssuerExt) + ":" + n.Label }

// keep puts into Extra what an account has no fields for: the unknown members, and
// the site's names next to the ones that the person chose.
func (n freeOTPNames) keep(a *account.Account, app string, unknown map[string]strictjson.Value) {
	originals := map[string]string{"issuerInt": n.IssuerInt, "imageAlt": n.ImageAlt}
	if n.IssuerAlt != "" || n.LabelAlt != "" {
		maps.Copy(originals, map[string]string{"issuerExt": n.IssuerExt, "label": n.Label, "issuerAlt": n.IssuerAlt, "labelAlt": n.LabelAlt})
	}
	for name, text := range originals {
		if text != "" {
			unknown[name] = mustJSON(text)
		}
	}
	keepExtra(a, app, unknown)
}

// freeOTPKind follows the apps, which compute Steam's codes for every token of
// the issuer Steam, whatever else it says.
func freeOTPKind(name, issuer string) (account.Type, error) {
	kind, err := account.ParseType(name)
	switch {
	case issuer == "Steam" && strings.EqualFold(name, "totp"):
		return account.Steam, nil
	case err == nil && kind != account.TOTP && kind != account.HOTP:
		err = fieldError("type", "%q does not occur in FreeOTP", clip(name))
	}
	return kind, err
}

// signedBytes reads bytes as Java prints them: -128 to 127.
func signedBytes(values []int) ([]byte, error) {
	out := make([]byte, len(values))
	for i, v := range values {
		if v < -128 || v > 255 {
			return nil, fieldError("secret", "%d is not a byte", v)
		}
		out[i] = byte(v)
	}
	return out, nil
}

type freeOTPToken struct {
	freeOTPNames
	Algo    string   `json:"algo"`
	Counter *int64   `json:"counter"` // the last one that was used, not the next (a new one has -1)
	Digits  looseInt `json:"digits"`
	Image   string   `json:"image,omitzero"`
	Period  looseInt `json:"period"`
	Secret  []int    `json:"secret"` // signed bytes
	Type    string   `json:"type"`
}

func readFreeOTPPrefs(_ context.Context, in Input, _ Options) (Result, error) {
	r := Result{Title: "FreeOTP tokens, not encrypted", Protection: Plain}
	prefs, err := readPrefs(in.Data)
	if err != nil {
		return r, err
	}
	if err := full(len(prefs)); err != nil {
		return r, err
	}
	var order []string
	tokens := prefs[:0]
	for _, p := range prefs {
		if p.Name == "tokenOrder" {
			if err := decodeJSON([]byte(p.Value), &order); err != nil {
				return r, fmt.Errorf("tokenOrder: %w", err)
			}
		} else if strings.HasPrefix(strings.TrimSpace(p.Value), "{") { // else a setting of the app
			tokens = append(tokens, p)
		}
	}
	if len(tokens) > 0 && !slices.ContainsFunc(tokens, func(p pref) bool { return strings.Contains(p.Value, `"secret"`) }) {
		return r, fmt.Errorf("%w: this is the inner store of FreeOTP 2, whose secrets only the phone can open; in FreeOTP choose menu > Backup, and import the file externalBackup.xml that it writes", ErrUnsupported)
	}
	r, err = readEach(r, tokens, func(p pref) (string, account.Account, []string, error) {
		a, err := account.Account{}, checkJSON([]byte(p.Value))
		if err == nil {
			a, _, err = freeOTPAccount([]byte(p.Value))
		}
		return p.Name, a, nil, err
	})
	sortByPlace(r.Entries, order, func(index int) string { return tokens[index-1].Name })
	return r, err
}

func readFreeOTPPlus(_ context.Context, in Input, _ Options) (Result, error) {
	r := Result{Title: "FreeOTP+ export, not encrypted", Protection: Plain}
	var file freeOTPFile
	if err := decodeJSON(plainText(in.Data), &file); err != nil {
		return r, err
	}
	var keys []string
	r, err := readEach(r, file.Tokens, func(raw strictjson.Value) (string, account.Account, []string, error) {
		a, names, err := freeOTPAccount(raw)
		keys = append(keys, names.key())
		return entryName(names.issuer(), names.name()), a, nil, err
	})
	sortByPlace(r.Entries, file.TokenOrder, func(index int) string { return keys[index-1] })
	return r, err
}

// sortByPlace puts the entries into the order of their keys; those whose key is
// not in it come last.
func sortByPlace(entries []Entry, order []string, key func(index int) string) {
	at := map[string]int{}
	for i, k := range slices.Backward(order) {
		at[k] = i
	}
	l := entryList{entries}
	l.sortBy(func(index int) int {
		if i, ok := at[key(index)]; ok {
			return i
		}
		return len(order)
	})
}

// freeOTPAccount reads a token; the names are there with an error too.
func freeOTPAccount(raw strictjson.Value) (a account.Account, names freeOTPNames, err error) {
	var t freeOTPToken
	if err := decodeChecked(raw, &t); err != nil {
		return a, freeOTPNames{}, err
	}
	kind, err := freeOTPKind(t.Type, t.IssuerExt)
	if err != nil {
		return a, t.freeOTPNames, err
	}
	secret, err := signedBytes(t.Secret)
	if err != nil {
		return a, t.freeOTPNames, err
	}
	p := parts{Kind: kind, Issuer: t.issuer(), Name: t.name(), Raw: secret, Algorithm: t.Algo, Digits: t.Digits, Period: t.Period}
	if kind == account.HOTP && t.Counter != nil {
		// FreeOTP 1 counts up before it computes, so the file holds the counter of
		// the last code, and -1 before the first.
		if *t.Counter < -1 || *t.Counter == maxInt64 {
			return a, t.freeOTPNames, fieldError("counter", "%d is not a usable number", *t.Counter)
		}
		p.Counter = looseNumber(*t.Counter + 1)
	}
	a, err = p.account()
	a.Icon.Name = t.Image
	t.keep(&a, "freeotp", unknownMembers(raw, t))
	return a, t.freeOTPNames, err
}

func writeFreeOTPPlus(_ context.Context, accounts []account.Account, _ Options) ([]byte, error) {
	if err := freeOTPPlus().allUnique(accounts); err != nil {
		return nil, err
	}
	file := freeOTPFile{[]string{}, []strictjson.Value{}}
	for _, a := range accounts {
		t := freeOTPToken{
			Algo: string(a.Algorithm), Counter: new(int64(0)), Digits: looseNumber(int64(a.Digits)),
			Image: a.Icon.Name, Type: strings.ToUpper(string(a.Type)), Period: looseNumber(int64(a.Period)),
			freeOTPNames: freeOTPNames{IssuerExt: a.Issuer, Label: a.Name, IssuerInt: extraString(a, "freeotp", "issuerInt")},
		}
		for _, b := range a.Secret.Bytes() {
			t.Secret = append(t.Secret, int(int8(b)))
		}
		switch a.Type {
		case account.HOTP:
			t.Counter, t.Period = new(int64(a.Counter)-1), looseNumber(int64(max(a.Period, account.DefaultPeriod)))
		case account.Steam:
			t.Type, t.IssuerExt = "TOTP", "Steam"
		}
		// The original names come back if the file had them and the person's choice
		// is still what the account is called.
		if a.Type != account.Steam && extraString(a, "freeotp", "issuerAlt")+extraString(a, "freeotp", "labelAlt") != "" {
			t.IssuerExt, t.Label = extraString(a, "freeotp", "issuerExt"), extraString(a, "freeotp", "label")
			if a.Issuer != firstOf(t.IssuerExt, t.IssuerInt) {
				t.IssuerAlt = a.Issuer
			}
			if a.Name != t.Label {
				t.LabelAlt = a.Name
			}
		}
		file.TokenOrder = append(file.TokenOrder, t.key())
		file.Tokens = append(file.Tokens, withExtra(t, extraOf(a, "freeotp")))
	}
	return encodeJSON(file)
}
