package cli

import (
	"strings"
	"syscall"
	"testing"

	"github.com/jangle-otp/jangle/internal/term/termtest"
)

// promptScript asks twice, as a server does that refuses the first code, and says
// what it got, its window before and after a change, and whether it has a terminal
// everywhere.
const promptScript = `test -t 0 && test -t 1 && test -t 2 && echo terminals
stty size
printf 'Verification code: '; sleep 0.1; stty -echo; read a; stty echo; echo
printf 'Verification code: '; read b
echo "got $a and $b"
while [ "$(stty size)" = "24 80" ]; do sleep 0.05; done
stty size
cat
exit 5`

func execOnTerminal(t *testing.T, script string) (*program, *termtest.Program) {
	t.Helper()
	p := newProgram(t)
	p.must(t, "otpauth://hotp/One:o?counter=0&secret="+rfcSecret+"\n", "import", "--no-passphrase", "-")
	return p, termtest.Start(t, p.env, p.path, "exec", "one", "--prompt", "verification code", "--", "sh", "-c", script)
}

// TestExecAtPromptWithAPerson: the code is typed once, all else by the person;
// the command has the window, also after it changed; Ctrl-D is the command's, and
// the terminal is as it was.
func TestExecAtPromptWithAPerson(t *testing.T) {
	jangle, p := execOnTerminal(t, promptScript)
	p.WaitFor("terminals\r\n24 80\r\n")
	p.WaitFor("Verification code: \r\n")
	p.WaitFor("Verification code: ")
	p.Resize(100, 30)
	p.Signal(syscall.SIGWINCH)
	p.Send("by hand\r")
	p.WaitFor("got 755224 and by hand\r\n30 100\r\n")
	p.Send("to cat\r")
	p.WaitFor("to cat\r\nto cat\r\n") // what is typed is shown by the terminal, then by cat
	p.Send("\x04")
	p.End()
	p.CheckModes()
	if n := strings.Count(string(p.Output()), "755224"); n != 1 {
		t.Errorf("the code is on the screen %d times, want 1: where the script prints it", n)
	}
	if got := jangle.accounts(t); !strings.HasSuffix(got, " 1\n") {
		t.Errorf("more than one code was used up: %q", got)
	}
}

// TestExecAtPromptEnds: however the command ends, the terminal is as it was.
func TestExecAtPromptEnds(t *testing.T) {
	const waits = "trap 'echo terminated; exit 1' TERM; echo ready; while :; do sleep 0.1; done"
	for name, end := range map[string]func(p *termtest.Program){
		"Ctrl-C":     func(p *termtest.Program) { p.Send("\x03") },
		"Ctrl-\\":    func(p *termtest.Program) { p.Send("\x1c") },
		"terminated": func(p *termtest.Program) { p.Signal(syscall.SIGTERM); p.WaitFor("terminated") },
		"hung up":    func(p *termtest.Program) { p.Signal(syscall.SIGHUP) },
		"SIGINT":     func(p *termtest.Program) { p.Signal(syscall.SIGINT) },
	} {
		t.Run(name, func(t *testing.T) {
			_, p := execOnTerminal(t, waits)
			p.WaitFor("ready")
			end(p)
			if s := p.End(); s != 0 {
				t.Errorf("jangle was ended by %v: the command goes on without it", s)
			}
			p.CheckModes()
		})
	}
}
