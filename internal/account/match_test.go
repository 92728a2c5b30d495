package account

import (
	"slices"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	accounts := []Account{
		{ID: "a1", Issuer: "GitHub", Name: "ann@example.com"},
		{ID: "b2", Issuer: "GitHub", Name: "work"},
		{ID: "c3", Issuer: "GitLab", Name: "ann"},
		{ID: "d4", Issuer: "git", Name: "x"},
		{ID: "e5", Issuer: "Legit Bank", Name: "ken@github.example"},
		{ID: "f6", Issuer: "", Name: "Über-Konto"},
		{ID: "g7", Issuer: "Big Bank", Name: ""},
	}
	for query, want := range map[string][]int{
		"":              {0, 1, 2, 3, 4, 5, 6},
		" ":             {0, 1, 2, 3, 4, 5, 6},
		"git":           {3},       // exact
		"GitHub":        {0, 1},    // exact, two of them: nobody chooses
		"gith":          {0, 1},    // prefix, not ken@github
		"gitl":          {2},       // prefix
		"ann":           {2},       // the whole name before its beginning
		"lab":           {2},       // anywhere
		"bank":          {4, 6},    // the beginning of a word
		"legit b":       {4},       // prefix with a blank
		"egit":          {4},       // anywhere
		"ith":           {0, 1, 4}, // anywhere
		"b2":            {1},       // id
		"B2":            {1},       // id in capitals
		"über":          {5},       // prefix, other case
		"konto":         {5},       // word after a dash
		"github (work)": {1},       // label
		"github:work":   {1},       // as in a URI
		"github work":   {1},       // words
		"work github":   {1},       // in any order
		"ann git":       {0, 2},    // words, both prefixes: nobody chooses
		"github nobody": nil,       // every word must fit
		"nobody":        nil,
		"big bank":      {6},
	} {
		if got := Match(accounts, query); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
		if got := Match(accounts, strings.Fields(query)...); !slices.Equal(got, want) {
			t.Errorf("%q as words: %v, want %v", query, got, want)
		}
	}
	if got := Match(accounts); len(got) != len(accounts) {
		t.Errorf("no query: %v", got)
	}
	if got := Match(nil, "x"); got != nil {
		t.Errorf("no accounts: %v", got)
	}
}

// Each kind of fit hides the worse ones, whichever account is first.
func TestMatchRanks(t *testing.T) {
	names := []string{"lab", "labour", "My Lab", "GitLab"} // exact, prefix, word, substring
	for best := range names {
		accounts := make([]Account, 0, len(names))
		for i := len(names) - 1; i >= best; i-- {
			accounts = append(accounts, Account{Issuer: names[i]})
		}
		for range 2 {
			found := Match(accounts, "lab")
			if len(found) != 1 || accounts[found[0]].Issuer != names[best] {
				t.Errorf("%q: found %v of %v", names[best], found, accounts)
			}
			slices.Reverse(accounts)
		}
	}
}

// What was put away is found only by a whole name or id that no live account has,
// and then before every live account that fits worse.
func TestMatchPutAway(t *testing.T) {
	for _, away := range []Account{{Archived: true}, {Trashed: true}} {
		accounts := []Account{{ID: "a1", Issuer: "GitHub", Name: "old"}, {ID: "b2", Issuer: "GitHub Work", Name: "ann"}, {ID: "c3", Issuer: "Bank", Name: "old"},
			{ID: "d4", Issuer: "bank", Name: "new"}}
		for _, i := range []int{0, 2} {
			accounts[i].Archived, accounts[i].Trashed = away.Archived, away.Trashed
		}
		for query, want := range map[string][]int{
			"":             {1, 3},
			"github":       {0},
			"GitHub (old)": {0},
			"gith":         {1},
			"git":          {1},
			"bank":         {3},
			"c3":           {2},
			"C3":           {2},
			"old":          {0, 2},
			"ol":           nil,
			"ld":           nil,
			"github old":   nil, // two words are no whole name
		} {
			if got := Match(accounts, query); !slices.Equal(got, want) {
				t.Errorf("%s, %q: %v, want %v", accounts[0].State(), query, got, want)
			}
		}
	}
}

func TestMatchOfNothingButPutAway(t *testing.T) {
	if got := Match([]Account{{ID: "a1", Archived: true}}); got != nil {
		t.Errorf("no query: %v", got)
	}
}

// A whole name fits better than its words in two places.
func TestMatchPrefersTheWhole(t *testing.T) {
	accounts := []Account{{Issuer: "GitHub", Name: "ann"}, {Issuer: "GitHub ann", Name: "x"}}
	if got := Match(accounts, "github", "ann"); !slices.Equal(got, []int{1}) {
		t.Errorf("%v, want 1", got)
	}
}

// Homographs and other forms of the same letters are other names: the query
// that was typed finds what it says and nothing else.
func TestMatchDoesNotGuess(t *testing.T) {
	accounts := []Account{{Issuer: "paypal"}, {Issuer: "p\u0430ypal"}, {Issuer: "cafe\u0301"}, {Issuer: "caf\u00e9"}}
	for i, a := range accounts {
		if got := Match(accounts, a.Issuer); !slices.Equal(got, []int{i}) {
			t.Errorf("%q: %v, want %d", a.Issuer, got, i)
		}
	}
}

func TestMatchKeepsOrderAmongMany(t *testing.T) {
	accounts := make([]Account, 10_000)
	for i := range accounts {
		accounts[i].Issuer = "Same"
	}
	got := Match(accounts, "same")
	if len(got) != len(accounts) || !slices.IsSorted(got) {
		t.Errorf("%d of %d", len(got), len(accounts))
	}
}
