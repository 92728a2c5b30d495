package format

// meaning is an error of a package below with what it means here: errors.Is
// finds both, and the text stays that of the first.
type meaning struct {
	err, kind error
}

func (m *meaning) Error() string { return m.err.Error() }

func (m *meaning) Unwrap() []error { return []error{m.kind, m.err} }
