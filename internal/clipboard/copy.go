package clipboard

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/jangle-otp/jangle/internal/run"
)

// ClearerArgument is the one argument with which Copy starts this program again
// to clear the clipboard later. The program then calls RunClearer.
const ClearerArgument = "__clip-clear"

// CopyOptions says how a code is copied.
type CopyOptions struct {
	System     System
	ClearAfter time.Duration // 0 leaves it there
	Executable string        // this program; it is started with ClearerArgument
}

// Copy puts a text on the clipboard, arranges that it is cleared, and returns
// what to tell the person. If the clearing cannot be arranged the text is
// still copied and the message says that it stays.
func Copy(ctx context.Context, text string, o CopyOptions) (message string, err error) {
	c, err := Find(o.System)
	if err != nil {
		return "", err
	}
	if err := c.Write(ctx, []byte(text)); err != nil {
		return "", fmt.Errorf("cannot copy: %w", err)
	}
	switch {
	case !c.Readable():
		return "sent to the terminal's clipboard, if it takes it (OSC 52); it is not cleared", nil
	case o.ClearAfter <= 0:
		return "copied; it stays until something else is copied", nil
	}
	if err := startClearer(text, o); err != nil {
		return fmt.Sprintf("copied; it is not cleared: %v", err), nil
	}
	return fmt.Sprintf("copied; will be cleared in %d s; clipboard managers may keep it", int(o.ClearAfter/time.Second)), nil
}

// order is what the clearer is told, over a pipe.
type order struct {
	Text  string        `json:"text"`
	After time.Duration `json:"after"`
	Token string        `json:"token"` // see claim
}

// startClearer starts a program that outlives us and our terminal.
func startClearer(text string, o CopyOptions) error {
	random := make([]byte, 16)
	_, _ = rand.Read(random) // never fails, crypto/rand says
	token := base64.RawURLEncoding.EncodeToString(random)
	if err := claim(o.System, token); err != nil {
		token = "" // then an older clearer may clear the same code a little early
	}
	message, err := json.Marshal(order{text, o.ClearAfter, token})
	if err != nil {
		return err
	}
	if err := run.Leave([]string{o.Executable, ClearerArgument}, message); err != nil {
		return fmt.Errorf("cannot start the program that clears it: %w", err)
	}
	return nil
}

// ClearerSystem is what the clearer depends on.
type ClearerSystem struct {
	System
	Now  func() time.Time
	Wait func(ctx context.Context, d time.Duration) error
}

// RunClearer is the work of the program that Copy started: it reads its order
// from stdin, waits, and empties the clipboard if it still holds the text and no
// later copy is waited for by another clearer. It waits by the wall clock, in
// steps, so that a laptop that slept clears on waking.
func RunClearer(ctx context.Context, stdin io.Reader, s ClearerSystem) error {
	var o order
	if err := json.NewDecoder(io.LimitReader(stdin, 1<<16)).Decode(&o); err != nil {
		return fmt.Errorf("the clearer got no order: %w", err)
	}
	end := s.Now().Round(0).Add(o.After)
	for left := o.After; left > 0; left = end.Sub(s.Now().Round(0)) {
		if err := s.Wait(ctx, min(left, time.Second)); err != nil {
			return err
		}
		if name, err := claimFile(s.System); o.Token != "" && err == nil {
			if newest, err := os.ReadFile(name); err == nil && string(newest) != o.Token {
				return nil
			}
		}
	}
	c, err := Find(s.System)
	if err != nil {
		return err
	}
	return c.ClearIfStill(ctx, []byte(o.Text))
}

// claim writes whose turn it is to clear: the newest copy's. Without this, the
// same code copied twice would be cleared when the first copy's time is over.
func claim(s System, token string) error {
	name, err := claimFile(s)
	if err != nil {
		return err
	}
	temporary := name + "." + token
	if err := os.WriteFile(temporary, []byte(token), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, name)
}

// claimFile is in a directory that is the person's own: a name in a shared /tmp
// could be another person's link. On macOS and Windows every person has a
// directory for temporary files.
func claimFile(s System) (string, error) {
	dir := s.Getenv("XDG_RUNTIME_DIR")
	if dir == "" && (runtime.GOOS == "darwin" || runtime.GOOS == "windows") {
		dir = os.TempDir()
	}
	if dir == "" {
		return "", errors.New("no directory for this session")
	}
	return filepath.Join(dir, "jangle-clipboard"), nil
}
