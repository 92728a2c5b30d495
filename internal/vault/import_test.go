package vault

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func candidates(accounts ...account.Account) []Candidate {
	out := make([]Candidate, len(accounts))
	for i, a := range accounts {
		out[i] = Candidate{Index: i, Label: a.Label(), Account: a}
	}
	return out
}

var importTime = time.UnixMilli(1000)

func outcomes(p Plan) []Outcome {
	var out []Outcome
	for _, i := range p.Items {
		out = append(out, i.Outcome)
	}
	return out
}

// merge imports and returns the plan that was applied.
func merged(t *testing.T, v *Vault, in []Candidate, c Conflict) Plan {
	t.Helper()
	var p Plan
	update(t, v, "import", func(d *Document) error {
		p = d.PlanImport(in, c, importTime)
		return d.Apply(p)
	})
	return p
}

func noted(a account.Account, note string) account.Account { a.Note = note; return a }

func TestMerge(t *testing.T) {
	mine := acc("GitHub", "ann", "K0")
	for _, c := range []struct {
		name     string
		have, in []account.Account
		conflict Conflict
		want     []Outcome
		left     []string // labels with secrets afterwards
	}{
		{"new", nil, []account.Account{mine}, KeepMine, []Outcome{Added}, []string{"GitHub (ann)=K0"}},
		{"same", []account.Account{mine}, []account.Account{acc("github ", "ANN", "K0")}, KeepMine, []Outcome{Same}, []string{"GitHub (ann)=K0"}},
		{"other name, mine", []account.Account{mine}, []account.Account{acc("GH", "ann", "K0")}, KeepMine, []Outcome{Changed}, []string{"GitHub (ann)=K0"}},
		{"other name, theirs", []account.Account{mine}, []account.Account{acc("GH", "ann", "K0")}, TakeTheirs, []Outcome{Changed}, []string{"GH (ann)=K0"}},
		{"other name, both", []account.Account{mine}, []account.Account{acc("GH", "ann", "K0")}, KeepBoth, []Outcome{Changed}, []string{"GitHub (ann)=K0", "GH (ann)=K0"}},
		{"other secret, mine", []account.Account{mine}, []account.Account{acc("GITHUB", "ann", "K1")}, KeepMine, []Outcome{Changed}, []string{"GitHub (ann)=K0"}},
		{"other secret, theirs", []account.Account{mine}, []account.Account{acc("GITHUB", "ann", "K1")}, TakeTheirs, []Outcome{Changed}, []string{"GITHUB (ann)=K1"}},
		{"other secret, both", []account.Account{mine}, []account.Account{acc("GITHUB", "ann", "K1")}, KeepBoth, []Outcome{Changed}, []string{"GitHub (ann)=K0", "GITHUB (ann)=K1"}},
		{"two of a name in the file", nil, []account.Account{mine, acc("GitHub", "ann", "K1")}, KeepMine, []Outcome{Added, Added}, []string{"GitHub (ann)=K0", "GitHub (ann)=K1"}},
		{"twice in the file", nil, []account.Account{mine, mine}, KeepMine, []Outcome{Added, Same}, []string{"GitHub (ann)=K0"}},
		{"the file has mine and another of the name", []account.Account{mine}, []account.Account{acc("GitHub", "ann", "K1"), mine}, TakeTheirs,
			[]Outcome{Added, Same}, []string{"GitHub (ann)=K0", "GitHub (ann)=K1"}},
		{"two of the file want one of mine", []account.Account{mine}, []account.Account{acc("GitHub", "ann", "K1"), acc("GitHub", "ann", "K2")}, TakeTheirs,
			[]Outcome{Changed, Added}, []string{"GitHub (ann)=K1", "GitHub (ann)=K2"}},
		{"two of the file want one of mine, mine", []account.Account{mine}, []account.Account{acc("GitHub", "ann", "K1"), acc("GitHub", "ann", "K2")}, KeepMine,
			[]Outcome{Changed, Changed}, []string{"GitHub (ann)=K0"}},
		{"two of the file have the secret of mine, mine", []account.Account{mine}, []account.Account{acc("GH", "ann", "K0"), acc("Hub", "ann", "K0")}, KeepMine,
			[]Outcome{Changed, Changed}, []string{"GitHub (ann)=K0"}},
		{"swapped", []account.Account{mine}, []account.Account{acc("GitHub", "ann", "K1"), acc("Other", "ann", "K0")}, TakeTheirs,
			[]Outcome{Added, Changed}, []string{"Other (ann)=K0", "GitHub (ann)=K1"}}, // what is noted of a secret stays with it
		{"nameless ones have nothing in common", []account.Account{acc("", "", "K0")}, []account.Account{acc("", "", "K1")}, KeepMine,
			[]Outcome{Added}, []string{"(no name)=K0", "(no name)=K1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, _ := filled(t, c.have...)
			p := merged(t, v, candidates(c.in...), c.conflict)
			if got := outcomes(p); !slices.Equal(got, c.want) {
				t.Errorf("outcomes %v, want %v", got, c.want)
			}
			var left []string
			for _, a := range load(t, v).Accounts() {
				left = append(left, a.Label()+"="+string(a.Secret.Bytes()))
			}
			if !slices.Equal(left, c.left) {
				t.Errorf("left %v, want %v", left, c.left)
			}
		})
	}
}

