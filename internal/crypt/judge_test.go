package crypt

import (
	"bytes"
	"compress/flate"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ccojocar/zxcvbn-go"
	"github.com/ccojocar/zxcvbn-go/frequency"
)

var update = flag.Bool("update", false, "write ranked.dat anew")

// TestRankedWords: the embedded words are those of zxcvbn's lists by their best
// rank, without the ones that cost as much letter by letter.
func TestRankedWords(t *testing.T) {
	rank := map[string]int{}
	for _, l := range frequency.Lists {
		for i, w := range l.List {
			if w = strings.ToLower(w); rank[w] == 0 || i+1 < rank[w] {
				rank[w] = i + 1
			}
		}
	}
	var lines [16][]string
	for w, r := range rank {
		at := int(math.Log2(float64(r)))
		letters := 0.0
		for _, c := range w {
			letters += charBits(c)
		}
		if len(w) <= longestWord && letters > float64(at)+0.5 && !strings.ContainsFunc(w, func(r rune) bool { return r <= ' ' || r > '~' }) {
			lines[at] = append(lines[at], w)
		}
	}
	var text bytes.Buffer
	for _, line := range lines {
		slices.Sort(line)
		before := ""
		for _, w := range line {
			n := 0
			for n < min(len(before), len(w), 25) && before[n] == w[n] {
				n++
			}
			fmt.Fprintf(&text, "%c%s", 'A'+n, w[n:])
			before = w
		}
		text.WriteByte('\n')
	}
	if *update {
		var packed bytes.Buffer
		z, err := flate.NewWriter(&packed, flate.BestCompression)
		if err == nil {
			_, err = z.Write(text.Bytes())
		}
		if err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("ranked.dat", packed.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		rankedWords = packed.String()
	}
	words := dictionary()
	for at, line := range lines {
		for _, w := range line {
			if bits, ok := words[w]; !ok || bits > max(float64(at), 5) {
				t.Fatalf("%q costs %v bits; ranked.dat is not what -update makes", w, bits)
			}
		}
	}
}

// leaked are 10,000 passwords: zxcvbn's list of leaked ones and what people make of
// them to please a rule.
func leaked() []string {
	list := slices.Clone(frequency.Lists["Passwords"].List)
	r := rand.New(rand.NewPCG(1, 2))
	for i := 0; len(list) < 10_000; i++ {
		w := list[r.IntN(7000)]
		switch i % 6 {
		case 0:
			w += fmt.Sprint(r.IntN(1000))
		case 1:
			w = strings.ToUpper(w[:1]) + w[1:] + "!"
		case 2:
			w += list[r.IntN(7000)]
		case 3:
			w += fmt.Sprint(1950 + r.IntN(70))
		case 4:
			w = strings.NewReplacer("a", "@", "e", "3", "o", "0", "s", "$", "i", "1").Replace(w)
		default:
			w = strings.ToUpper(w)
		}
		list = append(list, w)
	}
	return list
}

// patterns are 10,000 passphrases of the kinds that people make up.
func patterns() []string {
	r := rand.New(rand.NewPCG(3, 4))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	from := func(name string) string {
		list := frequency.Lists[name].List
		return strings.ToLower(list[r.IntN(len(list))])
	}
	name := func() string { return from(pick("MaleNames", "FemaleNames")) }
	word := func() string { return from("English") }
	quotes := []string{
		"to be or not to be", "may the force be with you", "i will always love you", "all you need is love",
		"hello darkness my old friend", "is this the real life", "let it be let it be", "winter is coming", "harry potter",
		"one ring to rule them all", "call me ishmael", "it was the best of times", "we will rock you", "the quick brown fox",
		"in the beginning was the word", "you shall not pass", "never gonna give you up", "houston we have a problem",
	}
	walks := func(row string) string {
		at, out := r.IntN(len(row)), ""
		for len(out) < 8+r.IntN(8) {
			out += row[at : at+1]
			at = (at + 1) % len(row)
		}
		return out
	}
	romaji := func() string {
		return pick("sakura", "watashi", "nihon", "tokyo", "konnichiwa", "arigatou", "kawaii", "himitsu", "yamada", "tanaka", "suzuki",
			"naruto", "aishiteru", "genki", "sensei", "fujisan", "kitsune", "neko", "tomodachi", "hanabi")
	}
	reversed := func(s string) string { b := []byte(s); slices.Reverse(b); return string(b) }
	leet := strings.NewReplacer("a", "4", "e", "3", "o", "0", "s", "5", "i", "1", "t", "7")
	kinds := []func() string{
		func() string {
			return strings.Repeat(pick("a", "ab", "xyz", "qw", "12", "tor", "a1!", word()), 3+r.IntN(8))
		},
		func() string { w := pick(word(), name()); return reversed(w) + pick("", w, reversed(w)) },
		func() string {
			return walks(pick("qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc", "qazwsxedc", "poiuytrewq", "147258369"))
		},
		func() string {
			return fmt.Sprintf(pick("%02d%02d%d", "%d.%d.%d", "%02d/%02d/%d", "%d-%d-%d"), 1+r.IntN(28), 1+r.IntN(12), 1930+r.IntN(80)) + pick("", name())
		},
		func() string { return leet.Replace(pick(word(), name()) + word()) },
		func() string {
			return strings.ReplaceAll(quotes[r.IntN(len(quotes))], " ", pick("", " ", "-", "_")) + pick("", "!", "1", "7")
		},
		func() string {
			return name() + pick(".", "_", "") + from("Surname") + "@" + pick("gmail.com", "hotmail.com", "yahoo.com", "outlook.com")
		},
		func() string { return name() + pick("", name()) + fmt.Sprint(r.IntN(10_000)) },
		func() string { return romaji() + romaji() + pick("", romaji()) + pick("", "1", "123") },
		func() string {
			w := word()
			return strings.ToUpper(w[:1]) + w[1:] + pick(word(), from("Surname")) + pick("", "1", "12", "2024", "!")
		},
		func() string { return word() + pick("", " ", "-") + word() + pick("", " ", "-") + word() },
		func() string {
			return pick("abcdef", "123456", "987654", "fedcba", "abc123") + pick(word(), name()) + pick("!", "99", "")
		},
	}
	var list []string
	for i := range 10_000 {
		list = append(list, kinds[i%len(kinds)]())
	}
	return list
}

// TestJudgeAgainstZxcvbn: nothing that people make up is judged more than 8 bits
// above zxcvbn.
func TestJudgeAgainstZxcvbn(t *testing.T) {
	words := dictionary()
	for name, list := range map[string][]string{"leaked": leaked(), "patterns": patterns()} {
		worst, over := 0.0, 0
		for _, p := range list {
			got, want := estimate(words, p), zxcvbn.PasswordStrength(p, nil).Entropy
			if got > want+8 {
				if over++; over <= 20 {
					t.Errorf("%q is judged at %.1f bits, zxcvbn says %.1f", p, got, want)
				}
			}
			worst = max(worst, got-want)
		}
		t.Logf("%s: %d, at most %.1f bits above zxcvbn, %d above 8", name, len(list), worst, over)
	}
}

// TestRandomIsStrong: the judge does not refuse what was drawn by lot.
func TestRandomIsStrong(t *testing.T) {
	words, r := dictionary(), rand.New(rand.NewPCG(5, 6))
	source := rand.NewChaCha8([32]byte{7})
	draw := func(alphabet string, n int) string {
		out := make([]byte, n)
		for i := range out {
			out[i] = alphabet[r.IntN(len(alphabet))]
		}
		return string(out)
	}
	const small, digits = "abcdefghijklmnopqrstuvwxyz", "0123456789"
	for name, c := range map[string]struct {
		make  func() string
		least float64 // bits
		share float64 // that has them
	}{
		"ten words":                  {func() string { p, _ := GeneratePassphrase(source); return p }, 80, 1},
		"16 letters and digits":      {func() string { return draw(small+digits, 16) }, MinPassphraseBits, 0.93},
		"24 hexadecimal digits":      {func() string { return draw(digits+"abcdef", 24) }, MinPassphraseBits, 0.99},
		"20 letters of both cases":   {func() string { return draw(small+strings.ToUpper(small)+digits, 20) }, MinPassphraseBits, 0.99},
		"14 small letters":           {func() string { return draw(small, 14) }, MinPassphraseBits, 0.7},
		"12 of everything printable": {func() string { return draw(small+strings.ToUpper(small)+digits+"!#%&/()=?+*,;:<>", 12) }, 45, 0.8},
	} {
		const rounds = 500
		good, lowest := 0, math.Inf(1)
		for range rounds {
			bits := estimate(words, c.make())
			if lowest = min(lowest, bits); bits >= c.least {
				good++
			}
		}
		t.Logf("%s: %.1f %% have %.0f bits, the least %.0f", name, 100*float64(good)/rounds, c.least, lowest)
		if float64(good) < c.share*rounds {
			t.Errorf("%s: only %d of %d have %.0f bits", name, good, rounds, c.least)
		}
	}
}

// TestPieces: what each kind of piece costs, in bits.
func TestPieces(t *testing.T) {
	words := map[string]float64{"tiger": 8, "i": 3, "lot": 9}
	log := func(n float64) float64 { return math.Log2(n) }
	for p, want := range map[string]float64{
		"":                       0,
		"k":                      4.6,
		"K":                      5,
		"7":                      3.3,
		"k-w_ .":                 4.6 + 1 + 4.6 + 3,
		"é":                      4.6,
		"点":                      5,
		"tiger":                  8,
		"Tiger":                  9,
		"TIGER":                  9,
		"t1g3r":                  8,
		"T!g3R":                  9,
		"|07":                    9, // lot, and not iot
		"regit":                  9,
		"r3g1t":                  9,
		"i":                      3,
		"!":                      3,
		"tiger tiger":            8 + 1 + log(6) + 2,
		"tiger TIGER":            8 + 1 + log(6) + 2,
		"tigerr":                 8 + log(5) + 2,
		"vkvkvkvk":               4.6 + 4.6 + log(2) + 2,
		"vkxvkx":                 3*4.6 + log(3) + 2,
		"vkwwkv":                 3*4.6 + log(3) + 3,
		"vkwqvk":                 6*4.6 - 4.6 + 0 + 4.6, // two letters are no copy
		"aaaa":                   1 + log(4),
		"kkkk":                   4.6 + log(4),
		"abcd":                   1 + log(4),
		"fghij":                  4.6 + log(5),
		"jihgf":                  4.6 + log(5),
		"987":                    1 + log(3),
		"ab":                     2 * 4.6,
		"qwer":                   4 + log(4) + 1.3,
		"QWer":                   4 + log(4) + 1.3,
		"rewq":                   4 + log(4) + 1.3,
		"1qaz":                   4 + log(4) + 1.3,
		"!QAZ":                   4 + log(4) + 1.3,
		"zaq1":                   4 + log(4) + 1.3,
		"qwsa":                   4 + log(4) + 3*1.3,
		"!@#$":                   4 + log(4) + 1.3,
		"aoeu":                   4 + log(4) + 1.3,
		"7531":                   3 + log(3) + 0.7 + 3,
		"1984":                   7,
		"2024":                   7,
		"1884":                   3 + 2*3.3 + 3,
		"24121983":               14,
		"19831224":               14,
		"310783":                 14,
		"24.12.1983":             14,
		"3/7/1983":               14,
		"1983-12-24":             14,
		"34-39-1983":             4*3.3 + 2*1 + 7,
		"sakura":                 15,
		"tsukimono":              4 * 5,
		"saku":                   4 * 4.6,
		strings.Repeat("k", 200): 4.6 + 2,
	} {
		if got := estimate(words, p); math.Abs(got-want) > 1e-9 {
			t.Errorf("%.20q costs %.2f bits, want %.2f", p, got, want)
		}
	}
}
