//go:build unix

package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// The tests of this file's kind run the store in processes of its own, which
// can be killed, starved and raced. The test binary is that process when this
// variable names the deed.
const deedVariable = "JANGLE_TEST_DEED"

func TestMain(m *testing.M) {
	deed := os.Getenv(deedVariable)
	if deed == "" {
		os.Exit(m.Run())
	}
	// strace counts calls for each thread: with one thread, each call of the
	// store has its own number.
	runtime.LockOSThread()
	if err := deeds[deed](os.Getenv("JANGLE_TEST_DIR"), os.Getenv("JANGLE_TEST_ARG")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

var deeds = map[string]func(dir, arg string) error{
	"save":   saveDeed,
	"append": appendDeed,
	"create": createDeed,
	"change": changeDeed,
	"erase":  eraseDeed,
	"hold":   holdDeed,
	"load":   loadDeed,
	"login":  loginDeed,
	"logout": logoutDeed,
}

// say reports an acknowledged change in one write to stdout.
func say(text string) error {
	_, err := os.Stdout.WriteString(text + "\n")
	return err
}

// saveDeed saves arg over whatever is there.
func saveDeed(dir, arg string) error {
	s, err := Open(Options{Dir: dir})
	if err != nil {
		return err
	}
	state, err := s.Load(context.Background())
	if err != nil && !errors.Is(err, store.ErrAbsent) {
		return err
	}
	if _, err := s.Save(context.Background(), []byte(arg), state.Revision); err != nil {
		return err
	}
	return say("saved")
}

// appendDeed adds lines "ARG-0", "ARG-1"… as the vault does its updates: the
// second try after a conflict holds the lock. On a busy machine a process may wait
// for the lock longer than a person would: it says so and tries again.
func appendDeed(dir, arg string) error {
	s, err := Open(Options{Dir: dir})
	if err != nil {
		return err
	}
	for i := range appendEach {
		line := arg + "-" + strconv.Itoa(i)
		err := appendLine(s, line)
		for errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrBusy) {
			err = appendLocked(s, line)
		}
		if err != nil {
			return err
		}
		if err := say(line); err != nil {
			return err
		}
	}
	return nil
}

const appendEach = 20

func appendLocked(s *Store, line string) error {
	unlock, err := s.Lock(context.Background())
	if err != nil {
		return err
	}
	defer unlock()
	return appendLine(s, line)
}

func appendLine(s *Store, line string) error {
	state, err := s.Load(context.Background())
	if err != nil && !errors.Is(err, store.ErrAbsent) {
		return err
	}
	_, err = s.Save(context.Background(), append(state.Data, line+"\n"...), state.Revision)
	return err
}

func createDeed(dir, arg string) error {
	if _, err := Create(context.Background(), deedOptions(dir), modes[arg]); err != nil {
		return err
	}
	return say("created")
}

var modes = map[string]Mode{"passphrase": Passphrase, "key": KeyFile}

func deedOptions(dir string) Options {
	a := &asker{answers: map[Purpose]string{Unlock: "first", Choose: "second"}}
	return Options{Dir: dir, Passphrase: a.ask, WorkFactor: quick}
}

func changeDeed(dir, _ string) error {
	o := deedOptions(dir)
	s, err := Open(o)
	if err != nil {
		return err
	}
	choose := (&asker{answers: map[Purpose]string{Choose: "second"}}).choose
	if err := s.ChangePassphrase(context.Background(), choose); err != nil {
		return err
	}
	return say("changed")
}

func eraseDeed(dir, _ string) error {
	s, err := Open(Options{Dir: dir})
	if err != nil {
		return err
	}
	if err := s.Erase(context.Background()); err != nil {
		return err
	}
	return say("erased")
}

// holdDeed takes the lock and waits to be killed.
func holdDeed(dir, _ string) error {
	s, err := Open(Options{Dir: dir})
	if err != nil {
		return err
	}
	if _, err := s.Lock(context.Background()); err != nil {
		return err
	}
	if err := say("held"); err != nil {
		return err
	}
	select {}
}

func loadDeed(dir, _ string) error {
	s, err := Open(Options{Dir: dir})
	if err != nil {
		return err
	}
	state, err := s.Load(context.Background())
	if err != nil {
		return err
	}
	return say(string(state.Data))
}

// loginDeed loads with the cache on, after making the store if there is none,
// and says how often it was asked.
func loginDeed(dir, arg string) error {
	joinNewSession()
	ttl, err := time.ParseDuration(arg)
	if err != nil {
		return err
	}
	a := &asker{answers: map[Purpose]string{Unlock: "first", Choose: "first"}}
	o := Options{Dir: dir, Passphrase: a.ask, WorkFactor: quick, CacheTTL: ttl}
	s, err := Open(o)
	if err != nil {
		return err
	}
	if !Exists(dir) {
		s, err = Create(context.Background(), o, Passphrase)
	}
	if err != nil {
		return err
	}
	if _, err := s.Load(context.Background()); err != nil && !errors.Is(err, store.ErrAbsent) {
		return err
	}
	return say(fmt.Sprint("asked ", a.asked, cacheLeft(s)))
}

func logoutDeed(dir, _ string) error {
	joinNewSession()
	s, err := Open(Options{Dir: dir})
	if err != nil {
		return err
	}
	if err := s.Forget(context.Background()); err != nil {
		return err
	}
	return say("forgotten")
}

// deed is a process that does something to the store in a directory, behind
// the given wrapper (strace and its arguments, for example).
func deed(t testing.TB, dir, name, arg string, wrapper ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	argv := append(wrapper, self)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), deedVariable+"="+name, "JANGLE_TEST_DIR="+dir, "JANGLE_TEST_ARG="+arg, "GOMAXPROCS=1")
	return cmd
}

// outcome is what became of a process.
type outcome struct {
	out, err string
	status   int // -1: killed
}

func run(t testing.TB, cmd *exec.Cmd) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}
