package cli

import (
	"context"
	"crypto/rand"
	"os"
	"runtime/debug"
	"time"

	"github.com/jangle-otp/jangle/internal/asker"
	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/process"
	"github.com/jangle-otp/jangle/internal/term"
)

// version is set by the linker in a release: -ldflags "-X …/internal/cli.version=1.2.3".
var version string

// FromOS is the real outside world. It also makes the process hard to look
// into, before any secret is read.
func FromOS() System {
	process.Harden()
	home, _ := os.UserHomeDir()
	return System{
		Args: argumentsFor(os.Args[0], os.Args[1:]), In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Env: config.Env{Lookup: os.Getenv, Home: home},     //permit:os.Getenv
		Now: time.Now, Rand: rand.Reader, Version: Version, //permit:time.Now
		InIsTerminal: term.IsTerminal(os.Stdin), OutIsTerminal: term.IsTerminal(os.Stdout),
		ErrIsTerminal: term.IsTerminal(os.Stderr), OutWasClosed: process.WasClosed(os.Stdout),
		Terminal: term.Open, Signals: onSignal, Sleep: sleep, Asker: asker.Find, Executable: os.Executable,
	}
}

// Version is the release's version, or what the toolchain knows of the build.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
