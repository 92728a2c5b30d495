package text_test

import (
	"testing"

	"github.com/jangle-otp/jangle/internal/text"
)

func TestT(t *testing.T) {
	for _, c := range []struct {
		format string
		args   []any
		want   string
	}{
		{"%s is set", []any{"unlock_for"}, "unlock_for is set"},
		{"%[2]s, %[1]d", []any{2, "b"}, "b, 2"},
		{"cannot read it: %w", nil, "cannot read it: %w"}, // for fmt.Errorf
		{"date -u +%s, 100 %", nil, "date -u +%s, 100 %"}, // no format
	} {
		if got := text.T(c.format, c.args...); got != c.want {
			t.Errorf("T(%q, %v) is %q, want %q", c.format, c.args, got, c.want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { _ = text.T("100 %") }); n != 0 {
		t.Errorf("a text without arguments costs %g allocations", n)
	}
}
