package tui

// helpText is the whole help: what is on the screen, then what keys do.
var helpText = [...][2]string{
	{"enter, click", "copy the code (a counter-based account: make one first)"},
	{"space", "make the next code of a counter-based account"},
	{"/ or a letter", "filter; q ? j k g G are commands, so begin those with /"},
	{"esc", "clear the filter, then leave"},
	{"arrows, j k, tab", "move"},
	{"page keys, ^F ^B", "move by a page"},
	{"home end, g G", "first, last"},
	{"^L  ^Z", "draw again, suspend"},
	{"q, ^C", "leave"},
	{"", ""},
	{"17s  4s!", "seconds left; ! in the last five"},
	{"next 123 456", "the code after this one"},
	{"*", "a favourite"},
	{"!", "in no verified backup: jangle backup"},
}

func (v *view) helpFrame() []string {
	frame := make([]string, 0, v.height)
	for _, h := range helpText {
		if len(frame) == v.height-1 {
			break
		}
		l := v.newLine()
		l.put(1, 18, bold, h[0])
		l.put(20, v.width, plain, h[1])
		frame = append(frame, l.String())
	}
	for len(frame) < v.height-1 {
		frame = append(frame, "")
	}
	l := v.newLine()
	l.put(0, v.width, dim, "any key goes back")
	return append(frame, l.String())
}
