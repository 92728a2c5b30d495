package cli

import (
	"strings"
	"testing"
)

// On a terminal lines end at words, in help, errors and hints; a command to copy stays
// on one line.
func TestLinesEndAtWords(t *testing.T) {
	p := newProgram(t)
	for _, c := range []struct {
		args []string
		want string // with the terminal's line ends
	}{
		{[]string{"code", "--min-valid", "soon", "x"}, "a length of time is 10 or 10s\r\nfor ten seconds"},
		{[]string{"config", "get", "a-name-that-is-not-a-setting"}, "jangle: error: there is no setting\r\n\"a-name-that-is-not-a-setting\"\r\n"},
		{[]string{"remove", "--help"}, "Remove the one account that QUERY fits. It asks\r\nfirst,"},
		{[]string{"help", "exit-codes"}, "\r\n5    the store is locked, out of reach or busy; a\r\n     wrong passphrase;"},
		{[]string{"scan", "a-picture-with-a-long-name-of-my-account.png"}, "jangle: hint: here that is:\r\njangle import a-picture-with-a-long-name-of-my-account.png\r\n"},
	} {
		q := p.onTerminal(t, 50, 24, c.args...)
		q.End()
		if got := string(q.Output()); !strings.Contains(got, c.want) {
			t.Errorf("jangle %q: want %q in\n%q", c.args, c.want, got)
		}
	}
}
