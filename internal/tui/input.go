package tui

import (
	"context"
	"slices"
	"time"

	"github.com/jangle-otp/jangle/internal/term"
)

// outcome is what the loop does after a key.
type outcome int

const (
	stay outcome = iota
	redraw
	suspend
	leave
	interrupt
)

// key handles one key. What is pasted is text for the filter, whatever it is.
func (v *view) key(ctx context.Context, k term.Key, pasted bool, now time.Time) outcome {
	if pasted {
		if k.Code == term.KeyRune {
			v.typeFilter(k.Rune)
		}
		return stay
	}
	if done, o := v.controlKey(k); done {
		return o
	}
	if v.help {
		v.help = false
		return stay
	}
	v.message = ""
	if v.movementKey(k) {
		return stay
	}
	switch {
	case k.Code == term.KeyEnter:
		return v.enter(ctx, now)
	case k.Code == term.KeyEscape:
		return v.escape()
	case k.Code == term.KeyF1:
		v.help = true
	case k.Code == term.KeyBackspace:
		v.backspace()
	case k.Ctrl('u'):
		v.clearFilter()
	case k.Code == term.KeyRune && !k.Alt:
		return v.letter(ctx, k.Rune, now)
	}
	return stay
}

// controlKey handles what works everywhere, also over the help.
func (v *view) controlKey(k term.Key) (bool, outcome) {
	switch {
	case k.Ctrl('c'), k.Ctrl('\\'):
		return true, interrupt
	case k.Ctrl('z'):
		return true, suspend
	case k.Ctrl('l'):
		return true, redraw
	}
	return false, stay
}

func (v *view) movementKey(k term.Key) bool {
	switch {
	case k.Code == term.KeyUp, k.Code == term.KeyBackTab, k.Ctrl('p'):
		v.move(-1)
	case k.Code == term.KeyDown, k.Code == term.KeyTab, k.Ctrl('n'):
		v.move(1)
	case k.Code == term.KeyPageUp, k.Ctrl('b'):
		v.move(-v.listRows())
	case k.Code == term.KeyPageDown, k.Ctrl('f'):
		v.move(v.listRows())
	case k.Code == term.KeyHome:
		v.move(-len(v.lines))
	case k.Code == term.KeyEnd:
		v.move(len(v.lines))
	default:
		return false
	}
	return true
}

// letter is a command, or the beginning of a filter, or more of it.
func (v *view) letter(ctx context.Context, r rune, now time.Time) outcome {
	if v.filtering {
		v.typeFilter(r)
		return stay
	}
	switch r {
	case 'q':
		return leave
	case '/':
		v.filtering = true
	case '?':
		v.help = true
	case ' ': // no name begins with it
		if i := v.selectedEntry(); i >= 0 && v.entries[i].CounterBased {
			v.makeCode(ctx, i, now)
		}
	default:
		if !v.viKey(r) {
			v.beginFilter(r, now)
			return stay
		}
		v.typed.add(r, now)
	}
	return stay
}

// viKey moves as vi does.
func (v *view) viKey(r rune) bool {
	switch r {
	case 'j':
		v.move(1)
	case 'k':
		v.move(-1)
	case 'g':
		v.move(-len(v.lines))
	case 'G':
		v.move(len(v.lines))
	default:
		return false
	}
	return true
}

// typedCommand remembers one vi key that was pressed alone: "jira" begins with
// one, and only the next letter tells that it was not a command.
type typedCommand struct {
	letter rune
	at     time.Time
}

// togetherTime is how close the letters of a word are typed.
const togetherTime = 700 * time.Millisecond

func (t *typedCommand) add(r rune, now time.Time) {
	if t.soon(now) {
		r = 0 // a run of them is moving about
	}
	t.letter, t.at = r, now
}

func (t *typedCommand) soon(now time.Time) bool {
	passed := now.Sub(t.at)
	return passed >= 0 && passed < togetherTime
}

func (v *view) beginFilter(r rune, now time.Time) {
	v.filtering = true
	if v.typed.letter != 0 && v.typed.soon(now) {
		v.filter = append(v.filter, v.typed.letter)
	}
	v.typed = typedCommand{}
	v.typeFilter(r)
}

// maxFilter is more than any name needs; a paste may be longer.
const maxFilter = 256

func (v *view) typeFilter(r rune) {
	if len(v.filter) >= maxFilter {
		return
	}
	v.filtering = true
	v.filter = append(v.filter, r)
	v.refilter()
}

func (v *view) backspace() {
	if len(v.filter) == 0 {
		v.filtering = v.purpose == picking
		return
	}
	v.filter = v.filter[:len(v.filter)-1]
	v.refilter()
}

func (v *view) clearFilter() {
	v.filter = slices.Delete(v.filter, 0, len(v.filter))
	v.filtering = v.purpose == picking
	v.refilter()
}

// escape takes one thing back: the filter, then the view.
func (v *view) escape() outcome {
	switch {
	case len(v.filter) > 0, v.filtering && v.purpose == watching:
		v.clearFilter()
		return stay
	case v.purpose == picking:
		return interrupt
	}
	return leave
}

// enter chooses the selected row.
func (v *view) enter(ctx context.Context, now time.Time) outcome {
	i := v.selectedEntry()
	if i < 0 {
		return stay
	}
	if v.purpose == picking {
		v.picked = i
		return leave
	}
	v.copyCode(ctx, i, now)
	return stay
}

// mouse selects and copies with a click, and moves with the wheel.
func (v *view) mouse(ctx context.Context, m term.Mouse, now time.Time) outcome {
	if v.help {
		v.help = m.Action == term.MouseOther
		return stay
	}
	switch m.Action {
	case term.MouseWheelUp:
		v.move(-3)
	case term.MouseWheelDown:
		v.move(3)
	case term.MouseLeft:
		row := m.Row - v.titleRows()
		if row >= 0 && row < v.listRows() && v.selectLine(v.top+row) {
			return v.enter(ctx, now)
		}
	}
	return stay
}
