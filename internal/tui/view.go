package tui

import (
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
)

// purpose is what the view is for.
type purpose int

const (
	watching purpose = iota
	picking
)

// view is the state of the screen: what is shown, what is selected, what is
// typed. All of it changes in the loop's goroutine.
type view struct {
	o       Options
	purpose purpose
	entries []entry
	ordered []int // all entries in order

	accounts []account.Account // of the entries, for the filter

	lines    []listLine // after filtering
	selected int        // index in lines, of a row; -1 when there is none
	top      int        // first line on the screen

	filter    []rune
	filtering bool // letters are for the filter, not commands
	typed     typedCommand

	codes     codes
	columns   columnWidths
	codeWidth int // of the codes seen so far, in cells
	message   string
	until     time.Time // when the message goes
	help      bool
	picked    int

	width, height int
}

// listLine is a heading or a row of the list.
type listLine struct {
	heading string
	entry   int // -1 for a heading
}

func newView(o Options, p purpose) *view {
	v := &view{o: o, purpose: p, entries: newEntries(o.Rows), filter: []rune(o.Query), width: 80, height: 24}
	v.ordered = order(v.entries)
	for _, r := range o.Rows {
		v.accounts = append(v.accounts, account.Account{Issuer: r.Issuer, Name: r.Name, Aliases: r.Aliases, Note: r.Note,
			Groups: append([]string{r.Group}, r.Groups...), Tags: r.Tags, Favourite: r.Favourite, LastUsed: r.LastUsed})
	}
	v.codes = newCodes(o)
	v.columns, v.codeWidth = measure(v.entries), usualCode
	v.filtering = p == picking
	v.refilter()
	return v
}

// refilter makes the list anew; without a filter the selection stays where it can.
func (v *view) refilter() {
	keep := v.selectedEntry()
	v.lines, v.selected, v.top = nil, -1, 0
	found, filtering, last := v.ordered, strings.TrimSpace(string(v.filter)) != "", ""
	if filtering { // the best on top, and selected
		found = account.Ranked(v.accounts, string(v.filter))
	}
	for _, i := range found {
		if h := v.entries[i].heading; h != last && !filtering {
			v.lines = append(v.lines, listLine{heading: h, entry: -1})
			last = h
		}
		v.lines = append(v.lines, listLine{entry: i})
		if v.selected < 0 || i == keep && !filtering {
			v.selected = len(v.lines) - 1
		}
	}
	v.follow()
}

// selectedEntry is -1 when nothing fits the filter.
func (v *view) selectedEntry() int {
	if v.selected < 0 || v.selected >= len(v.lines) {
		return -1
	}
	return v.lines[v.selected].entry
}

// move moves the selection by so many lines, over headings, and stays inside.
func (v *view) move(by int) {
	if v.selected < 0 {
		return
	}
	to := min(max(v.selected+by, 0), len(v.lines)-1)
	step := 1
	if by < 0 {
		step = -1
	}
	// Beyond a heading at the end of the list there is no row: look back then.
	if !v.selectFirstRow(to, step) {
		v.selectFirstRow(to, -step)
	}
	v.follow()
}

// selectFirstRow looks for a row from a line on.
func (v *view) selectFirstRow(from, step int) bool {
	for ; from >= 0 && from < len(v.lines); from += step {
		if v.lines[from].entry >= 0 {
			v.selected = from
			return true
		}
	}
	return false
}

// selectLine selects the row at a line of the list, if one is there.
func (v *view) selectLine(line int) bool {
	if line < 0 || line >= len(v.lines) || v.lines[line].entry < 0 {
		return false
	}
	v.selected = line
	v.follow()
	return true
}

// follow scrolls as little as it takes to have the selection on the screen, and
// the heading above the first row with it.
func (v *view) follow() {
	rows := v.listRows()
	if v.selected < v.top {
		v.top = v.selected
	}
	if v.selected >= v.top+rows {
		v.top = v.selected - rows + 1
	}
	if v.top == 1 && v.selected < rows {
		v.top = 0
	}
	v.top = max(0, min(v.top, len(v.lines)-rows))
}

func (v *view) resize(width, height int) {
	if width == v.width && height == v.height {
		return
	}
	v.width, v.height = width, height
	v.follow()
}

// say shows a message at the bottom for a while.
func (v *view) say(now time.Time, message string) {
	v.message, v.until = message, now.Add(messageTime)
}

const messageTime = 6 * time.Second

// ticking reports whether something on the screen changes with time.
func (v *view) ticking() bool {
	if v.message != "" {
		return true
	}
	if v.help || v.purpose == picking {
		return false
	}
	for _, l := range v.visible() {
		if l.entry >= 0 && !v.entries[l.entry].CounterBased {
			return true
		}
	}
	return false
}

// visible is the part of the list that is on the screen.
func (v *view) visible() []listLine {
	end := min(len(v.lines), v.top+v.listRows())
	return v.lines[min(v.top, end):end]
}

// listRows is how many rows of the screen the list has: all but the title and
// the footer, which go first when there is no room.
func (v *view) listRows() int { return max(1, v.height-v.titleRows()-v.footerRows()) }

func (v *view) titleRows() int {
	if v.height >= 4 {
		return 1
	}
	return 0
}

func (v *view) footerRows() int {
	if v.height >= 2 {
		return 1
	}
	return 0
}
