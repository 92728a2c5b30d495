package account

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Match returns the indices of the accounts that the words of a query fit best,
// in the given order. Only the best kind of fit is returned, so "git" finds GitLab
// only if nothing is called "git" itself. Every word must fit. No word at all fits
// every account. It never ranks one account of the same fit above another: choosing
// is the person's business.
//
// How well a text fits, as Fold sees both: it is the whole of a name, or the beginning
// of one, or of a word in one, or any part. Names are issuer, account, aliases, and
// issuer and account together. An id is the whole of it or at least its first four
// characters, because the letters of a short word are in some id by chance. After all
// of these comes what a name sounds like, if it has kana, and then groups, tags and the
// note. "group:work", "tag:x", "#x" and "note:y" look in that one only.
//
// A first word that is an account's whole id names that account, whatever follows: so
// do the lines that jangle list and an error print.
//
// An account that is not Live fits only a query that names it exactly, and only if
// that names no live one.
func Match(accounts []Account, query ...string) []int {
	at := func(i int) Account { return accounts[i] }
	return MatchEach(len(accounts), at, at, query...)
}

// MatchEach is Match for n accounts that are read when they are wanted. names gives
// ID, Issuer, Name, Aliases and State, all gives Groups, Tags and Note too: it is
// asked for only if the query wants these or nothing else fits.
func MatchEach(n int, names, all func(i int) Account, query ...string) []int {
	m := newMatcher(query)
	best, found := none, []int(nil)
	try := func(i int, a Account) {
		r := m.fit(&a).rank
		if a.State() != Live {
			if r != exact || len(m.words) == 0 {
				return
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
	var withKana []int
	for i := range n {
		if m.filters {
			try(i, all(i))
		} else {
			try(i, names(i))
		}
		if found == nil && m.hasKana() {
			withKana = append(withKana, i)
		}
	}
	if found != nil {
		return found
	}
	m.level = sounding
	for _, i := range withKana {
		try(i, all(i))
	}
	if found != nil || len(m.words) == 0 {
		return found
	}
	m.level = noted
	for i := range n {
		if a := all(i); len(a.Groups)+len(a.Tags)+len(a.Note) > 0 {
			try(i, a)
		}
	}
	return found
}

// Ranked returns the indices of all accounts that a query fits, the best first, for a
// list from which a person chooses: as Match ranks them, then the issuer before the
// account and that before an alias, then favourites, then what was used last, then
// the given order. If nothing fits, the query's letters in their order are enough in a
// name ("gthb"). State does not count, and without a word the order is the given one.
func Ranked(accounts []Account, query ...string) []int {
	m := newMatcher(query)
	m.level = noted
	fits := make([]fit, len(accounts))
	var found, loose []int
	for i := range accounts {
		if fits[i] = m.fit(&accounts[i]); fits[i].rank != none {
			found = append(found, i)
		} else if len(found) == 0 && m.hasLetters(&accounts[i]) {
			loose = append(loose, i)
		}
	}
	if len(found) == 0 {
		return loose
	}
	if len(m.words) == 0 {
		return found
	}
	slices.SortStableFunc(found, func(i, j int) int {
		a, b := &accounts[i], &accounts[j]
		switch {
		case fits[i] != fits[j]:
			return cmp.Or(cmp.Compare(fits[i].rank, fits[j].rank), cmp.Compare(fits[i].name, fits[j].name))
		case a.Favourite != b.Favourite:
			return map[bool]int{true: -1, false: 1}[a.Favourite]
		}
		return cmp.Compare(b.LastUsed, a.LastUsed)
	})
	return found
}

// NamesOne returns a function that reports whether a text, as a query, is a whole name
// of one of the accounts and of no other.
func NamesOne(accounts []Account) func(text string) bool {
	live, away, ids := make(map[string]int, 4*len(accounts)), map[string]int{}, make(map[string]bool, len(accounts))
	for i := range accounts {
		count := live
		if accounts[i].State() != Live {
			count = away
		}
		m := matcher{joined: true}
		m.read(&accounts[i])
		slices.SortFunc(m.names, bytes.Compare)
		for _, name := range slices.CompactFunc(m.names, bytes.Equal) {
			count[string(name)]++
		}
		ids[Fold(accounts[i].ID)] = true
	}
	return func(text string) bool {
		text = strings.TrimSpace(Fold(text))
		if words := strings.Fields(text); len(words) > 1 && ids[words[0]] {
			return false // it names that one, too
		}
		n := live[text]
		if n == 0 {
			n = away[text]
		}
		return n == 1 && text != ""
	}
}

// rank is how well a query fits an account; a lower rank is a better fit. Those of one
// level, written, sounding or noted, come before all of the next.
type rank int

const (
	exact     rank = iota
	putAway        // exact, of an account that is archived or in the bin
	prefix         // the beginning of a name
	word           // the beginning of a word in a name
	substring      // anywhere in a name
	idPrefix       // the beginning of an id
	perLevel
	none rank = math.MaxInt
)

// level says where a text is looked for, in addition to the level before.
type level int

const (
	written  level = iota // in the names
	sounding              // in the names, as they sound
	noted                 // in groups, tags and the note, both ways
)

// fit is how well a query fits one account, and which of its names.
type fit struct {
	rank rank
	name int
}

// text is the query or a word of it.
type text struct {
	plain []byte
	sound string
	field string // of a filter: "tag" for "#x" and "tag:x"
	value *text  // of a filter
}

// matcher holds a query, and the names of the account that is looked at. It is used
// for one account after the other, so that none of them costs memory.
type matcher struct {
	words   []text // the first is the whole query
	level   level
	filters bool // one of words is a filter
	joined  bool // issuer and account are looked at together too
	spell   *speller

	names  [][]byte // folded: issuer, both together in two ways, account, aliases, id
	sounds []string // of names, when they are wanted
	room   []byte
}

func newMatcher(query []string) *matcher {
	whole := strings.TrimSpace(Fold(strings.Join(query, " ")))
	m := &matcher{joined: strings.ContainsAny(whole, " (:")}
	words := strings.Fields(whole)
	if len(words) != 1 || words[0] != whole {
		words = slices.Insert(words, 0, whole)
	}
	for _, w := range words {
		if w == "" {
			continue
		}
		t := text{plain: []byte(w)}
		field, value, ok := strings.Cut(w, ":")
		if tag, short := strings.CutPrefix(w, "#"); short {
			t.field, t.value = "tag", &text{plain: []byte(tag)}
		} else if ok && (field == "tag" || field == "group" || field == "note") {
			t.field, t.value = field, &text{plain: []byte(strings.TrimSpace(value))}
		}
		m.filters = m.filters || t.field != ""
		m.words = append(m.words, t)
	}
	return m
}

// read folds the names of an account. Issuer and account together can fit better than
// each alone only if the query has what is between them.
func (m *matcher) read(a *Account) {
	m.names, m.sounds, m.room = m.names[:0], m.sounds[:0], m.room[:0]
	m.add(a.Issuer)
	if m.joined {
		m.add(a.Label())
		m.add(a.Issuer, ":", a.Name)
	}
	m.add(a.Name)
	for _, alias := range a.Aliases {
		m.add(alias)
	}
	m.add(a.ID)
}

func (m *matcher) add(parts ...string) {
	begin := len(m.room)
	for _, s := range parts {
		m.room = appendFold(m.room, s)
	}
	m.names = append(m.names, bytes.TrimSpace(m.room[begin:]))
}

// fit takes the whole query first; a query of several words that is no name as
// a whole ("github work") fits as badly as its worst word.
func (m *matcher) fit(a *Account) fit {
	if len(m.words) == 0 {
		return fit{}
	}
	m.read(a)
	whole := m.fitText(a, &m.words[0])
	if len(m.words) == 1 || whole.rank == exact {
		return whole
	}
	if id := m.names[len(m.names)-1]; len(id) > 0 && bytes.Equal(id, m.words[1].plain) {
		return fit{exact, len(m.names)}
	}
	if whole.rank != none {
		return whole
	}
	worst := fit{rank: prefix}
	for i := range m.words[1:] {
		f := m.fitText(a, &m.words[i+1])
		worst = fit{max(worst.rank, f.rank), max(worst.name, f.name)}
	}
	return worst
}

func (m *matcher) fitText(a *Account, t *text) fit {
	best := fit{rank: none}
	last := len(m.names) - 1
	for i, name := range m.names[:last] {
		best = better(best, fit{fitName(name, t.plain), i})
	}
	switch id := m.names[last]; {
	case len(id) > 0 && bytes.Equal(id, t.plain):
		best = better(best, fit{exact, last})
	case len(t.plain) >= 4 && bytes.HasPrefix(id, t.plain):
		best = better(best, fit{idPrefix, last})
	}
	if t.field != "" && best.rank != exact { // a name is called so, or it is a filter
		if best.rank == prefix {
			best.rank = word
		}
		switch r := m.fitNotes(a, t.field, t.value); r {
		case none:
		case exact:
			best = better(best, fit{prefix, last})
		case prefix:
			best = better(best, fit{word, last})
		default:
			best = better(best, fit{substring, last})
		}
	}
	if best.rank == none && m.level >= sounding {
		if len(m.sounds) == 0 {
			for _, name := range m.names[:last] {
				m.sounds = append(m.sounds, m.sound(name))
			}
		}
		for i, sound := range m.sounds {
			best = better(best, fit{beyond(sounding, m.fitSound(m.names[i], sound, t)), i})
		}
	}
	if best.rank == none && m.level >= noted {
		best = fit{beyond(noted, m.fitNotes(a, "", t)), last}
	}
	return best
}

func better(a, b fit) fit {
	if b.rank < a.rank {
		return b
	}
	return a
}

// beyond is a rank in a level, after all of the levels before.
func beyond(l level, r rank) rank {
	if r == none {
		return none
	}
	return rank(l)*perLevel + r
}

// fitNotes looks in one of groups, tags and the note, or without a field in all.
func (m *matcher) fitNotes(a *Account, field string, t *text) rank {
	best := none
	look := func(of string, texts ...string) {
		for _, s := range texts {
			if s == "" || field != "" && field != of {
				continue
			}
			name := bytes.TrimSpace(appendFold(nil, s))
			r := fitName(name, t.plain)
			if r == none {
				r = m.fitSound(name, m.sound(name), t)
			}
			best = min(best, r)
		}
	}
	look("group", a.Groups...)
	look("tag", a.Tags...)
	look("note", a.Note)
	return best
}

func fitName(name, q []byte) rank {
	i := bytes.Index(name, q)
	switch {
	case i < 0 || len(name) == 0:
		return none
	case i == 0 && len(name) == len(q):
		return exact
	case i == 0:
		return prefix
	}
	for at := i; ; at += i + 1 {
		if before, _ := utf8.DecodeLastRune(name[:at]); isSeparator(before) {
			return word
		}
		if i = bytes.Index(name[at+1:], q); i < 0 {
			return substring
		}
	}
}

// hasKana reports whether one of the names may have hiragana, so that it has a sound.
func (m *matcher) hasKana() bool { return bytes.IndexByte(m.room, "ぁ"[0]) >= 0 }

// sound is "" for a name without kana: it sounds as it is written.
func (m *matcher) sound(name []byte) string {
	if !hasKana(string(name)) {
		return ""
	}
	if m.spell == nil {
		m.spell = newSpeller()
	}
	return m.spell.sound(string(name))
}

// fitSound is fitName for a name with kana and its sound.
func (m *matcher) fitSound(name []byte, sound string, t *text) rank {
	if sound == "" {
		return none
	}
	if t.sound == "" {
		if t.sound = m.spell.sound(string(t.plain)); t.sound == "" { // only marks
			return none
		}
	}
	r := fitName([]byte(sound), []byte(t.sound))
	if r == substring && slices.ContainsFunc(strings.FieldsFunc(string(name), isSeparator), func(w string) bool {
		return strings.HasPrefix(m.spell.sound(w), t.sound)
	}) {
		r = word
	}
	return r
}

func isSeparator(r rune) bool {
	return r == ' ' || r == '-' || r == '_' || r == '.' || r == '@' || r == ':' || r == '(' || r == '/' || r == '+'
}

// hasLetters reports whether the letters of the query are in a name in their order.
func (m *matcher) hasLetters(a *Account) bool {
	name := Fold(a.Issuer + " " + a.Name)
	for _, r := range string(m.words[0].plain) {
		if r == ' ' {
			continue
		}
		i := strings.IndexRune(name, r)
		if i < 0 {
			return false
		}
		name = name[i+utf8.RuneLen(r):]
	}
	return true
}
