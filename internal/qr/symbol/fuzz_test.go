package symbol

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// Whatever bits a code holds: no panic, a text is text, it has at most three
// characters a byte (digits), and where the judge reads one of ASCII, it is the
// same. Other characters may differ: the judge guesses the set once a segment.
func FuzzText(f *testing.F) {
	f.Add(bitsOf([2]int{1, 4}, [2]int{8, 10}, [2]int{12, 10}, [2]int{345, 10}, [2]int{67, 7}, [2]int{0, 4}), uint8(1))
	f.Add(bitsOf([2]int{2, 4}, [2]int{5, 9}, [2]int{462, 11}, [2]int{1849, 11}, [2]int{2, 6}, [2]int{0, 4}), uint8(1))
	f.Add(bitsOf([2]int{8, 4}, [2]int{2, 8}, [2]int{0xd9f, 13}, [2]int{0x1aaa, 13}, [2]int{0, 4}), uint8(9))
	f.Add(bitsOf([2]int{7, 4}, [2]int{20, 8}, [2]int{4, 4}, [2]int{2, 16}, [2]int{0x93, 8}, [2]int{0x5f, 8}, [2]int{0, 4}), uint8(10))
	f.Add(bitsOf([2]int{13, 4}, [2]int{1, 4}, [2]int{1, 12}, [2]int{0x1aaa, 13}, [2]int{3, 4}, [2]int{1, 16}, [2]int{5, 4}), uint8(40))
	f.Fuzz(func(t *testing.T, data []byte, version uint8) {
		v := int(version)%maxVersion + 1
		data = data[:min(len(data), dataModules(v)/8)]
		got, err := text(data, v)
		if err != nil && got != "" || err == nil && (got == "" || !utf8.ValidString(got) || strings.ContainsRune(got, utf8.RuneError)) {
			t.Fatalf("%q, %v", got, err)
		}
		if len([]rune(got)) > 3*len(data) {
			t.Fatalf("%d characters from %d bytes", len([]rune(got)), len(data))
		}
		if judge, ok := judged(data, v); ok && err == nil && judge != got && isASCII([]byte(judge)) {
			t.Fatalf("%q, the judge reads %q", got, judge)
		}
	})
}

func judged(data []byte, version int) (text string, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	v, err := decoder.Version_GetVersionForNumber(version)
	if err != nil {
		return "", false
	}
	r, err := decoder.DecodedBitStreamParser_Decode(data, v, decoder.ErrorCorrectionLevel_L, nil)
	if err != nil || r.GetSymbologyModifier() > 2 {
		return "", false // FNC1, the codes of shops: the judge forgets eight bits after the second kind
	}
	return r.GetText(), true
}
