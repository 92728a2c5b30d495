package format

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format/container/sqlite"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func stratum() App {
	can := abilities("stratum")
	return App{
		ID: "stratum", Name: "Stratum (Authenticator Pro)", Extension: "stratum", Encrypts: Yes,
		HowTo: "Settings > Back up > Back up to file",
		Detect: func(in Input) bool {
			return in.prefix(stratumStrongMark) || in.prefix(stratumLegacyMark) || in.look().object("Authenticators")
		},
		Read: readStratum, Write: writeStratum, CanHold: can.canHold, Loses: can.loses,
		Unique: stratumSecret, // the secret is its primary key
	}
}

func stratumDatabase() App {
	return App{
		ID: "stratum-database", Name: "Stratum (database)",
		HowTo:  "only from a rooted phone: files/proauth.db3 without a database password; else Backup > Backup to file",
		Detect: func(in Input) bool { return in.isSQLite("authenticator", "secret", "issuer", "type") },
		Read:   readStratumDatabase,
	}
}

// The mark, then salt, nonce and ciphertext. The strong form is since version
// 1.22; the legacy one has no authentication, so only its content shows whether
// the passphrase was right.
const (
	stratumStrongMark     = "AUTHENTICATORPRO"
	stratumLegacyMark     = "AuthenticatorPro"
	stratumStrongSalt     = 16
	stratumLegacySalt     = 20
	stratumLegacyIV       = 16
	stratumLegacyRounds   = 64_000
	stratumStrongOverhead = len(stratumStrongMark) + stratumStrongSalt + gcmNonceSize + gcmTagSize
	stratumLegacyOverhead = len(stratumLegacyMark) + stratumLegacySalt + stratumLegacyIV
)

// stratumRankingsKey is a member of the extra fields: for each category of the
// account, the place of the category and the account's place in it.
const stratumRankingsKey = "CategoryRankings"

type stratumFile struct {
	Authenticators []strictjson.Value `json:"Authenticators"`
	Categories     []stratumCategory  `json:"Categories"`
	Members        []stratumMember    `json:"AuthenticatorCategories"`
	Icons          []stratumIcon      `json:"CustomIcons"`
}

type stratumCategory struct {
	ID      string `json:"Id"`
	Name    string `json:"Name"`
	Ranking int    `json:"Ranking"`
}

type stratumMember struct {
	CategoryID string `json:"CategoryId"`
	Secret     string `json:"AuthenticatorSecret"`
	Ranking    int    `json:"Ranking"`
}

type stratumIcon struct {
	ID   string `json:"Id"`
	Data string `json:"Data"` // base64
}

type stratumEntry struct {
	Type      int     `json:"Type"`
	Icon      *string `json:"Icon"` // a name, or "@" and the identifier of a custom one
	Issuer    *string `json:"Issuer"`
	Username  *string `json:"Username"`
	Secret    string  `json:"Secret"` // base32; hexadecimal for mOTP
	PIN       *string `json:"Pin"`
	Algorithm int     `json:"Algorithm"`
	Digits    int     `json:"Digits"`
	Period    int     `json:"Period"`
	Counter   uint64  `json:"Counter"`
	CopyCount uint64  `json:"CopyCount"`
	Ranking   int     `json:"Ranking"`
}

// stratumTypes are in the order of the numbers that mean them.
func stratumTypes() []account.Type {
	return []account.Type{"", account.HOTP, account.TOTP, account.MOTP, account.Steam, account.Yandex}
}

