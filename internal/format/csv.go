package format

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
)

// genericCSV reads the table that a password manager exports: whatever columns
// there are, the header's names say which holds the code. Columns that are not
// known, the password's first of all, are not kept.
func genericCSV() App {
	return App{
		ID: "csv", Name: "CSV of a password manager",
		HowTo:  "Apple Passwords: File > Export; 1Password, Dashlane, LastPass, Proton Pass, KeePass: their CSV export",
		Detect: func(in Input) bool { return findColumns(in.look().tableHeader()).has(csvSecret) },
		Read:   readGenericCSV,
	}
}

// csvField is what a column means.
type csvField int

const (
	csvSecret csvField = iota
	csvTitle
	csvUser
	csvNote
	csvGroup
	csvTags
	csvFavourite
	csvArchived
	csvKind
	csvCounter
	csvAlgorithm
	csvDigits
	csvPeriod
	csvCreated
	csvUpdated
	csvHOTPSecret // KeePass writes HOTP in columns of its own
	csvSecretHex
	csvSecretBase64
	csvSecretText
)

// columnNames lists the names of a field's column in all known exports, in lower
// case, the surest first: where two match, the first of the list counts.
func columnNames(f csvField) []string {
	switch f {
	case csvSecret:
		return []string{"login_totp", "otpauth", "otpauth url", "otpurl", "otpsecret", "totp", "otp", "2fa", "one-time password", "one-time code",
			"timeotp-secret-base32", "totp secret", "totpsecret", "otp_secret", "totp_secret", "twofactor", "authenticator key", "totp seed", "url otpauth", "secret"}
	case csvHOTPSecret:
		return []string{"hmacotp-secret-base32"}
	case csvSecretHex:
		return []string{"timeotp-secret-hex"}
	case csvSecretBase64:
		return []string{"timeotp-secret-base64"}
	case csvSecretText:
		return []string{"timeotp-secret"}
	case csvTitle:
		return []string{"title", "issuer", "service", "name", "site", "account name", "website"}
	case csvUser:
		return []string{"login_username", "username", "user name", "user", "login", "account", "email", "e-mail", "login name"}
	case csvNote:
		return []string{"notes", "note", "extra", "comments"}
	case csvGroup:
		return []string{"group", "folder", "grouping", "vault", "category"}
	case csvTags:
		return []string{"tags"}
	case csvFavourite:
		return []string{"favorite", "favourite", "fav"}
	case csvArchived:
		return []string{"archived"}
	case csvKind:
		return []string{"otp_type", "otp type", "type"}
	case csvCounter:
		return []string{"hmacotp-counter", "counter"}
	case csvAlgorithm:
		return []string{"timeotp-algorithm", "algorithm"}
	case csvDigits:
		return []string{"timeotp-length", "digits"}
	case csvPeriod:
		return []string{"timeotp-period", "period"}
	case csvCreated:
		return []string{"created", "createtime"}
	case csvUpdated:
		return []string{"last modified", "modifytime"}
	}
	return nil
}

// columnsOf says in which column each field is.
type columnsOf map[csvField]int

func (c columnsOf) has(f csvField) bool { _, ok := c[f]; return ok }

// findColumns takes the header's names in lower case.
func findColumns(names []string) columnsOf {
	c := columnsOf{}
	for f := csvSecret; f <= csvSecretText; f++ {
		for _, name := range columnNames(f) {
			if i := slices.Index(names, name); i >= 0 {
				c[f] = i
				break
			}
		}
	}
	c.separateNames(names)
	for _, f := range []csvField{csvSecretText, csvSecretHex, csvSecretBase64, csvHOTPSecret} {
		if i, ok := c[f]; ok && !c.has(csvSecret) {
			c[csvSecret] = i // KeePass alone has these
		}
	}
	return c
}

// separateNames: with an issuer (or service) column beside it, "name" is the
// account and not the title.
func (c columnsOf) separateNames(names []string) {
	i, name := c[csvTitle], slices.Index(names, "name")
	if c.has(csvTitle) && (names[i] == "issuer" || names[i] == "service") && name >= 0 && !c.has(csvUser) {
		c[csvUser] = name
	}
}

