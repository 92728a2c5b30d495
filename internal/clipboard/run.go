package clipboard

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// toolError is what a clipboard program said when it failed.
type toolError struct {
	program string
	said    string
	err     error
}

func (e *toolError) Error() string {
	if e.said == "" {
		return fmt.Sprintf("%s: %v", e.program, e.err)
	}
	return fmt.Sprintf("%s: %s", e.program, e.said)
}

func (e *toolError) Unwrap() error { return e.err }

// output runs a program and returns what it prints, up to maxContent.
func output(ctx context.Context, path string, args ...string) ([]byte, error) {
	var out, said limited
	out.limit, said.limit = maxContent, 4096
	cmd := prepared(ctx, path, args)
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, explain(ctx, path, said.String(), err)
	}
	if out.exceeded {
		return nil, fmt.Errorf("the clipboard holds more than %d MiB", maxContent>>20)
	}
	return out.Bytes(), nil
}

// input runs a program that takes a text on standard input. Its other streams
// are the null device: xclip and wl-copy stay in the background to hand the text
// out, and a pipe that they keep open would never end.
func input(ctx context.Context, path string, args []string, text []byte) error {
	cmd := prepared(ctx, path, args)
	cmd.Stdin = bytes.NewReader(text)
	if err := cmd.Run(); err != nil {
		return explain(ctx, path, "", err)
	}
	return nil
}

// prepared puts the program into a session of its own, so that closing the
// terminal does not take the text off the clipboard.
func prepared(ctx context.Context, path string, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.SysProcAttr = ownSession()
	cmd.WaitDelay = time.Second
	return cmd
}

func explain(ctx context.Context, path, said string, err error) error {
	if ctx.Err() != nil {
		err, said = ctx.Err(), "no answer"
	}
	said, _, _ = strings.Cut(strings.TrimSpace(said), "\n")
	return &toolError{filepath.Base(path), said, err}
}

// limited keeps the first bytes and notices more.
type limited struct {
	bytes.Buffer
	limit    int
	exceeded bool
}

func (l *limited) Write(p []byte) (int, error) {
	if room := l.limit - l.Len(); len(p) > room {
		l.exceeded = true
		l.Buffer.Write(p[:room])
		return len(p), nil
	}
	return l.Buffer.Write(p)
}

// ReadFrom is that of Write, not Buffer's, which knows no limit.
func (l *limited) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{l}, r)
}