// What is told as kept, and what as left out, decides the exit status.
func TestKeptAndLeftOut(t *testing.T) {
	mine := acc("GitHub", "ann", "K0")
	for name, c := range map[string]struct {
		in             account.Account
		conflict       Conflict
		kept, leftOut  bool
		stored, reason string
	}{
		"another secret":           {acc("GitHub", "ann", "K1"), KeepMine, true, true, "K0", "the vault has this name with another secret or other parameters; the vault's is kept"},
		"another secret, replaced": {acc("GitHub", "ann", "K1"), TakeTheirs, false, false, "K1", "the vault has this name with another secret or other parameters; replaced by the file's"},
		"another secret, both":     {acc("GitHub", "ann", "K1"), KeepBoth, false, false, "K1", "the vault has this name with another secret or other parameters; both kept"},
		"another name":             {acc("GH", "ann", "K0"), KeepMine, true, false, "K0", "the vault has the same secret as GitHub (ann); the vault's is kept"},
		"the same":                 {mine, KeepMine, false, false, "K0", "it is in the vault already"},
		"new":                      {acc("GitLab", "ann", "K1"), KeepMine, false, false, "K1", ""},
	} {
		v, ids := filled(t, mine)
		i := load(t, v).PlanImport(candidates(c.in), c.conflict, importTime).Items[0]
		if adds := i.Outcome == Added || c.conflict == KeepBoth; (i.ID == "") != adds || !adds && i.ID != ids[0] {
			t.Errorf("%s: the id is %q before it is applied", name, i.ID)
		}
		if i.Kept() != c.kept || i.LeftOut() != c.leftOut || string(i.Stored().Secret.Bytes()) != c.stored || i.Reason != c.reason {
			t.Errorf("%s: kept %t, left out %t, stored %s, %s", name, i.Kept(), i.LeftOut(), i.Stored().Secret.Bytes(), i.Reason)
		}
	}
}

func TestMergeRejects(t *testing.T) {
	bad := acc("X", "x", "secret")
	bad.Algorithm = "SHA3"
	in := append(candidates(bad, acc("Y", "y", "secret")), Candidate{Index: 2, Label: "Z", Err: errors.New("the secret is empty")})
	v, _ := filled(t)
	p := merged(t, v, in, KeepMine)
	if got := outcomes(p); !slices.Equal(got, []Outcome{Rejected, Added, Rejected}) {
		t.Errorf("outcomes %v", got)
	}
	if p.Items[0].Reason == "" || p.Items[2].Reason != "the secret is empty" {
		t.Errorf("reasons %q, %q", p.Items[0].Reason, p.Items[2].Reason)
	}
}

func TestMergeRaisesCounters(t *testing.T) {
	for _, c := range []struct {
		file, want uint64
	}{{4, 5}, {5, 5}, {9, 9}} {
		v, ids := filled(t, hotp("Bank", "secret", 5))
		p := merged(t, v, candidates(hotp("Bank", "secret", c.file), hotp("Bank", "secret", 1)), KeepMine)
		a, _ := load(t, v).ByID(ids[0])
		if a.Counter != c.want || p.Count(Same) != 2 {
			t.Errorf("file %d: counter %d, want %d; %v", c.file, a.Counter, c.want, outcomes(p))
		}
	}
	v, _ := filled(t)
	merged(t, v, candidates(hotp("Bank", "secret", 1), hotp("Bank", "secret", 7)), KeepMine)
	if a := load(t, v).Accounts(); len(a) != 1 || a[0].Counter != 7 {
		t.Errorf("a duplicate with a higher counter: %v", a[0].Counter)
	}
}

