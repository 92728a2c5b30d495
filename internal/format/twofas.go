package format

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func twoFAS() App {
	can := abilities("2fas")
	return App{
		ID: "2fas", Name: "2FAS", Extension: "2fas", Encrypts: Yes,
		HowTo:  "Settings > 2FAS Backup > Export",
		Detect: func(in Input) bool { return in.look().object("schemaVersion", "services") },
		Read:   readTwoFAS, Write: writeTwoFAS, CanHold: can.canHold, Loses: can.loses,
		Unique: func(a account.Account) string { return a.Secret.Base32() }, // a second one counts as a duplicate there
	}
}

const (
	twoFASSchemaTyped  = 3 // from here on there is a token type
	twoFASSchemaLatest = 4

	// An encrypted part is three base64 texts with colons between: ciphertext and
	// tag, salt, nonce. The number of iterations is not in the file.
	twoFASIterations = 10_000
	twoFASSaltSize   = 256
)

// twoFASReference is what the app encrypts besides the services, under the same
// key, to check a passphrase with; a file without it does not count as
// encrypted there (BackupContent.kt of 2fas-android).
const twoFASReference = "tRViSsLKzd86Hprh4ceC2OP7xazn4rrt4xhfEUbOjxLX8Rc3mkISXE0lWbmnWfggogbBJhtYgpK6fMl1D6mtsy92R3HkdGfwuXbzLebqVFJsR7IZ2w58t938iymwG4824igYy1wi6n2WDpO1Q1P69zwJGs2F5a1qP4MyIiDSD7NCV2OvidXQCBnDlGfmz0f1BQySRkkt4ryiJeCjD2o4QsveJ9uDBUn8ELyOrESv5R5DMDkD4iAF8TXU7KyoJujd"

// twoFASBackup is written as 2FAS 5.5.0 for Android does.
type twoFASBackup struct {
	Services    []strictjson.Value `json:"services"`
	Groups      []twoFASGroup      `json:"groups"`
	UpdatedAt   int64              `json:"updatedAt"`
	Schema      int                `json:"schemaVersion"`
	VersionCode int                `json:"appVersionCode"`
	VersionName string             `json:"appVersionName"`
	Origin      string             `json:"appOrigin"`
	Encrypted   string             `json:"servicesEncrypted,omitzero"`
	Reference   string             `json:"reference,omitzero"` // there if the services are encrypted
}

type twoFASGroup struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	IsExpanded bool   `json:"isExpanded"`
	UpdatedAt  int64  `json:"updatedAt"`
}

// twoFASService has the members that an account has fields for; icon, badge,
// the icon's identifier and otp's link are kept as they are.
type twoFASService struct {
	Name      string      `json:"name"`
	Secret    string      `json:"secret"`
	UpdatedAt int64       `json:"updatedAt"`
	OTP       twoFASOTP   `json:"otp"`
	Order     twoFASOrder `json:"order"`
	GroupID   *string     `json:"groupId,omitzero"`
}

// twoFASOTP: every member may be missing or null. Schema 1 had the names only,
// schema 2 had no type.
type twoFASOTP struct {
	Label     *string `json:"label,omitzero"`
	Account   *string `json:"account,omitzero"`
	Issuer    *string `json:"issuer,omitzero"`
	Digits    *int    `json:"digits,omitzero"`
	Period    *int    `json:"period,omitzero"`
	Algorithm *string `json:"algorithm,omitzero"`
	TokenType *string `json:"tokenType,omitzero"`
	Counter   *uint64 `json:"counter,omitzero"`
	Source    *string `json:"source,omitzero"` // "Link" or "Manual": how it was added there
}

type twoFASOrder struct {
	Position int `json:"position"`
}

