package crypt

import (
	"compress/flate"
	_ "embed" // for the lists of words
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
)

// The bars for a passphrase that somebody made up.
const (
	MinPassphraseChars = 12
	MinPassphraseBits  = 50
)

// How a passphrase is judged is own code, because the ports of zxcvbn
// (trustelem/zxcvbn, ccojocar/zxcvbn-go) unpack their dictionaries before main: 28
// to 40 ms of every start, measured. ccojocar's is the judge of this estimate in the
// tests, which may not be more than 8 bits above it; and it is the source of the
// words (Dropbox, MIT licence), which are unpacked when a passphrase is judged.

// commonList holds pieces of passwords that zxcvbn's lists do not have, or that
// everybody tries first: one a line, in lower case.
//
//go:embed common.txt
var commonList string

// rankedWords is made by TestRankedWords of zxcvbn's lists of passwords, names and
// English words: compressed with DEFLATE. A word on line n, from 0, has a rank below
// 2^(n+1), and costs n bits. The words of a line are sorted, and each is a capital letter, for the number of letters that
// it shares with the one before (A is 0), and the rest.
//
//go:embed ranked.dat
var rankedWords string

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
	if bits := estimate(dictionary(), text); bits < MinPassphraseBits {
		return &WeakError{Reason: fmt.Sprintf("about %d bits; %d are needed (six random words, for example)", int(bits), MinPassphraseBits)}
	}
	return nil
}

// dictionary is what guessers know, with the bits that each word costs them.
func dictionary() map[string]float64 {
	words := make(map[string]float64, 1<<17)
	add := func(w string, bits float64) {
		// So short a word is found in anything that was drawn by lot.
		switch len(w) {
		case 1:
			bits = max(bits, 3)
		case 2:
			bits = max(bits, 5)
		}
		if had, ok := words[w]; !ok || bits < had {
			words[w] = bits
		}
	}
	text, err := io.ReadAll(flate.NewReader(strings.NewReader(rankedWords)))
	if err != nil {
		panic(err) // it is part of the program, and a test reads it
	}
	line, word := 0, []byte{}
	for _, c := range text {
		switch {
		case c == '\n' || c >= 'A' && c <= 'Z':
			if len(word) > 0 {
				add(string(word), float64(line))
			}
			if c == '\n' {
				line, c = line+1, 'A'
			}
			word = word[:c-'A']
		default:
			word = append(word, c)
		}
	}
	common := strings.Fields(commonList)
	for _, w := range common {
		add(w, math.Log2(float64(len(common))))
	}
	for w := range strings.FieldsSeq(wordList) {
		add(w, math.Log2(listedWords))
	}
	return words
}

const (
	judgedChars = 128 // what comes after them counts nothing
	longestWord = 32
)

// estimate is a careful guess of how many bits somebody needs who tries words,
// dates, rows of keys, sequences and repetitions first: the cost of the cheapest way
// to put the text together from such pieces. It errs on the low side for what people
// make up, and knows nothing about them.
func estimate(words map[string]float64, p string) float64 {
	raw := []rune(p)
	raw = raw[:min(len(raw), judgedChars)]
	lower := make([]rune, len(raw))
	for i, r := range raw {
		lower[i] = unicode.ToLower(r)
	}
	best := slices.Repeat([]float64{math.Inf(1)}, len(raw)+1)
	best[0] = 0
	for i := range raw {
		piece := func(n int, bits float64) { best[i+n] = min(best[i+n], best[i]+bits) }
		piece(1, charBits(raw[i]))
		wordPieces(words, raw, lower, i, piece)
		copyPieces(lower, i, piece)
		rowPieces(raw, lower, i, piece)
		datePieces(raw[i:], piece)
		syllablePieces(lower[i:], piece)
	}
	return best[len(raw)]
}

// wordPieces are the words that begin at i, also with letters disguised as digits
// and signs, and backwards. Capitals cost a bit.
func wordPieces(words map[string]float64, raw, lower []rune, i int, piece func(n int, bits float64)) {
	const signs, letters = "@!|$+%(4803615729", "aiistxcaboegistzg"
	capital := 0.0
	var views [4][]rune // as it is, without signs, without signs and digits, with l for i
	for n := 1; n <= min(len(raw)-i, longestWord); n++ {
		r := lower[i+n-1]
		if raw[i+n-1] != r {
			capital = 1
		}
		views[0] = append(views[0], r)
		letter := r
		if at := strings.IndexRune(signs, r); at >= 0 {
			letter = rune(letters[at])
		}
		views[2] = append(views[2], letter)
		if r == '1' || r == '|' {
			letter = 'l'
		}
		views[3] = append(views[3], letter)
		if unicode.IsDigit(r) {
			letter = r
		}
		views[1] = append(views[1], letter)
		for _, word := range views {
			if bits, ok := words[string(word)]; ok {
				piece(n, bits+capital)
			}
		}
		if n >= 3 {
			backward := slices.Clone(views[2])
			slices.Reverse(backward)
			if bits, ok := words[string(backward)]; ok {
				piece(n, bits+capital+1)
			}
		}
	}
}

