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

// What looks alike and is something else is another name: the query that was typed
// finds what it says and nothing else.
func TestMatchDoesNotGuess(t *testing.T) {
	accounts := []Account{{Issuer: "paypal"}, {Issuer: "p\u0430ypal"}, {Issuer: "かす"}, {Issuer: "がす"}, {Issuer: "ハハ"}, {Issuer: "パパ"}}
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

// An id is all of it or its beginning, from four characters on; a short word is in some
// id by chance.
func TestMatchID(t *testing.T) {
	accounts := []Account{{ID: "xolvjy3b", Issuer: "GitHub", Name: "ann"}, {ID: "githubgi", Issuer: "Bank", Name: "bo"}, {ID: "xolvzzzz", Issuer: "Old", Archived: true}}
	for query, want := range map[string][]int{
		"ol": nil, "xol": nil, "olvjy3b": nil, "xolv": {0}, "XOLVJY": {0}, "xolvjy3b": {0}, "xolvzzzz": {2}, "xolvzzz": nil,
		"gith":                       {0}, // a name comes first
		"githubgi":                   {1},
		"xolvjy3b  what list prints": {0},
		"ann xolv":                   {0},
	} {
		if got := Match(accounts, query); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
}

// One ranking: Match is the best group of Ranked, whatever the order of the accounts.
func TestRanked(t *testing.T) {
	accounts := []Account{ // for "work", the best first
		{ID: "a1", Issuer: "Work"}, {ID: "a2", Issuer: "Bank", Name: "work"}, {ID: "a3", Issuer: "Bank", Aliases: []string{"work"}},
		{ID: "b1", Issuer: "Works"}, {ID: "b2", Issuer: "Bank", Name: "workshop", Favourite: true}, {ID: "b3", Issuer: "Bank", Name: "worker", LastUsed: 2},
		{ID: "b4", Issuer: "Bank", Name: "workers", LastUsed: 1},
		{ID: "c1", Issuer: "My Work"}, {ID: "d1", Issuer: "Homework"},
		{ID: "e1", Issuer: "をるく"}, // sounds like woruku
		{ID: "f1", Issuer: "Shop", Tags: []string{"work"}}, {ID: "g1", Issuer: "Mail", Groups: []string{"workgroup"}},
		{ID: "h1", Issuer: "Home", Note: "from my work"}, {ID: "i1", Issuer: "None"},
	}
	reversed := slices.Clone(accounts)
	slices.Reverse(reversed)
	for query, want := range map[string]string{
		"work":       "a1 a2 a3 b1 b2 b3 b4 c1 d1 f1 g1 h1",
		"oruk":       "e1",
		"#work":      "f1",
		"tag:wo":     "f1",
		"group:work": "g1",
		"bank work":  "b2 b3 b4 a2 a3",
		"wrkshp":     "b2", // its letters, where nothing fits
		"":           "",
	} {
		for _, all := range [][]Account{accounts, reversed} {
			var got []string
			for _, i := range Ranked(all, query) {
				got = append(got, all[i].ID)
			}
			if query == "" && len(got) == len(all) && got[0] == all[0].ID {
				continue
			}
			if s := strings.Join(got, " "); s != want {
				t.Errorf("%q: %s, want %s", query, s, want)
			}
			for n, i := range Match(all, query) {
				if n < len(got) && !slices.Contains(got[:len(Match(all, query))], all[i].ID) {
					t.Errorf("%q: %s is not among the first of %v", query, all[i].ID, got)
				}
			}
		}
	}
}