func readTwoFAS(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "2FAS backup, not encrypted", Protection: Plain}
	var file struct { // the other members are of no use, so they may be anything
		Services  []strictjson.Value `json:"services"`
		Groups    []twoFASGroup      `json:"groups"`
		Schema    int                `json:"schemaVersion"`
		Encrypted *string            `json:"servicesEncrypted"`
		Reference *string            `json:"reference"`
	}
	if err := decodeJSON(plainText(in.Data), &file); err != nil {
		return r, err
	}
	switch encrypted := text(file.Encrypted); {
	case file.Schema < 1 || file.Schema > twoFASSchemaLatest:
		return r, fmt.Errorf("%w: schema %d of the 2FAS file is not known", ErrUnsupported, file.Schema)
	case encrypted == "" && text(file.Reference) != "":
		return r, missing("servicesEncrypted")
	case encrypted != "":
		opened, err := openTwoFAS(ctx, encrypted, o)
		if err == nil {
			err = decodeJSON(opened, &file.Services)
		}
		if err != nil {
			return r, err
		}
		// 10,000 rounds of PBKDF2 are guessed at a hundred thousand a second.
		r.Title, r.Protection = "2FAS backup, encrypted", Weak
	}
	if file.Services == nil {
		return r, missing("services")
	}
	groups := map[string]string{}
	for _, g := range file.Groups {
		groups[strings.ToLower(g.ID)] = g.Name // iOS writes identifiers in upper case
	}
	position := func(s twoFASService) int { return s.Order.Position }
	return readRanked(r, file.Services, position, func(raw strictjson.Value, s twoFASService) (string, account.Account, []string, error) {
		// The issuer is what the site gave, else the service's name; the account may
		// be what follows the colon of the label.
		issuer, name := text(s.OTP.Issuer), text(s.OTP.Account)
		if issuer == "" && (s.Name != name || name == "") {
			issuer = s.Name
		}
		if name == "" {
			label := text(s.OTP.Label)
			if _, after, found := strings.Cut(label, ":"); found {
				label = after
			}
			name = strings.TrimSpace(label)
		}
		label := entryName(issuer, name)
		a, warnings, err := s.account(file.Schema)
		if err != nil {
			return label, a, nil, err
		}
		a.Issuer, a.Name, a.Updated = issuer, name, s.UpdatedAt
		if id := text(s.GroupID); id != "" {
			if group, ok := groups[strings.ToLower(id)]; ok {
				a.Groups = []string{group}
			} else {
				warnings = append(warnings, "it is in a group that the file does not name")
			}
		}
		extra := unknownMembers(raw, s)
		if s.Name != issuer && issuer != "" {
			extra["name"] = mustJSON(s.Name)
		}
		keepExtra(&a, "2fas", extra)
		return label, a, warnings, nil
	})
}

// account is the service without its names.
func (s twoFASService) account(schema int) (account.Account, []string, error) {
	var warnings []string
	counter := looseOf(s.OTP.Counter)
	kind, err := account.ParseType(firstOf(text(s.OTP.TokenType), "TOTP"))
	switch {
	case err != nil:
		return account.Account{}, nil, err
	case kind == account.MOTP || kind == account.Yandex:
		return account.Account{}, nil, fieldError("type", "%q is not one that 2FAS has", kind)
	case kind == account.HOTP && s.OTP.Counter == nil:
		counter = looseNumber(1) // as 2FAS for Android does
		warnings = []string{"the file names no counter: taken as 1, as 2FAS does"}
	case kind == account.HOTP || s.OTP.Period != nil:
	case schema < 2:
		warnings = []string{"this old backup keeps no digits, period and algorithm: taken as 6, 30 s, SHA1; compare a code before you delete the old app"}
	case schema < twoFASSchemaTyped:
		warnings = []string{"this old backup names no period, so it may be counter-based: taken as time-based; compare a code before you delete the old app"}
	}
	a, err := parts{Kind: kind, Base32: s.Secret, Counter: counter}.account()
	if err != nil {
		return a, nil, err
	}
	if t := text(s.OTP.Algorithm); t != "" {
		if a.Algorithm, err = account.ParseAlgorithm(t); err != nil {
			return a, nil, err
		}
	}
	if s.OTP.Digits != nil {
		a.Digits = *s.OTP.Digits
	}
	if s.OTP.Period != nil && kind != account.HOTP {
		a.Period = *s.OTP.Period
	}
	return a, warnings, nil
}

