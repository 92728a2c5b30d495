package termtest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// resultsFile is the descriptor on which a program under test reports, beside
// its terminal.
const resultsFile = 3

// Program is a program that runs on a pseudo-terminal of its own, its
// controlling one, so that signals and job control are the real ones.
type Program struct {
	Results string // what it wrote to Results() and was not waited for

	t             *testing.T
	cmd           *exec.Cmd
	master, slave *os.File
	before        unix.Termios
	screen        stream
	report        stream
	all           []byte // sent to the terminal so far
	looked        int    // how much of it was waited for
}

// Start runs a program with some more environment on a terminal of 80 by 24.
// The test is skipped where there are no pseudo-terminals.
func Start(t *testing.T, environment []string, path string, args ...string) *Program {
	t.Helper()
	return StartSized(t, 80, 24, environment, path, args...)
}

// StartSized is Start on a terminal of that size.
func StartSized(t *testing.T, columns, rows int, environment []string, path string, args ...string) *Program {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		tooltest.Missing(t, "no pseudo-terminal: "+err.Error())
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &Program{t: t, master: master, slave: slave, before: modesOf(slave), screen: newStream(master), report: newStream(read)}
	p.Resize(columns, rows)
	p.cmd = exec.Command(path, args...)
	// A program with the race detector sleeps for a second before it ends.
	p.cmd.Env = append(append(os.Environ(), "GORACE=atexit_sleep_ms=0"), environment...)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = slave, slave, slave
	p.cmd.ExtraFiles = []*os.File{write}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); master.Close(); slave.Close(); read.Close() })
	return p
}

// Results is where a program that Start started reports to the test.
func Results() *os.File { return os.NewFile(resultsFile, "results") }

// RunJob is a shell with one job, for a program that Start started: it runs
// itself again with an environment in the foreground; whenever that job stops,
// it reports whether the terminal's modes are as they were, and continues it.
func RunJob(environment ...string) {
	results := Results()
	before := modesOf(os.Stdin)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), environment...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{results}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Foreground: true}
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(results, err)
		return
	}
	for {
		var status syscall.WaitStatus
		_, err := syscall.Wait4(cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
		if err != nil || !status.Stopped() {
			return
		}
		fmt.Fprintf(results, "stopped, modes as before: %v\n", modesOf(os.Stdin) == before)
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGCONT)
	}
}

func modesOf(f *os.File) unix.Termios {
	m, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		panic(err)
	}
	return *m
}

// stream reads a file in the background: a pseudo-terminal takes no deadline.
type stream chan []byte

func newStream(f *os.File) stream {
	s := make(stream, 1024)
	go func() {
		defer close(s)
		buf := make([]byte, 4096)
		for {
			n, err := f.Read(buf)
			if n > 0 {
				s <- bytes.Clone(buf[:n])
			}
			if err != nil {
				return
			}
		}
	}()
	return s
}

// WaitFor reads the terminal until it was sent text. What came before and the
// text are not looked at again.
func (p *Program) WaitFor(text string) {
	p.t.Helper()
	seen := string(p.all[p.looked:])
	for !strings.Contains(seen, text) {
		more, ok := p.screen.next()
		if !ok {
			p.t.Fatalf("%q does not come; there is %q", text, seen)
		}
		p.all = append(p.all, more...)
		seen += string(more)
	}
	p.looked += strings.Index(seen, text) + len(text)
}

// WaitForResult is WaitFor for what the program reports.
func (p *Program) WaitForResult(text string) {
	p.t.Helper()
	for !strings.Contains(p.Results, text) {
		more, ok := p.report.next()
		if !ok {
			p.t.Fatalf("%q is not reported; there is %q", text, p.Results)
		}
		p.Results += string(more)
	}
	_, p.Results, _ = strings.Cut(p.Results, text)
}

// next is false at the end, and when nothing comes any more.
func (s stream) next() ([]byte, bool) {
	select {
	case b, ok := <-s:
		return b, ok
	case <-time.After(patience):
		return nil, false
	}
}

// Send types keys.
func (p *Program) Send(keys string) { _, _ = io.WriteString(p.master, keys) }

// Signal sends the program a signal.
func (p *Program) Signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// SignalJob sends the job in the foreground of the terminal a signal.
func (p *Program) SignalJob(s syscall.Signal) {
	raw, err := p.master.SyscallConn() // Fd would make it block beyond its deadline
	if err != nil {
		p.t.Fatal(err)
	}
	_ = raw.Control(func(fd uintptr) {
		if group, err := unix.IoctlGetInt(int(fd), unix.TIOCGPGRP); err == nil {
			_ = syscall.Kill(-group, s)
		}
	})
}

// WaitForStop returns when the program was stopped by a signal.
func (p *Program) WaitForStop() {
	p.t.Helper()
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(p.cmd.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		p.t.Fatalf("not stopped: %v, %v", status, err)
	}
}

// Resize makes the window another size, of which the program is told.
func (p *Program) Resize(columns, rows int) {
	// By the slave: Fd of the master would make it block beyond its deadline.
	_ = pty.Setsize(p.slave, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)})
}

// End waits for the program to end by itself; Results then has what is left of
// its report. It returns the signal that killed it, 0 for none.
func (p *Program) End() syscall.Signal {
	p.t.Helper()
	for more, ok := p.report.next(); ok; more, ok = p.report.next() {
		p.Results += string(more)
	}
	late := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	_ = p.cmd.Wait()
	late.Stop()
	p.drain()
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return status.Signal()
	}
	return 0
}

// Status is the exit status after End, -1 for a signal.
func (p *Program) Status() int { return p.cmd.ProcessState.ExitCode() }

// drain reads what the program wrote before it ended: a mark written after it
// comes out after it.
func (p *Program) drain() {
	const mark = "\x00end\x00"
	_, _ = io.WriteString(p.slave, mark)
	for !bytes.Contains(p.all, []byte(mark)) {
		more, ok := p.screen.next()
		if !ok {
			break
		}
		p.all = append(p.all, more...)
	}
	p.all = bytes.ReplaceAll(p.all, []byte(mark), nil)
}

// Output is all that the terminal was sent so far.
func (p *Program) Output() []byte { return p.all }

// Echoes reports whether the terminal shows what is typed.
func (p *Program) Echoes() bool { return modesOf(p.slave).Lflag&unix.ECHO != 0 }

// Unread counts the bytes of typed lines that the program left for the shell.
func (p *Program) Unread() int {
	n, err := unix.IoctlGetInt(int(p.slave.Fd()), unix.TIOCINQ)
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

// TypeAhead types a line that the program does not wait for, and returns when it is
// there for the next reader.
func (p *Program) TypeAhead(line string) {
	p.t.Helper()
	p.Send(line + "\r")
	for until := time.Now().Add(patience); p.Unread() == 0; {
		if time.Now().After(until) {
			p.t.Fatal("what is typed does not arrive")
		}
	}
}

// ResetModes sets the modes of before the start, as a shell does when a job
// stops.
func (p *Program) ResetModes() {
	if err := unix.IoctlSetTermios(int(p.slave.Fd()), unix.TCSETS, &p.before); err != nil {
		p.t.Fatal(err)
	}
}

// CheckModes fails the test when the terminal's modes are not those of before
// the start.
func (p *Program) CheckModes() {
	p.t.Helper()
	if after := modesOf(p.slave); after != p.before {
		p.t.Errorf("terminal modes: before %+v, after %+v", p.before, after)
	}
}
