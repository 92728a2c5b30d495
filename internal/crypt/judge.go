package crypt

import (
	_ "embed" // for the lists of words
	"fmt"
	"math"
	"strings"
	"unicode"
)

// The bars for a passphrase that somebody made up.
const (
	MinPassphraseChars = 12
	MinPassphraseBits  = 50
)

// commonList holds passwords that everybody tries first, and the pieces that
// people make long passwords of: one a line, in lower case.
//
//go:embed common.txt
var commonList string

// WeakError: the passphrase is guessed too easily.
type WeakError struct{ Reason string }

// Error gives the reason and what would do.
func (e *WeakError) Error() string {
	return "the passphrase is too easy to guess: " + e.Reason
}

// JudgePassphrase returns a *WeakError for a passphrase below the bars: 12
// characters, 50 bits by estimate, not among the commonest. At the default work
// factor 50 bits cost 1,000 processor cores some 18,000 years.
func JudgePassphrase(p []byte) error {
	n, err := usable(p)
	if err != nil {
		return err
	}
	if err := typable(n); err != nil {
		return err
	}
	text := string(n)
	if chars := len([]rune(text)); chars < MinPassphraseChars {
		return &WeakError{Reason: fmt.Sprintf("it has %d characters; %d are needed", chars, MinPassphraseChars)}
	}
	if bits := estimate(text); bits < MinPassphraseBits {
		return &WeakError{Reason: fmt.Sprintf("about %d bits; %d are needed (six random words, for example)", int(bits), MinPassphraseBits)}
	}
	return nil
}

// estimate is a careful guess of how many bits somebody needs who tries common
// passwords, words, dates, keyboard rows, sequences and repetitions first. It
// errs on the low side for what people make up, and knows nothing about them.
func estimate(p string) float64 {
	raw := []rune(p)
	folded := fold(raw)
	words := pieces()
	var bits float64
	for i := 0; i < len(folded); {
		n, cost := longestPiece(folded[i:], raw[i:], words)
		if n == 0 {
			n, cost = 1, charBits(raw[i])
		}
		// Anything that was there before costs only its place.
		if i >= n && strings.Contains(string(folded[:i]), string(folded[i:i+n])) && n > 1 {
			cost = math.Min(cost, math.Log2(float64(i)+1))
		}
		bits += cost
		i += n
	}
	return bits
}

// fold undoes what people do to make a word look strong: capitals and digits
// that look like letters.
func fold(raw []rune) []rune {
	out := make([]rune, len(raw))
	for i, r := range raw {
		out[i] = unicode.ToLower(r)
		if j := strings.IndexRune("013457@$!", out[i]); j >= 0 {
			out[i] = rune("oleastasi"[j])
		}
	}
	return out
}

// pieces gives each known word the bits of its list.
func pieces() map[string]float64 {
	m := make(map[string]float64, 3*listedWords)
	for _, w := range strings.Fields(wordList) {
		m[w] = math.Log2(listedWords)
	}
	common := strings.Fields(commonList)
	for _, w := range common {
		m[string(fold([]rune(w)))] = math.Log2(float64(len(common)))
	}
	return m
}

const longestWord = 32

// longestPiece finds the longest thing at the beginning of the text that is
// guessed as one: its length in characters and its bits.
func longestPiece(folded, raw []rune, words map[string]float64) (n int, bits float64) {
	for l := min(len(folded), longestWord); l >= 3; l-- {
		if cost, ok := words[string(folded[:l])]; ok {
			return l, cost + variation(raw[:l])
		}
	}
	if l := run(raw); l >= 3 {
		return l, charBits(raw[0]) + math.Log2(float64(l))
	}
	if isYear(raw) {
		return 4, 7
	}
	return 0, 0
}

// variation is what capitals and look-alikes add.
func variation(raw []rune) float64 {
	changed := 0
	for _, r := range raw {
		if !unicode.IsLower(r) {
			changed++
		}
	}
	return math.Min(float64(changed), 3)
}

// run is the length of a repetition (aaa), a sequence (abc, 321) or a row of
// the keyboard (qwe) at the beginning.
func run(raw []rune) int {
	longest := 1
	for _, step := range []rune{-1, 0, 1} {
		n := 1
		for n < len(raw) && raw[n]-raw[n-1] == step {
			n++
		}
		longest = max(longest, n)
	}
	for _, row := range []string{"qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "1qaz2wsx3edc4rfv", "1q2w3e4r5t6y7u8i9o0p", "!@#$%^&*()"} {
		longest = max(longest, rowPrefix(raw, row), rowPrefix(raw, reversed(row)))
	}
	return longest
}

// rowPrefix is how many characters at the beginning follow each other in row.
func rowPrefix(raw []rune, row string) int {
	at := strings.IndexRune(row, unicode.ToLower(raw[0]))
	if at < 0 {
		return 0
	}
	n := 1
	for n < len(raw) && at+n < len(row) && unicode.ToLower(raw[n]) == rune(row[at+n]) {
		n++
	}
	return n
}

func reversed(s string) string {
	out := []byte(s)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}

func isYear(raw []rune) bool {
	if len(raw) < 4 || !(raw[0] == '1' && raw[1] == '9' || raw[0] == '2' && raw[1] == '0') {
		return false
	}
	return unicode.IsDigit(raw[2]) && unicode.IsDigit(raw[3])
}

// charBits is what one character adds that belongs to nothing longer: less than
// the logarithm of its alphabet, because people do not choose at random.
func charBits(r rune) float64 {
	switch {
	case unicode.IsDigit(r):
		return 3.3
	case unicode.IsLower(r):
		return 4.4
	case r == ' ' || r == '-' || r == '_' || r == '.':
		return 1
	}
	return 5
}
