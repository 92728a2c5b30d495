package term

// Quiet has the terminal show nothing of what is typed from now on, also between
// questions, until Loud or Close: a passphrase that is typed while the last one is
// tried must not appear. Ctrl-C works as ever; Ctrl-Z and Ctrl-\ do nothing between
// questions, for they would leave the shell a terminal without echo.
func (t *Terminal) Quiet() error {
	if t.loud != nil {
		return nil
	}
	loud, err := modesOf(t.in)
	if err != nil {
		return err
	}
	t.loud = &loud
	return setModes(t.in, loud.quiet(), keepTyped)
}

// Loud undoes Quiet and forgets what was typed ahead, so that it does not go to the
// shell.
func (t *Terminal) Loud() error {
	if t.loud == nil {
		return nil
	}
	loud := *t.loud
	t.loud = nil
	t.drop(len(t.pending))
	return setModes(t.in, loud, dropTyped)
}

// Flush forgets what was typed ahead: it was no answer to what is asked next.
func (t *Terminal) Flush() {
	t.drop(len(t.pending))
	if now, err := modesOf(t.in); err == nil {
		_ = setModes(t.in, now, dropTyped)
	}
}

// typed says what becomes of what was typed and not read yet.
type typed int

const (
	keepTyped typed = iota
	dropTyped
)
