package tui

import "github.com/jangle-otp/jangle/internal/term"

// columnWidths is what the rows need, in cells, measured once.
type columnWidths struct{ issuer, name, joined int }

// usualCode is as wide as a code of six digits; longer ones make the column
// wider when they come into sight.
const usualCode = len("123 456")

func measure(entries []entry) columnWidths {
	var w columnWidths
	for i := range entries {
		w.issuer = max(w.issuer, term.Width(entries[i].issuer))
		w.name = max(w.name, term.Width(entries[i].name))
		w.joined = max(w.joined, term.Width(entries[i].label()))
	}
	return w
}

// Widths of the parts of a row, in cells, with the blanks before them.
const (
	markWidth    = 5 // "> *! "
	gap          = 2 // between parts
	barWidth     = 10
	secondsWidth = 5 // " 30s " or "  4s!"
	nextLabel    = "next "
)

// layout is where the parts of a row begin, in cells from 0; a part of width 0
// has no room and is left out.
type layout struct {
	issuer, issuerWidth int
	name, nameWidth     int
	code                int
	bar, barWidth       int
	seconds, next       int
	secondsWidth        int
	nextWidth           int
}

// layout gives a narrow window what matters: the code first, then the name,
// then the seconds, then the bar and the next code.
func (v *view) layout() layout {
	var l layout
	rest := v.width - markWidth - gap - v.codeWidth
	if v.purpose == picking {
		rest = v.width - markWidth
	}
	take := func(need, atLeast int) int {
		if v.purpose == picking || rest-need < atLeast {
			return 0
		}
		rest -= need
		return need
	}
	l.secondsWidth = take(secondsWidth+1, 8)
	l.barWidth = max(0, take(barWidth+gap, 16)-gap)
	l.nextWidth = max(0, take(len(nextLabel)+v.codeWidth+gap, 16)-gap)
	l.placeLabel(max(1, rest), v.columns)
	x := max(l.issuer+l.issuerWidth, l.name+l.nameWidth) + gap
	l.code = x
	x += v.codeWidth + gap
	if l.barWidth > 0 {
		l.bar, x = x, x+l.barWidth+1
	}
	l.seconds, l.next = x, x+l.secondsWidth+1
	return l
}

// placeLabel puts issuer and name into columns of their own when there is room,
// and never makes them wider than the longest, so that codes stand near names.
func (l *layout) placeLabel(room int, need columnWidths) {
	l.issuer = markWidth
	if room < 28 {
		l.issuerWidth = min(room, need.joined)
		return
	}
	if need.issuer+gap+need.name <= room {
		l.issuerWidth = need.issuer
	} else {
		l.issuerWidth = min(need.issuer, max(room*2/5, room-gap-need.name))
	}
	l.name = markWidth + l.issuerWidth + gap
	l.nameWidth = min(need.name, room-l.issuerWidth-gap)
}