func readStratum(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "Stratum backup, encrypted", Protection: Encrypted}
	data, salt, nonce := in.Data[min(len(in.Data), len(stratumStrongMark)):], stratumStrongSalt, gcmNonceSize
	var open func(salt, nonce, sealed, passphrase []byte) ([]byte, error)
	switch {
	case in.prefix(stratumStrongMark) && len(in.Data) >= stratumStrongOverhead:
		open = func(salt, nonce, sealed, passphrase []byte) ([]byte, error) {
			key, err := stratumKey(ctx, passphrase, salt)
			if err != nil {
				return nil, err
			}
			return openGCM(key, nonce, sealed, nil)
		}
	case in.prefix(stratumLegacyMark) && len(in.Data) > stratumLegacyOverhead:
		r.Title, r.Protection = "Authenticator Pro backup, encrypted (old form)", Weak
		salt, nonce = stratumLegacySalt, stratumLegacyIV
		open = func(salt, iv, sealed, passphrase []byte) ([]byte, error) {
			key, err := pbkdf2Key(ctx, sha1.New, passphrase, salt, pbkdf2Cost{stratumLegacyRounds, 1, maxPBKDF2}, 32)
			if err != nil {
				return nil, err
			}
			return openCBCText(key, iv, sealed)
		}
	case in.prefix(stratumStrongMark) || in.prefix(stratumLegacyMark):
		return r, fmt.Errorf("%w: the encrypted part is too short", ErrDamaged)
	default:
		r.Title, r.Protection = "Stratum backup, not encrypted", Plain
		data = plainText(in.Data)
	}
	if open != nil {
		plain, err := unlocked(ctx, o, "the Stratum backup", func(passphrase []byte) ([]byte, error) {
			return open(data[:salt], data[salt:salt+nonce], data[salt+nonce:], passphrase)
		})
		if err != nil {
			return r, err
		}
		data = plain
	}
	var file stratumFile
	if err := decodeJSON(data, &file); err != nil {
		return r, err
	}
	if file.Authenticators == nil {
		return r, missing("Authenticators")
	}
	return file.read(r)
}

func stratumKey(ctx context.Context, passphrase, salt []byte) ([]byte, error) {
	return argon2idKey(ctx, passphrase, salt, argon2Cost{Time: 3, MemoryKiB: 64 << 10, Threads: 4}, argon2Default(), 32)
}

// openCBCText opens JSON that no MAC guards: under one wrong key in 256 the
// padding fits by chance, and what comes out is not text.
func openCBCText(key, iv, sealed []byte) ([]byte, error) {
	plain, err := openCBC(key, iv, sealed)
	if err == nil && (!utf8.Valid(plain) || !looksLikeJSON(plain)) {
		return nil, ErrWrongPassphrase
	}
	return plain, err
}

// readStratumDatabase turns the tables of the app into its backup, which has
// the same content, and reads that.
func readStratumDatabase(_ context.Context, in Input, _ Options) (Result, error) {
	r := Result{Title: "Stratum database, not encrypted", Protection: Plain}
	db, err := openSQLite(in.Data)
	if err != nil {
		return r, err
	}
	number := func(row sqlite.Row, name string) int { // 0 for anything else: what must not be 0 is refused with the account
		n, _ := row.Int(name)
		return int(n)
	}
	optional := func(row sqlite.Row, name string) *string {
		if row[name] == nil {
			return nil
		}
		return new(row.Text(name))
	}
	var file stratumFile
	for _, t := range []struct {
		name, column string
		add          func(sqlite.Row)
	}{
		{"authenticator", "", func(row sqlite.Row) {
			file.Authenticators = append(file.Authenticators, mustJSON(stratumEntry{
				Type: number(row, "type"), Icon: optional(row, "icon"), Issuer: optional(row, "issuer"), Username: optional(row, "username"),
				Secret: row.Text("secret"), PIN: optional(row, "pin"), Algorithm: number(row, "algorithm"), Digits: number(row, "digits"),
				Period: number(row, "period"), Counter: uint64(max(number(row, "counter"), 0)),
				CopyCount: uint64(max(number(row, "copycount"), 0)), Ranking: number(row, "ranking"),
			}))
		}},
		{"category", "ranking", func(row sqlite.Row) {
			file.Categories = append(file.Categories, stratumCategory{row.Text("id"), row.Text("name"), number(row, "ranking")})
		}},
		{"authenticatorcategory", "ranking", func(row sqlite.Row) {
			file.Members = append(file.Members, stratumMember{row.Text("categoryid"), row.Text("authenticatorsecret"), number(row, "ranking")})
		}},
		{"customicon", "data", func(row sqlite.Row) {
			file.Icons = append(file.Icons, stratumIcon{row.Text("id"), toBase64([]byte(row.Text("data")))})
		}},
	} {
		if t.column != "" && !db.HasColumns(t.name, t.column) {
			continue // an older app had no such table
		}
		rows, err := sqliteRows(db, t.name)
		if err != nil {
			return r, err
		}
		for _, row := range rows {
			t.add(row)
		}
	}
	r.Notes = walNotes(db)
	return file.read(r)
}

