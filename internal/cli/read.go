package cli

import (
	"context"
	"io"
	"os"

	"github.com/jangle-otp/jangle/internal/atomicfile"
)

// readAll reads a file, or standard input for "-": at most limit bytes and one
// more, by which the caller sees that there was more. It can be interrupted.
func (app *App) readAll(ctx context.Context, path string, limit int64) ([]byte, error) {
	return app.readWith(ctx, os.Open, path, limit)
}

// readTrusted is readAll for what is believed: passphrases, keys, recipients.
// Nobody else may be able to change it.
func (app *App) readTrusted(ctx context.Context, path string, limit int64) ([]byte, error) {
	return app.readWith(ctx, atomicfile.OpenTrusted, path, limit)
}

func (app *App) readWith(ctx context.Context, open func(path string) (*os.File, error), path string, limit int64) ([]byte, error) {
	if path == "-" {
		return readFrom(ctx, app.In, limit)
	}
	return interruptible(ctx, func() ([]byte, error) {
		f, err := open(path) // waits, if it is a pipe that nobody writes to
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return io.ReadAll(io.LimitReader(f, limit+1))
	})
}

// oneReader refuses to read two things from one standard input: the second would
// find it empty. sources are names of files, "-" for standard input.
func (app *App) oneReader(sources ...string) error {
	n := 0
	for _, s := range append(sources, app.global.storePassphraseFile) {
		if s == "-" {
			n++
		}
	}
	if n > 1 {
		return usage("a file for one of them", "two things are to be read from standard input")
	}
	return nil
}

// readFrom is readAll for something that is open.
func readFrom(ctx context.Context, r io.Reader, limit int64) ([]byte, error) {
	return interruptible(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(r, limit+1)) })
}

// interruptible runs what may wait for ever beside the command, so that Ctrl-C
// ends the command at once.
func interruptible(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type answer struct {
		data []byte
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		data, err := read()
		done <- answer{data, err}
	}()
	select {
	case a := <-done:
		return a.data, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
