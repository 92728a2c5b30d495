package vault

import (
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
)

// Matches says which account from outside is which account of the vault.
type Matches struct {
	Ours   []int // for each account from outside the index of the vault's, or -1
	Theirs []int // for each account of the vault the index of the one from outside, or -1

	// shared: several accounts from outside may be matched with one of the vault,
	// which then stays free in Theirs.
	shared bool
	ours   []account.Account
	theirs []account.Account
}

func newMatches(ours, theirs []account.Account) *Matches {
	return &Matches{Ours: slices.Repeat([]int{-1}, len(theirs)), Theirs: slices.Repeat([]int{-1}, len(ours)), ours: ours, theirs: theirs}
}

// by matches accounts that have no match yet and have the same sign, in order. A
// sign that is nil is like no other.
func (m *Matches) by(sign func(account.Account) any) {
	free := map[any][]int{}
	for i, a := range m.ours {
		if s := sign(a); s != nil && m.Theirs[i] < 0 {
			free[s] = append(free[s], i)
		}
	}
	for j, a := range m.theirs {
		if m.Ours[j] >= 0 {
			continue
		}
		s := sign(a)
		if same := free[s]; len(same) > 0 {
			m.Ours[j] = same[0]
			if !m.shared {
				m.Theirs[same[0]], free[s] = j, same[1:]
			}
		}
	}
}

// Copy is the accounts of a vault as a backup has them.
type Copy struct {
	VaultID  string // of the vault that was copied
	Accounts []account.Account
}

// MatchCopy matches the accounts of a vault with those of a copy, by the surest
// sign first: the same codes under the same id, then under the same name, then
// under any; after those, in a copy of the same vault, the same id with other codes;
// at last the same name. The order matters for restoring twice: what the first run
// added is found by its codes before an id or a name can be taken for something
// else.
func MatchCopy(ours []account.Account, vaultID string, c Copy) *Matches {
	m := newMatches(ours, c.Accounts)
	m.by(func(a account.Account) any { return [2]any{a.ID, a.Key()} })
	m.by(nameAndCodes)
	m.by(codes)
	if c.VaultID == vaultID {
		m.by(func(a account.Account) any { return a.ID })
	}
	m.by(name)
	return m
}

func codes(a account.Account) any { return a.Key() }

func nameAndCodes(a account.Account) any { return [2]any{name(a), a.Key()} }

// name is equal for accounts that a person would call the same. Two accounts
// without a name have nothing in common.
func name(a account.Account) any {
	if a.SameName(account.Account{}) {
		return nil
	}
	return [2]string{strings.ToLower(strings.TrimSpace(a.Issuer)), strings.ToLower(strings.TrimSpace(a.Name))}
}

// nameInUse is name for accounts that are in use.
func nameInUse(a account.Account) any {
	if a.State() != account.Live {
		return nil
	}
	return name(a)
}
