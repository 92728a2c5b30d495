package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/term"
)

func TestOrderAndMarks(t *testing.T) {
	f := newFixture(t, nil)
	f.sees("5 accounts", "> *", "! 日本銀行", "on request", "000 000", "30s", "==========", "1 account without a verified backup")
	place := 0
	for _, want := range []string{"Favourites", "Amazon", "-- Bank", "日本銀行", "-- Work", "Jira", "Other accounts", "GitHub", "Door"} {
		at := strings.Index(f.text()[place:], want)
		if at < 0 {
			t.Fatalf("%q is not after the ones before it:\n%s", want, f.text())
		}
		place += at
	}
}

func TestNoHeadingsWithoutGroups(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Rows = []Row{{Issuer: "A"}, {Issuer: "B"}} })
	f.doesNotSee("--")
}

func TestCountdown(t *testing.T) {
	f := newFixture(t, nil)
	f.doesNotSee("next")
	f.now = noon.Add(20*time.Second - time.Millisecond)
	f.sees("11s")
	f.doesNotSee("next")
	f.now = noon.Add(20 * time.Second)
	f.sees("10s", "next 000 001", "====......")
	f.now = noon.Add(25 * time.Second)
	f.sees("5s!", "next 000 001")
	f.now = noon.Add(29*time.Second + 999*time.Millisecond)
	f.sees("1s!", "000 000")
	f.now = noon.Add(30 * time.Second)
	f.sees("30s", "000 001")
	f.doesNotSee("next", "000 000")
}

func TestClockSetBack(t *testing.T) {
	f := newFixture(t, nil)
	f.now = noon.Add(95 * time.Second)
	f.sees("000 003", "25s")
	f.now = noon.Add(35 * time.Second)
	f.sees("000 001", "25s")
	f.doesNotSee("000 003")
}

func TestCodesAreComputedOnce(t *testing.T) {
	calls := 0
	f := newFixture(t, func(o *Options) {
		o.Rows = make([]Row, 1000)
		o.Code = func(i int, t time.Time) (otp.Code, error) { calls++; return fakeCode(i, t) }
	})
	for range 15 {
		f.text()
		f.now = f.now.Add(time.Second)
	}
	if calls != 22 {
		t.Errorf("%d codes computed for 22 rows on the screen and 15 seconds", calls)
	}
}

func TestNothingIsDrawnWhenNothingChanged(t *testing.T) {
	f := newFixture(t, nil)
	var s screen
	var out strings.Builder
	for i := range 3 {
		if err := s.draw(&out, f.v.frame(f.now)); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			out.Reset()
		}
	}
	if out.Len() > 0 {
		t.Errorf("drawn again: %q", out.String())
	}
	f.now = f.now.Add(time.Second)
	if err := s.draw(&out, f.v.frame(f.now)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "Door") || !strings.Contains(out.String(), "GitHub") {
		t.Errorf("after a second: %q", out.String())
	}
}

func TestTicking(t *testing.T) {
	f := newFixture(t, nil)
	if !f.v.ticking() {
		t.Error("codes on the screen and no tick")
	}
	f.press("/door")
	if f.v.ticking() {
		t.Error("only a counter-based row on the screen, and a tick")
	}
	f.press("<enter>")
	if !f.v.ticking() {
		t.Error("a message that goes by itself and no tick")
	}
}

func TestFilter(t *testing.T) {
	f := newFixture(t, nil)
	f.press("a", "nn")
	f.sees("/ann_", "2 of 5 accounts", "GitHub", "Jira")
	f.doesNotSee("Amazon", "Door")
	f.press("<bs>", "<bs>", "<bs>")
	f.sees("Amazon", "Door")
	f.press("<bs>", "/", "gthb")
	f.sees("GitHub", "1 of 5")
	f.press("<esc>")
	f.sees("5 accounts")
	f.press("/", "zzz")
	f.sees("nothing fits")
	if got := f.press("<enter>"); got != stay || len(f.copied) > 0 {
		t.Error("enter on nothing did something")
	}
	f.press("<^u>")
	f.sees("5 accounts")
	f.press("/日本")
	f.sees("1 of 5", "日本銀行")
	f.press("<^u>", "/work")
	f.sees("Jira")
}

