package tui

import (
	"fmt"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/term"
)

// When a code is about to end: the colour and the sign, and the next code beside
// it. In seconds left.
const (
	endingSeconds = 5
	nextSeconds   = 10
)

// row draws the row at a line of the list.
func (v *view) row(where layout, index int, now time.Time) string {
	i := v.lines[index].entry
	e := &v.entries[i]
	l := v.newLine()
	v.marks(l, e, index == v.selected)
	v.label(l, where, e, index == v.selected)
	switch {
	case v.purpose == picking:
	case e.CounterBased:
		v.counterCode(l, where, i, index)
	default:
		v.timeCode(l, where, i, index, now)
	}
	return l.String()
}

func (v *view) marks(l *line, e *entry, selected bool) {
	sign := [...]byte{' ', ' ', ' ', ' '}
	if selected {
		sign[0] = '>'
	}
	if e.Favourite {
		sign[2] = '*'
	}
	if e.Unproven {
		sign[3] = '!'
	}
	l.put(0, markWidth, bold, string(sign[:]))
}

func (v *view) label(l *line, where layout, e *entry, selected bool) {
	look := plain
	if selected {
		look = bold
	}
	if where.nameWidth == 0 {
		l.put(where.issuer, where.issuerWidth, look, e.label())
		return
	}
	if e.issuer == "" && e.name == "" {
		l.put(where.issuer, where.issuerWidth, look, e.label())
	}
	l.put(where.issuer, where.issuerWidth, look, e.issuer)
	l.put(where.name, where.nameWidth, look, e.name)
}

func (v *view) counterCode(l *line, where layout, i, index int) {
	code, made := v.codes.counter[i]
	switch {
	case !made:
		l.put(where.code, v.codeWidth, dim, onRequest)
	case v.o.Hidden && index != v.selected:
		l.put(where.code, v.codeWidth, dim, masked(code))
	default:
		l.put(where.code, v.codeWidth, bold, otp.Grouped(code))
	}
}

func (v *view) timeCode(l *line, where layout, i, index int, now time.Time) {
	code, err := v.codes.at(i, now)
	if err != nil {
		l.put(where.code, v.width, red, "error: "+term.Safe(err.Error()))
		return
	}
	left := secondsLeft(code, now)
	if v.o.Hidden && index != v.selected {
		l.put(where.code, v.codeWidth, dim, masked(code.Text))
	} else {
		l.put(where.code, v.codeWidth, codeStyle(left), otp.Grouped(code.Text))
		v.nextCode(l, where, i, code, left)
	}
	v.bar(l, where, code, left)
	l.put(where.seconds, where.secondsWidth, codeStyle(left), secondsText(left))
}

func codeStyle(left int) style {
	if left <= endingSeconds {
		return red
	}
	return bold
}

// nextCode saves waiting when there is no time left to type this one.
func (v *view) nextCode(l *line, where layout, i int, code otp.Code, left int) {
	if where.nextWidth == 0 || left > nextSeconds {
		return
	}
	if next, err := v.codes.after(i, code); err == nil {
		l.put(where.next, where.nextWidth, plain, nextLabel+otp.Grouped(next.Text))
	}
}

// bar shows how much of the code's time is left: coloured blanks, or "====".
func (v *view) bar(l *line, where layout, code otp.Code, left int) {
	if where.barWidth == 0 {
		return
	}
	period := max(1, int(code.Until.Sub(code.From)/time.Second))
	full := min(where.barWidth, (left*where.barWidth+period-1)/period)
	if !v.o.Colour {
		l.put(where.bar, where.barWidth, plain, strings.Repeat("=", full)+strings.Repeat(".", where.barWidth-full))
		return
	}
	look := barGreen
	switch {
	case left <= endingSeconds:
		look = barRed
	case left <= nextSeconds:
		look = barYellow
	}
	l.put(where.bar, full, look, strings.Repeat(" ", full))
	l.put(where.bar+full, where.barWidth-full, barEmpty, strings.Repeat(" ", where.barWidth-full))
}

// secondsText is "17s", or "5m" and "23h" for long periods; the last seconds
// have a sign that needs no colour.
func secondsText(left int) string {
	switch {
	case left <= endingSeconds:
		return fmt.Sprintf("%3ds!", left)
	case left < 100:
		return fmt.Sprintf("%3ds", left)
	case left < 100*60:
		return fmt.Sprintf("%3dm", left/60)
	}
	return fmt.Sprintf("%3dh", left/3600)
}

// masked hides the characters and not how many they are.
func masked(code string) string {
	return otp.Grouped(strings.Repeat("*", len(code)))
}

// needCodes widens the column of codes for those on the screen.
func (v *view) needCodes(now time.Time) {
	for _, l := range v.visible() {
		if l.entry < 0 || v.purpose == picking {
			continue
		}
		text := otp.Grouped(v.codes.counter[l.entry])
		if v.entries[l.entry].CounterBased && text == "" {
			text = onRequest
		}
		if !v.entries[l.entry].CounterBased {
			code, _ := v.codes.at(l.entry, now)
			text = otp.Grouped(code.Text)
		}
		v.codeWidth = max(v.codeWidth, len(text))
	}
}

const onRequest = "on request"
