package tui

import "strings"

// filtered returns those of the given entries, in their order, that fit the
// query: every word of it is found in a name. When nothing fits like that, the
// letters of the query in their order are enough, so "gthb" finds GitHub.
func filtered(entries []entry, all []int, query string) []int {
	words := strings.Fields(strings.ToLower(query))
	if len(words) == 0 {
		return all
	}
	found := keep(entries, all, func(name string) bool { return containsAll(name, words) })
	if len(found) > 0 {
		return found
	}
	letters := strings.Join(words, "")
	return keep(entries, all, func(name string) bool { return isSubsequence(letters, name) })
}

func keep(entries []entry, all []int, fits func(name string) bool) []int {
	var found []int
	for _, i := range all {
		if fits(entries[i].search) {
			found = append(found, i)
		}
	}
	return found
}

func containsAll(name string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(name, w) {
			return false
		}
	}
	return true
}

func isSubsequence(letters, name string) bool {
	for _, r := range letters {
		i := strings.IndexRune(name, r)
		if i < 0 {
			return false
		}
		name = name[i+len(string(r)):]
	}
	return true
}
