package symbol

import "math/bits"

const maxVersion = 40

// level is the amount of error correction, as the format information has it.
type level int

const (
	medium   level = 0
	low      level = 1
	high     level = 2
	quartile level = 3
)

// format is the format information: 7.9.
type format struct {
	level level
	mask  int
}

// readFormat reads the two copies of the format information and takes the valid
// one that differs from one of them least; with more than three errors, none.
func readFormat(n int, dark func(x, y int) bool) (format, bool) {
	first, second := 0, 0
	for i := range 15 {
		x, y := besideCorner(i)
		first |= bit(dark(x, y)) << i
		if i < 8 {
			second |= bit(dark(n-1-i, 8)) << i
		} else {
			second |= bit(dark(8, n-15+i)) << i
		}
	}
	best, least := 0, 4
	for f := range 32 {
		valid := formatBits(f)
		d := min(bits.OnesCount(uint(valid^first)), bits.OnesCount(uint(valid^second)))
		if d < least {
			best, least = f, d
		}
	}
	return format{level(best >> 3), best & 7}, least < 4
}

// besideCorner is where bit i of the first copy is, around the upper left corner.
func besideCorner(i int) (x, y int) {
	switch {
	case i < 6:
		return 8, i
	case i < 8:
		return 8, i + 1
	case i == 8:
		return 7, 8
	}
	return 14 - i, 8
}

// formatBits adds the ten bits of the BCH code and the mask over all.
func formatBits(f int) int {
	rest := f
	for range 10 {
		rest = rest<<1 ^ rest>>9*0x537
	}
	return (f<<10 | rest) ^ 0x5412
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// codewords reads the modules that are not part of a pattern, in columns of two
// from the right, up and down in turns, without the mask.
func codewords(version, mask int, dark func(x, y int) bool) []byte {
	n := 17 + 4*version
	pattern := patterns(version)
	out := make([]byte, 0, dataModules(version)/8)
	var word, filled int
	for right := n - 1; right > 0; right -= 2 {
		if right == 6 {
			right = 5 // the vertical timing pattern has a column of its own
		}
		up := (right+1)&2 == 0
		for i := range n {
			y := i
			if up {
				y = n - 1 - i
			}
			for _, x := range [2]int{right, right - 1} {
				if pattern[y*n+x] {
					continue
				}
				word = word<<1 | bit(dark(x, y) != masked(mask, x, y))
				if filled++; filled%8 == 0 {
					out = append(out, byte(word))
				}
			}
		}
	}
	return out
}

// masked reports whether the mask turns a module over: table 10.
func masked(mask, x, y int) bool {
	switch mask {
	case 0:
		return (x+y)%2 == 0
	case 1:
		return y%2 == 0
	case 2:
		return x%3 == 0
	case 3:
		return (x+y)%3 == 0
	case 4:
		return (x/3+y/2)%2 == 0
	case 5:
		return x*y%2+x*y%3 == 0
	case 6:
		return (x*y%2+x*y%3)%2 == 0
	}
	return ((x+y)%2+x*y%3)%2 == 0
}

// patterns marks the modules that hold no data.
func patterns(version int) []bool {
	n := 17 + 4*version
	marked := make([]bool, n*n)
	mark := func(x, y, width, height int) {
		for dy := range height {
			for dx := range width {
				marked[(y+dy)*n+x+dx] = true
			}
		}
	}
	mark(0, 0, 9, 9)   // the corners, with the format information
	mark(n-8, 0, 8, 9) // and the light edge
	mark(0, n-8, 9, 8)
	mark(6, 0, 1, n) // the timing patterns
	mark(0, 6, n, 1)
	centres := alignmentCentres(version)
	for i, x := range centres {
		for j, y := range centres {
			if last := len(centres) - 1; i+j > 0 && i+j != last || i*j > 0 {
				mark(x-2, y-2, 5, 5)
			}
		}
	}
	if version >= 7 { // the version information
		mark(n-11, 0, 3, 6)
		mark(0, n-11, 6, 3)
	}
	return marked
}

// alignmentCentres are the rows and columns with alignment patterns: the first
// is 6, the last is 7 from the edge, the others equally far apart and even
// (annex E; version 32 is the exception to the rule that makes them so).
func alignmentCentres(version int) []int {
	if version == 1 {
		return nil
	}
	count := version/7 + 2
	step := (version*8 + count*3 + 5) / (count*4 - 4) * 2
	if version == 32 {
		step = 26
	}
	centres := make([]int, count)
	centres[0] = 6
	for i := 1; i < count; i++ {
		centres[i] = 10 + 4*version - (count-1-i)*step
	}
	return centres
}

// dataModules is how many modules are left for data: table 1.
func dataModules(version int) int {
	modules := (16*version+128)*version + 64
	if version >= 2 {
		count := version/7 + 2
		modules -= (25*count-10)*count - 55
	}
	if version >= 7 {
		modules -= 36
	}
	return modules
}
