package tui

import (
	"fmt"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/term"
)

// frame is the whole screen: at most height lines, none wider than width.
func (v *view) frame(now time.Time) []string {
	if v.message != "" && !now.Before(v.until) {
		v.message = ""
	}
	if v.help {
		return v.helpFrame()
	}
	var frame []string
	if v.titleRows() > 0 {
		frame = append(frame, v.title())
	}
	frame = append(frame, v.list(now)...)
	if v.footerRows() > 0 {
		frame = append(frame, v.footer())
	}
	return frame
}

func (v *view) list(now time.Time) []string {
	v.needCodes(now)
	where := v.layout()
	rows := make([]string, 0, v.listRows())
	for i, l := range v.visible() {
		if l.entry < 0 {
			rows = append(rows, v.headingLine(l.heading))
			continue
		}
		rows = append(rows, v.row(where, v.top+i, now))
	}
	if len(v.lines) == 0 {
		rows = append(rows, v.nothingLine())
	}
	for len(rows) < v.listRows() {
		rows = append(rows, "")
	}
	return rows
}

func (v *view) title() string {
	l := v.newLine()
	count := fmt.Sprintf("jangle  %s", plural(len(v.entries), "account"))
	if v.purpose == picking {
		count = fmt.Sprintf("which account?  %s", plural(len(v.entries), "account"))
	}
	if len(v.filter) > 0 {
		count = fmt.Sprintf("jangle  %d of %s", v.matches(), plural(len(v.entries), "account"))
	}
	l.put(0, v.width, bold, count)
	if v.filtering || len(v.filter) > 0 {
		column := term.Width(count) + 3
		l.put(column, v.width-column, plain, "/"+v.filterTail(v.width-column-2)+"_")
	}
	return l.String()
}

// filterTail is the end of the filter, which is where the person types.
func (v *view) filterTail(cells int) string {
	text := []rune(term.Safe(string(v.filter)))
	for len(text) > 0 && term.Width(string(text)) > cells {
		text = text[1:]
	}
	return string(text)
}

func (v *view) matches() int {
	n := 0
	for _, l := range v.lines {
		if l.entry >= 0 {
			n++
		}
	}
	return n
}

func (v *view) headingLine(heading string) string {
	l := v.newLine()
	l.put(0, v.width, bold, "-- "+heading+" --")
	return l.String()
}

func (v *view) nothingLine() string {
	text := "nothing fits the filter; Esc clears it"
	if len(v.entries) == 0 {
		text = "no accounts yet; to add one: jangle import FILE, or jangle add"
	}
	l := v.newLine()
	l.put(2, v.width, plain, text)
	return l.String()
}

func (v *view) footer() string {
	l := v.newLine()
	switch {
	case v.message != "":
		l.put(0, v.width, bold, v.message)
	case v.purpose == picking:
		l.put(0, v.width, dim, "type to filter   enter choose   esc leave")
	default:
		l.put(0, v.width, dim, strings.Join(v.hints(), "   "))
	}
	return l.String()
}

func (v *view) hints() []string {
	hints := []string{"enter copy", "/ filter", "? help", "q quit"}
	if v.filtering {
		hints = []string{"enter copy", "esc clear"}
	}
	if i := v.selectedEntry(); i >= 0 && v.entries[i].CounterBased && !v.filtering {
		hints = append([]string{"space next code"}, hints...)
	}
	if n := v.unproven(); n > 0 {
		hints = append(hints, "! "+plural(n, "account")+" without a verified backup")
	}
	return hints
}

func (v *view) unproven() int {
	n := 0
	for i := range v.entries {
		if v.entries[i].Unproven {
			n++
		}
	}
	return n
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	digits := fmt.Sprint(n)
	if n >= 1000 {
		digits = fmt.Sprintf("%d,%03d", n/1000, n%1000)
	}
	return digits + " " + word + "s"
}