// copyPieces are what was there before, forwards, also running into itself, or
// backwards: they cost their place.
func copyPieces(text []rune, i int, piece func(n int, bits float64)) {
	for from := range i {
		place := math.Log2(float64(i)) + 2
		for n := 1; i+n <= len(text) && text[from+n-1] == text[i+n-1]; n++ {
			if n >= 3 || n >= i-from {
				piece(n, place)
			}
		}
		for n := 1; i+n <= len(text) && from-n+1 >= 0 && text[from-n+1] == text[i+n-1]; n++ {
			if n >= 3 {
				piece(n, place+1)
			}
		}
	}
}

// keyboard is a keyboard for walks from key to key. On one that is slanted a key
// touches six others, else eight.
type keyboard struct {
	rows        [4]string
	slanted     bool
	start, turn float64 // bits for the first key, and for each change of direction
}

// rowPieces are sequences (abc, 321, aaa) and walks over a keyboard (qwe, 1qaz).
func rowPieces(raw, lower []rune, i int, piece func(n int, bits float64)) {
	for _, step := range []rune{-1, 0, 1} {
		first := charBits(raw[i])
		if strings.ContainsRune("az019", lower[i]) {
			first = 1
		}
		for n := 2; i+n <= len(lower) && lower[i+n-1]-lower[i+n-2] == step; n++ {
			if n >= 3 {
				piece(n, first+math.Log2(float64(n)))
			}
		}
	}
	for _, k := range []keyboard{
		{[4]string{"1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"}, true, 4, 1.3},
		{[4]string{"1234567890ß´", "qwertzuiopü+", "asdfghjklöä#", "yxcvbnm,.-"}, true, 4, 1.3},
		{[4]string{"&é\"'(-è_çà)=", "azertyuiop^$", "qsdfghjklmù*", "wxcvbn,;:!"}, true, 4, 1.3},
		{[4]string{"1234567890[]", "',.pyfgcrl/=", "aoeuidhtns-", ";qjkxbmwvz"}, true, 4, 1.3},
		{[4]string{" /*-", "789+", "456 ", "123 "}, false, 3, 0.7},
		{[4]string{"=/*", "789", "456", "123"}, false, 3, 0.7},
	} {
		turns, lastX, lastY := 0.0, 9, 9
		x, y := k.key(lower[i])
		for n := 2; i+n <= len(lower) && y >= 0; n++ {
			nextX, nextY := k.key(lower[i+n-1])
			dx, dy := nextX-x, nextY-y
			if nextY < 0 || max(dx, -dx, dy, -dy) != 1 || k.slanted && dx == dy {
				break
			}
			if dx != lastX || dy != lastY {
				turns++
			}
			x, y, lastX, lastY = nextX, nextY, dx, dy
			if n >= 3 {
				piece(n, k.start+math.Log2(float64(n))+k.turn*turns)
			}
		}
	}
}

// key is where a key is; y is -1 for none. Shift does not move it.
func (k keyboard) key(r rune) (x, y int) {
	if at := strings.IndexRune("!@#$%^&*()_+{}:\"<>?", r); at >= 0 && k.slanted {
		r = rune("1234567890-=[];',./"[at])
	}
	for y, row := range k.rows {
		if x := slices.Index([]rune(row), r); x >= 0 && r != ' ' {
			return x, y
		}
	}
	return 0, -1
}

// datePieces are a year, or a whole date as people write it.
func datePieces(raw []rune, piece func(n int, bits float64)) {
	if !unicode.IsDigit(raw[0]) {
		return
	}
	for n := 4; n <= min(len(raw), 10); n++ {
		text := string(raw[:n])
		if n == 4 && (strings.HasPrefix(text, "19") || strings.HasPrefix(text, "20")) {
			piece(4, 7)
		}
		for _, layout := range []string{
			"020106", "010206", "060102", "02012006", "01022006", "20060102",
			"2.1.06", "2-1-06", "2/1/06", "2 1 06", "1/2/06", "1-2-06", "06-1-2", "06/1/2",
			"2.1.2006", "2-1-2006", "2/1/2006", "2_1_2006", "2 1 2006", "1/2/2006", "1-2-2006", "1.2.2006", "2006-1-2", "2006/1/2", "2006.1.2",
		} {
			if _, err := time.Parse(layout, text); err == nil {
				piece(n, 14)
			}
		}
	}
}

// syllablePieces are three and more syllables of a consonant and a vowel, of which
// Japanese in Latin letters consists, and many names.
func syllablePieces(text []rune, piece func(n int, bits float64)) {
	at, count := 0, 0
	for at < len(text) {
		start := at
		for at < len(text) && at-start < 2 && strings.ContainsRune("bcdfghjkmnprstwyz", text[at]) {
			at++
		}
		if at == len(text) || !strings.ContainsRune("aeiou", text[at]) {
			return
		}
		at++
		if count++; count >= 3 {
			piece(at, 5*float64(count))
		}
	}
}

// charBits is what one character adds that belongs to nothing longer: less than
// the logarithm of its alphabet, because people do not choose at random.
func charBits(r rune) float64 {
	switch {
	case unicode.IsDigit(r):
		return 3.3
	case unicode.IsLower(r):
		return 4.6
	case r == ' ' || r == '-' || r == '_' || r == '.':
		return 1
	}
	return 5
}
