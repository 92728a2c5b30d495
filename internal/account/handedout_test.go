package account

import (
	"math"
	"testing"
)

// TestHandedOutIn: a step of another period begins when all that was handed out is
// over, and no number overflows.
func TestHandedOutIn(t *testing.T) {
	for _, tt := range []struct {
		handedOut int64
		from, to  int
		want      int64
	}{
		{0, 30, 60, 0},
		{5, 30, 30, 5},
		{5, 30, 60, 3}, // until 150 s; 120 s would be too early
		{4, 30, 60, 2},
		{5, 30, 1, 150},
		{3, 60, 10, 18},
		{5, 0, 30, 5}, // no period: counter-based
		{5, 30, 0, 5},
		{math.MaxInt64, 30, 60, math.MaxInt64},
		{math.MaxInt64/30 - 9, 30, 60, math.MaxInt64/60 - 4},
	} {
		a := Account{Period: tt.from, HandedOut: tt.handedOut}
		if got := a.HandedOutIn(tt.to); got != tt.want {
			t.Errorf("%d steps of %d s are %d of %d s, want %d", tt.handedOut, tt.from, got, tt.to, tt.want)
		}
	}
}
