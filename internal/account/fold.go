package account

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold makes texts comparable for a search: case, width, accents, NFC and NFD do not
// count, katakana is hiragana. か and が stay different, and so do letters of two
// scripts that look alike. Folding a second time changes nothing.
//
// x/text/cases and x/text/width do less and cost 0.2 ms of every start.
func Fold(s string) string { return string(appendFold(make([]byte, 0, len(s)+8), s)) }

// appendFold is Fold at the end of a buffer. ASCII, kana and kanji, which nearly all
// names are made of, go through no table: of 10,000 names 1.3 ms instead of 11.
func appendFold(out []byte, s string) []byte {
	begin := len(out)
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			out = append(out, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		isKana := r >= 'ぁ' && r <= 'ゖ' || r >= 'ァ' && r <= 'ヶ' || r == 'ー'
		if next, _ := utf8.DecodeRuneInString(s[i+n:]); isMark(next) || !isKana && (r < 0x4E00 || r > 0x9FFF || respelt(r) != "") {
			return appendFoldSlowly(out[:begin], s)
		}
		if r >= 'ァ' && r <= 'ヶ' {
			r -= katakana
		}
		out = utf8.AppendRune(out, r)
		i += n
	}
	return out
}

const katakana = 'ァ' - 'ぁ'

// isMark: it changes what is before it.
func isMark(r rune) bool {
	return r >= utf8.RuneSelf && r != utf8.RuneError && (r == '゛' || r == '゜' || r == 'ﾞ' || r == 'ﾟ' || unicode.Is(unicode.Mn, r))
}

func appendFoldSlowly(done []byte, s string) []byte {
	s = strings.ToValidUTF8(strings.ReplaceAll(strings.ReplaceAll(s, "゛", "\u3099"), "゜", "\u309a"), "\ufffd")
	out := make([]rune, 0, len(s))
	for _, r := range norm.NFKD.String(s) {
		switch other := respelt(r); {
		case r == 0x3099 || r == 0x309A:
			if n := len(out); n > 0 {
				out[n-1] = voiced(out[n-1], r)
			}
		case unicode.Is(unicode.Mn, r):
		case r >= 'ァ' && r <= 'ヶ' || r == 'ヽ' || r == 'ヾ':
			out = append(out, r-katakana)
		case other != "":
			out = append(out, []rune(other)...)
		default:
			out = append(out, unicode.ToLower(unicode.ToUpper(r)))
		}
	}
	return append(done, string(out)...)
}

// respelt is how a letter is written that Unicode does not take apart.
func respelt(r rune) string {
	switch r {
	case 'ß', 'ẞ':
		return "ss"
	case 'æ', 'Æ':
		return "ae"
	case 'ø', 'Ø':
		return "o"
	case 'œ', 'Œ':
		return "oe"
	case 'ł', 'Ł':
		return "l"
	case 'đ', 'Đ', 'ð', 'Ð':
		return "d"
	case 'þ', 'Þ':
		return "th"
	case 'ı':
		return "i"
	case '髙':
		return "高"
	case '﨑':
		return "崎"
	case '德':
		return "徳"
	case '・', '\u3000':
		return " "
	case '〜', '〰':
		return "~"
	case 0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212:
		return "-"
	}
	return ""
}

// voiced joins a hiragana and its mark.
func voiced(r, mark rune) rune {
	switch {
	case r == 'う' && mark == 0x3099:
		return 'ゔ'
	case r >= 'は' && r <= 'ほ' && (r-'は')%3 == 0:
		return r + mark - 0x3098
	case mark == 0x3099 && (r >= 'か' && r <= 'ち' && (r-'か')%2 == 0 || r == 'つ' || r == 'て' || r == 'と'):
		return r + 1
	}
	return r
}

func hasKana(folded string) bool {
	return strings.ContainsFunc(folded, func(r rune) bool { return r >= 'ぁ' && r <= 'ゖ' })
}

// sounds are those of U+3041 to U+3096, by row (Kunrei).
const sounds = "a a i i u u e e o o ka ga ki gi ku gu ke ge ko go sa za si zi su zu se ze so zo " +
	"ta da ti zi - tu zu te de to do na ni nu ne no ha ba pa hi bi pi hu bu pu he be pe ho bo po " +
	"ma mi mu me mo ya ya yu yu yo yo ra ri ru re ro wa wa i e o n bu ka ke"

// speller brings kana and romaji to one spelling.
type speller struct {
	kana     []string
	spelling *strings.Replacer
}

func newSpeller() *speller {
	return &speller{strings.Fields(sounds), strings.NewReplacer(
		"tch", "ty", "cch", "ty", "ch", "ty", "cya", "tya", "cyu", "tyu", "cyo", "tyo", "tsu", "tu", "ts", "t",
		"shi", "si", "sh", "sy", "dzu", "zu", "dz", "z", "ji", "zi", "jy", "zy", "j", "zy",
		"dhi", "zi", "thi", "ti", "twu", "tu", "dwu", "zu", "di", "zi", "du", "zu", "dy", "zy",
		"fu", "hu", "fy", "hy", "f", "h", "vu", "bu", "v", "b", "l", "r", "wo", "o",
		"xtu", "", "xtsu", "", "x", "",
		"mb", "nb", "mp", "np", "mm", "nm", "kw", "ku",
		"ca", "ka", "cu", "ku", "co", "ko", "ck", "k", "q", "k",
	)}
}

// sound is how a folded text sounds, in one spelling for all ways to write it: kana,
// Hepburn, Kunrei, and what is typed into an input method. Length does not count, so
// とうきょう is tokyo, toukyou and tōkyō. It reads no kanji.
func (s *speller) sound(folded string) string {
	var b []byte
	for _, r := range folded {
		switch {
		case r == 'ー' || r == 'っ' || r == '-' || r == '\'' || r == ' ' || r == '’':
		case r < 'ぁ' || r > 'ゖ':
			b = utf8.AppendRune(b, r)
		case strings.ContainsRune("ゃゅょぁぃぅぇぉゎ", r) && len(b) > 0 && strings.IndexByte("iueo", b[len(b)-1]) >= 0:
			b = join(b, s.kana[r-'ぁ'])
		default:
			b = append(b, s.kana[r-'ぁ']...)
		}
	}
	text := strings.ReplaceAll(s.spelling.Replace(string(b)), "yi", "i")
	out := make([]byte, 0, len(text))
	for i := range len(text) {
		c, before := text[i], byte(0)
		if len(out) > 0 {
			before = out[len(out)-1]
		}
		switch {
		case c == before && c >= 'a' && c < utf8.RuneSelf: // kinnyuu
		case before == 'o' && c == 'u': // toukyou
		case before == 'o' && c == 'h' && (i+1 == len(text) || strings.IndexByte("aiueo", text[i+1]) < 0): // ohno, itoh
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// join adds a small kana to a sound: きゃ kya, しぇ sye, うぇ we, ふぁ ha, てぃ ti.
func join(b []byte, small string) []byte {
	vowel := b[len(b)-1]
	b = b[:len(b)-1]
	switch {
	case small[0] == 'y':
	case vowel == 'u' && len(b) == 0:
		b = append(b, 'w')
	case vowel == 'i':
		b = append(b, 'y')
	}
	return append(b, small...)
}
