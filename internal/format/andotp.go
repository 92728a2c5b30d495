package format

import (
	"context"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func andOTP() App {
	can := abilities("andotp")
	return App{
		ID: "andotp", Name: "andOTP", Extension: "json.aes", Encrypts: Yes,
		HowTo: "menu > Backups > Backup (plain-text or encrypted)",
		Detect: func(in Input) bool {
			p := in.look()
			return p.array("secret", "label") && !p.has("algo") && !p.has("kind") && p.kind("secret") == '"'
		},
		Guess: guessAndOTP,
		Read:  readAndOTP, Write: writeAndOTP, CanHold: can.canHold, Loses: can.loses,
	}
}

// andOTPEntry has the members that an account has fields for; thumbnail is kept
// as it is. Old backups have no issuer, and may lack what has a usual value.
type andOTPEntry struct {
	Secret    string   `json:"secret"`
	Issuer    *string  `json:"issuer"`
	Label     string   `json:"label"`
	Digits    *int     `json:"digits"`
	Type      *string  `json:"type"`
	Algorithm *string  `json:"algorithm"`
	LastUsed  int64    `json:"last_used"`
	UseCount  uint64   `json:"used_frequency"`
	Period    *int     `json:"period,omitzero"`
	Counter   *uint64  `json:"counter,omitzero"`
	Tags      []string `json:"tags"`
}

func readAndOTP(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "andOTP backup, not encrypted", Protection: Plain}
	data := plainText(in.Data)
	if !looksLikeJSON(data) {
		plain, protection, err := openAndOTP(ctx, in.Data, o)
		if err != nil {
			return Result{}, err
		}
		data, r.Title, r.Protection = plain, "andOTP backup, encrypted", protection
	}
	var raws []strictjson.Value
	if err := decodeJSON(data, &raws); err != nil {
		return Result{}, err
	}
	if raws == nil {
		return Result{}, missing("the list of entries")
	}
	if err := full(len(raws)); err != nil {
		return Result{}, err
	}
	var l entryList
	for _, raw := range raws {
		l.addAndOTP(raw)
	}
	r.Entries = l.list
	return r, nil
}

// looksLikeJSON tells text from ciphertext.
func looksLikeJSON(data []byte) bool {
	text := strings.TrimLeft(string(data[:min(len(data), 64)]), " \t\r\n")
	return text != "" && (text[0] == '[' || text[0] == '{') && utf8.Valid(data)
}

func (l *entryList) addAndOTP(raw strictjson.Value) {
	var e andOTPEntry
	if err := decodeChecked(raw, &e); err != nil {
		l.fail(clip(e.Label), err)
		return
	}
	issuer, name := e.names()
	a, err := e.account()
	if err != nil {
		l.fail(entryName(issuer, name), err)
		return
	}
	a.Issuer, a.Name = issuer, name
	a.Tags, a.LastUsed, a.UseCount = e.Tags, e.LastUsed, e.UseCount
	if len(a.Tags) == 0 {
		a.Tags = nil
	}
	keepExtra(&a, "andotp", unknownMembers(raw, e))
	l.add(entryName(issuer, name), a, nil, nil)
}

// names: backups from before the issuer had its own field say "Issuer - Account"
// or, by a defect, "Issuer - Issuer:Account".
func (e andOTPEntry) names() (issuer, name string) {
	if e.Issuer != nil {
		return *e.Issuer, e.Label
	}
	issuer, name, found := strings.Cut(e.Label, " - ")
	if !found {
		return "", e.Label
	}
	return issuer, strings.TrimPrefix(name, issuer+":")
}

func (e andOTPEntry) account() (account.Account, error) {
	kind := account.TOTP
	var err error
	if t := text(e.Type); t != "" {
		if kind, err = account.ParseType(t); err != nil {
			return account.Account{}, err
		}
	}
	secret, err := account.ParseBase32(e.Secret)
	if err == nil && kind == account.MOTP {
		secret, err = hexInside(secret)
	}
	if err != nil {
		return account.Account{}, err
	}
	a := account.New(kind, secret)
	if t := text(e.Algorithm); t != "" && kind != account.MOTP { // andOTP writes SHA1 for MD5 there
		if a.Algorithm, err = account.ParseAlgorithm(t); err != nil {
			return account.Account{}, err
		}
	}
	if e.Digits != nil {
		a.Digits = *e.Digits
	}
	return a, e.step(&a)
}

// hexInside: andOTP keeps an mOTP secret as the bytes of its hexadecimal text.
func hexInside(s account.Secret) (account.Secret, error) {
	raw, err := hex.DecodeString(string(s.Bytes()))
	if err != nil {
		return account.Secret{}, fieldError("secret", "an mOTP secret is not hexadecimal")
	}
	return account.NewSecret(raw), nil
}

func (e andOTPEntry) step(a *account.Account) error {
	switch {
	case a.Type == account.HOTP && e.Counter == nil:
		return fieldError("counter", "it is missing")
	case a.Type == account.HOTP:
		a.Counter = *e.Counter
	case a.Type == account.TOTP && e.Period != nil:
		a.Period = *e.Period
	case a.Type == account.Steam && e.Period != nil && *e.Period != a.Period:
		return fieldError("period", "Steam codes always last %d seconds, not %d", a.Period, *e.Period)
	}
	return nil
}

func writeAndOTP(ctx context.Context, accounts []account.Account, o Options) ([]byte, error) {
	if err := abilities("andotp").writable(accounts); err != nil {
		return nil, err
	}
	entries := make([]strictjson.Value, len(accounts))
	for i, a := range accounts {
		extra := extraOf(a, "andotp")
		withDefault(extra, "thumbnail", "Default")
		entries[i] = withExtra(newAndOTPEntry(a), extra)
	}
	if o.Plaintext == Yes {
		return encodeJSON(entries)
	}
	return sealAndOTP(ctx, mustJSON(entries), o)
}

func newAndOTPEntry(a account.Account) andOTPEntry {
	secret, kind, alg := a.Secret, strings.ToUpper(string(a.Type)), string(a.Algorithm)
	if a.Type == account.MOTP {
		secret, alg = account.NewSecret([]byte(hex.EncodeToString(secret.Bytes()))), string(account.SHA1)
	}
	e := andOTPEntry{
		Secret: padded(secret.Base32()), Issuer: &a.Issuer, Label: a.Name, Digits: &a.Digits, Type: &kind,
		Algorithm: &alg, LastUsed: a.LastUsed, UseCount: a.UseCount, Tags: a.Tags,
	}
	if e.Tags == nil {
		e.Tags = []string{}
	}
	switch a.Type {
	case account.HOTP:
		e.Counter = &a.Counter
	case account.TOTP:
		e.Period = &a.Period
	}
	return e
}

// padded is base32 as andOTP writes it.
func padded(base32 string) string {
	return base32 + strings.Repeat("=", (8-len(base32)%8)%8)
}

func guessAndOTP(in Input) bool {
	if len(in.Data) < andOTPOldOverhead+2 || utf8.Valid(in.Data[:min(len(in.Data), 64)]) || len(in.Data) > MaxTextBytes {
		return false
	}
	n := andOTPIterations(in.Data)
	return n >= 1 && n <= maxPBKDF2 || len(in.Data)%16 != 0
}