func TestMergeFillsOnlyWithTheirs(t *testing.T) {
	for c, want := range map[Conflict]string{KeepMine: "", KeepBoth: "", TakeTheirs: "theirs"} {
		v, ids := filled(t, acc("A", "a", "secret"))
		merged(t, v, candidates(noted(acc("A", "a", "secret"), "theirs"), noted(acc("A", "a", "secret"), "second")), c)
		if a, _ := load(t, v).ByID(ids[0]); a.Note != want || (a.Updated == 1000) != (c == TakeTheirs) {
			t.Errorf("conflict %d: note %q, want %q, updated at %d", c, a.Note, want, a.Updated)
		}
	}
	v, ids := filled(t, noted(acc("A", "a", "secret"), "mine"))
	merged(t, v, candidates(noted(acc("A", "a", "secret"), "theirs")), TakeTheirs)
	if a, _ := load(t, v).ByID(ids[0]); a.Note != "mine" {
		t.Errorf("note %q was overwritten", a.Note)
	}
}

func TestTheirsKeepsWhatTheyDoNotSay(t *testing.T) {
	mine := noted(acc("A", "a", "secret"), "mine")
	mine.Created = 77
	v, ids := filled(t, mine)
	merged(t, v, candidates(acc("A", "a", "other")), TakeTheirs)
	a, err := load(t, v).ByID(ids[0])
	if err != nil || a.Note != "mine" || a.Created != 77 || a.Updated != 1000 || string(a.Secret.Bytes()) != "other" {
		t.Errorf("%v note %q created %d updated %d, %v", a, a.Note, a.Created, a.Updated, err)
	}
}

// Replaced by the same secret under another name, an account keeps the higher
// counter and step, whichever side has it.
func TestTheirsKeepsUses(t *testing.T) {
	for _, c := range []struct{ mine, theirs, want uses }{
		{uses{9, 700}, uses{4, 300}, uses{9, 700}},
		{uses{4, 300}, uses{9, 700}, uses{9, 700}},
		{uses{9, 300}, uses{4, 700}, uses{9, 700}},
	} {
		mine, theirs := hotp("Bank", "secret", c.mine.counter), hotp("Bank 2", "secret", c.theirs.counter)
		mine.HandedOut, theirs.HandedOut = c.mine.handedOut, c.theirs.handedOut
		v, ids := filled(t, mine)
		merged(t, v, candidates(theirs), TakeTheirs)
		a, err := load(t, v).ByID(ids[0])
		if err != nil || a.Issuer != "Bank 2" || (uses{a.Counter, a.HandedOut}) != c.want {
			t.Errorf("%v and %v: %v is at %d, %d; %v", c.mine, c.theirs, a, a.Counter, a.HandedOut, err)
		}
	}
	// a step of another period begins when what was handed out is over
	mine, theirs := acc("A", "a", "secret"), acc("A", "a", "secret")
	mine.HandedOut, theirs.Period = 7, 60
	slow, slowIDs := filled(t, mine)
	merged(t, slow, candidates(theirs), TakeTheirs)
	if a, _ := load(t, slow).ByID(slowIDs[0]); a.Period != 60 || a.HandedOut != 4 {
		t.Errorf("with %d seconds handed out until %d", a.Period, a.HandedOut)
	}
	// another secret has its own
	v, ids := filled(t, hotp("Bank", "secret", 9))
	merged(t, v, candidates(hotp("Bank", "other", 2)), TakeTheirs)
	if a, _ := load(t, v).ByID(ids[0]); a.Counter != 2 {
		t.Errorf("the other secret is at %d", a.Counter)
	}
}

