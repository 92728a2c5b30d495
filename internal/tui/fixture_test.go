package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/term"
)

// noon is at the beginning of a period of 30 seconds.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// fakeCode is "001234" for the 1,234th step after noon, so that a test can read
// the time off a code.
func fakeCode(_ int, t time.Time) (otp.Code, error) {
	step := (t.Unix() - noon.Unix()) / 30
	if t.Before(noon) {
		step--
	}
	from := noon.Add(time.Duration(step) * 30 * time.Second)
	return otp.Code{Text: fmt.Sprintf("%06d", step), From: from, Until: from.Add(30 * time.Second), Step: step}, nil
}

func fakeRows() []Row {
	return []Row{
		{Issuer: "GitHub", Name: "ann@example.com"},
		{Issuer: "日本銀行", Name: "太郎", Group: "Bank", Unproven: true},
		{Issuer: "Jira", Name: "ann", Group: "Work"},
		{Issuer: "Door", Name: "front", CounterBased: true},
		{Issuer: "Amazon", Name: "ken@example.jp", Favourite: true},
	}
}

type fixture struct {
	t      *testing.T
	v      *view
	now    time.Time
	copied []string
	made   int
}

func newFixture(t *testing.T, change func(*Options)) *fixture {
	f := &fixture{t: t, now: noon}
	o := Options{
		Rows: fakeRows(), Now: func() time.Time { return f.now }, Code: fakeCode,
		Copy: func(_ context.Context, code string) (string, error) {
			f.copied = append(f.copied, code)
			return "copied; will be cleared in 30 s", nil
		},
		NextHOTP: func(context.Context, int) (string, error) {
			f.made++
			return fmt.Sprintf("%06d", 755224+f.made), nil
		},
	}
	if change != nil {
		change(&o)
	}
	f.v = newView(o, watching)
	f.v.resize(80, 24)
	return f
}

// press types keys: text is letters, "<down>" and the like are keys.
func (f *fixture) press(keys ...string) (last outcome) {
	names := map[string]term.Key{
		"<enter>": {Code: term.KeyEnter}, "<esc>": {Code: term.KeyEscape}, "<up>": {Code: term.KeyUp},
		"<down>": {Code: term.KeyDown}, "<pgup>": {Code: term.KeyPageUp}, "<pgdn>": {Code: term.KeyPageDown},
		"<home>": {Code: term.KeyHome}, "<end>": {Code: term.KeyEnd}, "<tab>": {Code: term.KeyTab},
		"<backtab>": {Code: term.KeyBackTab}, "<bs>": {Code: term.KeyBackspace}, "<f1>": {Code: term.KeyF1},
		"<^c>": {Code: term.KeyCtrl, Rune: 'c'}, "<^z>": {Code: term.KeyCtrl, Rune: 'z'}, "<^l>": {Code: term.KeyCtrl, Rune: 'l'},
		"<^u>": {Code: term.KeyCtrl, Rune: 'u'}, "<^n>": {Code: term.KeyCtrl, Rune: 'n'}, "<^p>": {Code: term.KeyCtrl, Rune: 'p'},
		"<^f>": {Code: term.KeyCtrl, Rune: 'f'}, "<^b>": {Code: term.KeyCtrl, Rune: 'b'}, "<^\\>": {Code: term.KeyCtrl, Rune: '\\'},
	}
	for _, k := range keys {
		if named, ok := names[k]; ok {
			last = f.v.key(context.Background(), named, false, f.now)
			continue
		}
		for _, r := range k {
			last = f.v.key(context.Background(), term.Key{Code: term.KeyRune, Rune: r}, false, f.now)
		}
	}
	return last
}

// text is the frame as a person sees it, each column move shown as a blank.
func (f *fixture) text() string {
	frame := strings.Join(f.v.frame(f.now), "\n")
	var b strings.Builder
	for {
		before, after, found := strings.Cut(frame, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		end := strings.IndexAny(after, "GmHKJ")
		if after[end] == 'G' {
			b.WriteByte(' ')
		}
		frame = after[end+1:]
	}
}

func (f *fixture) sees(texts ...string) {
	f.t.Helper()
	have := f.text()
	for _, want := range texts {
		if !strings.Contains(have, want) {
			f.t.Errorf("%q is not on the screen:\n%s", want, have)
		}
	}
}

func (f *fixture) doesNotSee(texts ...string) {
	f.t.Helper()
	have := f.text()
	for _, bad := range texts {
		if strings.Contains(have, bad) {
			f.t.Errorf("%q is on the screen:\n%s", bad, have)
		}
	}
}

func (f *fixture) selectedIssuer() string {
	if i := f.v.selectedEntry(); i >= 0 {
		return f.v.entries[i].Issuer
	}
	return ""
}
