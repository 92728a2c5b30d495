package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/backup"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/tooltest"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/file"
)

// safetyHome is a home with a vault of a few accounts, a key, and a backup of
// them for that key.
type safetyHome struct {
	dir  string
	keys crypt.Keys
}

func newSafetyHome(t *testing.T) safetyHome {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "jangle-test-") // in memory: hundreds of runs
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	id, secret, r, err := crypt.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	h := safetyHome{dir, crypt.Keys{Identities: []crypt.Identity{id}}}
	h.write(t, "key", secret)
	h.write(t, "recipient", []byte(r.String()))
	h.write(t, "accounts", []byte("otpauth://totp/GitHub:ann?secret="+rfcSecret+"&issuer=GitHub\n"+
		"otpauth://totp/GitLab:ann?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=GitLab\n"+
		"otpauth://hotp/Bank?secret="+rfcSecret+"&counter=7\n"))
	h.must(t, "jangle", "import", "--no-passphrase", "accounts")
	h.must(t, "jangle", "backup", "-R", "recipient", "-i", "key", "codes.age")
	return h
}

func (h safetyHome) path(name string) string { return filepath.Join(h.dir, name) }

func (h safetyHome) write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(h.path(name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// ran is how a command ended.
type ran struct {
	out, err string
	status   int // -1: killed
}

func (h safetyHome) run(argv ...string) ran {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = h.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + h.dir, "DBUS_SESSION_BUS_ADDRESS=disabled:", "XDG_RUNTIME_DIR=" + h.dir, "TERM=dumb",
		// strace counts the calls of each thread by itself; so there are few.
		"GOMAXPROCS=1"}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var ee *exec.ExitError
	if err != nil && !errors.As(err, &ee) {
		return ran{err: err.Error(), status: -2}
	}
	return ran{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

func (h safetyHome) must(t *testing.T, argv ...string) {
	t.Helper()
	if r := h.run(argv...); r.status != 0 {
		t.Fatalf("%s: status %d: %s%s", strings.Join(argv, " "), r.status, r.out, r.err)
	}
}

// labels are the accounts of the vault, read without the program.
func (h safetyHome) labels(t *testing.T, what string) string {
	t.Helper()
	s, err := file.Open(file.Options{Dir: h.path(".local/share/jangle")})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	doc, err := vault.New(s).Load(context.Background())
	if err != nil {
		t.Fatalf("%s: the vault: %v", what, err)
	}
	var labels []string
	for _, a := range doc.Accounts() {
		labels = append(labels, a.Label())
	}
	return strings.Join(labels, ", ")
}

// backupState is "absent", "sound", or what is wrong with a backup.
func (h safetyHome) backupState(name string) string {
	sealed, err := os.ReadFile(h.path(name))
	if errors.Is(err, os.ErrNotExist) {
		return "absent"
	}
	b, err := backup.Open(context.Background(), sealed, h.keys)
	switch {
	case err != nil:
		return err.Error()
	case len(b.Accounts) != 3:
		return fmt.Sprintf("%d accounts", len(b.Accounts))
	}
	return "sound"
}

// safetyCalls are the system calls that touch files.
var safetyCalls = []string{
	"openat", "read", "write", "fsync", "close", "renameat", "linkat", "unlinkat", "mkdirat",
	"flock", "fcntl", "fstat", "newfstatat", "ftruncate", "fchmod", "getdents64", "lseek",
}

// sweep kills a command at each of its system calls, one run for each, and lets
// check look at what is left.
func sweep(t *testing.T, prepare func(*testing.T) safetyHome, argv []string, check func(*testing.T, safetyHome, string, ran)) {
	tooltest.Need(t, "strace")
	points := 0
	for _, call := range safetyCalls {
		for n := 1; ; n++ {
			h := prepare(t)
			inject := fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n)
			r := h.run(append([]string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e", inject}, argv...)...)
			check(t, h, fmt.Sprintf("killed at %s %d", call, n), r)
			_ = os.RemoveAll(h.dir)
			if r.status == 0 {
				break
			}
			points++
		}
	}
	t.Logf("%d points", points)
	if points < 60 {
		t.Errorf("only %d points: the sweep does not reach the writing", points)
	}
}

// copied makes copies of one prepared home.
func copied(t *testing.T, change func(h safetyHome)) func(*testing.T) safetyHome {
	t.Helper()
	first := newSafetyHome(t)
	change(first)
	return func(t *testing.T) safetyHome {
		t.Helper()
		dir, err := os.MkdirTemp(filepath.Dir(first.dir), "jangle-test-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		if err := exec.Command("cp", "-a", first.dir+"/.", dir).Run(); err != nil {
			t.Fatal(err)
		}
		return safetyHome{dir, first.keys}
	}
}

const allLabels = "GitHub (ann), GitLab (ann), Bank"

// TestBackupKilled kills jangle backup at every call, once for a new file and
// once over an old one. Afterwards the file is not there or sound, sound if an
// old one was there or if the program said that it had written one; and the
// vault is as it was.
func TestBackupKilled(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]string{"new": "new.age", "over": "codes.age"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			prepare := copied(t, func(safetyHome) {})
			argv := []string{"jangle", "backup", "--force", "-R", "recipient", "-i", "key", target}
			sweep(t, prepare, argv, func(t *testing.T, h safetyHome, what string, r ran) {
				state := h.backupState(target)
				absentAllowed := target == "new.age" && r.status != 0 && !strings.Contains(r.out, "written")
				if state != "sound" && !(state == "absent" && absentAllowed) {
					t.Errorf("%s: the backup is %s; the program said %q", what, state, r.out+r.err)
				}
				if got := h.labels(t, what); got != allLabels {
					t.Errorf("%s: the vault has %s", what, got)
				}
			})
		})
	}
}

// TestRestoreKilled kills jangle restore at every call: the vault is before or
// after, after if the program said so, and restoring again finishes it.
func TestRestoreKilled(t *testing.T) {
	t.Parallel()
	const before, after = "GitHub (ann)", allLabels
	argv := []string{"jangle", "restore", "--yes", "-i", "key", "codes.age"}
	prepare := copied(t, func(h safetyHome) {
		h.must(t, "jangle", "remove", "--yes", "gitlab")
		h.must(t, "jangle", "remove", "--yes", "bank")
	})
	sweep(t, prepare, argv, func(t *testing.T, h safetyHome, what string, r ran) {
		got := h.labels(t, what)
		said := strings.Contains(r.err, "restored")
		if got != after && (got != before || said || r.status == 0) {
			t.Errorf("%s: the vault has %s; the program said %q", what, got, r.err)
		}
		if state := h.backupState("codes.age"); state != "sound" {
			t.Errorf("%s: the backup is %s", what, state)
		}
		h.must(t, argv...)
		if got := h.labels(t, what); got != after {
			t.Errorf("%s: after another restore the vault has %s", what, got)
		}
	})
}

// TestBackupFaults lets each call fail: the status is not 0 unless the backup is
// there, an old backup stays sound, and the message says why.
func TestBackupFaults(t *testing.T) {
	t.Parallel()
	tooltest.Need(t, "strace")
	prepare := copied(t, func(safetyHome) {})
	for _, fault := range []string{
		"write:error=ENOSPC", "write:error=EIO", "fsync:error=EIO", "fsync:error=ENOSPC", "renameat:error=ENOSPC",
		"renameat:error=EROFS", "linkat:error=ENOSPC", "linkat:error=EROFS", "openat:error=EROFS", "openat:error=EMFILE",
	} {
		for _, target := range []string{"new.age", "codes.age"} {
			for n := 1; n < 60; n++ {
				h := prepare(t)
				call, _, _ := strings.Cut(fault, ":")
				trace := h.path("trace")
				r := h.run("strace", "-f", "-qq", "--seccomp-bpf", "-o", trace, "-e", "trace="+call, "-e",
					fmt.Sprintf("inject=%s:when=%d", fault, n), "jangle", "backup", "--force", "-R", "recipient", "-i", "key", target)
				seen, _ := os.ReadFile(trace)
				what := fmt.Sprintf("%s %d, %s", fault, n, target)
				if !bytes.Contains(seen, []byte("INJECTED")) {
					break
				}
				checkFault(t, h, what, target, r)
				_ = os.RemoveAll(h.dir)
			}
		}
	}
}

func checkFault(t *testing.T, h safetyHome, what, target string, r ran) {
	t.Helper()
	if strings.Contains(r.err, "goroutine ") {
		t.Errorf("%s: crashed: %s", what, r.err)
	}
	if strings.Contains(r.err, "error while loading shared libraries") {
		return // it never began
	}
	state := h.backupState(target)
	if state != "sound" && (r.status == 0 || state != "absent" || target == "codes.age") {
		t.Errorf("%s: status %d, the backup is %s: %s", what, r.status, state, r.err)
	}
	// Where writing fails, the message may be what could not be written.
	if r.status != 0 && !strings.Contains(r.err, "jangle: ") && !strings.HasPrefix(what, "write") {
		t.Errorf("%s: status %d and no message: %q", what, r.status, r.err)
	}
	if got := h.labels(t, what); got != allLabels {
		t.Errorf("%s: the vault has %s", what, got)
	}
}

// TestBackupSmallLimits: places where nothing, or not all, can be written.
func TestBackupSmallLimits(t *testing.T) {
	t.Parallel()
	h := newSafetyHome(t)
	const argv = "jangle backup -R recipient -i key "
	for _, c := range []struct {
		name, script string
		status       int
		says         string
	}{
		{"full device", argv + "- > /dev/full", 1, "no space left"},
		{"full device for the answer", argv + "full.age > /dev/full", 1, "no space left"},
		{"closed stdout", argv + "closed.age >&-", 1, "standard output is closed"},
		{"closed stdout for the backup", argv + "- >&-", 1, "standard output is closed"},
		{"closed stdout for a restore", "jangle restore --yes -i key codes.age >&-", 1, "standard output is closed"},
		{"file size limit", "prlimit --fsize=2000 " + argv + "small.age", 1, "file too large"},
		{"file size limit over an old one", "prlimit --fsize=2000 " + argv + "--force codes.age", 1, "file too large"},
		{"no folder", argv + "nosuch/x.age", 1, "there is no folder nosuch"},
		{"a folder that nobody can write", argv + "/sys/x.age", 1, "/sys/x.age"},
		{"a device", argv + "--force /dev/full", 1, "not a regular file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if strings.HasPrefix(c.script, "prlimit") {
				tooltest.Need(t, "prlimit")
			}
			r := h.run("sh", "-c", c.script)
			if r.status != c.status || !strings.Contains(r.err, c.says) {
				t.Errorf("status %d, want %d and %q: %s", r.status, c.status, c.says, r.err)
			}
			if state := h.backupState("codes.age"); state != "sound" {
				t.Errorf("the old backup is %s", state)
			}
		})
	}
	for _, name := range []string{"closed.age", "small.age"} {
		if state := h.backupState(name); state != "absent" {
			t.Errorf("%s is %s", name, state)
		}
	}
}

