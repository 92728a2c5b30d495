package format

import (
	"bytes"
	"context"
	"crypto/sha1"
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
			dump := func(name, mark string) bool {
				return p.root == '{' && p.kind(name) == '{' && bytes.Contains(p.members[name][:min(len(p.members[name]), 256)], []byte(mark))
			}
			return p.looksLikePrefs(authyPrefs) || p.object("authenticator_tokens") || p.object("decrypted_authenticator_tokens") ||
				dump("tokens", "authenticator_tokens") || dump("apps", `"apps"`) ||
				p.array("encrypted_seed") || p.array("secret_seed") || p.array("decrypted_seed") ||
				p.array("name", "secret", "uri") && len(p.members) <= 4 // scripts for the desktop app wrote nothing else
		},
		Read: readAuthy,
	}
}

const (
	authyPrefs     = "com.authy.storage.tokens."
	authyRounds    = 1000       // of the app; the dump names them for each token
	authyMaxRounds = 50_000_000 // of a whole file
)

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

// encrypted is what only the passphrase opens: a decrypted secret next to the
// encrypted one is real and wins.
func (t authyToken) encrypted() string {
	if firstOf(t.Decrypted, t.Decrypted2, t.Secret, t.HexSeed, t.HexSeed2) != "" {
		return ""
	}
	return firstOf(t.Encrypted, t.Encrypted2)
}

func readAuthy(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "Authy tokens, not encrypted", Protection: Plain}
	raws, err := authyTokens(in)
	if err != nil {
		return r, err
	}
	var passphrase []byte
	rounds, opened := 0, false
	read := func() error {
		rounds = 0
		r, err = readEntries(r, raws, func(raw strictjson.Value, t authyToken) (string, account.Account, []string, error) {
			// The name is "Issuer: account", or the original one "Issuer:account".
			issuer, name := splitLabel(firstOf(t.Name, t.OriginalName, t.OriginalName2))
			issuer = firstOf(issuer, t.OriginalIssuer, t.Issuer)
			a, warnings, err := account.Account{}, []string(nil), error(nil)
			secret := firstOf(t.Decrypted, t.Decrypted2, t.Secret)
			if t.encrypted() != "" {
				if secret, err = t.open(ctx, passphrase, &rounds); err != nil {
					return entryName(issuer, name), a, nil, err
				}
				opened = true
			}
			// Authy stores neither algorithm nor period. Its own accounts have seven
			// digits and ten seconds.
			p := parts{Kind: account.TOTP, Issuer: issuer, Name: name, Base32: secret, Digits: t.Digits, Period: t.Period}
			switch seed := firstOf(t.HexSeed, t.HexSeed2); {
			case seed != "":
				if p.Raw, err = hex.DecodeString(seed); err != nil {
					return entryName(issuer, name), a, nil, fieldError("secret", "secretSeed is not hexadecimal")
				}
				p.Digits.text, p.Period.text = firstOf(t.Digits.text, "7"), firstOf(t.Period.text, "10")
				a, err = p.account()
			case t.URI != "":
				a, warnings, err = otpValue(t.URI, issuer, name)
			case secret == "":
				err = errors.New("it has no secret")
			default:
				a, err = p.account()
			}
			a.Icon.Name = t.Logo
			keepExtra(&a, "authy", unknownMembers(raw, t))
			return entryName(issuer, name), a, warnings, err
		})
		return errors.Join(ctx.Err(), err)
	}
	if !slices.ContainsFunc(raws, func(raw strictjson.Value) bool {
		var t authyToken
		return strictjson.Decode(raw, &t) == nil && t.encrypted() != ""
	}) {
		err = read()
		return r, err
	}
	r.Title, r.Protection = "Authy tokens, encrypted", Weak
	err = unlock(ctx, o, "the Authy tokens (backup password)", func(typed []byte) error {
		passphrase = typed
		if err := read(); err != nil || opened {
			return err
		}
		// The passphrase is wrong, unless a token was refused for another reason
		// before it was tried.
		for _, e := range r.Entries {
			if errors.Is(e.Err, ErrLimit) || errors.Is(e.Err, ErrDamaged) {
				return e.Err
			}
		}
		return ErrWrongPassphrase
	})
	return r, err
}

// authyTokens finds the tokens in whichever of the forms.
func authyTokens(in Input) (all []strictjson.Value, err error) {
	if in.look().root == 0 {
		prefs, err := readPrefs(in.Data)
		if err != nil {
			return nil, err
		}
		for _, p := range prefs {
			if !strings.HasPrefix(p.Name, authyPrefs) || !strings.HasPrefix(strings.TrimSpace(p.Value), "[") {
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
	data := plainText(in.Data)
	if err := checkJSON(data); err != nil {
		return nil, err
	}
	if strictjson.Decode(data, &all) == nil {
		return all, nil
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
	err = decodeChecked(data, &dump)
	return slices.Concat(dump.List, dump.Decrypted, dump.Tokens.List, dump.Apps.List), err
}

// open derives a key for each token, so the sum over the file is bounded.
func (t authyToken) open(ctx context.Context, passphrase []byte, spent *int) (string, error) {
	n := authyRounds
	if err := t.Iterations.zeroMeansAbsent().into("key_derivation_iterations", &n); err != nil {
		return "", err
	}
	if *spent += n; *spent > authyMaxRounds {
		return "", kdfError("more than %d iterations of PBKDF2 in one file", authyMaxRounds)
	}
	key, err := pbkdf2Key(ctx, sha1.New, passphrase, []byte(t.Salt), pbkdf2Cost{n, 1, maxPBKDF2}, 32)
	if err != nil {
		return "", err
	}
	sealed, err := fromBase64("encryptedSecret", t.encrypted())
	if err != nil {
		return "", err
	}
	plain, err := openCBC(key, make([]byte, 16), sealed)
	if err != nil {
		return "", err
	}
	if _, err := account.ParseBase32(string(plain)); err != nil {
		return "", ErrWrongPassphrase // no checksum: this text is the check
	}
	return string(plain), nil
}
