package qr

import (
	"slices"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/qr/detect"
)

func TestJoin(t *testing.T) {
	const whole = "otpauth://totp/Shop:jo?secret=KRUGS4ZANFZSAYJA"
	part := func(i, of int, text string) Found {
		return Found{Content: detect.Content{Text: text, Part: detect.Part{Index: i, Count: of, Parity: parityOf(whole)}}}
	}
	own := Found{Content: detect.Content{Text: "own"}}
	a, b, c := part(0, 3, whole[:20]), part(1, 3, whole[20:40]), part(2, 3, whole[40:])
	for name, x := range map[string]struct {
		codes   []Found
		texts   []string
		missing string
	}{
		"in order":         {[]Found{a, b, c}, []string{whole}, ""},
		"another order":    {[]Found{c, own, a, b}, []string{whole, "own"}, ""},
		"one twice":        {[]Found{a, b, b, c, a}, []string{whole}, ""},
		"the last missing": {[]Found{a, b, own}, []string{"own"}, "part 3 of 3"},
		"two missing":      {[]Found{b}, nil, "part 1 of 3"},
		"a cut part":       {[]Found{a, b, part(2, 3, whole[41:])}, nil, "do not fit"},
		"two of one place": {[]Found{a, b, c, part(1, 3, "x")}, nil, "do not fit"},
		"a part of bytes":  {[]Found{part(0, 1, "\xff")}, nil, "do not fit"},
		"nothing":          {nil, nil, ""},
	} {
		texts, missing := Join(x.codes)
		if !slices.Equal(texts, x.texts) || !strings.Contains(strings.Join(missing, "; "), x.missing) || (x.missing == "") != (len(missing) == 0) {
			t.Errorf("%s: %q, %q", name, texts, missing)
		}
	}
}