// TestBackupTargets: links, pipes and foreign names where the backup should be.
func TestBackupTargets(t *testing.T) {
	t.Parallel()
	h := newSafetyHome(t)
	h.write(t, "victim", []byte("precious"))
	if err := os.Symlink("victim", h.path("link.age")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", h.path("dangling.age")); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("mkfifo", h.path("pipe.age")).Run(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link.age", "dangling.age", "pipe.age"} {
		for _, force := range []string{"--force=true", "--force=false"} {
			r := h.run("timeout", "-s", "KILL", "10", "jangle", "backup", force, "-R", "recipient", name)
			if r.status != 1 || !strings.Contains(r.err, name) {
				t.Errorf("%s %s: status %d: %s", name, force, r.status, r.err)
			}
		}
	}
	// A pipe into which nobody writes ends with the patience of the person.
	r := h.run("timeout", "-s", "INT", "-k", "10", "1", "jangle", "restore", "--yes", "pipe.age")
	if !strings.Contains(r.err, "interrupted") {
		t.Errorf("a restore from a silent pipe: status %d: %s", r.status, r.err)
	}
	if got, _ := os.ReadFile(h.path("victim")); string(got) != "precious" {
		t.Errorf("the file behind the link is now %q", got)
	}
	if _, err := os.Lstat(h.path("nowhere")); err == nil {
		t.Error("a file was made behind the dangling link")
	}
}

