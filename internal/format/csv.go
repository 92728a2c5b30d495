package format

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
)

// genericCSV reads the table that any password manager exports, for its codes.
// Columns that are not known, the password's first of all, are not kept.
func genericCSV() App {
	return App{
		ID: "csv", Name: "CSV of a password manager",
		HowTo: "the CSV export of Apple Passwords, Dashlane (also its ZIP), Delinea, Enpass, Keeper, LastPass, Netwrix, NordPass, RoboForm, Synology C2, Zoho Vault and others",
		Detect: func(in Input) bool {
			return in.isZip(isTableMember) || looksLikeTable(in.look())
		},
		Read: readCSV,
	}
}

func bitwardenCSV() App {
	return App{
		ID: "bitwarden-csv", Name: "Bitwarden CSV",
		HowTo: "Settings > Export vault, format .csv",
		Detect: func(in Input) bool {
			head := in.look().tableHead()
			return head != nil && head.manager == "Bitwarden"
		},
		Read: readCSV,
	}
}

// isTableMember names the logins in the archives of Dashlane and Safari.
func isTableMember(name string) bool {
	return memberCalled("credentials.csv")(name) || memberCalled("Passwords.csv")(name)
}

// tableHead reads the first lines of a text as a table; nil if they are none.
func (p *probe) tableHead() *table {
	head := p.text[:min(len(p.text), maxLineBytes)]
	if i := bytes.LastIndexByte(head, '\n'); i >= 0 && len(head) < len(p.text) {
		head = head[:i+1]
	}
	if p.root != 0 || bytes.HasPrefix(head, []byte("<")) || !bytes.ContainsAny(head, ",;\t|") {
		return nil
	}
	t, err := readTable(head)
	if err != nil {
		return nil
	}
	return t
}

// looksLikeTable: a header that names a code or a password's neighbours decides;
// without one, every line has several cells and a code that is not the first.
func looksLikeTable(p *probe) bool {
	t := p.tableHead()
	switch {
	case t == nil:
		return false
	case t.header != nil && (t.hasSecret() || t.at[colPassword] != nil && t.at[colUser] != nil && t.at[colURL] != nil):
		return true
	}
	found := false
	for _, row := range t.rows {
		filled := slices.DeleteFunc(slices.Clone(row.cells), func(c string) bool { return strings.TrimSpace(c) == "" })
		if row.err != nil || len(filled) < 2 || isCode(filled[0]) {
			return false
		}
		codes, _ := t.codes(row)
		found = found || len(codes) > 0
	}
	return found
}

func readCSV(ctx context.Context, in Input, o Options) (Result, error) {
	text := in.look().text
	if in.prefix("PK\x03\x04") {
		a, err := openZip(in.Data)
		if err != nil {
			return Result{}, err
		}
		if text, err = unzipMember(ctx, a, o, "the archive", isTableMember); err != nil {
			return Result{}, err
		}
	}
	t, err := readTable(text)
	if err != nil {
		return Result{}, err
	}
	name := firstOf(t.manager, "CSV")
	if name == "Bitwarden" && !slices.Contains(t.header, "loginusername") {
		name = "Bitwarden Authenticator"
	}
	var l entryList
	without := 0
	for _, row := range t.rows {
		codes, user := t.codes(row)
		title, user := t.get(row, colTitle), firstOf(t.get(row, colUser), user)
		if title == "" {
			if u, err := url.Parse(t.get(row, colURL)); err == nil && strings.HasPrefix(u.Scheme, "http") {
				title = u.Hostname()
			} else if site := t.get(row, colURL); !strings.ContainsAny(site, "/.:") {
				title = site // a column called "site" may hold a name
			}
		}
		title = strings.TrimSuffix(title, " ("+user+")") // Apple
		if t.get(row, colHOTPSecret) != "" || t.get(row, colSecretHex) != "" || t.get(row, colSecretBase64) != "" || t.get(row, colSecretText) != "" {
			codes = append(codes, "")
		}
		switch {
		case row.err != nil:
			l.fail(entryName(title, user), row.err)
		case len(codes) == 0:
			without++
		}
		for _, code := range codes {
			if row.err != nil {
				break
			}
			a, warnings, err := t.account(row, code, title, user)
			if err == nil {
				t.decorate(&a, row)
			}
			l.add(entryName(title, user), a, warnings, err)
		}
		if err := full(len(l.list)); err != nil {
			return Result{}, err
		}
	}
	if len(l.list) == 0 && !t.hasSecret() {
		return Result{}, fmt.Errorf("%w: the table holds no one-time codes: neither an otpauth:// link nor a column called TOTP, OTPAuth or the like", ErrUnsupported)
	}
	r := Result{Title: name + " table, not encrypted", Protection: Plain, Entries: l.list}
	if without > 0 {
		r.Notes = append(r.Notes, plural(without, "item", "items")+" without a one-time code left out")
	}
	return r, nil
}

