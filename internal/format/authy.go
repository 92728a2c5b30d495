package format

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// authy reads what can be got out of Authy, which exports nothing itself: the
// settings file of the Android app, the dump of the tool that speaks to its
// service, and the list that scripts took from the desktop app.
func authy() App {
	return App{
		ID: "authy", Name: "Authy",
		HowTo: "Authy has no export; from a rooted phone: shared_prefs/com.authy.storage.tokens.authenticator.xml",
		Detect: func(in Input) bool {
			p := in.look()
			return p.looksLikePrefs("com.authy.storage.tokens.") || p.object("authenticator_tokens") || p.object("decrypted_authenticator_tokens") || isAuthyDump(p) ||
				p.array("encrypted_seed") || p.array("secret_seed") || p.array("decrypted_seed") || isAuthyScript(p)
		},
		Read: readAuthy,
	}
}

// authyToken joins the spellings of all forms: the app's, the service's, and
// those of scripts.
type authyToken struct {
	Kind           string   `json:"accountType"`
	Kind2          string   `json:"account_type"`
	Name           string   `json:"name"`
	OriginalName   string   `json:"originalName"`
	OriginalName2  string   `json:"original_name"`
	OriginalIssuer string   `json:"originalIssuer"`
	Issuer         string   `json:"issuer"`
	Digits         looseInt `json:"digits"`
	Period         looseInt `json:"period"`
	Decrypted      string   `json:"decryptedSecret"`
	Decrypted2     string   `json:"decrypted_seed"`
	Secret         string   `json:"secret"`
	Encrypted      string   `json:"encryptedSecret"`
	Encrypted2     string   `json:"encrypted_seed"`
	Salt           string   `json:"salt"`
	Iterations     looseInt `json:"key_derivation_iterations"`
	URI            string   `json:"uri"`
	HexSeed        string   `json:"secretSeed"` // of Authy's own seven-digit apps
	HexSeed2       string   `json:"secret_seed"`
	Logo           string   `json:"logo"`
}

func isAuthyDump(p *probe) bool {
	for _, name := range []string{"tokens", "apps"} {
		if p.root == '{' && p.kind(name) == '{' && strings.Contains(string(p.members[name][:min(len(p.members[name]), 256)]), map[string]string{"tokens": "authenticator_tokens", "apps": `"apps"`}[name]) {
			return true
		}
	}
	return false
}

// isAuthyScript: the scripts for the desktop app wrote name, secret and uri and
// nothing else.
func isAuthyScript(p *probe) bool {
	if !p.array("name", "secret", "uri") {
		return false
	}
	return len(p.members) <= 4
}

func readAuthy(ctx context.Context, in Input, o Options) (Result, error) {
	raws, err := authyTokens(in)
	if err != nil {
		return Result{}, err
	}
	if err := full(len(raws)); err != nil {
		return Result{}, err
	}
	title, protection := "Authy tokens, not encrypted", Plain
	var l entryList
	if !needsAuthyPassphrase(raws) {
		_, err = l.addAuthyTokens(ctx, raws, nil)
		return Result{Title: title, Protection: protection, Entries: l.list}, err
	}
	err = unlock(ctx, o, "the Authy tokens (backup password)", func(passphrase []byte) error {
		l = entryList{}
		opened, err := l.addAuthyTokens(ctx, raws, passphrase)
		if err == nil && !opened {
			err = whyNoneOpened(l.list)
		}
		return err
	})
	if err != nil {
		return Result{}, err
	}
	return Result{Title: "Authy tokens, encrypted", Protection: Weak, Entries: l.list}, nil
}

// authyTokens finds the tokens in whichever of the forms.
func authyTokens(in Input) ([]strictjson.Value, error) {
	if p := in.look(); p.root == 0 {
		return authyPrefTokens(in.Data)
	}
	data := plainText(in.Data)
	if err := checkJSON(data); err != nil {
		return nil, err
	}
	var list []strictjson.Value
	if strictjson.Decode(data, &list) == nil {
		return list, nil
	}
	type tokens struct {
		List      []strictjson.Value `json:"authenticator_tokens"`
		Decrypted []strictjson.Value `json:"decrypted_authenticator_tokens"` // a script's
	}
	var dump struct {
		tokens
		Tokens tokens `json:"tokens"`
		Apps   struct {
			List []strictjson.Value `json:"apps"`
		} `json:"apps"`
	}
	if err := decodeChecked(data, &dump); err != nil {
		return nil, err
	}
	return slices.Concat(dump.List, dump.Decrypted, dump.Tokens.List, dump.Apps.List), nil
}

