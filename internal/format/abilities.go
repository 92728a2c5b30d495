package format

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/account"
)

// carried is a set of fields that a target keeps besides the code itself.
type carried uint

const (
	hasNote carried = 1 << iota
	hasOneGroup
	hasGroups
	hasTags
	hasFavourite
	hasArchived
	hasTrashed
	hasIcon
	hasUseCount
	hasLastUsed
	hasCreated
	hasUpdated
	hasPIN
)

// ability is what one target's importer takes: what it refuses outright, and
// what it forgets. CanHold and Loses of every writable format come from here.
type ability struct {
	id         string
	types      []account.Type
	algorithms []account.Algorithm
	digits     [2]int                          // from, to; of TOTP and HOTP
	period     func(seconds int) (want string) // "" if it is taken, else what would be; nil for any
	maxCounter uint64                          // 0 for any
	nameRunes  [2]int                          // issuer, account; 0 for any
	habits     habit
	keeps      carried
	iconTypes  []string // MIME types, if it keeps icons
}

// habit is a set of things that a target does to names.
type habit uint

const (
	namesSteamSteam habit = 1 << iota // Steam accounts there have no issuer but Steam
	splitsAtColon                     // a colon in an issuer would part it: it is written as a blank
	needsIssuer                       // without one, the account's name takes its place
)

func usualAlgorithms() []account.Algorithm {
	return []account.Algorithm{account.SHA1, account.SHA256, account.SHA512}
}

func allAlgorithms() []account.Algorithm {
	return []account.Algorithm{account.SHA1, account.SHA224, account.SHA256, account.SHA384, account.SHA512}
}

const maxInt64 = 1<<63 - 1

// abilities is the table. The numbers are those of the targets' own importers.
func abilities(id string) ability {
	const t, h, s, m, y = account.TOTP, account.HOTP, account.Steam, account.MOTP, account.Yandex
	types := func(list ...account.Type) []account.Type { return list }
	for _, a := range []ability{
		{id: "aegis", types: types(t, h, s, m, y), algorithms: usualAlgorithms(), digits: [2]int{1, 10}, maxCounter: maxInt64,
			keeps: hasNote | hasGroups | hasFavourite | hasIcon | hasPIN, iconTypes: []string{"image/png", "image/jpeg", "image/svg+xml"}},
		{id: "2fas", types: types(t, h, s), algorithms: allAlgorithms(), digits: [2]int{5, 8}, period: oneOf(10, 30, 60, 90), maxCounter: 1<<31 - 1,
			nameRunes: [2]int{30, 50}, keeps: hasOneGroup | hasUpdated},
		{id: "ente", types: types(t, h, s), algorithms: usualAlgorithms(), digits: [2]int{1, 10}, maxCounter: maxInt64, habits: splitsAtColon,
			keeps: hasNote | hasTags | hasFavourite | hasTrashed | hasUseCount | hasLastUsed},
		{id: "bitwarden", types: types(t, s), algorithms: usualAlgorithms(), digits: [2]int{1, 10},
			keeps: hasNote | hasOneGroup | hasFavourite | hasCreated | hasUpdated},
		{id: "proton", types: types(t, s), algorithms: usualAlgorithms(), digits: [2]int{1, 9}, period: atMost(65535), habits: namesSteamSteam,
			keeps: hasNote},
		{id: "stratum", types: types(t, h, s, m, y), algorithms: usualAlgorithms(), digits: [2]int{6, 10}, maxCounter: maxInt64,
			nameRunes: [2]int{32, 40}, habits: needsIssuer, keeps: hasGroups | hasIcon | hasUseCount | hasPIN, iconTypes: []string{"image/png", "image/jpeg"}},
		{id: "andotp", types: types(t, h, s, m), algorithms: usualAlgorithms(), digits: [2]int{1, 10}, maxCounter: maxInt64,
			keeps: hasTags | hasUseCount | hasLastUsed},
		{id: "cxf", types: types(t, s), algorithms: usualAlgorithms(), digits: [2]int{1, 10}, period: atMost(65535),
			keeps: hasNote | hasGroups | hasTags | hasFavourite | hasCreated | hasUpdated},
		{id: "google-authenticator", types: types(t, h), algorithms: usualAlgorithms(), digits: [2]int{6, 8}, period: oneOf(30), maxCounter: maxInt64},
		{id: "uri", types: types(t, h, s, m, y), algorithms: allAlgorithms(), digits: [2]int{1, 10}, keeps: hasPIN},
		{id: "html", types: types(t, h, s, m, y), algorithms: allAlgorithms(), digits: [2]int{1, 10}, keeps: hasPIN},
	} {
		if a.id == id {
			return a
		}
	}
	return ability{id: id}
}