// account reads a code: a link, a bare key with what the row says beside it, or ""
// for the columns of KeePass.
func (t *table) account(row tableRow, code, title, user string) (account.Account, []string, error) {
	if strings.Contains(code, "://") {
		a, warnings, err := otpValue(strings.ReplaceAll(code, "&amp;", "&"), title, user)
		if t.manager == "KeePassXC" && user == "" && a.Name == "none" {
			a.Name = ""
		}
		return a, warnings, err
	}
	p := parts{Kind: account.TOTP, Issuer: title, Name: user, Base32: code, Algorithm: t.get(row, colAlgorithm),
		Digits: looseInt{t.get(row, colDigits)}, Period: looseInt{t.get(row, colPeriod)}, Counter: looseInt{t.get(row, colCounter)}}
	var err error
	if code == "" {
		switch {
		case t.get(row, colHOTPSecret) != "":
			p.Kind, p.Base32 = account.HOTP, t.get(row, colHOTPSecret)
		case t.get(row, colSecretHex) != "":
			p.Raw, err = hex.DecodeString(strings.Join(strings.Fields(t.get(row, colSecretHex)), ""))
		case t.get(row, colSecretBase64) != "":
			p.Raw, err = fromBase64("secret", t.get(row, colSecretBase64))
		default:
			p.Raw = []byte(t.get(row, colSecretText))
		}
	}
	if err != nil {
		return account.Account{}, nil, fieldError("secret", "it does not have the encoding that its column names")
	}
	if kind, err := account.ParseType(t.get(row, colKind)); err == nil { // Bitwarden's type column says "login"
		p.Kind = kind
	}
	a, err := p.account()
	return a, nil, err
}

func (t *table) decorate(a *account.Account, row tableRow) {
	isYes := func(s string) bool {
		return slices.Contains([]string{"1", "true", "yes", "y", "★"}, strings.ToLower(s))
	}
	date := func(s string) int64 { // RFC 3339 or Unix seconds
		if at, err := time.Parse(time.RFC3339, s); err == nil {
			return at.UnixMilli()
		}
		return millis(looseInt{s})
	}
	a.Note = t.get(row, colNote)
	if n := len(row.cells); t.pairs && n%2 == 0 { // Enpass
		a.Note = strings.TrimSpace(row.cells[n-1])
	}
	for _, i := range t.at[colGroup] {
		if i >= len(row.cells) {
			continue
		}
		g := strings.TrimSpace(unguardCSV(row.cells[i]))
		if slices.Contains([]string{"LastPass", "Keeper", "Netwrix"}, t.manager) {
			g = strings.ReplaceAll(g, `\`, "/")
		}
		if g = strings.TrimPrefix(strings.Trim(g, "/"), "Root/"); g != "" && g != "Root" {
			a.Groups = append(a.Groups, g)
		}
	}
	for _, tag := range strings.FieldsFunc(t.get(row, colTags), func(c rune) bool { return c == ',' || c == ';' }) {
		if tag = strings.TrimSpace(tag); tag != "" {
			a.Tags = append(a.Tags, tag)
		}
	}
	a.Favourite, a.Archived = isYes(t.get(row, colFavourite)), isYes(t.get(row, colArchived))
	a.Created, a.Updated = date(t.get(row, colCreated)), date(t.get(row, colUpdated))
}

// keePassXCCSV is KeePassXC's table: read as any other, and written, since
// KeePassXC imports it with its codes.
func keePassXCCSV() App {
	can := ability{id: "keepassxc-csv", types: []account.Type{account.TOTP, account.Steam}, algorithms: usualAlgorithms(),
		digits: [2]int{1, 10}, keeps: hasNote | hasOneGroup | hasCreated | hasUpdated, habits: splitsAtColon}
	columns := []string{"Group", "Title", "Username", "Password", "URL", "Notes", "TOTP", "Icon", "Last Modified", "Created"}
	return App{
		ID: "keepassxc-csv", Name: "KeePassXC (CSV)", Extension: "csv",
		HowTo: "Database > Export > CSV; to import: Database > Import > CSV",
		Detect: func(in Input) bool {
			head := in.look().tableHead()
			return head != nil && len(head.header) >= 7 && slices.EqualFunc(head.header[:7], columns[:7], strings.EqualFold)
		},
		Read: readCSV,
		Write: func(_ context.Context, accounts []account.Account, _ Options) ([]byte, error) {
			if err := can.writable(accounts); err != nil {
				return nil, err
			}
			stamp := func(ms int64) string {
				if ms == 0 {
					return ""
				}
				return time.UnixMilli(ms).UTC().Format(time.RFC3339Nano) // no fraction if there is none
			}
			rows := [][]string{columns}
			for _, a := range accounts {
				group := "Root"
				if len(a.Groups) > 0 {
					group += "/" + strings.Trim(a.Groups[0], "/")
				}
				row := []string{group, a.Issuer, a.Name, "", "", a.Note, otpauth.FormatFor(a, otpauth.StyleKeePassXC), "0", stamp(a.Updated), stamp(a.Created)}
				for i := range row {
					row[i] = guardCSV(row[i])
				}
				rows = append(rows, row)
			}
			var buf bytes.Buffer
			if err := csv.NewWriter(&buf).WriteAll(rows); err != nil {
				return nil, fmt.Errorf("cannot write CSV: %w", err)
			}
			return buf.Bytes(), nil
		},
		CanHold: can.canHold, Loses: can.loses,
	}
}

// csvFormulas begin a cell that a spreadsheet computes instead of showing
// (OWASP ASVS 5.0, 1.2.10).
const csvFormulas = "=+-@\t\r\x00"

// guardCSV puts an apostrophe before such a text, and before one that begins
// with an apostrophe, so that unguardCSV can undo it exactly.
func guardCSV(s string) string {
	if s != "" && (strings.IndexByte(csvFormulas, s[0]) >= 0 || s[0] == '\'') {
		return "'" + s
	}
	return s
}

// unguardCSV undoes guardCSV, and the same guard of other programs.
func unguardCSV(s string) string {
	if len(s) > 1 && s[0] == '\'' && (strings.IndexByte(csvFormulas, s[1]) >= 0 || s[1] == '\'') {
		return s[1:]
	}
	return s
}
