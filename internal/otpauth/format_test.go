package otpauth

import (
	"math/rand/v2"
	"testing"
)

func TestFormatAndParseAreInverse(t *testing.T) {
	r := rand.New(rand.NewPCG(6238, 4226))
	for range 5000 {
		a := randomAccount(r)
		if err := a.Validate(); err != nil {
			t.Fatalf("the generator made an account that is not valid: %v", err)
		}
		for name, text := range map[string]string{"Format": Format(a), "FormatShort": FormatShort(a)} {
			got, _, err := Parse(text)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, text, err)
			}
			if !sameInURI(a, got) {
				t.Fatalf("%s: %s%s", name, text, describeDifference(a, got))
			}
		}
	}
}