func twoFASKey(ctx context.Context, passphrase, salt []byte) ([]byte, error) {
	return pbkdf2Key(ctx, sha256.New, passphrase, salt, pbkdf2Cost{twoFASIterations, 1, twoFASIterations}, 32)
}

func openTwoFAS(ctx context.Context, triple string, o Options) ([]byte, error) {
	parts := strings.Split(triple, ":")
	if len(parts) != 3 {
		return nil, fmt.Errorf("%w: servicesEncrypted has %d parts, not 3", ErrDamaged, len(parts))
	}
	const field = "servicesEncrypted"
	raw, err := fromBase64s([2]string{field, parts[0]}, [2]string{field, parts[1]}, [2]string{field, parts[2]})
	if err != nil {
		return nil, err
	}
	return unlocked(ctx, o, "the 2FAS backup", func(passphrase []byte) ([]byte, error) {
		key, err := twoFASKey(ctx, passphrase, raw[1])
		if err != nil {
			return nil, err
		}
		return openGCM(key, raw[2], raw[0], nil)
	})
}

func writeTwoFAS(ctx context.Context, accounts []account.Account, o Options) ([]byte, error) {
	if err := twoFAS().allUnique(accounts); err != nil {
		return nil, err
	}
	now := o.Now.UnixMilli()
	file := twoFASBackup{
		Services: []strictjson.Value{}, Groups: []twoFASGroup{}, UpdatedAt: now,
		Schema: twoFASSchemaLatest, VersionCode: 5000031, VersionName: "5.5.0", Origin: "android",
	}
	ids := map[string]string{} // of groups, by name
	for i, a := range accounts {
		s := twoFASService{
			Name:   firstOf(extraString(a, "2fas", "name"), a.Issuer, a.Name, "Unknown"), // the app needs one
			Secret: a.Secret.Base32(), UpdatedAt: a.Updated, Order: twoFASOrder{i},
			OTP: twoFASOTP{Label: &a.Name, Account: &a.Name, Issuer: &a.Issuer, Digits: &a.Digits,
				Algorithm: new(string(a.Algorithm)), TokenType: new(strings.ToUpper(string(a.Type))), Source: new("Manual")},
		}
		if s.UpdatedAt == 0 {
			s.UpdatedAt = now
		}
		if a.Type == account.HOTP {
			s.OTP.Counter = &a.Counter
		} else {
			s.OTP.Period = &a.Period
		}
		if len(a.Groups) > 0 {
			name := a.Groups[0]
			if ids[name] == "" {
				id, err := o.uuid()
				if err != nil {
					return nil, err
				}
				ids[name] = id
				file.Groups = append(file.Groups, twoFASGroup{id, name, true, now})
			}
			s.GroupID = new(ids[name])
		}
		extra := extraOf(a, "2fas")
		delete(extra, "name")
		file.Services = append(file.Services, withExtra(s, extra))
	}
	if o.Plaintext == Yes {
		return encodeJSON(file)
	}
	// All encrypted parts of one file have one key.
	passphrase, salt, err := o.sealing("the 2FAS backup", twoFASSaltSize)
	if err != nil {
		return nil, err
	}
	key, err := twoFASKey(ctx, passphrase, salt)
	if err != nil {
		return nil, err
	}
	for _, part := range []struct {
		sealed *string
		plain  []byte
	}{{&file.Encrypted, mustJSON(file.Services)}, {&file.Reference, []byte(twoFASReference)}} {
		nonce, err := o.randomBytes(gcmNonceSize)
		if err != nil {
			return nil, err
		}
		sealed, err := sealGCM(key, nonce, part.plain, nil)
		if err != nil {
			return nil, err
		}
		*part.sealed = toBase64(sealed) + ":" + toBase64(salt) + ":" + toBase64(nonce)
	}
	file.Services = []strictjson.Value{}
	return encodeJSON(file)
}
