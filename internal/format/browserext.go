package format

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// browserExtension is "Authenticator" for Chrome, Firefox and Edge
// (authenticator.cc). Its backup is one object whose members are accounts, keys
// and settings; three generations of encryption exist.
func browserExtension() App {
	return App{
		ID: "authenticator-extension", Name: "Authenticator (browser extension)",
		HowTo:  "Settings > Backup > Download backup file",
		Detect: func(in Input) bool { return isBrowserExtension(in.look()) },
		Read:   readBrowserExtension,
	}
}

func isBrowserExtension(p *probe) bool {
	if p.root != '{' {
		return false
	}
	for _, raw := range p.members {
		var e extensionItem
		if len(raw) > 0 && raw[0] == '{' && strictjson.Decode(raw, &e) == nil &&
			(strings.HasSuffix(e.DataType, "OTPStorage") || e.Secret != "" && e.Hash != "" && e.Type != nil) {
			return true
		}
	}
	return false
}

// extensionItem is an account, an encrypted account, or a key.
type extensionItem struct {
	DataType  string           `json:"dataType"` // OTPStorage, EncOTPStorage, Key; absent in old files
	Account   string           `json:"account"`
	Issuer    string           `json:"issuer"`
	Secret    string           `json:"secret"`
	Type      strictjson.Value `json:"type"`
	Algorithm strictjson.Value `json:"algorithm"`
	Counter   looseInt         `json:"counter"`
	Period    looseInt         `json:"period"`
	Digits    looseInt         `json:"digits"`
	Encrypted bool             `json:"encrypted"`
	Hash      string           `json:"hash"`
	Index     int              `json:"index"`
	Pinned    bool             `json:"pinned"`
	KeyID     string           `json:"keyId"`
	Data      string           `json:"data"`
	ID        string           `json:"id"`
	Salt      string           `json:"salt"`
}

// extensionFile is what the members turned out to be.
type extensionFile struct {
	items  []extensionItem
	raws   []strictjson.Value
	keys   map[string]extensionItem
	oldKey string // version 2: the key of all secrets, itself encrypted
}

func readBrowserExtension(ctx context.Context, in Input, o Options) (Result, error) {
	var members map[string]strictjson.Value
	if err := decodeJSON(in.look().text, &members); err != nil {
		return Result{}, err
	}
	var l entryList
	f := sortExtension(members, &l)
	if err := full(len(f.items)); err != nil {
		return Result{}, err
	}
	r := Result{Title: "Authenticator extension backup, not encrypted", Protection: Plain}
	if f.isLocked() {
		err := unlock(ctx, o, "the Authenticator extension's backup", func(passphrase []byte) error {
			return f.unlock(ctx, passphrase)
		})
		if err != nil {
			return Result{}, err
		}
		r.Title, r.Protection = "Authenticator extension backup, encrypted", Weak
		if len(f.keys) > 0 {
			r.Protection = Encrypted
		}
	}
	for i, e := range f.items {
		l.addExtension(f.raws[i], e)
	}
	r.Entries = l.list
	return r, nil
}

func sortExtension(members map[string]strictjson.Value, l *entryList) *extensionFile {
	f := &extensionFile{keys: map[string]extensionItem{}}
	order := sortedKeys(members)
	for _, name := range order {
		raw := members[name]
		if name == "key" {
			var old struct {
				Enc string `json:"enc"`
			}
			if strictjson.Decode(raw, &old) == nil {
				f.oldKey = old.Enc
			}
			continue
		}
		if name == "UserSettings" || name == "LocalStorage" || len(raw) == 0 || raw[0] != '{' {
			continue
		}
		var e extensionItem
		if err := decodeChecked(raw, &e); err != nil {
			l.fail(labelIn(raw), err)
			continue
		}
		if e.DataType == "Key" {
			f.keys[e.ID] = e
			continue
		}
		f.items, f.raws = append(f.items, e), append(f.raws, raw)
	}
	f.sort()
	return f
}

func (l *entryList) addExtension(raw strictjson.Value, e extensionItem) {
	issuer, host, _ := strings.Cut(e.Issuer, "::")
	label := entryName(issuer, e.Account)
	if e.isLocked() {
		l.fail(firstOf(label, clip(e.Hash)), fmt.Errorf("this entry is encrypted with another passphrase: %w", ErrWrongPassphrase))
		return
	}
	a, err := e.account()
	a.Favourite = e.Pinned
	if host != "" {
		keepExtra(&a, "authenticator-extension", map[string]strictjson.Value{"issuer": mustJSON(e.Issuer)})
	}
	l.add(label, a, nil, err)
}

// secret returns the parts that the type and the secret decide. Old versions
// marked Battle.net and Steam in the secret itself, and took hexadecimal for
// what is no base32.
func (e extensionItem) secret() (parts, error) {
	p := parts{Base32: e.Secret, Digits: e.Digits.zeroMeansAbsent()}
	kind := strings.ToLower(jsonWord(e.Type))
	for _, mark := range [][2]string{{"blz-", "battle"}, {"bliz-", "battle"}, {"stm-", "steam"}} {
		if rest, found := strings.CutPrefix(p.Base32, mark[0]); found {
			p.Base32, kind = rest, mark[1]
		}
	}
	isHex := false
	switch kind {
	case "totp", "1", "":
		p.Kind = account.TOTP
	case "hotp", "2":
		p.Kind = account.HOTP
	case "battle", "3":
		p.Kind, p.Digits = account.TOTP, looseNumber(8)
	case "steam", "4":
		p.Kind = account.Steam
	case "hex", "5":
		p.Kind, isHex = account.TOTP, true
	case "hhex", "6":
		p.Kind, isHex = account.HOTP, true
	default:
		return parts{}, fieldError("type", "%q is not known", clip(kind))
	}
	_, not32 := account.ParseBase32(p.Base32)
	if raw, err := hex.DecodeString(p.Base32); err == nil && (isHex || not32 != nil) {
		p.Raw = raw
		return p, nil
	}
	if isHex {
		return parts{}, fieldError("secret", "it is not hexadecimal")
	}
	return p, not32
}

func (e extensionItem) account() (account.Account, error) {
	p, err := e.secret()
	if err != nil {
		return account.Account{}, err
	}
	p.Issuer, _, _ = strings.Cut(e.Issuer, "::")
	p.Name, p.Period, p.Counter = e.Account, e.Period.zeroMeansAbsent(), e.Counter
	if p.Algorithm, err = extensionAlgorithm(e.Algorithm); err != nil {
		return account.Account{}, err
	}
	return p.account()
}

// extensionAlgorithm takes the name, or the number that some versions write.
// The two GOST hashes are not known to anything else.
func extensionAlgorithm(raw strictjson.Value) (string, error) {
	switch word := jsonWord(raw); word {
	case "", "1":
		return "SHA1", nil
	case "2":
		return "SHA256", nil
	case "3":
		return "SHA512", nil
	case "4", "5":
		return "", fieldError("algorithm", "GOST R 34.11-2012 is not known")
	default:
		return word, nil
	}
}

// jsonWord is a JSON string or number as text; null is nothing.
func jsonWord(raw strictjson.Value) string {
	var l looseInt
	if len(raw) == 0 || l.UnmarshalJSON(raw) != nil {
		return ""
	}
	return l.text
}
