package symbol

// field is the arithmetic of GF(256) with the polynomial of QR codes,
// x⁸+x⁴+x³+x²+1: exp[i] is the i-th power of 2, log its inverse.
type field struct {
	exp [510]byte
	log [256]int
}

func newField() *field {
	f := &field{}
	v := 1
	for i := range 255 {
		f.exp[i], f.exp[i+255], f.log[v] = byte(v), byte(v), i
		if v <<= 1; v > 255 {
			v ^= 0x11d
		}
	}
	return f
}

func (f *field) times(a, b byte) byte {
	if a == 0 || b == 0 {
		return 0
	}
	return f.exp[f.log[a]+f.log[b]]
}

// over divides; b is not 0.
func (f *field) over(a, b byte) byte {
	if a == 0 {
		return 0
	}
	return f.exp[f.log[a]+255-f.log[b]]
}

// at evaluates a polynomial, whose constant term comes first.
func (f *field) at(p []byte, x byte) byte {
	var v byte
	for i := len(p) - 1; i >= 0; i-- {
		v = f.times(v, x) ^ p[i]
	}
	return v
}

// correct repairs a block of data with check words behind it, in place. With
// more than checks/2 wrong words it nearly always reports false.
func (f *field) correct(block []byte, checks int) bool {
	syndromes, clean := f.syndromes(block, checks)
	if clean {
		return true
	}
	locator := f.locator(syndromes)
	errors := len(locator) - 1
	if errors == 0 || errors > checks/2 || !f.repair(block, syndromes, locator) {
		return false
	}
	_, clean = f.syndromes(block, checks)
	return clean
}

// syndromes are the block's values at the powers of 2, all 0 without errors. The
// block's last word is the constant term.
func (f *field) syndromes(block []byte, checks int) ([]byte, bool) {
	s := make([]byte, checks)
	clean := true
	for i := range s {
		var v byte
		for _, word := range block {
			if v != 0 {
				v = f.exp[f.log[v]+i]
			}
			v ^= word
		}
		s[i] = v
		clean = clean && v == 0
	}
	return s, clean
}

// locator is the polynomial whose roots say where the errors are, found with
// the algorithm of Berlekamp and Massey.
func (f *field) locator(s []byte) []byte {
	current, previous := []byte{1}, []byte{1}
	length, gap, last := 0, 1, byte(1)
	for i := range s {
		d := s[i]
		for j := 1; j <= length && j < len(current); j++ {
			d ^= f.times(current[j], s[i-j])
		}
		if d == 0 {
			gap++
			continue
		}
		next := f.minus(current, previous, f.over(d, last), gap)
		if 2*length <= i {
			previous, length, last, gap = current, i+1-length, d, 0
		}
		current = next
		gap++
	}
	for len(current) > 1 && current[len(current)-1] == 0 {
		current = current[:len(current)-1]
	}
	if len(current)-1 != length {
		return []byte{1} // fewer roots than errors: nothing fits
	}
	return current
}

// minus is p - factor·xᵍ·q, as a new polynomial.
func (f *field) minus(p, q []byte, factor byte, g int) []byte {
	out := make([]byte, max(len(p), len(q)+g))
	copy(out, p)
	for i, c := range q {
		out[i+g] ^= f.times(factor, c)
	}
	return out
}

// repair tries every place of the block as a root of the locator and takes the
// error's value there from Forney's formula.
func (f *field) repair(block, s, locator []byte) bool {
	evaluator := make([]byte, len(locator)-1) // s·locator, the terms that count
	for i := range evaluator {
		for j := 0; j <= i; j++ {
			evaluator[i] ^= f.times(locator[j], s[i-j])
		}
	}
	slope := make([]byte, len(locator)) // the locator's derivative
	for i := 1; i < len(locator); i += 2 {
		slope[i-1] = locator[i]
	}
	found := 0
	for power := range block {
		inverse := f.exp[255-power]
		if f.at(locator, inverse) != 0 {
			continue
		}
		d := f.at(slope, inverse)
		if d == 0 {
			return false
		}
		found++
		block[len(block)-1-power] ^= f.times(f.exp[power], f.over(f.at(evaluator, inverse), d))
	}
	return found == len(locator)-1
}
