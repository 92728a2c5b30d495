package cli

import (
	"context"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/jangle-otp/jangle/internal/asker"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

// TestMain makes the test binary the program itself, so that a script's
// "jangle" runs the real command tree in a process of its own.
func TestMain(m *testing.M) {
	program := func() { os.Exit(int(measured(func() Exit { return Main(testSystem()) }))) }
	testscript.Main(m, map[string]func(){"jangle": program, askpassName: program})
}

// measured writes what the program took into the file that a test named.
func measured(program func() Exit) (status Exit) {
	file := os.Getenv("JANGLE_TEST_USAGE")
	if file == "" {
		return program()
	}
	took := tooltest.Measure(strings.Join(os.Args, " "), mostUsage(), func() { status = program() })
	text, err := json.Marshal(took)
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		panic(err)
	}
	return status
}

// mostUsage is what no input may take more of.
func mostUsage() tooltest.Usage { return tooltest.Usage{Memory: 300e6, CPU: 10 * time.Second} }

// testSystem is the real system with a clock that the script sets
// (JANGLE_TEST_NOW, seconds since 1970) and that only moves when the program
// sleeps; processes with the same folder JANGLE_TEST_CLOCK have one clock.
// JANGLE_TEST_ASKER is the program that asks, for ssh with user@host.
// The program itself knows no such variables.
func testSystem() System {
	sys := FromOS()
	sys.Version, sys.WorkFactor = func() string { return "test" }, 6
	if s := os.Getenv("JANGLE_TEST_NOW"); s != "" {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			panic(err)
		}
		clock := &fakeClock{time.UnixMilli(int64(n * 1000))}
		sys.Now, sys.Sleep = clock.Now, clock.Sleep
		if dir := os.Getenv("JANGLE_TEST_CLOCK"); dir != "" {
			shared := &sharedClock{*clock, dir}
			sys.Now, sys.Sleep = shared.Now, shared.Sleep
		}
	}
	if who := os.Getenv("JANGLE_TEST_ASKER"); who != "" {
		program, goal, _ := strings.Cut(who, " ")
		user, host, _ := strings.Cut(goal, "@")
		sys.Asker = func(context.Context, string) (asker.Asker, error) {
			return asker.Asker{Program: program, User: user, Host: host}, nil
		}
	}
	return sys
}

// TestScripts runs the scripts of testdata/script: each is a behaviour of the
// program as a person meets it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:       "testdata/script",
		Setup:     func(e *testscript.Env) error { return setUpHome(e) },
		Cmds:      scriptCommands(),
		Condition: scriptCondition,
	})
}

// setUpHome gives a script an empty home without keyring and desktop, and the
// moment 2026-11-22T10:00:00Z.
func setUpHome(e *testscript.Env) error {
	home := e.WorkDir + "/home"
	if err := os.Mkdir(home, 0o700); err != nil {
		return err
	}
	for _, kv := range [][2]string{
		{"HOME", home}, {"XDG_RUNTIME_DIR", home}, {"XDG_CONFIG_HOME", ""}, {"XDG_DATA_HOME", ""},
		{"DBUS_SESSION_BUS_ADDRESS", "disabled:"}, {"DISPLAY", ""}, {"WAYLAND_DISPLAY", ""},
		{"JANGLE_TEST_NOW", "1795341600"}, {"TERM", "xterm-256color"}, {"TMUX", ""}, {"STY", ""},
		{"SECRET", rfcSecret},
	} {
		e.Setenv(kv[0], kv[1])
	}
	return nil
}

// rfcSecret is the secret of RFC 4226 appendix D, whose codes everybody knows.
const rfcSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