// What the file does not say of an account that it replaces stays; what it says
// wins. A star stays: few formats can say that there is none.
func TestTheirsFillsEveryField(t *testing.T) {
	full := func(mark string) account.Account {
		a := noted(acc("A", "a", mark), mark)
		a.Aliases, a.Groups, a.Tags, a.Icon.Name = []string{mark}, []string{mark}, []string{mark}, mark
		a.Extra = map[string]strictjson.Value{"app": strictjson.Value(`"` + mark + `"`)}
		a.Unknown = map[string]strictjson.Value{"later": strictjson.Value(`"` + mark + `"`)}
		a.Favourite = true
		return a
	}
	shown := func(a account.Account) string {
		return fmt.Sprint(a.Note, a.Aliases, a.Groups, a.Tags, a.Icon.Name, string(a.Extra["app"]), string(a.Unknown["later"]), a.Favourite)
	}
	pictured := func(mark string) account.Account {
		a := full(mark)
		a.Icon = account.Icon{MIME: "image/png", Data: []byte("picture")}
		return a
	}
	for name, c := range map[string]struct {
		mine, theirs, want account.Account
	}{
		"theirs says nothing":  {full("mine"), acc("A", "a", "theirs"), full("mine")},
		"theirs says all":      {full("mine"), full("theirs"), full("theirs")},
		"mine had nothing":     {acc("A", "a", "mine"), full("theirs"), full("theirs")},
		"mine had a picture":   {pictured("mine"), full("theirs"), full("theirs")},
		"theirs has a picture": {full("mine"), pictured("theirs"), pictured("theirs")},
		"the same, theirs all": {acc("A", "a", "same"), full("same"), noStar(full("same"))},
	} {
		v, ids := filled(t, c.mine)
		merged(t, v, candidates(c.theirs), TakeTheirs)
		a, err := load(t, v).ByID(ids[0])
		if err != nil || shown(a) != shown(c.want) {
			t.Errorf("%s: %s, want %s; %v", name, shown(a), shown(c.want), err)
		}
	}
	v, ids := filled(t, pictured("mine"))
	other := acc("A", "a", "theirs")
	other.Extra = map[string]strictjson.Value{"other": strictjson.Value(`1`)}
	merged(t, v, candidates(other), TakeTheirs)
	if a, _ := load(t, v).ByID(ids[0]); len(a.Extra) != 2 {
		t.Errorf("of two apps' data is left %v", slices.Collect(maps.Keys(a.Extra)))
	}
	if a, _ := load(t, v).ByID(ids[0]); string(a.Icon.Data) != "picture" {
		t.Errorf("the picture became %v", a.Icon)
	}
}

