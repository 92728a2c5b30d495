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
			return in.look().looksLikePrefs(`tokenOrder`) || in.look().looksLikePrefs(`&quot;secret&quot;:[`)
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

// freeOTPToken has issuerAlt and labelAlt for the names that the person chose.
// counter is the last one that was used, not the next (a new one has -1).
type freeOTPToken struct {
	Algo      string   `json:"algo"`
	Counter   *int64   `json:"counter"`
	Digits    looseInt `json:"digits"`
	IssuerExt string   `json:"issuerExt"`
	IssuerInt string   `json:"issuerInt,omitzero"`
	IssuerAlt string   `json:"issuerAlt,omitzero"`
	Label     string   `json:"label"`
	LabelAlt  string   `json:"labelAlt,omitzero"`
	Image     string   `json:"image,omitzero"`
	ImageAlt  string   `json:"imageAlt,omitzero"`
	Period    looseInt `json:"period"`
	Secret    []int    `json:"secret"` // signed bytes
	Type      string   `json:"type"`
}

// originals are the members that Extra keeps although an account has fields for
// them: the site's names beside the ones that the person chose.
func (t freeOTPToken) originals() map[string]strictjson.Value {
	kept := map[string]strictjson.Value{}
	for name, text := range map[string]string{
		"issuerInt": t.IssuerInt, "issuerExt": t.IssuerExt, "label": t.Label,
		"issuerAlt": t.IssuerAlt, "labelAlt": t.LabelAlt, "imageAlt": t.ImageAlt,
	} {
		if text != "" && (t.IssuerAlt != "" || t.LabelAlt != "" || name == "issuerInt" || name == "imageAlt") {
			kept[name] = mustJSON(text)
		}
	}
	return kept
}

func readFreeOTPPrefs(_ context.Context, in Input, _ Options) (Result, error) {
	prefs, err := readPrefs(in.Data)
	if err != nil {
		return Result{}, err
	}
	if err := full(len(prefs)); err != nil {
		return Result{}, err
	}
	var order []string
	var l entryList
	keys := []string{""}
	for _, p := range prefs {
		if p.Name == "tokenOrder" {
			if err := decodeJSON([]byte(p.Value), &order); err != nil {
				return Result{}, fmt.Errorf("tokenOrder: %w", err)
			}
			continue
		}
		if !strings.HasPrefix(strings.TrimSpace(p.Value), "{") {
			continue // a setting of the app
		}
		keys = append(keys, p.Name)
		if err := checkJSON([]byte(p.Value)); err != nil {
			l.fail(p.Name, err)
			continue
		}
		l.addFreeOTP(p.Name, []byte(p.Value))
	}
	rank := places(order)
	l.sortBy(func(index int) int { return rank(keys[index]) })
	return Result{Title: "FreeOTP tokens, not encrypted", Protection: Plain, Entries: l.list}, nil
}

// places returns the place of a key in a list; keys that are not in it come
// last, all at one place.
func places(order []string) func(key string) int {
	at := map[string]int{}
	for i, key := range slices.Backward(order) {
		at[key] = i
	}
	return func(key string) int {
		if i, ok := at[key]; ok {
			return i
		}
		return len(order)
	}
}

func readFreeOTPPlus(_ context.Context, in Input, _ Options) (Result, error) {
	var file struct {
		TokenOrder []string           `json:"tokenOrder"`
		Tokens     []strictjson.Value `json:"tokens"`
	}
	if err := decodeJSON(plainText(in.Data), &file); err != nil {
		return Result{}, err
	}
	if err := full(len(file.Tokens)); err != nil {
		return Result{}, err
	}
	var l entryList
	keys := []string{""}
	for _, raw := range file.Tokens {
		keys = append(keys, l.addFreeOTP("", raw))
	}
	rank := places(file.TokenOrder)
	l.sortBy(func(index int) int { return rank(keys[index]) })
	return Result{Title: "FreeOTP+ export, not encrypted", Protection: Plain, Entries: l.list}, nil
}

// addFreeOTP returns the key under which the app orders the token.
func (l *entryList) addFreeOTP(label string, raw strictjson.Value) string {
	var t freeOTPToken
	if err := decodeChecked(raw, &t); err != nil {
		l.fail(label, err)
		return label
	}
	if label == "" {
		label = entryName(t.issuer(), t.name())
	}
	a, err := t.account()
	keepExtra(&a, "freeotp", withMembers(unknownMembers(raw, t), t.originals()))
	l.add(label, a, nil, err)
	return t.key()
}

// key is how FreeOTP+ names a token in tokenOrder: "issuer:label", of the
// originals.
func (t freeOTPToken) key() string {
	issuer := t.IssuerInt
	if issuer == "" {
		issuer = t.IssuerExt
	}
	return issuer + ":" + t.Label
}

// withMembers joins two sets of members; either may be nil.
func withMembers(a, b map[string]strictjson.Value) map[string]strictjson.Value {
	if a == nil {
		return b
	}
	maps.Copy(a, b)
	return a
}

func (t freeOTPToken) issuer() string { return firstOf(t.IssuerAlt, t.IssuerExt, t.IssuerInt) }

func (t freeOTPToken) name() string { return firstOf(t.LabelAlt, t.Label) }

func (t freeOTPToken) account() (account.Account, error) {
	kind, err := t.kind()
	if err != nil {
		return account.Account{}, err
	}
	raw, err := signedBytes(t.Secret)
	if err != nil {
		return account.Account{}, err
	}
	p := parts{Kind: kind, Issuer: t.issuer(), Name: t.name(), Raw: raw, Algorithm: t.Algo, Digits: t.Digits, Period: t.Period}
	if kind == account.HOTP {
		if p.Counter, err = nextCounter(t.Counter); err != nil {
			return account.Account{}, err
		}
	}
	a, err := p.account()
	a.Icon.Name = t.Image
	return a, err
}

// kind follows the apps, which compute Steam's codes for every token of the
// issuer Steam, whatever else it says.
func (t freeOTPToken) kind() (account.Type, error) {
	if t.IssuerExt == "Steam" && strings.EqualFold(t.Type, "totp") {
		return account.Steam, nil
	}
	kind, err := account.ParseType(t.Type)
	if err == nil && kind != account.TOTP && kind != account.HOTP {
		err = fieldError("type", "%q does not occur in FreeOTP", clip(t.Type))
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

// nextCounter: FreeOTP 1 counts up before it computes, so the file holds the
// counter of the last code, and -1 before the first.
func nextCounter(last *int64) (looseInt, error) {
	switch {
	case last == nil:
		return looseInt{}, nil // account says that it is missing
	case *last < -1 || *last == maxInt64:
		return looseInt{}, fieldError("counter", "%d is not a usable number", *last)
	}
	return looseNumber(*last + 1), nil
}
