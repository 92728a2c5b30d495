package otpauth

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestFindURIs(t *testing.T) {
	const (
		a = "otpauth://totp/A:ann?secret=JBSWY3DPEHPK3PXP&issuer=A"
		b = "otpauth://hotp/B?secret=JBSWY3DPEHPK3PXP&counter=1"
		m = "otpauth-migration://offline?data=CjEK%2B"
		s = "steam://JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
		o = "motp://Bank:ann?secret=48656c6c6f21"
	)
	for name, v := range map[string]struct {
		text string
		want []string
	}{
		"nothing":          {"", nil},
		"prose":            {"the otpauth scheme, see https://example.com/otpauth and steam://run/440, steam://store", nil},
		"a list":           {a + "\n" + b + "\r\n\n" + m + "\n" + s + "\n" + o, []string{a, b, m, s, o}},
		"comments":         {"# " + a + "\n  #" + a + "\n" + b + "\n", []string{b}},
		"byte order mark":  {"\ufeff" + a + "\n\ufeff# " + b, []string{a}},
		"upper case":       {strings.ToUpper(a), []string{strings.ToUpper(a)}},
		"words before":     {"QR-Code:" + m, []string{m}},
		"in a sentence":    {"scan " + a + " or " + b + ", please", []string{a, b}},
		"JSON":             {`{"x":"` + a + `","y":["` + b + `"]}`, []string{a, b}},
		"JSON, escaped":    {`{"x":"otpauth:\/\/totp\/A?secret=JBSWY3DPEHPK3PXP"}`, []string{`otpauth:\/\/totp\/A?secret=JBSWY3DPEHPK3PXP`}},
		"HTML":             {`<a href="` + a + `">x</a><li>` + b + `</li>`, []string{a, b}},
		"angle brackets":   {"<" + a + "> <" + b + ">", []string{a, b}},
		"CSV":              {"name,uri\nA," + a + ",x\nB,'" + b + "'\n", []string{a, b}},
		"commas":           {a + "," + b + ", " + o + ",", []string{a, b, o}},
		"key=value":        {"URL=" + a, []string{a}},
		"blank in a name":  {"otpauth://totp/Big Corp:ann?secret=JBSWY3DPEHPK3PXP&issuer=Big Corp", []string{"otpauth://totp/Big Corp:ann?secret=JBSWY3DPEHPK3PXP&issuer=Big Corp"}},
		"blank in a label": {"see otpauth://totp/Big Corp:ann?secret=JBSWY3DPEHPK3PXP now", []string{"otpauth://totp/Big Corp:ann?secret=JBSWY3DPEHPK3PXP"}},
		"broken ones too":  {"otpauth://totp/x\notpauth:totp/y?z", []string{"otpauth://totp/x", "otpauth:totp/y?z"}},
		"a longer word":    {"xotpauth://totp/A?secret=JBSWY3DPEHPK3PXP", nil},
	} {
		if got := FindURIs(v.text); !slices.Equal(got, v.want) {
			t.Errorf("%s: %q\nwant %q", name, got, v.want)
		}
	}
}

func TestFindWhatFormatWrites(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 500 {
		var uris []string
		for range 1 + r.IntN(5) {
			uris = append(uris, FormatFor(randomAccount(r), Style(r.IntN(int(StyleBitwarden)))))
		}
		for _, separator := range []string{"\n", "\r\n\r\n", "\n# comment\n", `","`, ",", " "} {
			if got := FindURIs(strings.Join(uris, separator)); !slices.Equal(got, uris) {
				t.Fatalf("separator %q: %q\nwant %q", separator, got, uris)
			}
		}
	}
}

func TestIsURI(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "x": false, "https://x": false, "otpauth": false, "steam://run/440": false, "otpauths://x": false,
		"otpauth://totp/a": true, " \"OTPAUTH:totp/a\"": true, "otpauth-migration://x": true, "motp://a": true,
		"steam://JBSWY3DPEHPK3PXP": true, "steam://store": false, "otpauth:" + strings.Repeat("x", MaxMigrationText): false,
	} {
		if IsURI(text) != want {
			t.Errorf("%.60q: not %v", text, want)
		}
	}
}