// An account that was put away is not in the way of one with its name, and an
// import puts none away that is in use.
func TestMergeAndStates(t *testing.T) {
	in := func(s account.State, a account.Account) account.Account {
		a.Archived, a.Trashed = s == account.Archived, s == account.Trashed
		return a
	}
	k0, k1, gh := acc("GitHub", "ann", "K0"), acc("GitHub", "ann", "K1"), acc("GH", "ann", "K0")
	for name, c := range map[string]struct {
		have, in account.Account
		conflict Conflict
		want     string
	}{
		"a new secret, the old archived":         {in(account.Archived, k0), k1, KeepMine, "added: GitHub (ann)=K0 archived, GitHub (ann)=K1 live"},
		"a new secret, the old in the bin":       {in(account.Trashed, k0), k1, TakeTheirs, "added: GitHub (ann)=K0 in the bin, GitHub (ann)=K1 live"},
		"an old secret from a bin":               {k0, in(account.Trashed, k1), TakeTheirs, "added: GitHub (ann)=K0 live, GitHub (ann)=K1 in the bin"},
		"the same, in the bin here":              {in(account.Trashed, k0), k0, KeepMine, "same: GitHub (ann)=K0 in the bin"},
		"the same, in the bin there":             {k0, in(account.Trashed, k0), TakeTheirs, "same: GitHub (ann)=K0 live"},
		"another name, in the bin there":         {k0, in(account.Trashed, gh), TakeTheirs, "changed: GH (ann)=K0 live"},
		"another name, in the bin here":          {in(account.Trashed, k0), gh, TakeTheirs, "changed: GH (ann)=K0 live"},
		"another name, archived and in the bin":  {in(account.Archived, k0), in(account.Trashed, gh), TakeTheirs, "changed: GH (ann)=K0 in the bin"},
		"another name, in the bin here and kept": {in(account.Trashed, k0), gh, KeepMine, "changed: GitHub (ann)=K0 in the bin"},
	} {
		v, _ := filled(t, c.have)
		p := merged(t, v, candidates(c.in), c.conflict)
		var left []string
		for _, a := range load(t, v).Accounts() {
			left = append(left, fmt.Sprintf("%s=%s %s", a.Label(), a.Secret.Bytes(), a.State()))
		}
		if got := string(p.Items[0].Outcome) + ": " + strings.Join(left, ", "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// noStar is what an account that was the same gets: note, groups, tags and icon.
func noStar(a account.Account) account.Account {
	a.Favourite, a.Extra, a.Unknown = false, nil, nil
	return a
}

func TestMergeIsOneUndo(t *testing.T) {
	v, _ := filled(t, acc("A", "a", "K0"))
	merged(t, v, candidates(acc("A", "a", "K1"), acc("B", "b", "K2")), TakeTheirs)
	if what := undo(t, v); what != "import" {
		t.Errorf("undid %q", what)
	}
	if a := load(t, v).Accounts(); len(a) != 1 || string(a[0].Secret.Bytes()) != "K0" {
		t.Errorf("left %v", a)
	}
}

func TestApplyFillsInIDs(t *testing.T) {
	v, ids := filled(t, acc("A", "a", "K0"))
	p := merged(t, v, candidates(acc("A", "a", "K0"), acc("B", "b", "K1"), acc("B", "b", "K1")), KeepMine)
	d := load(t, v)
	if p.Items[0].ID != ids[0] || p.Items[1].ID != d.Accounts()[1].ID || p.Items[2].ID != p.Items[1].ID {
		t.Errorf("ids %q %q %q", p.Items[0].ID, p.Items[1].ID, p.Items[2].ID)
	}
	if again := d.PlanImport(candidates(acc("B", "b", "K1"), acc("B", "b", "K1")), KeepMine, importTime); again.Items[1].ID != p.Items[1].ID {
		t.Errorf("without Apply the second of two has the id %q", again.Items[1].ID)
	}
	if d.Accounts()[1].Created != 1000 {
		t.Errorf("created %d", d.Accounts()[1].Created)
	}
	known := acc("C", "c", "K2")
	known.Created = 77
	p = merged(t, v, candidates(known), KeepMine)
	if c, err := load(t, v).ByID(p.Items[0].ID); err != nil || c.Created != 77 {
		t.Errorf("a known date became %d; %v", c.Created, err)
	}
}

// FuzzMerge: every entry has one outcome; the plan does not touch its inputs; the
// vault never gets smaller; no secret of the file is lost without being told; a
// second import adds nothing and changes nothing.
func FuzzMerge(f *testing.F) {
	f.Add(uint64(1), 5, 5, 0)
	f.Add(uint64(2), 0, 9, 1)
	f.Add(uint64(3), 9, 9, 2)
	f.Fuzz(func(t *testing.T, seed uint64, have, in, conflict int) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := Conflict((conflict%3 + 3) % 3)
		v, _ := filled(t, randomAccounts(r, have)...)
		file := candidates(randomAccounts(r, in)...)
		before := load(t, v).Len()
		first := merged(t, v, file, c)
		checkPlan(t, first, file)
		d := load(t, v)
		if d.Len() != before+first.Count(Added)+keptBoth(first, c) {
			t.Fatalf("%d accounts became %d with outcomes %v", before, d.Len(), outcomes(first))
		}
		if c != KeepMine {
			checkAllThere(t, d, file)
		}
		second := d.PlanImport(file, c, importTime)
		checkPlan(t, second, file)
		if second.Count(Added) != 0 || second.Changes() {
			t.Fatalf("the second import has outcomes %v after %v", outcomes(second), outcomes(first))
		}
	})
}

func TestFuzzMergeSeeds(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := Conflict(seed % 3)
		v, _ := filled(t, randomAccounts(r, int(seed%11))...)
		file := candidates(randomAccounts(r, int(seed%7))...)
		first := merged(t, v, file, c)
		checkPlan(t, first, file)
		if second := load(t, v).PlanImport(file, c, importTime); second.Changes() {
			t.Fatalf("seed %d: the second import has outcomes %v after %v", seed, outcomes(second), outcomes(first))
		}
	}
}

func keptBoth(p Plan, c Conflict) int {
	if c == KeepBoth {
		return p.Count(Changed)
	}
	return 0
}

func checkPlan(t *testing.T, p Plan, in []Candidate) {
	t.Helper()
	if sum := p.Count(Added) + p.Count(Same) + p.Count(Changed) + p.Count(Rejected); sum != len(in) || len(p.Items) != len(in) {
		t.Fatalf("%d entries, %d outcomes", len(in), sum)
	}
}

func checkAllThere(t *testing.T, d *Document, in []Candidate) {
	t.Helper()
	there := map[account.Key]bool{}
	for _, a := range d.Accounts() {
		there[a.Key()] = true
	}
	for _, c := range in {
		if c.Err == nil && !there[c.Account.Key()] {
			t.Fatalf("%s of the file is not in the vault", c.Label)
		}
	}
}

// randomAccounts draws from few names and few secrets, so that they collide.
func randomAccounts(r *rand.Rand, n int) []account.Account {
	n = min(max(n, 0), 12)
	out := make([]account.Account, n)
	for i := range out {
		issuer, secret := string(rune('A'+r.IntN(4))), string(rune('0'+r.IntN(4)))
		out[i] = acc(issuer, "", "secret"+secret)
		if r.IntN(3) == 0 {
			out[i] = hotp(issuer, "secret"+secret, uint64(r.IntN(5)))
		}
		if r.IntN(3) == 0 {
			out[i].Note = "note " + issuer
		}
		out[i].Archived, out[i].Trashed = r.IntN(5) == 0, r.IntN(5) == 0
	}
	return out
}
