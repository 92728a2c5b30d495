package otp

// Grouped writes a code as people read one aloud: "492 039", "8495 0392". Codes
// of up to five characters stay whole. It is for eyes only: sites want the code
// without the blank.
func Grouped(code string) string {
	switch n := len(code); {
	case n <= 5:
		return code
	case n == 9:
		return code[:3] + " " + code[3:6] + " " + code[6:]
	default:
		return code[:n/2] + " " + code[n/2:]
	}
}