// TestBackupModes: 0600 whatever the umask.
func TestBackupModes(t *testing.T) {
	t.Parallel()
	h := newSafetyHome(t)
	for _, mask := range []string{"000", "022", "077", "777"} {
		name := "mask" + mask + ".age"
		if r := h.run("sh", "-c", "umask "+mask+"; jangle backup -R recipient -i key "+name); r.status != 0 {
			t.Fatalf("umask %s: %s", mask, r.err)
		}
		info, err := os.Stat(h.path(name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("umask %s: mode %v, %v", mask, info.Mode(), err)
		}
	}
}

// A backup whose temporary file cannot be removed is there, and its rest is named.
func TestBackupSaysWhatItLeaves(t *testing.T) {
	tooltest.Need(t, "strace")
	h := newSafetyHome(t)
	r := h.run("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=unlinkat", "-e", "inject=unlinkat:error=EPERM",
		"jangle", "backup", "-R", "recipient", "-i", "key", "new.age")
	left, _ := filepath.Glob(h.path(".new.age.*.tmp"))
	if len(left) != 1 || r.status != 1 || !strings.Contains(r.err, "new.age is written; remove ") || !strings.Contains(r.err, filepath.Base(left[0])) {
		t.Errorf("%v is left; status %d: %s", left, r.status, r.err)
	}
	if got := h.backupState("new.age"); got != "sound" {
		t.Errorf("the backup is %s", got)
	}
}