func (file stratumFile) read(r Result) (Result, error) {
	// Categories by secret, in their order, and the rankings of both.
	slices.SortStableFunc(file.Categories, func(a, b stratumCategory) int { return a.Ranking - b.Ranking })
	members := map[string][]stratumMember{}
	for _, m := range file.Members {
		members[m.CategoryID] = append(members[m.CategoryID], m)
	}
	groups, rankings := map[string][]string{}, map[string]map[string][2]int{}
	for _, c := range file.Categories {
		for _, m := range members[c.ID] {
			if rankings[m.Secret] == nil {
				rankings[m.Secret] = map[string][2]int{}
			}
			if _, twice := rankings[m.Secret][c.Name]; !twice {
				groups[m.Secret] = append(groups[m.Secret], c.Name)
			}
			rankings[m.Secret][c.Name] = [2]int{c.Ranking, m.Ranking}
		}
	}
	icons := map[string][]byte{}
	for _, icon := range file.Icons {
		if data, err := fromBase64("icon", icon.Data); err == nil {
			icons[icon.ID] = data
		}
	}
	rank := func(e stratumEntry) int { return e.Ranking }
	return readRanked(r, file.Authenticators, rank, func(raw strictjson.Value, e stratumEntry) (string, account.Account, []string, error) {
		label := entryName(text(e.Issuer), text(e.Username))
		a, err := e.account()
		if err != nil {
			return label, a, nil, err
		}
		a.Groups = groups[e.Secret]
		extra := unknownMembers(raw, e)
		if len(a.Groups) > 0 {
			extra[stratumRankingsKey] = mustJSON(rankings[e.Secret])
		}
		var warnings []string
		id, custom := strings.CutPrefix(text(e.Icon), "@")
		data, there := icons[id]
		switch {
		case custom && there:
			a.Icon.Data, a.Icon.MIME = data, imageType(data)
		case custom:
			warnings = []string{"its icon is not in the file"}
		case id != "":
			a.Icon.Name, extra["Icon"] = id, mustJSON(id)
		}
		keepExtra(&a, "stratum", extra)
		return label, a, warnings, nil
	})
}

func (e stratumEntry) account() (account.Account, error) {
	types := stratumTypes()
	if e.Type < 1 || e.Type >= len(types) {
		return account.Account{}, fieldError("type", "%d is not known", e.Type)
	}
	p := parts{Kind: types[e.Type], Issuer: text(e.Issuer), Name: text(e.Username), Base32: e.Secret, Counter: looseOf(&e.Counter)}
	if p.Kind == account.MOTP {
		if err := p.motpSecret(e.Secret); err != nil {
			return account.Account{}, err
		}
	}
	a, err := p.account()
	if err != nil {
		return a, err
	}
	a.UseCount, a.PIN = e.CopyCount, account.NewSecret([]byte(text(e.PIN)))
	if p.Kind != account.TOTP && p.Kind != account.HOTP {
		return a, nil // the type fixes the rest; Stratum leaves what it likes in the fields
	}
	if e.Algorithm < 0 || e.Algorithm >= len(usualAlgorithms()) {
		return a, fieldError("algorithm", "%d is not known", e.Algorithm)
	}
	a.Algorithm, a.Digits = usualAlgorithms()[e.Algorithm], e.Digits
	if p.Kind == account.TOTP {
		a.Period = e.Period
	}
	return a, nil
}