// The best fit is on top and selected, whatever is first without a filter; see
// account.Ranked, which list, code and the picker go by.
func TestFilterRanks(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Rows = []Row{{Issuer: "Homework", Favourite: true}, {Issuer: "Shop", Tags: []string{"work"}}, {Issuer: "メルカリ", Aliases: []string{"mercari"}},
			{Issuer: "Works", Group: "Fun"}, {Issuer: "Bank", Name: "work"}}
	})
	f.press("/work")
	f.sees("4 of 5")
	f.doesNotSee("Favourites", "-- Fun")
	for _, want := range []string{"Bank", "Works", "Homework", "Shop"} {
		if got := f.selectedIssuer(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		f.press("<down>")
	}
	for _, query := range []string{"ﾒﾙｶﾘ", "merukari", "mercari"} {
		f.press("<^u>", "/"+query)
		f.sees("1 of 5", "メルカリ")
	}
	f.press("<^u>", "/#work")
	f.sees("1 of 5", "Shop")
}

func TestLettersFilterAtOnceAndViKeysMove(t *testing.T) {
	f := newFixture(t, nil)
	f.press("jira") // "j" alone is a command; with more letters right after it a name
	if got := string(f.v.filter); got != "jira" {
		t.Errorf("filter %q, want jira", got)
	}
	f = newFixture(t, nil)
	f.press("j", "j")
	if got := f.selectedIssuer(); got != "Jira" {
		t.Errorf("jj selects %s", got)
	}
	f.press("m")
	if got := string(f.v.filter); got != "m" {
		t.Errorf("filter after moving about: %q, want m", got)
	}
	f = newFixture(t, nil)
	f.press("j")
	f.now = f.now.Add(time.Second)
	f.press("m")
	if got := string(f.v.filter); got != "m" {
		t.Errorf("filter after a pause: %q, want m", got)
	}
}

func TestMovement(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Rows = make([]Row, 100)
		for i := range o.Rows {
			o.Rows[i].Issuer = fmt.Sprint("site", i)
		}
	})
	for _, c := range []struct{ key, want string }{
		{"<up>", "site0"}, {"<down>", "site1"}, {"j", "site2"}, {"k", "site1"}, {"<tab>", "site2"}, {"<backtab>", "site1"},
		{"<^n>", "site2"}, {"<^p>", "site1"}, {"<pgdn>", "site23"}, {"<^f>", "site45"}, {"<pgup>", "site23"}, {"<^b>", "site1"},
		{"<end>", "site99"}, {"<down>", "site99"}, {"<home>", "site0"}, {"G", "site99"}, {"g", "site0"},
	} {
		f.press(c.key)
		if got := f.selectedIssuer(); got != c.want {
			t.Errorf("after %s: %s, want %s", c.key, got, c.want)
		}
		f.sees(c.want)
		f.now = f.now.Add(time.Second)
	}
}

func TestLeaving(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want outcome
	}{
		{[]string{"q"}, leave}, {[]string{"<esc>"}, leave}, {[]string{"<^c>"}, interrupt}, {[]string{"<^\\>"}, interrupt},
		{[]string{"<^z>"}, suspend}, {[]string{"<^l>"}, redraw}, {[]string{"/", "q"}, stay}, {[]string{"/", "x", "<esc>"}, stay},
		{[]string{"/", "x", "<esc>", "<esc>"}, leave}, {[]string{"/", "<esc>", "q"}, leave}, {[]string{"?", "q"}, stay}, {[]string{"?", "<^c>"}, interrupt},
	} {
		if got := newFixture(t, nil).press(c.keys...); got != c.want {
			t.Errorf("%v: outcome %v, want %v", c.keys, got, c.want)
		}
	}
}

func TestCopy(t *testing.T) {
	f := newFixture(t, nil)
	f.now = noon.Add(31 * time.Second)
	f.press("<enter>")
	if fmt.Sprint(f.copied) != "[000001]" {
		t.Errorf("copied %v", f.copied)
	}
	f.sees("Amazon (ken@example.jp): copied; will be cleared in 30 s")
	f.now = f.now.Add(messageTime)
	f.doesNotSee("copied")
}

func TestCopyFails(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Copy = func(context.Context, string) (string, error) { return "", errors.New("no clipboard\x1b[2J") }
	})
	f.press("<enter>")
	f.sees(`no clipboard\x1b[2J`)
	f = newFixture(t, func(o *Options) { o.Copy = nil })
	f.press("<enter>")
	f.sees("there is no clipboard")
}

func TestCounterBased(t *testing.T) {
	f := newFixture(t, nil)
	f.press("<end>")
	f.sees("on request", "space next code")
	if f.made != 0 {
		t.Fatal("a code was made unasked")
	}
	f.press("<enter>", "<enter>")
	f.sees("755 225")
	if f.made != 1 || fmt.Sprint(f.copied) != "[755225 755225]" {
		t.Errorf("made %d, copied %v: enter copies the code that was made", f.made, f.copied)
	}
	f.press(" ")
	f.sees("755 226", "counter saved")
	f.press("<home>", " ")
	if f.made != 2 {
		t.Error("space on a time-based row made a code")
	}
}

