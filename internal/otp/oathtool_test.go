package otp

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

// One run of oathtool prints a window of consecutive codes, so 100,000 cases
// cost 1,000 processes of 2 ms.
const (
	oathRuns   = 1000
	oathWindow = 100
)

func oathLines(t *testing.T, path string, args ...string) []string {
	t.Helper()
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("oathtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	lines := strings.Fields(string(out))
	if len(lines) != oathWindow {
		t.Fatalf("oathtool %s printed %d codes", strings.Join(args, " "), len(lines))
	}
	return lines
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// TestAgreesWithOathtool compares 100,000 codes, three in four of them TOTP,
// with random secrets of 1 to 128 bytes, 6 to 8 digits, periods and times up to
// the year 4000.
func TestAgreesWithOathtool(t *testing.T) {
	path := tooltest.Path(t, "oathtool")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	compared := 0
	for run := range oathRuns {
		key, digits := randomBytes(r, 1+r.IntN(128)), 6+r.IntN(3)
		if run%4 == 0 {
			compared += compareHOTP(t, path, r, key, digits)
		} else {
			compared += compareTOTP(t, path, r, key, digits)
		}
	}
	if compared < 100_000 {
		t.Errorf("only %d codes were compared", compared)
	}
}

func compareHOTP(t *testing.T, path string, r *rand.Rand, key []byte, digits int) int {
	a := account.New(account.HOTP, account.NewSecret(key))
	a.Digits = digits
	first := r.Uint64N(1 << (1 + r.IntN(62)))
	lines := oathLines(t, path, "--hotp", "-c", fmt.Sprint(first), "-d", fmt.Sprint(digits),
		"-w", fmt.Sprint(oathWindow-1), hex.EncodeToString(key))
	for i, want := range lines {
		c, err := AtCounter(a, first+uint64(i))
		if err != nil || c.Text != want {
			t.Fatalf("key %x digits %d counter %d: %q %v, oathtool says %s", key, digits, first+uint64(i), c.Text, err, want)
		}
	}
	return len(lines)
}

func compareTOTP(t *testing.T, path string, r *rand.Rand, key []byte, digits int) int {
	a := account.New(account.TOTP, account.NewSecret(key))
	a.Digits, a.Period = digits, []int{1, 10, 20, 30, 60, 90, 86400, 1 + r.IntN(account.MaxPeriod)}[r.IntN(8)]
	a.Algorithm = []account.Algorithm{account.SHA1, account.SHA256, account.SHA512}[r.IntN(3)]
	now := r.Int64N(1 << (1 + r.IntN(36)))
	lines := oathLines(t, path, "--totp="+string(a.Algorithm), "-N", "@"+strconv.FormatInt(now, 10),
		"-s", fmt.Sprintf("%ds", a.Period), "-d", fmt.Sprint(digits), "-w", fmt.Sprint(oathWindow-1), hex.EncodeToString(key))
	for i, want := range lines {
		at := now + int64(i)*int64(a.Period)
		c, err := At(a, time.Unix(at, 0))
		if err != nil || c.Text != want {
			t.Fatalf("key %x %s digits %d period %d at %d: %q %v, oathtool says %s", key, a.Algorithm, digits, a.Period, at, c.Text, err, want)
		}
	}
	return len(lines)
}
