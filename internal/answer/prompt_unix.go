//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package answer

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"

	"github.com/jangle-otp/jangle/internal/term"
)

const (
	// settleWait is how long the output has to end with the prompt: what is one line
	// of many may arrive in pieces.
	settleWait = 50 * time.Millisecond
	// echoWait is how long a program has to turn echo off after it asked.
	// Programs that do so throw away what was typed before (TCSAFLUSH), so an
	// answer that comes too fast is lost.
	echoWait = 500 * time.Millisecond
	echoPoll = 5 * time.Millisecond
	// drainWait is how long the last output may take after the program's end, if
	// something that it started keeps the terminal open.
	drainWait = 250 * time.Millisecond
)

// RunAtPrompt runs the program on a new terminal and types the answer when the
// prompt is seen there, once. All else that is typed there is what the person
// types, and what is seen there the person sees. Streams of ours that are no
// terminal are the program's as they are.
func (p Program) RunAtPrompt(q Prompt) (Outcome, error) {
	master, slave, err := pty.Open()
	if err != nil {
		return Outcome{}, fmt.Errorf("cannot make a terminal for the program: %w", err)
	}
	defer master.Close()
	defer slave.Close()
	signals := listen(p.PassOn)
	defer signal.Stop(signals)
	d := &dialogue{master: master, q: q}
	if q.Person == nil {
		d.log = &masker{w: q.Log}
		d.out = d.log
		err = pty.Setsize(master, &pty.Winsize{Cols: 80, Rows: 24})
	} else {
		d.out = q.Person
		var relay *term.Relay
		if relay, err = q.Person.StartRelay(master, d.resize); err == nil {
			defer relay.Close()
			defer master.Close() // first: a key that is not read would hold the relay
			d.resize(q.Person.Size())
		}
	}
	if err != nil {
		return Outcome{}, err
	}
	// The terminal is the controlling one of a new session, and the streams of those
	// that were a terminal.
	cmd := p.command()
	place := -1
	if f, ok := p.In.(*os.File); ok && term.IsTerminal(f) {
		cmd.Stdin, place = slave, 0
	}
	if f, ok := p.Out.(*os.File); ok && term.IsTerminal(f) {
		cmd.Stdout, place = slave, 1
	}
	if f, ok := p.Err.(*os.File); ok && term.IsTerminal(f) {
		cmd.Stderr, place = slave, 2
	}
	if place < 0 { // it can be opened as /dev/tty still, which is what ssh does
		cmd.ExtraFiles, place = []*os.File{slave}, 3
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: place}
	if err = start(cmd); err != nil {
		return Outcome{}, err
	}
	// Let the program run to its end. Our own hold on its terminal is given up only
	// then: ssh closes all that it inherits before it opens /dev/tty, and a
	// terminal that no process holds has ended.
	ctx, over := context.WithCancel(context.Background())
	defer over()
	d.cmd = cmd
	drained := make(chan struct{})
	go func() { defer close(drained); d.copyOut(ctx) }()
	status, err := wait(cmd, signals)
	over() // an answer comes too late now
	slave.Close()
	select {
	case <-drained:
	case <-time.After(drainWait):
	}
	d.typing.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.log != nil {
		d.log.flush()
	}
	if d.failed != nil {
		err = d.failed
	}
	d.end.Status = status
	return d.end, err
}

// dialogue is the talk between a program, the person and us.
type dialogue struct {
	master *os.File
	q      Prompt
	log    *masker // nil with a person
	typing sync.WaitGroup

	mu     sync.Mutex
	out    io.Writer
	atEnd  bool // the output ends with the prompt now
	asked  bool // it did, and an answer is on its way
	end    Outcome
	failed error
	cmd    *exec.Cmd
}

func (d *dialogue) resize(columns, rows int) {
	_ = pty.Setsize(d.master, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)})
}

// copyOut shows what the program writes and looks for the prompt in it. The read
// fails (EIO) when no process has the terminal open any more.
func (d *dialogue) copyOut(ctx context.Context) {
	w := watcher{want: strings.ToLower(d.q.Text)}
	buf := make([]byte, 32<<10)
	for {
		n, err := d.master.Read(buf)
		if n > 0 {
			d.mu.Lock()
			_, _ = d.out.Write(buf[:n])
			if d.atEnd = w.saw(buf[:n]); d.atEnd && !d.asked {
				d.asked = true
				d.typing.Add(1)
				go func() { defer d.typing.Done(); d.reply(ctx) }()
			}
			d.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// reply makes the answer and types it, if the program still asks by then. It may
// take until the next code is there, so the output goes on meanwhile.
func (d *dialogue) reply(ctx context.Context) {
	time.Sleep(settleWait)
	d.mu.Lock()
	d.asked = d.atEnd // or else it may ask later
	asked := d.asked
	d.mu.Unlock()
	if !asked {
		return
	}
	text, err := d.q.Answer(ctx)
	if ctx.Err() != nil {
		return
	}
	d.mu.Lock()
	d.end.Made, d.failed = err == nil, err
	if d.log != nil {
		d.log.secret = []byte(text)
	}
	d.mu.Unlock()
	if err != nil {
		_ = d.cmd.Process.Signal(syscall.SIGHUP) // as when a line is hung up
		return
	}
	for waited := time.Duration(0); waited < echoWait && term.Echoes(d.master); waited += echoPoll {
		time.Sleep(echoPoll)
	}
	d.mu.Lock()
	d.end.Typed = d.atEnd
	d.mu.Unlock()
	if d.end.Typed {
		_, _ = d.master.WriteString(text + "\r") // what the Enter key sends
	}
}
