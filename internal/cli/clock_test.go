package cli

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// fakeClock stands still but for sleeping.
type fakeClock struct{ t time.Time }

func (c *fakeClock) Now() time.Time { return c.t }

func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	c.t = c.t.Add(d)
	return ctx.Err()
}

// sharedClock is one clock of several processes, as a machine has it: it moves for
// all when one of them sleeps. Each sleep leaves a file whose name is the time at
// its end; the latest is the time.
type sharedClock struct {
	fakeClock
	dir string
}

func (c *sharedClock) Now() time.Time {
	names, _ := filepath.Glob(c.dir + "/*")
	for _, name := range names {
		if n, err := strconv.ParseInt(filepath.Base(name), 10, 64); err == nil && n > c.t.UnixNano() {
			c.t = time.Unix(0, n)
		}
	}
	return c.t
}

func (c *sharedClock) Sleep(ctx context.Context, d time.Duration) error {
	_ = c.fakeClock.Sleep(ctx, d)
	name := filepath.Join(c.dir, strconv.FormatInt(c.t.UnixNano(), 10))
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		return err
	}
	return ctx.Err()
}