func authyPrefTokens(data []byte) ([]strictjson.Value, error) {
	prefs, err := readPrefs(data)
	if err != nil {
		return nil, err
	}
	var all []strictjson.Value
	for _, p := range prefs {
		if !strings.HasPrefix(p.Name, "com.authy.storage.tokens.") || !strings.HasPrefix(strings.TrimSpace(p.Value), "[") {
			continue
		}
		var list []strictjson.Value
		if err := decodeJSON([]byte(p.Value), &list); err != nil {
			return nil, fmt.Errorf("%s: %w", clip(p.Name), err)
		}
		all = append(all, list...)
	}
	return all, nil
}

func (t authyToken) encrypted() string { return firstOf(t.Encrypted, t.Encrypted2) }

func (t authyToken) decrypted() string { return firstOf(t.Decrypted, t.Decrypted2, t.Secret) }

func (t authyToken) hexSeed() string { return firstOf(t.HexSeed, t.HexSeed2) }

// isLocked: a decrypted secret beside the encrypted one is real and wins.
func (t authyToken) isLocked() bool {
	return t.encrypted() != "" && t.decrypted() == "" && t.hexSeed() == ""
}

func needsAuthyPassphrase(raws []strictjson.Value) bool {
	for _, raw := range raws {
		var t authyToken
		if strictjson.Decode(raw, &t) == nil && t.isLocked() {
			return true
		}
	}
	return false
}

// addAuthyTokens reports whether the passphrase opened any token.
func (l *entryList) addAuthyTokens(ctx context.Context, raws []strictjson.Value, passphrase []byte) (opened bool, err error) {
	rounds := 0
	err = readList(l, raws, func(raw strictjson.Value, t authyToken) {
		issuer, name := t.names()
		if t.isLocked() {
			secret, err := t.open(ctx, passphrase, &rounds)
			if err != nil {
				l.fail(entryName(issuer, name), err)
				return
			}
			t.Decrypted, opened = secret, true
		}
		a, warnings, err := t.account()
		a.Icon.Name = t.Logo
		keepExtra(&a, "authy", unknownMembers(raw, t))
		l.add(entryName(issuer, name), a, warnings, err)
	})
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	return opened, err
}

// names: "Issuer: account" in name, or "Issuer:account" in the original name.
func (t authyToken) names() (issuer, name string) {
	issuer, name = splitLabel(t.Name)
	original := firstOf(t.OriginalName, t.OriginalName2)
	if t.Name == "" {
		issuer, name = splitLabel(original)
	}
	if known := firstOf(t.OriginalIssuer, t.Issuer); issuer == "" {
		issuer = known
	}
	return issuer, name
}

// account: Authy stores neither algorithm nor period. Its own accounts have
// seven digits and ten seconds.
func (t authyToken) account() (account.Account, []string, error) {
	issuer, name := t.names()
	p := parts{Kind: account.TOTP, Issuer: issuer, Name: name, Digits: t.Digits, Period: t.Period}
	switch {
	case t.hexSeed() != "":
		raw, err := hex.DecodeString(t.hexSeed())
		if err != nil {
			return account.Account{}, nil, fieldError("secret", "secretSeed is not hexadecimal")
		}
		p.Raw = raw
		if !p.Digits.isSet() {
			p.Digits = looseNumber(7)
		}
		if !p.Period.isSet() {
			p.Period = looseNumber(10)
		}
	case t.URI != "":
		a, warnings, err := otpValue(t.URI, issuer, name)
		return a, warnings, err
	case t.decrypted() == "":
		return account.Account{}, nil, errors.New("it has no secret")
	default:
		p.Base32 = t.decrypted()
	}
	a, err := p.account()
	return a, nil, err
}
