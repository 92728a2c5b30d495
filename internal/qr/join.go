package qr

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Join puts together the texts that several codes share (structured append, ISO/IEC
// 18004 section 8), in any order, each part once or more often. A text of which a part
// is missing, or whose parts do not fit, is not among the texts: cut off, a secret
// would be another one. What is missing is told for people. Codes with a text of
// their own come out as they are, in their places.
func Join(codes []Found) (texts, missing []string) {
	type key struct {
		parity byte
		count  int
	}
	parts := map[key][]Found{}
	for _, c := range codes {
		k := key{c.Part.Parity, c.Part.Count}
		if c.Part.Count > 0 && !slices.ContainsFunc(parts[k], func(f Found) bool { return f.Content == c.Content }) {
			parts[k] = append(parts[k], c)
		}
	}
	for _, c := range codes {
		k := key{c.Part.Parity, c.Part.Count}
		all := parts[k]
		switch {
		case c.Part.Count == 0:
			texts = append(texts, c.Text)
			continue
		case all == nil: // told already
			continue
		}
		delete(parts, k)
		slices.SortFunc(all, func(a, b Found) int { return a.Part.Index - b.Part.Index })
		text, lacking := "", []int{}
		for i := range k.count {
			at := slices.IndexFunc(all, func(f Found) bool { return f.Part.Index == i })
			if at < 0 {
				lacking = append(lacking, i+1)
				continue
			}
			text += all[at].Text
		}
		switch {
		case len(lacking) > 0:
			for _, n := range lacking {
				missing = append(missing, fmt.Sprintf("part %d of %d of a text that several QR codes share is missing", n, k.count))
			}
		case len(all) > k.count || !utf8.ValidString(text) || isASCII(text) && parityOf(text) != k.parity:
			missing = append(missing, fmt.Sprintf("the %d QR codes that share a text do not fit together", k.count))
		default:
			texts = append(texts, text)
		}
	}
	return texts, missing
}

// isASCII: the parity is of the bytes before a character set was applied, which only
// here are those of the text.
func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}

// parityOf is all bytes of a text joined by exclusive or.
func parityOf(text string) (p byte) {
	for i := range len(text) {
		p ^= text[i]
	}
	return p
}
