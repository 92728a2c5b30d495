package keyring

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/keyring/keyringtest"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// adderEnv makes the test binary a process that adds accounts: "NAME COUNT LOCK".
const adderEnv = "JANGLE_TEST_KEYRING_ADDER"

func TestMain(m *testing.M) {
	if job := os.Getenv(adderEnv); job != "" {
		os.Exit(addAccounts(strings.Fields(job)))
	}
	os.Exit(m.Run())
}

func addAccounts(job []string) int {
	count, err := strconv.Atoi(job[1])
	if err != nil {
		return 2
	}
	v := vault.New(Open(Options{LockPath: job[2], Timeout: time.Minute}))
	for i := range count {
		err := store.ErrBusy
		for errors.Is(err, store.ErrBusy) { // on a busy machine it waits longer than a person would
			_, err = v.Update(context.Background(), "add", func(d *vault.Document) error {
				_, err := d.Add(testAccount(fmt.Sprintf("%s-%d", job[0], i)))
				return err
			})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return 0
}

func testAccount(name string) account.Account {
	a := account.New(account.TOTP, account.NewSecret([]byte("20 bytes of a secret")))
	a.Issuer, a.Name = name, name+"@example.com"
	return a
}

// 32 processes add 20 accounts each at the same time, and none is lost.
func TestManyProcesses(t *testing.T) {
	const processes, each = 32, 20
	k := keyringtest.Start(t)
	o := options(k.Bus)
	var wait sync.WaitGroup
	for p := range processes {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(k.Env(), fmt.Sprintf("%s=p%d %d %s", adderEnv, p, each, o.LockPath))
		wait.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("process %d: %v\n%s", p, err, out)
			}
		})
	}
	wait.Wait()
	d, err := vault.New(Open(o)).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, a := range d.Accounts() {
		seen[a.Issuer] = true
	}
	if len(seen) != processes*each || d.Len() != processes*each || d.Revision() != processes*each {
		t.Errorf("%d accounts, %d of them different, revision %d; want %d", d.Len(), len(seen), d.Revision(), processes*each)
	}
}

// The keyring program is killed at a random moment while documents are saved.
// Whatever was called saved is there afterwards, whole, and what is there was
// saved by somebody.
func TestKilledKeyring(t *testing.T) {
	t.Run("whole", func(t *testing.T) { testKilledKeyring(t, 50, 0, 60*time.Millisecond) })
	t.Run("parts", func(t *testing.T) { testKilledKeyring(t, 20, 2560, 200*time.Millisecond) })
}

func testKilledKeyring(t *testing.T, rounds, limit int, within time.Duration) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	k := keyringtest.Start(t)
	o := options(k.Bus)
	o.Limit = limit
	save(t, Open(o), document(1), 0)
	acknowledged, content := store.Revision(1), document(1)
	for round := range rounds {
		acknowledged, content = saveUntilKilled(t, k, o, acknowledged, content, time.Duration(r.Int64N(int64(within))))
		k.Restart(t)
		state, err := Open(o).Load(t.Context())
		if err != nil {
			t.Fatalf("seed %d, round %d: Load: %v", seed, round, err)
		}
		// What was called saved is there, or what was being saved. Its revision may be
		// further on: the number of a copy that the kill has spoilt is skipped.
		same := state.Revision == acknowledged && string(state.Data) == content
		next := state.Revision > acknowledged && string(state.Data) == document(acknowledged+1)
		if !same && !next {
			t.Fatalf("seed %d, round %d: revision %d with %d bytes, after %d was acknowledged", seed, round, state.Revision, len(state.Data), acknowledged)
		}
		acknowledged, content = state.Revision, string(state.Data)
	}
	t.Logf("%d saves were acknowledged", acknowledged)
}

// document is what the test saves as a revision: four parts of 2,560 bytes.
func document(rev store.Revision) string {
	noise := make([]byte, 6_000)
	rand.NewChaCha8([32]byte{byte(rev), byte(rev >> 8)}).Read(noise)
	return fmt.Sprintf("%d:%x", rev, noise)
}

// saveUntilKilled saves one document after the other; after a while the keyring
// is killed. It returns the last revision that was called saved, and what it is.
func saveUntilKilled(t *testing.T, k *keyringtest.Gnome, o Options, rev store.Revision, content string, after time.Duration) (store.Revision, string) {
	t.Helper()
	var killed atomic.Bool
	var wait sync.WaitGroup
	wait.Go(func() {
		time.Sleep(after)
		killed.Store(true)
		k.Kill(t)
	})
	defer wait.Wait()
	for {
		data := document(rev + 1)
		next, err := Open(o).Save(t.Context(), []byte(data), rev)
		switch {
		case err == nil:
			rev, content = next, data
		case killed.Load() && (errors.Is(err, store.ErrUnknown) || errors.Is(err, store.ErrUnreachable)):
			return rev, content
		case killed.Load() && errors.Is(err, store.ErrConflict):
			return rev, content // an unclear save was stored, and the next one met it
		default:
			t.Errorf("Save before the kill: %v", err)
			return rev, content
		}
	}
}

// 1,000 and 10,000 accounts are imported, loaded and found.
func TestManyAccounts(t *testing.T) {
	k := keyringtest.Start(t)
	for _, n := range []int{1_000, 10_000} {
		o := options(k.Bus)
		o.Service = fmt.Sprintf("jangle-test-%d", n)
		v := vault.New(Open(o))
		in := make([]vault.Candidate, n)
		for i := range in {
			in[i] = vault.Candidate{Index: i, Account: testAccount(fmt.Sprintf("site-%d", i))}
			in[i].Account.Secret = account.NewSecret(fmt.Appendf(nil, "%020d", rand.Uint64()))
		}
		start := time.Now()
		_, err := v.Update(t.Context(), "import", func(d *vault.Document) error {
			return d.Apply(d.PlanImport(in, vault.KeepMine, start))
		})
		if err != nil {
			t.Fatalf("%d accounts: %v", n, err)
		}
		saved := time.Since(start)
		start = time.Now()
		d, err := v.Load(t.Context())
		if err != nil || d.Len() != n {
			t.Fatalf("%d accounts: %v", n, err)
		}
		found, _ := d.Find(fmt.Sprintf("site-%d", n-1))
		t.Logf("%d accounts: imported in %s, one found in %s", n, saved, time.Since(start))
		if len(found) != 1 {
			t.Errorf("%d accounts: found %d", n, len(found))
		}
	}
}