func writeStratum(ctx context.Context, accounts []account.Account, o Options) ([]byte, error) {
	if err := stratum().allUnique(accounts); err != nil {
		return nil, err
	}
	file := stratumFile{[]strictjson.Value{}, []stratumCategory{}, []stratumMember{}, []stratumIcon{}}
	for i, a := range accounts {
		e := stratumEntry{
			Type: slices.Index(stratumTypes(), a.Type), Issuer: &a.Issuer, Username: &a.Name, Secret: stratumSecret(a),
			Algorithm: max(slices.Index(usualAlgorithms(), a.Algorithm), 0), Digits: a.Digits, Period: a.Period,
			Counter: a.Counter, CopyCount: a.UseCount, Ranking: i,
		}
		if a.Issuer == "" { // Stratum insists on one
			e.Issuer, e.Username = &a.Name, nil
		}
		if a.Type == account.HOTP {
			e.Period = account.DefaultPeriod
		}
		if !a.PIN.IsZero() {
			e.PIN = new(string(a.PIN.Bytes()))
		}
		extra := extraOf(a, "stratum")
		switch {
		case abilities("stratum").takesIcon(a):
			id := stratumID(a.Icon.Data)
			e.Icon = new("@" + id)
			if !slices.ContainsFunc(file.Icons, func(i stratumIcon) bool { return i.ID == id }) {
				file.Icons = append(file.Icons, stratumIcon{id, toBase64(a.Icon.Data)})
			}
		case extra["Icon"] != nil:
			e.Icon = new(extraString(a, "stratum", "Icon"))
		}
		var rankings map[string][2]int
		if strictjson.Decode(extra[stratumRankingsKey], &rankings) != nil {
			rankings = nil
		}
		delete(extra, "Icon")
		delete(extra, stratumRankingsKey)
		file.Authenticators = append(file.Authenticators, withExtra(e, extra))
		for _, name := range a.Groups { // each is a category, made when it is not there yet
			id := stratumID([]byte(name))
			places, known := rankings[name]
			if !known {
				places = [2]int{len(file.Categories), len(file.Members)}
			}
			if !slices.ContainsFunc(file.Categories, func(c stratumCategory) bool { return c.ID == id }) {
				file.Categories = append(file.Categories, stratumCategory{id, name, places[0]})
			}
			file.Members = append(file.Members, stratumMember{id, e.Secret, places[1]})
		}
	}
	if o.Plaintext == Yes {
		return encodeJSON(file)
	}
	passphrase, random, err := o.sealing("the Stratum backup", stratumStrongSalt+gcmNonceSize)
	if err != nil {
		return nil, err
	}
	key, err := stratumKey(ctx, passphrase, random[:stratumStrongSalt])
	if err != nil {
		return nil, err
	}
	sealed, err := sealGCM(key, random[stratumStrongSalt:], mustJSON(file), nil)
	return slices.Concat([]byte(stratumStrongMark), random, sealed), err
}

// stratumID is how Stratum names categories and icons.
func stratumID(content []byte) string {
	sum := sha1.Sum(content)
	return hex.EncodeToString(sum[:4])
}

func stratumSecret(a account.Account) string {
	if a.Type == account.MOTP {
		return hex.EncodeToString(a.Secret.Bytes())
	}
	return a.Secret.Base32()
}

// imageType tells the pictures that authenticators use by their first bytes; ""
// for anything else.
func imageType(data []byte) string {
	for start, mime := range map[string]string{
		"\x89PNG\r\n\x1a\n": "image/png", "\xff\xd8\xff": "image/jpeg", "<svg": "image/svg+xml", "<?xml": "image/svg+xml",
	} {
		if bytes.HasPrefix(data, []byte(start)) {
			return mime
		}
	}
	return ""
}
