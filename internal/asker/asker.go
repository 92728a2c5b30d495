// Package asker tells which program asks for a code, and what of its prompt the
// program wrote itself.
//
// ssh, sudo and git start an askpass program with one argument, the prompt, and
// part of it may come from a server: ssh passes on what a server asks by
// keyboard-interactive (RFC 4256), with "(user@host) " before it since 8.5 and
// with nothing before. Line breaks, carriage returns and tabs in it reach us
// (OpenSSH, utf8.c, vasnmprintf). So the prompt proves nothing about who asks.
// The parent process does: it is the asking program, and its own command line,
// read again by `ssh -G`, says where it logs in to.
package asker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/run"
)

// Asker is who asks. User and Host are set for ssh only: the user to log in as
// and the host as ssh names it (HostKeyAlias, or else HostName).
type Asker struct{ Program, User, Host string }

func (a Asker) String() string {
	if a.User == "" {
		return a.Program
	}
	return a.Program + " " + a.User + "@" + a.Host
}

// Words is a prompt without what ssh wrote before the server's words.
func (a Asker) Words(prompt string) string {
	return strings.TrimPrefix(prompt, "("+a.User+"@"+a.Host+") ")
}

// ErrUnknown says that it cannot be told who asks.
var ErrUnknown = errors.New("it cannot be told which program asks")

// The bounds of what ssh says of itself: a Match exec in its configuration may
// take a while.
const (
	sshTime = 10 * time.Second
	maxGoal = 1 << 20 // bytes
)

// process is the one that started us.
type process struct {
	name string   // of its file, without the folder; git's helpers are "git"
	path string   // by which it can be run again; empty if it cannot
	args []string // nil if they cannot be told apart
}

// Find returns who asks with a prompt.
func Find(ctx context.Context, prompt string) (Asker, error) {
	p, err := parent(ctx)
	switch {
	case err == nil && p.name != "ssh":
		return Asker{Program: p.name}, nil
	case err == nil && p.args != nil:
		// The same ssh with the same arguments says what it made of its configuration.
		out, err := run.Output(ctx, run.Command{Argv: append([]string{p.path, "-G"}, p.args[1:]...), Time: sshTime, Output: maxGoal})
		if err != nil {
			return Asker{}, fmt.Errorf("%w: ssh -G does not say where ssh logs in to: %w", ErrUnknown, err)
		}
		return parseGoal(string(out))
	}
	var version bytes.Buffer // ssh says it on stderr
	if _, err := run.Output(ctx, run.Command{Argv: []string{"ssh", "-V"}, Time: sshTime, Say: &version}); err != nil {
		return Asker{}, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return byPrefix(version.String(), prompt)
}

// parseGoal reads the output of ssh -G: a keyword and its value on each line.
func parseGoal(out string) (Asker, error) {
	a := Asker{Program: "ssh"}
	alias := ""
	for l := range strings.Lines(out) {
		switch key, value, _ := strings.Cut(strings.TrimRight(l, "\r\n"), " "); key {
		case "user":
			a.User = value
		case "hostname":
			a.Host = strings.ToLower(value) // as ssh_login does (sshconnect.c)
		case "hostkeyalias":
			alias = value
		}
	}
	if alias != "" {
		a.Host = alias
	}
	if a.User == "" || a.Host == "" {
		return Asker{}, fmt.Errorf("%w: ssh -G names no user and host", ErrUnknown)
	}
	return a, nil
}

// byPrefix goes by the prompt alone, where the system does not show the process:
// what ssh writes stands at its very beginning. An ssh before 8.5 writes nothing
// there, so that a server could; 9 is asked for.
func byPrefix(version, prompt string) (Asker, error) {
	if !regexp.MustCompile(`^OpenSSH_(for_Windows_)?(9|\d\d+)\.`).MatchString(version) {
		return Asker{}, fmt.Errorf("%w: on this system OpenSSH 9 or newer has to say it in the prompt", ErrUnknown)
	}
	goal := regexp.MustCompile(`^\(([^()\s@]+)@([^()\s@]+)\) `).FindStringSubmatch(prompt)
	if goal == nil {
		return Asker{}, fmt.Errorf("%w: on this system only ssh's (user@host) at the beginning of the prompt says it", ErrUnknown)
	}
	// A host's name may have blanks and brackets too, but no capital letter: so
	// that name and no more ends here only if what follows cannot be part of it.
	text := prompt[len(goal[0]):]
	if i := strings.LastIndex(text, ") "); i >= 0 && strings.ToLower(text[:i]) == text[:i] {
		return Asker{}, fmt.Errorf("%w: the prompt has more than one end of ssh's (user@host)", ErrUnknown)
	}
	return Asker{"ssh", goal[1], goal[2]}, nil
}

// programName is what rules call a program: git asks through helpers such as
// git-remote-https, and sudo is sudoedit too.
func programName(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), ".exe")
	switch {
	case strings.HasPrefix(name, "git-"):
		return "git"
	case name == "sudoedit":
		return "sudo"
	}
	return name
}
