package term

// CellSize returns the width and height of a character cell in pixels: 0 and 0,
// which is unknown.
func (t *Terminal) CellSize() (width, height int) { return 0, 0 }