func oneOf(seconds ...int) func(int) string {
	return func(n int) string {
		if slices.Contains(seconds, n) {
			return ""
		}
		words := make([]string, len(seconds))
		for i, n := range seconds {
			words[i] = strconv.Itoa(n)
		}
		return "only " + strings.Join(words, ", ") + " seconds"
	}
}

func atMost(seconds int) func(int) string {
	return func(n int) string {
		if n <= seconds {
			return ""
		}
		return fmt.Sprintf("at most %d seconds", seconds)
	}
}

// canHold says why the target would refuse the account or compute other codes.
func (b ability) canHold(a account.Account) error {
	switch {
	case !slices.Contains(b.types, a.Type):
		return fieldError("type", "it has no %s accounts", a.Type)
	case a.Type != account.TOTP && a.Type != account.HOTP:
		return nil
	case !slices.Contains(b.algorithms, a.Algorithm):
		return fieldError("algorithm", "it does not know %s", a.Algorithm)
	case a.Digits < b.digits[0] || a.Digits > b.digits[1]:
		return fieldError("digits", "it takes %d to %d, not %d", b.digits[0], b.digits[1], a.Digits)
	case b.maxCounter > 0 && a.Counter > b.maxCounter:
		return fieldError("counter", "it takes at most %d", b.maxCounter)
	case a.Type == account.TOTP && b.period != nil && b.period(a.Period) != "":
		return fieldError("period", "it takes %s, not %d", b.period(a.Period), a.Period)
	}
	return nil
}

// loses names the fields of the account that the target forgets.
func (b ability) loses(a account.Account) []string {
	var lost []string
	note := func(there bool, keeps carried, field string) {
		if there && b.keeps&keeps == 0 {
			lost = append(lost, field)
		}
	}
	note(a.Note != "", hasNote, "note")
	note(len(a.Aliases) > 0, 0, "aliases")
	note(len(a.Groups) > 0, hasGroups|hasOneGroup, "groups")
	note(len(a.Groups) > 1 && b.keeps&hasOneGroup != 0, 0, "groups but the first")
	note(len(a.Tags) > 0, hasTags, "tags")
	note(a.Favourite, hasFavourite, "favourite")
	note(a.Archived, hasArchived, "archived")
	note(a.Trashed, hasTrashed, "trashed")
	note(len(a.Icon.Data) > 0 && !b.takesIcon(a), 0, "icon")
	note(a.UseCount > 0, hasUseCount, "use count")
	note(a.LastUsed != 0, hasLastUsed, "last used")
	note(a.Created != 0, hasCreated, "created")
	note(a.Updated != 0, hasUpdated, "updated")
	note(!a.PIN.IsZero(), hasPIN, "pin")
	note(b.nameRunes[0] > 0 && utf8.RuneCountInString(a.Issuer) > b.nameRunes[0], 0, fmt.Sprintf("issuer after %d characters", b.nameRunes[0]))
	note(b.nameRunes[1] > 0 && utf8.RuneCountInString(a.Name) > b.nameRunes[1], 0, fmt.Sprintf("account after %d characters", b.nameRunes[1]))
	note(b.habits&namesSteamSteam != 0 && a.Type == account.Steam && a.Issuer != "Steam", 0, "issuer")
	note(b.habits&splitsAtColon != 0 && (strings.Contains(a.Issuer, ":") || a.Issuer == "" && strings.Contains(a.Name, ":")), 0, "colon in the issuer")
	note(b.habits&needsIssuer != 0 && a.Issuer == "", 0, "account (its name becomes the issuer)")
	_, recovery := a.Extra["steam"]
	note(recovery, 0, "Steam recovery data")
	return lost
}

// writable checks that the target takes all accounts: what it would not take has
// been listed to the person and left out before.
func (b ability) writable(accounts []account.Account) error {
	for _, a := range accounts {
		if err := b.canHold(a); err != nil {
			return fmt.Errorf("%q cannot be written: %w", clip(a.Label()), err)
		}
	}
	return nil
}

// takesIcon reports whether the account has a picture of a kind that the target
// shows.
func (b ability) takesIcon(a account.Account) bool {
	return len(a.Icon.Data) > 0 && b.keeps&hasIcon != 0 && slices.Contains(b.iconTypes, a.Icon.MIME)
}
