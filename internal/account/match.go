package account

import "strings"

// rank is how well a query fits an account; a lower rank is a better fit.
type rank int

const (
	exact     rank = iota // the whole id, issuer, name or label
	putAway               // exact, of an account that is archived or in the bin
	prefix                // the beginning of one of them
	word                  // the beginning of a word in one of them
	substring             // anywhere in one of them
	none
)

// Match returns the indices of the accounts that the words of a query fit best,
// in the given order: exact before prefix, prefix before the beginning of a
// word, that before anywhere. Only the best kind of fit is returned, so "git"
// finds GitLab only if nothing is called "git" itself. Every word must fit; case
// does not count. No word at all fits every account. It never ranks one account
// of the same fit above another: choosing is the person's business.
//
// An account that is not Live fits only a query that names it exactly, and only if
// that names no live one.
func Match(accounts []Account, query ...string) []int {
	return MatchEach(len(accounts), func(i int) Account { return accounts[i] }, query...)
}

// MatchEach is Match for n accounts that are named one after the other; of each,
// ID, Issuer, Name and State are looked at.
func MatchEach(n int, name func(i int) Account, query ...string) []int {
	words := queryWords(query)
	best, found := none, []int(nil)
	for i := range n {
		a := name(i)
		r := fit(a, words)
		if a.State() != Live {
			if r != exact || len(words) == 0 {
				continue
			}
			r = putAway
		}
		switch {
		case r == none || r > best:
		case r < best:
			best, found = r, append(found[:0:0], i)
		default:
			found = append(found, i)
		}
	}
	return found
}

func queryWords(query []string) []string {
	whole := fold(strings.Join(query, " "))
	if whole == "" {
		return nil
	}
	return append([]string{whole}, strings.Fields(whole)...)
}

// fit takes the whole query first; a query of several words that is no name as
// a whole ("github work") fits as badly as its worst word.
func fit(a Account, words []string) rank {
	if len(words) == 0 {
		return exact
	}
	var room [5]string
	names := appendSearchNames(room[:0], a, words[0])
	whole := fitOne(names, words[0])
	if whole != none || len(words) <= 2 {
		return whole
	}
	worst := exact
	for _, w := range words[1:] {
		worst = max(worst, fitOne(names, w))
	}
	if worst == none {
		return none
	}
	return max(worst, prefix)
}

// appendSearchNames appends the folded texts in which the query is looked for. Issuer and
// name together can fit better than each alone only if the query has what stands
// between them.
func appendSearchNames(names []string, a Account, query string) []string {
	names = append(names, fold(a.Issuer), fold(a.Name), strings.ToLower(a.ID))
	if strings.ContainsAny(query, " (:") {
		names = append(names, fold(a.Label()), fold(a.Issuer+":"+a.Name))
	}
	return names
}

func fitOne(names []string, q string) rank {
	best := none
	for _, n := range names {
		best = min(best, fitName(n, q))
	}
	return best
}

func fitName(name, q string) rank {
	switch {
	case name == "":
		return none
	case name == q:
		return exact
	case strings.HasPrefix(name, q):
		return prefix
	}
	i := strings.Index(name, q)
	if i < 0 {
		return none
	}
	for _, w := range strings.FieldsFunc(name, isSeparator) {
		if strings.HasPrefix(w, q) {
			return word
		}
	}
	return substring
}

func isSeparator(r rune) bool {
	return r == ' ' || r == '-' || r == '_' || r == '.' || r == '@' || r == ':' || r == '(' || r == '/' || r == '+'
}
