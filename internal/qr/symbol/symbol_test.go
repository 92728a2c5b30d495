package symbol

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/skip2/go-qrcode"
)

// modules are a code's, drawn by an independent encoder.
type modules [][]bool

func draw(t testing.TB, text string, version int, l qrcode.RecoveryLevel) modules {
	t.Helper()
	q, err := qrcode.NewWithForcedVersion(text, version, l)
	if err != nil {
		t.Skip(err)
	}
	q.DisableBorder = true
	return q.Bitmap()
}

func (m modules) dark(x, y int) bool { return m[y][x] }

// zxing is the judge: the text that gozxing reads.
func (m modules) zxing() (string, bool) {
	bits, err := gozxing.NewSquareBitMatrix(len(m))
	if err != nil {
		return "", false
	}
	for y := range m {
		for x := range m {
			if m[y][x] {
				bits.Set(x, y)
			}
		}
	}
	r, err := decoder.NewDecoder().Decode(bits, nil)
	if err != nil {
		return "", false
	}
	return r.GetText(), true
}

var levels = map[level]struct {
	library qrcode.RecoveryLevel
	zxing   decoder.ErrorCorrectionLevel
}{
	low:      {qrcode.Low, decoder.ErrorCorrectionLevel_L},
	medium:   {qrcode.Medium, decoder.ErrorCorrectionLevel_M},
	quartile: {qrcode.High, decoder.ErrorCorrectionLevel_Q},
	high:     {qrcode.Highest, decoder.ErrorCorrectionLevel_H},
}

// Every version and level, as full as it gets: the tables agree with another
// reader's, and what another writer drew is read.
func TestEveryVersionAndLevel(t *testing.T) {
	for version := 1; version <= maxVersion; version++ {
		v, err := decoder.Version_GetVersionForNumber(version)
		if err != nil {
			t.Fatal(err)
		}
		if got := alignmentCentres(version); !slices.Equal(got, v.GetAlignmentPatternCenters()) {
			t.Errorf("version %d: alignment patterns at %d, want %d", version, got, v.GetAlignmentPatternCenters())
		}
		for l, is := range levels {
			blocks := v.GetECBlocksForLevel(is.zxing)
			if int(checkWords[l][version]) != blocks.GetECCodewordsPerBlock() || int(blockCount[l][version]) != blocks.GetNumBlocks() {
				t.Errorf("version %d, level %d: %d blocks with %d check words", version, l, blockCount[l][version], checkWords[l][version])
			}
			data := v.GetTotalCodewords() - blocks.GetTotalECCodewords()
			want := strings.Repeat("secret=JBSWY3DPEHPK3PXP&", data)[:data-3]
			m := draw(t, want, version, is.library)
			if got, err := Decode(len(m), m.dark); got != want || err != nil {
				t.Errorf("version %d, level %d: %q, %v", version, l, got, err)
			}
		}
	}
}

func TestMirroredCodeIsRead(t *testing.T) {
	m := draw(t, "mirrored", 2, qrcode.Medium)
	got, err := Decode(len(m), func(x, y int) bool { return m[x][y] })
	if got != "mirrored" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// Up to half as many wrong words as check words are repaired; with more, a block
// is hardly ever taken for another one.
func TestErrorsAreCorrected(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	f := newField()
	wrong := 0
	for range 500 {
		checks := 7 + r.IntN(24)
		block := codedBlock(f, r, 10+r.IntN(100), checks)
		errors := r.IntN(checks/2 + 1)
		if got := damaged(r, block, errors); !f.correct(got, checks) || !slices.Equal(got, block) {
			t.Fatalf("%d errors with %d check words were not corrected", errors, checks)
		}
		if got := damaged(r, block, checks/2+1+r.IntN(5)); f.correct(got, checks) && checks > 12 {
			wrong++
		}
	}
	if wrong > 5 {
		t.Errorf("%d of 500 blocks beyond repair were taken for others", wrong)
	}
}

// codedBlock divides the data by the generator polynomial: 7.5.2.
func codedBlock(f *field, r *rand.Rand, data, checks int) []byte {
	block := make([]byte, data+checks)
	for i := range data {
		block[i] = byte(r.IntN(256))
	}
	generator := []byte{1} // the leading term first
	for i := range checks {
		next := append(slices.Clone(generator), 0)
		for j, c := range generator {
			next[j+1] ^= f.times(c, f.exp[i])
		}
		generator = next
	}
	rest := slices.Clone(block)
	for i := range data {
		for j, c := range generator {
			if j > 0 {
				rest[i+j] ^= f.times(c, rest[i])
			}
		}
	}
	copy(block[data:], rest[data:])
	return block
}

func damaged(r *rand.Rand, block []byte, errors int) []byte {
	out := slices.Clone(block)
	for _, i := range r.Perm(len(out))[:errors] {
		out[i] ^= byte(1 + r.IntN(255))
	}
	return out
}

// Whatever modules are damaged, the text is the right one or none, and a code
// that the judge reads is read.
func TestDamagedCodesAgreeWithAnotherReader(t *testing.T) {
	const want = "otpauth://totp/Acme:alice?secret=JBSWY3DPEHPK3PXP&issuer=Acme"
	r := rand.New(rand.NewPCG(3, 4))
	for l, is := range levels {
		for round := range 80 {
			m := draw(t, want, 7, is.library)
			for range 4 * round {
				y, x := r.IntN(len(m)), r.IntN(len(m))
				m[y][x] = !m[y][x]
			}
			got, err := Decode(len(m), m.dark)
			if err == nil && got != want {
				t.Fatalf("level %d, %d modules changed: %q", l, 4*round, got)
			}
			if judge, ok := m.zxing(); ok && judge == want && err != nil {
				t.Errorf("level %d, %d modules changed: not read, but by gozxing", l, 4*round)
			}
		}
	}
}

func TestNoCode(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{-3, 0, 17, 20, 21, 22, 45, 57, 177, 181} {
		if text, err := Decode(n, func(int, int) bool { return r.IntN(2) == 0 }); !errors.Is(err, ErrNoCode) {
			t.Errorf("%d by %d: %q, %v", n, n, text, err)
		}
	}
}
