package format

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
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
		Guess: func(in Input) bool {
			if len(in.Data) < andOTPOldOverhead+2 || utf8.Valid(in.Data[:min(len(in.Data), 64)]) || len(in.Data) > MaxTextBytes || !in.noise() {
				return false
			}
			n := andOTPIterations(in.Data)
			return n >= 1 && n <= maxPBKDF2 || len(in.Data)%16 != 0
		},
		Read: readAndOTP, Write: writeAndOTP, CanHold: can.canHold, Loses: can.loses,
	}
}

// Neither encrypted form has a mark. The new one begins with the number of
// iterations and a salt; the old one derives its key with a single SHA-256, which
// hardly slows down guessing.
const (
	andOTPSaltSize    = 12
	andOTPNewHeader   = 4 + andOTPSaltSize + gcmNonceSize
	andOTPOldOverhead = gcmNonceSize + gcmTagSize
	andOTPRounds      = 150_000 // the app picks one between 140,000 and 160,000
)

func andOTPIterations(data []byte) int { return int(binary.BigEndian.Uint32(data)) }

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
		if len(in.Data) < andOTPOldOverhead+2 {
			return r, fmt.Errorf("%w: %d bytes are too short for an andOTP backup", ErrDamaged, len(in.Data))
		}
		r.Title, r.Protection = "andOTP backup, encrypted", Encrypted
		var err error
		data, err = unlocked(ctx, o, "the andOTP backup", func(passphrase []byte) ([]byte, error) {
			// What cannot be the new form, or does not open as such, may be the old one.
			data, cost := in.Data, pbkdf2Cost{andOTPIterations(in.Data), 1, maxPBKDF2}
			if len(data) >= andOTPNewHeader+gcmTagSize && cost.check() == nil {
				key, err := pbkdf2Key(ctx, sha1.New, passphrase, data[4:4+andOTPSaltSize], cost, 32)
				if err != nil {
					return nil, err
				}
				plain, err := openGCM(key, data[4+andOTPSaltSize:andOTPNewHeader], data[andOTPNewHeader:], nil)
				if !errors.Is(err, ErrWrongPassphrase) {
					return plain, err
				}
			}
			r.Protection = Weak
			key := sha256.Sum256(passphrase)
			return openGCM(key[:], data[:gcmNonceSize], data[gcmNonceSize:], nil)
		})
		if err != nil {
			return r, err
		}
	}
	return readArray(r, data, func(raw strictjson.Value, e andOTPEntry) (string, account.Account, []string, error) {
		a, err := e.account()
		keepExtra(&a, "andotp", unknownMembers(raw, e))
		return entryName(a.Issuer, a.Name), a, nil, err
	})
}

// account has the names if there is an error too.
func (e andOTPEntry) account() (a account.Account, err error) {
	p := parts{Type: firstOf(text(e.Type), "TOTP"), Issuer: text(e.Issuer), Name: e.Label, Base32: e.Secret, Counter: looseOf(e.Counter)}
	// Backups from before the issuer had its own field say "Issuer - Account" or,
	// by a defect, "Issuer - Issuer:Account".
	if issuer, name, found := strings.Cut(e.Label, " - "); found && e.Issuer == nil {
		p.Issuer, p.Name = issuer, strings.TrimPrefix(name, issuer+":")
	}
	p.Name = withoutIssuer(p.Issuer, p.Name)
	kind, _ := account.ParseType(p.Type)
	if kind == account.MOTP { // the bytes of the secret's hexadecimal text
		var secret account.Secret
		if secret, err = account.ParseBase32(e.Secret); err == nil {
			err = p.motpSecret(string(secret.Bytes()))
		}
	}
	if err == nil {
		a, err = p.account()
	}
	a.Issuer, a.Name = p.Issuer, p.Name
	if err != nil {
		return a, err
	}
	if t := text(e.Algorithm); t != "" && kind != account.MOTP { // andOTP writes SHA1 for MD5 there
		if a.Algorithm, err = account.ParseAlgorithm(t); err != nil {
			return a, err
		}
	}
	if e.Digits != nil {
		a.Digits = *e.Digits
	}
	switch {
	case kind == account.TOTP && e.Period != nil:
		a.Period = *e.Period
	case kind == account.Steam && e.Period != nil && *e.Period != a.Period:
		return a, fieldError("period", "Steam codes always last %d seconds, not %d", a.Period, *e.Period)
	}
	a.LastUsed, a.UseCount = e.LastUsed, e.UseCount
	if len(e.Tags) > 0 {
		a.Tags = e.Tags
	}
	return a, nil
}

func writeAndOTP(ctx context.Context, accounts []account.Account, o Options) ([]byte, error) {
	if err := abilities("andotp").writable(accounts); err != nil {
		return nil, err
	}
	entries := make([]strictjson.Value, len(accounts))
	for i, a := range accounts {
		secret := a.Secret
		e := andOTPEntry{
			Issuer: &a.Issuer, Label: a.Name, Digits: &a.Digits, Type: new(strings.ToUpper(string(a.Type))),
			Algorithm: new(string(a.Algorithm)), LastUsed: a.LastUsed, UseCount: a.UseCount, Tags: a.Tags,
		}
		switch a.Type {
		case account.HOTP:
			e.Counter = &a.Counter
		case account.TOTP:
			e.Period = &a.Period
		case account.MOTP:
			secret, e.Algorithm = account.NewSecret([]byte(hex.EncodeToString(secret.Bytes()))), new(string(account.SHA1))
		}
		e.Secret = secret.Base32()
		e.Secret += strings.Repeat("=", (8-len(e.Secret)%8)%8) // padded, as andOTP writes it
		if e.Tags == nil {
			e.Tags = []string{}
		}
		extra := extraOf(a, "andotp")
		withDefault(extra, "thumbnail", "Default")
		entries[i] = withExtra(e, extra)
	}
	if o.Plaintext == Yes {
		return encodeJSON(entries)
	}
	passphrase, random, err := o.sealing("the andOTP backup", andOTPSaltSize+gcmNonceSize)
	if err != nil {
		return nil, err
	}
	key, err := pbkdf2Key(ctx, sha1.New, passphrase, random[:andOTPSaltSize], pbkdf2Cost{andOTPRounds, 1, maxPBKDF2}, 32)
	if err != nil {
		return nil, err
	}
	sealed, err := sealGCM(key, random[andOTPSaltSize:], mustJSON(entries), nil)
	return slices.Concat(binary.BigEndian.AppendUint32(nil, andOTPRounds), random, sealed), err
}