func TestCounterThatCannotBeSaved(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.NextHOTP = func(context.Context, int) (string, error) { return "", errors.New("keyring locked") }
	})
	f.press("<end>", "<enter>")
	f.sees("keyring locked", "on request")
	if len(f.copied) > 0 {
		t.Errorf("copied %v", f.copied)
	}
}

func TestHidden(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Hidden = true })
	f.now = noon.Add(25 * time.Second)
	if text := f.text(); strings.Count(text, "000 000") != 1 || strings.Count(text, "*** ***") != 3 || strings.Count(text, "next") != 1 {
		t.Errorf("not exactly the selected code is shown:\n%s", text)
	}
}

func TestMouse(t *testing.T) {
	f := newFixture(t, nil)
	click := func(row int) outcome {
		return f.v.mouse(context.Background(), term.Mouse{Action: term.MouseLeft, Row: row}, f.now)
	}
	for _, row := range []int{0, 1, 20, 23} { // title, heading, empty, footer
		click(row)
	}
	if len(f.copied) > 0 {
		t.Errorf("copied %v from where no row is", f.copied)
	}
	click(4)
	if f.selectedIssuer() != "日本銀行" || len(f.copied) != 1 {
		t.Errorf("click selects %s and copies %v", f.selectedIssuer(), f.copied)
	}
	f.v.mouse(context.Background(), term.Mouse{Action: term.MouseWheelDown}, f.now)
	if f.selectedIssuer() != "GitHub" {
		t.Errorf("wheel selects %s", f.selectedIssuer())
	}
}

func TestPasteIsFilterAndNeverACommand(t *testing.T) {
	f := newFixture(t, nil)
	for _, k := range []term.Key{{Code: term.KeyRune, Rune: 'q'}, {Code: term.KeyEnter}, {Code: term.KeyRune, Rune: '\u202e'}} {
		if got := f.v.key(context.Background(), k, true, f.now); got != stay {
			t.Errorf("pasted %v: outcome %v", k, got)
		}
	}
	f.sees(`/q\u202e_`)
	if len(f.copied) > 0 {
		t.Error("a pasted newline copied a code")
	}
}

func TestHelp(t *testing.T) {
	f := newFixture(t, nil)
	f.press("?")
	f.sees("copy the code", "any key goes back")
	f.press("j")
	f.sees("Amazon")
	f.press("<f1>")
	f.sees("copy the code")
}

func TestErrorOfOneAccountLeavesTheOthers(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Code = func(i int, t time.Time) (otp.Code, error) {
			if i == 0 {
				return otp.Code{}, errors.New("its PIN is needed\x1b")
			}
			return fakeCode(i, t)
		}
	})
	f.sees(`error: its PIN is needed\x1b`, "000 000")
}

func TestColourIsNeverAlone(t *testing.T) {
	colour := newFixture(t, func(o *Options) { o.Colour = true })
	mono := newFixture(t, nil)
	colour.now = noon.Add(27 * time.Second)
	mono.now = colour.now
	if raw := strings.Join(mono.v.frame(mono.now), ""); strings.Contains(raw, "m") && strings.Contains(raw, "\x1b[1") && strings.Contains(raw, "\x1b[0m") {
		t.Error("colour although it is off")
	}
	for _, f := range []*fixture{colour, mono} {
		f.sees("3s!", "next 000 001", "> *")
	}
	if raw := strings.Join(colour.v.frame(colour.now), ""); !strings.Contains(raw, "\x1b[1;31m000 000") {
		t.Error("the last seconds are not red")
	}
}

func TestCodeColumnIsStraight(t *testing.T) {
	f := newFixture(t, nil)
	columns := map[string]bool{}
	for _, l := range f.v.frame(f.now) {
		if at := strings.Index(l, "G000 000"); at > 0 {
			columns[l[strings.LastIndex(l[:at], "\x1b["):at]] = true
		}
	}
	if len(columns) != 1 {
		t.Errorf("codes begin at %v", columns)
	}
}

func TestPickerView(t *testing.T) {
	f := newFixture(t, nil)
	f.v = newView(Options{Rows: fakeRows()}, picking)
	f.sees("which account?", "GitHub")
	f.doesNotSee("000 000", "on request")
	f.press("q")
	f.sees("nothing fits")
	f.press("<bs>", "jr")
	f.sees("/jr_", "Jira")
	if got := f.press("<enter>"); got != leave || f.v.entries[f.v.picked].Issuer != "Jira" {
		t.Errorf("picked %d, outcome %v", f.v.picked, got)
	}
	f.v = newView(Options{Rows: fakeRows()}, picking)
	if got := f.press("<esc>"); got != interrupt {
		t.Errorf("esc: %v", got)
	}
}
