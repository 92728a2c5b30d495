package run

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/term/termtest"
)

// TestMain is also the program that TestTheTerminalIsLent starts.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_TEST_ASKS") == "" {
		os.Exit(m.Run())
	}
	script := `printf 'pin? ' >&2; read x </dev/tty; echo "$x"; [ "$x" != wait ] || sleep 1000`
	typed := bufio.NewReader(os.Stdin)
	for range 2 {
		c := Command{Argv: []string{"sh", "-c", script}, Output: 100, Say: os.Stderr, Place: AtTerminal, Time: time.Hour}
		out, err := Output(context.Background(), c)
		fmt.Printf("it read %q, %v\n", out, err)
		line, err := typed.ReadString('\n') // stops us, unless the terminal is ours again
		fmt.Printf("we read %q, %v\n", line, err)
	}
}

// A program asks the person on our terminal, Ctrl-C ends it and not us, and
// Ctrl-Z does nothing to a program that no shell could continue.
func TestTheTerminalIsLent(t *testing.T) {
	p := termtest.Start(t, []string{"RUN_TEST_ASKS=1"}, os.Args[0])
	p.WaitFor("pin? ")
	p.Send("\x1a1234\n")
	p.WaitFor(`it read "1234\n", <nil>`)
	p.Send("mine\n")
	p.WaitFor(`we read "mine\n", <nil>`)
	p.WaitFor("pin? ")
	p.Send("wait\n")
	p.Send("\x03")
	p.WaitFor("sh: context canceled")
	p.Send("still mine\n")
	p.WaitFor(`we read "still mine\n", <nil>`)
}
