package symbol

// A code's data is cut into blocks, each with its own check words (table 9). The
// tables are indexed by level, in the order of its values, and version.
var checkWords = [4][maxVersion + 1]byte{
	medium:   {0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28},
	low:      {0, 7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
	high:     {0, 17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28, 30, 24, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
	quartile: {0, 13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30, 28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
}

var blockCount = [4][maxVersion + 1]byte{
	medium:   {0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49},
	low:      {0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25},
	high:     {0, 1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25, 25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81},
	quartile: {0, 1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20, 23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68},
}

// correct takes the blocks apart, corrects each, and joins their data.
func correct(words []byte, version int, l level) ([]byte, bool) {
	checks, count := int(checkWords[l][version]), int(blockCount[l][version])
	short := len(words) / count      // the length of the first blocks, with checks
	long := len(words) - short*count // so many of the last ones have one word more
	blocks := make([][]byte, count)
	for i := range blocks {
		blocks[i] = make([]byte, 0, short+1)
	}
	rest := words
	for at := range short + 1 {
		first := 0
		if at == short-checks { // the word that only long blocks have
			first = count - long
		}
		for i := first; i < count; i++ {
			blocks[i] = append(blocks[i], rest[0])
			rest = rest[1:]
		}
	}
	var data []byte
	f := newField()
	for _, b := range blocks {
		if !f.correct(b, checks) {
			return nil, false
		}
		data = append(data, b[:len(b)-checks]...)
	}
	return data, true
}
