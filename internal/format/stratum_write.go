package format

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"slices"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func writeStratum(ctx context.Context, accounts []account.Account, o Options) ([]byte, error) {
	if err := stratum().allUnique(accounts); err != nil {
		return nil, err
	}
	file := stratumFile{
		Authenticators: []strictjson.Value{}, Categories: []stratumCategory{},
		Members: []stratumMember{}, Icons: []stratumIcon{},
	}
	for i, a := range accounts {
		file.add(a, i)
	}
	if o.Plaintext == Yes {
		return encodeJSON(file)
	}
	return sealStratum(ctx, mustJSON(file), o)
}

func (file *stratumFile) add(a account.Account, ranking int) {
	extra := extraOf(a, "stratum")
	e := newStratumEntry(a, ranking)
	switch {
	case abilities("stratum").takesIcon(a):
		id := stratumID(a.Icon.Data)
		custom := "@" + id
		e.Icon = &custom
		if !slices.ContainsFunc(file.Icons, func(i stratumIcon) bool { return i.ID == id }) {
			file.Icons = append(file.Icons, stratumIcon{id, toBase64(a.Icon.Data)})
		}
	case extra["Icon"] != nil:
		name := extraString(a, "stratum", "Icon")
		e.Icon = &name
	}
	rankings := stratumRankings(extra)
	delete(extra, "Icon")
	delete(extra, stratumRankingsKey)
	file.Authenticators = append(file.Authenticators, withExtra(e, extra))
	for _, name := range a.Groups {
		file.join(name, e.Secret, rankings)
	}
}

// stratumRankingsKey is a member of the extra fields: for each category of the
// account, the place of the category and the account's place in it.
const stratumRankingsKey = "CategoryRankings"

func stratumRankings(extra map[string]strictjson.Value) map[string][2]int {
	var rankings map[string][2]int
	if raw := extra[stratumRankingsKey]; raw != nil && strictjson.Decode(raw, &rankings) != nil {
		return nil
	}
	return rankings
}

// join puts a secret into a category, which is made when it is not there yet.
func (file *stratumFile) join(name, secret string, rankings map[string][2]int) {
	id := stratumID([]byte(name))
	known, ok := rankings[name]
	if !ok {
		known = [2]int{len(file.Categories), len(file.Members)}
	}
	if !slices.ContainsFunc(file.Categories, func(c stratumCategory) bool { return c.ID == id }) {
		file.Categories = append(file.Categories, stratumCategory{id, name, known[0]})
	}
	file.Members = append(file.Members, stratumMember{id, secret, known[1]})
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

func newStratumEntry(a account.Account, ranking int) stratumEntry {
	e := stratumEntry{
		Type: slices.Index(stratumTypes(), a.Type), Issuer: &a.Issuer, Username: &a.Name, Secret: stratumSecret(a),
		Algorithm: max(slices.Index(usualAlgorithms(), a.Algorithm), 0), Digits: a.Digits, Period: a.Period,
		Counter: a.Counter, CopyCount: a.UseCount, Ranking: ranking,
	}
	if a.Issuer == "" { // Stratum insists on one
		e.Issuer, e.Username = &a.Name, nil
	}
	if a.Type == account.HOTP {
		e.Period = account.DefaultPeriod
	}
	if !a.PIN.IsZero() {
		pin := string(a.PIN.Bytes())
		e.PIN = &pin
	}
	return e
}
