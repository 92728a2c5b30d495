package term

// Key is one key press. Printable characters are KeyRune with the character in
// Rune, which may be any character at all when it was pasted: Safe it before
// showing.
type Key struct {
	Code KeyCode
	Rune rune // for KeyRune and KeyCtrl (lower case: 'c' for Ctrl-C)
	Alt  bool // Escape came directly before
}

// KeyCode names a key.
type KeyCode int

// The keys that are told apart. Others arrive as KeyUnknown.
const (
	KeyUnknown KeyCode = iota
	KeyRune
	KeyCtrl
	KeyEnter
	KeyTab
	KeyBackTab
	KeyBackspace
	KeyEscape
	KeyUp
	KeyDown
	KeyLeft
	KeyRight
	KeyHome
	KeyEnd
	KeyPageUp
	KeyPageDown
	KeyDelete
	KeyInsert
	KeyF1
)

// Ctrl reports whether k is Ctrl with that lower-case letter (or backslash).
func (k Key) Ctrl(letter rune) bool { return k.Code == KeyCtrl && k.Rune == letter }

// Mouse is a button press or a turn of the wheel; columns and rows count from 0.
type Mouse struct {
	Action      MouseAction
	Column, Row int
}

// MouseAction says what the mouse did.
type MouseAction int

// What a mouse can do; the rest (release, other buttons) is MouseOther.
const (
	MouseOther MouseAction = iota
	MouseLeft
	MouseWheelUp
	MouseWheelDown
)
