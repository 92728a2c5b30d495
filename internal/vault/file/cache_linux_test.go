package file

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/tooltest"
	"github.com/jangle-otp/jangle/internal/vault/store"
	"golang.org/x/sys/unix"
)

// needKernelKeyring wants the kernel's keyring, which containers may forbid.
func needKernelKeyring(t *testing.T) {
	t.Helper()
	if !CacheWorks() {
		tooltest.Missing(t, "the kernel's keyring cannot be used here")
	}
}

// Another process, here another Store value, is not asked again.
func TestUnlockedForTheNextCommand(t *testing.T) {
	needKernelKeyring(t)
	o := Options{CacheTTL: time.Minute}
	dir, a := newPassphraseStore(t, o)
	o.Dir, o.Passphrase = dir, a.ask
	first := mustOpen(t, o)
	if !first.Unlocked() {
		t.Error("not unlocked after Create")
	}
	wantLoad(t, first, "one", 1)
	mustSave(t, mustOpen(t, o), "two", 1)
	if a.asked != 0 {
		t.Errorf("asked %d times", a.asked)
	}
	if err := first.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := mustOpen(t, o)
	if second.Unlocked() {
		t.Error("unlocked after Forget")
	}
	wantLoad(t, second, "two", 2)
	if a.asked != 1 {
		t.Errorf("asked %d times after Forget", a.asked)
	}
}

func TestNoCacheWithoutTime(t *testing.T) {
	needKernelKeyring(t)
	dir, a := newPassphraseStore(t, Options{})
	for range 2 {
		wantLoad(t, mustOpen(t, Options{Dir: dir, Passphrase: a.ask}), "one", 1)
	}
	if a.asked != 2 {
		t.Errorf("asked %d times", a.asked)
	}
}

// A changed passphrase ends what the old one unlocked.
func TestChangedPassphraseEndsCache(t *testing.T) {
	needKernelKeyring(t)
	o := Options{CacheTTL: time.Minute, WorkFactor: quick}
	dir, a := newPassphraseStore(t, o)
	a.answers[Choose] = "second"
	o.Dir, o.Passphrase = dir, a.ask
	old, err := os.ReadFile(filepath.Join(dir, identityName))
	if err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, o)
	if err := s.ChangePassphrase(t.Context(), a.choose); err != nil {
		t.Fatal(err)
	}
	if mustOpen(t, o).Unlocked() {
		t.Error("still unlocked")
	}
	if text, ok := s.cache(old).load(); ok {
		t.Errorf("the kernel still has the old key, %d bytes", len(text))
	}
}

// Really another process, of a user without privileges, and each with a session
// keyring of its own as after another login.
func TestUnlockedForAnotherLogin(t *testing.T) {
	needKernelKeyring(t)
	tooltest.Need(t, "setpriv")
	if os.Geteuid() != 0 {
		t.Skip("only root can become somebody else")
	}
	dir := filepath.Join(memoryDir(t), "data")
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o711), os.Mkdir(dir, 0o700), os.Chown(dir, 65533, 65533)); err != nil {
		t.Fatal(err)
	}
	nobody := []string{"setpriv", "--reuid=65533", "--regid=65533", "--clear-groups"}
	for i, step := range []struct{ deed, ttl, says string }{
		{"login", "1m", "asked 1"},
		{"login", "1m", "asked 0"},
		{"login", "100m", "asked 0 and 1h left"}, // the time begins anew
		{"logout", "", "forgotten"},
		{"login", "1m", "asked 1"},
		{"logout", "", "forgotten"},
	} {
		if o := run(t, deed(t, dir, step.deed, step.ttl, nobody...)); strings.TrimSpace(o.out) != step.says {
			t.Errorf("step %d, %s: %+v", i, step.deed, o)
		}
	}
	if o := run(t, deed(t, dir, "login", "1m", "setpriv", "--reuid=65532", "--regid=65532", "--clear-groups")); o.status == 0 {
		t.Errorf("another user: %+v", o)
	}
}

// The kernel drops the key by itself, and a key is never kept longer than eight
// hours after the passphrase was typed, however often it is used.
func TestCacheTimes(t *testing.T) {
	needKernelKeyring(t)
	clock := time.Now().Truncate(time.Second) // the kernel's text has whole seconds
	c := keyCache{name: "jangle:test-times", ttl: 10 * time.Minute, now: func() time.Time { return clock }}
	t.Cleanup(func() { _ = c.forget() })
	for _, step := range []struct {
		later time.Duration
		kept  bool
		left  time.Duration // what the kernel has to be told
	}{
		{0, true, 10 * time.Minute},
		{7 * time.Hour, true, 10 * time.Minute},
		{7*time.Hour + 55*time.Minute, true, 5 * time.Minute},
		{8 * time.Hour, false, 0},
		{8*time.Hour + time.Second, false, 0},
		{-time.Hour, false, 0}, // the clock was set back
	} {
		c.store([]byte("KEY"))
		wantTimeout(t, c.name, 10*time.Minute)
		begin := clock
		clock = clock.Add(step.later)
		text, ok := c.load()
		if ok != step.kept || ok && string(text) != "KEY" {
			t.Errorf("%v later: %q, %v", step.later, text, ok)
		}
		if ok {
			wantTimeout(t, c.name, step.left)
		} else if _, _, there := kernelRead(c.name); there {
			t.Errorf("%v later: the key is still there", step.later)
		}
		clock = begin
	}
}

// wantTimeout reads the time that a key has left from /proc/keys, which rounds.
func wantTimeout(t *testing.T, name string, want time.Duration) {
	t.Helper()
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", name, 0)
	if err != nil {
		t.Fatal(err)
	}
	if left, ok := kernelTimeLeft(t, id); ok && (left > want || left < want-2*time.Minute) {
		t.Errorf("the key has %v left, want %v", left, want)
	}
}

// Times that the kernel is told are never 0, which would mean for ever.
func TestSeconds(t *testing.T) {
	for d, want := range map[time.Duration]int{0: 1, 1: 1, time.Second: 1, time.Second + 1: 2, time.Minute: 60} {
		if got := seconds(d); got != want {
			t.Errorf("seconds(%v) = %d, want %d", d, got, want)
		}
	}
}

// The fallback: no cache, so the passphrase is asked for each time.
func TestWithoutKernelKeyring(t *testing.T) {
	c := keyCache{name: "jangle:test-absent", ttl: time.Minute, now: time.Now}
	if _, ok := c.load(); ok {
		t.Error("found what nobody stored")
	}
	if err := c.forget(); err != nil {
		t.Error(err)
	}
}

var _ store.Locker = (*Store)(nil)

func TestCacheNameDependsOnKey(t *testing.T) {
	dir, _ := newPassphraseStore(t, Options{})
	wrapped, err := os.ReadFile(filepath.Join(dir, identityName))
	if err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, Options{Dir: dir})
	one := s.cache(wrapped).name
	wrapped[len(wrapped)/2] ^= 1
	if s.cache(wrapped).name == one {
		t.Error("two wrapped keys share a place")
	}
}

// kernelTimeLeft is the time that the kernel gives a key.
func kernelTimeLeft(t *testing.T, id int) (time.Duration, bool) {
	t.Helper()
	text, ok := timeLeft(id)
	if !ok {
		return 0, false
	}
	left, err := time.ParseDuration(text)
	if err != nil {
		t.Errorf("the key has no timeout: %s", text)
	}
	return left, err == nil
}
