package tui

import "github.com/jangle-otp/jangle/internal/term"

// entry is a row made ready for showing and searching, once.
type entry struct {
	Row
	issuer, name string // safe
	heading      string
}

func (e *entry) label() string {
	switch {
	case e.issuer == "" && e.name == "":
		return "(no name)"
	case e.issuer == "":
		return e.name
	case e.name == "":
		return e.issuer
	}
	return e.issuer + " (" + e.name + ")"
}

func newEntries(rows []Row) []entry {
	entries := make([]entry, len(rows))
	for i, r := range rows {
		entries[i] = entry{Row: r, issuer: term.Safe(r.Issuer), name: term.Safe(r.Name)}
	}
	setHeadings(entries)
	return entries
}

// setHeadings gives nobody a heading when all would get the same.
func setHeadings(entries []entry) {
	headings := map[string]bool{}
	for i := range entries {
		entries[i].heading = heading(entries[i].Row)
		headings[entries[i].heading] = true
	}
	if len(headings) > 1 || len(headings) == 1 && !headings[others] {
		return
	}
	for i := range entries {
		entries[i].heading = ""
	}
}

const (
	favourites = "Favourites"
	others     = "Other accounts"
)

func heading(r Row) string {
	switch {
	case r.Favourite:
		return favourites
	case r.Group != "":
		return term.Safe(r.Group)
	}
	return others
}

// order returns the indices of entries as they stand in the view: favourites,
// then the groups as they first appear, then the rest; each in the given order.
func order(entries []entry) []int {
	byHeading := map[string][]int{}
	var groups []string
	for i := range entries {
		h := entries[i].heading
		if _, seen := byHeading[h]; !seen && h != favourites && h != others {
			groups = append(groups, h)
		}
		byHeading[h] = append(byHeading[h], i)
	}
	all := byHeading[favourites]
	for _, g := range groups {
		all = append(all, byHeading[g]...)
	}
	return append(all, byHeading[others]...)
}
