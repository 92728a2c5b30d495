package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/creack/pty"
)

// frameRuns is less than hyperfine's runs: each needs a terminal.
const frameRuns = 40

// firstFrame is the median time from the start of the live view to its first
// account on the terminal, and that of one code on a terminal, in turns.
func (b *bench) firstFrame() (frame, code time.Duration, err error) {
	var frames, codes []time.Duration
	for range frameRuns {
		f, err := b.untilShown("Issuer0")
		if err != nil {
			return 0, 0, err
		}
		c, err := b.untilShown("\n", "code", "issuer42")
		if err != nil {
			return 0, 0, err
		}
		frames, codes = append(frames, f), append(codes, c)
	}
	return median(frames), median(codes), nil
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// untilShown starts jangle on a terminal and waits until it shows a text.
func (b *bench) untilShown(text string, args ...string) (time.Duration, error) {
	cmd := exec.Command(b.jangle(), args...)
	cmd.Env = b.env()
	begin := time.Now() //permit:time.Now
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		return 0, err
	}
	defer tty.Close()
	err = waitFor(tty, text)
	took := time.Since(begin)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return took, err
}

func waitFor(tty *os.File, text string) error {
	_ = tty.SetReadDeadline(time.Now().Add(10 * time.Second)) //permit:time.Now
	var seen []byte
	for chunk := make([]byte, 16<<10); ; {
		n, err := tty.Read(chunk)
		seen = append(seen, chunk[:n]...)
		if bytes.Contains(seen, []byte(text)) {
			return nil
		}
		if err != nil {
			return errors.New("the live view shows nothing")
		}
	}
}
