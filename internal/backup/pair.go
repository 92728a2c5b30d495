package backup

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// pairs says which account here is which account in a backup. Each stands in one
// pair at most.
type pairs struct {
	here   []int // for each account in the backup its partner's index, or -1
	backup []int // for each account here its partner's index, or -1
}

// pair looks for partners, the surest sign first: the same codes under the same
// id, then under the same name, then under any; after those, in backups of the
// same vault, the same id with other codes; at last the same name. The order
// matters for restoring twice: what the first run added is found by its codes
// before an id or a name can be taken for something else.
func pair(here, backup []account.Account, sameVault bool) pairs {
	p := pairs{unpaired(len(backup)), unpaired(len(here))}
	p.by(here, backup, func(a account.Account) any {
		return [2]any{a.ID, a.Key()}
	})
	p.by(here, backup, func(a account.Account) any { return [2]any{names(a), a.Key()} })
	p.by(here, backup, func(a account.Account) any { return a.Key() })
	if sameVault {
		p.by(here, backup, func(a account.Account) any { return a.ID })
	}
	p.by(here, backup, func(a account.Account) any { return names(a) })
	return p
}

func unpaired(n int) []int { return slices.Repeat([]int{-1}, n) }

// by joins accounts that are still alone and have the same sign, in order.
func (p pairs) by(here, backup []account.Account, sign func(account.Account) any) {
	waiting := map[any][]int{}
	for i, a := range here {
		if p.backup[i] < 0 {
			waiting[sign(a)] = append(waiting[sign(a)], i)
		}
	}
	for j, b := range backup {
		if p.here[j] >= 0 {
			continue
		}
		s := sign(b)
		if w := waiting[s]; len(w) > 0 {
			p.here[j], p.backup[w[0]] = w[0], j
			waiting[s] = w[1:]
		}
	}
}

// names is comparable: equal for accounts that a person would call the same.
func names(a account.Account) [2]string {
	return [2]string{
		strings.ToLower(strings.TrimSpace(a.Issuer)),
		strings.ToLower(strings.TrimSpace(a.Name)),
	}
}

// Differences is the word for each field in which two accounts differ: "secret",
// "digits", "note" … How often and when an account was used is no difference.
func Differences(a, b account.Account) []string {
	return append(codeFields(a, b), detailFields(a, b)...)
}

// codeFields is the word for each field that makes another code.
func codeFields(a, b account.Account) []string {
	return differing(
		is("type", a.Type == b.Type),
		is("secret", a.Secret.Equal(b.Secret)),
		is("algorithm", a.Algorithm == b.Algorithm),
		is("digits", a.Digits == b.Digits),
		is("period", a.Period == b.Period),
		is("pin", a.PIN.Equal(b.PIN)),
	)
}

// detailFields is the word for each other field in which two accounts differ.
// How often and when an account was used is no difference.
func detailFields(a, b account.Account) []string {
	return differing(
		is("issuer", a.Issuer == b.Issuer),
		is("account", a.Name == b.Name),
		is("note", a.Note == b.Note),
		is("groups", slices.Equal(a.Groups, b.Groups)),
		is("tags", slices.Equal(a.Tags, b.Tags)),
		is("favourite", a.Favourite == b.Favourite),
		is("archived", a.Archived == b.Archived),
		is("trashed", a.Trashed == b.Trashed),
		is("icon", a.Icon.Name == b.Icon.Name && a.Icon.MIME == b.Icon.MIME && bytes.Equal(a.Icon.Data, b.Icon.Data)),
		is("extra", sameRaw(a.Extra, b.Extra)),
		is("other fields", sameRaw(a.Unknown, b.Unknown)),
	)
}

// useFields is the word for each field that is neither: who the account is, and
// how it was used.
func useFields(a, b account.Account) []string {
	return differing(
		is("id", a.ID == b.ID),
		is("counter", a.Counter == b.Counter && a.HandedOut == b.HandedOut),
		is("use", a.UseCount == b.UseCount && a.LastUsed == b.LastUsed),
		is("date", a.Created == b.Created && a.Updated == b.Updated),
	)
}

type fieldCheck struct {
	name string
	same bool
}

func is(name string, same bool) fieldCheck { return fieldCheck{name, same} }

func differing(checks ...fieldCheck) []string {
	var out []string
	for _, c := range checks {
		if !c.same {
			out = append(out, c.name)
		}
	}
	return out
}

// sameRaw compares JSON texts without their blanks.
func sameRaw(a, b map[string]strictjson.Value) bool {
	return maps.EqualFunc(a, b, func(x, y strictjson.Value) bool {
		if bytes.Equal(x, y) {
			return true
		}
		a, errA := strictjson.Marshal(x)
		b, errB := strictjson.Marshal(y)
		return errA == nil && errB == nil && bytes.Equal(a, b)
	})
}