func readGenericCSV(_ context.Context, in Input, _ Options) (Result, error) {
	t, err := readBitwardenTable(in.look().text)
	if err != nil {
		return Result{}, err
	}
	c := findColumns(t.columns)
	if !c.has(csvSecret) {
		return Result{}, fmt.Errorf("%w: no column is called TOTP, OTPAuth or the like", ErrNotRecognised)
	}
	var l entryList
	for _, row := range t.rows {
		r := codeRow{c, row.fields}
		if row.err == nil && r.get(csvSecret) == "" && r.get(csvHOTPSecret) == "" {
			continue // a login without a code
		}
		if err := full(len(l.list) + 1); err != nil {
			return Result{}, err
		}
		l.addCSV(r, row.err)
	}
	return Result{Title: "CSV table, not encrypted", Protection: Plain, Entries: l.list}, nil
}

// codeRow is a row that holds a code.
type codeRow struct {
	columns columnsOf
	fields  []string
}

// get returns a field, without the apostrophe that a careful writer puts before
// what a spreadsheet would compute.
func (r codeRow) get(f csvField) string {
	i, ok := r.columns[f]
	if !ok || i >= len(r.fields) {
		return ""
	}
	return strings.TrimSpace(unguardCSV(r.fields[i]))
}

func (l *entryList) addCSV(r codeRow, err error) {
	title, user := r.get(csvTitle), r.get(csvUser)
	if err != nil {
		l.fail(entryName(title, user), err)
		return
	}
	a, warnings, err := r.account(title, user)
	if err == nil {
		r.decorate(&a)
	}
	l.add(entryName(title, user), a, warnings, err)
}

func (r codeRow) account(title, user string) (account.Account, []string, error) {
	value := r.get(csvSecret)
	if strings.Contains(value, "://") {
		return otpValue(value, title, user)
	}
	p := parts{Kind: account.TOTP, Issuer: title, Name: user, Base32: value, Algorithm: r.get(csvAlgorithm),
		Digits: looseInt{r.get(csvDigits)}, Period: looseInt{r.get(csvPeriod)}, Counter: looseInt{r.get(csvCounter)}}
	if secret := r.get(csvHOTPSecret); secret != "" {
		p.Kind, p.Base32 = account.HOTP, secret
	}
	if kind, err := account.ParseType(r.get(csvKind)); err == nil { // Bitwarden's type column says "login"
		p.Kind = kind
	}
	var err error
	switch i := r.columns[csvSecret]; {
	case r.isColumn(csvSecretHex, i):
		p.Raw, err = hexSecret(value)
	case r.isColumn(csvSecretBase64, i):
		p.Raw, err = fromBase64("secret", value)
	case r.isColumn(csvSecretText, i):
		p.Raw = []byte(value)
	}
	if err != nil {
		return account.Account{}, nil, fieldError("secret", "it does not have the encoding that its column names")
	}
	a, err := p.account()
	return a, nil, err
}

func (r codeRow) isColumn(f csvField, i int) bool { j, ok := r.columns[f]; return ok && i == j }

func (r codeRow) decorate(a *account.Account) {
	a.Note = r.get(csvNote)
	if g := strings.TrimPrefix(strings.Trim(r.get(csvGroup), "/"), "Root/"); g != "" && g != "Root" {
		a.Groups = []string{g}
	}
	for _, t := range strings.FieldsFunc(r.get(csvTags), func(c rune) bool { return c == ',' || c == ';' }) {
		if t = strings.TrimSpace(t); t != "" {
			a.Tags = append(a.Tags, t)
		}
	}
	a.Favourite, a.Archived = isYes(r.get(csvFavourite)), isYes(r.get(csvArchived))
	a.Created, a.Updated = csvTime(r.get(csvCreated)), csvTime(r.get(csvUpdated))
}

func isYes(s string) bool {
	return slices.Contains([]string{"1", "true", "yes", "y", "★"}, strings.ToLower(s))
}
