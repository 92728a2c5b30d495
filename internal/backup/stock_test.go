package backup

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

// The tests here open backups with the programs that a distribution has: age,
// jq, ssh-keygen. docs/backup.md promises each of these commands.

// run runs a program and returns what it printed.
func run(t *testing.T, stdin []byte, argv ...string) []byte {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin = bytes.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, errs.Bytes())
	}
	return out.Bytes()
}

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func sealTo(t *testing.T, recipient string, accounts []account.Account) []byte {
	t.Helper()
	r, err := crypt.ParseRecipient(recipient, crypt.PluginUI{})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := crypt.EncryptTo(context.Background(), mustMarshal(t, testBackup(accounts)), []crypt.Recipient{r}, crypt.Armor)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// wantURIs compares the rescue's answer with the URIs of the accounts.
func wantURIs(t *testing.T, plaintext []byte, accounts []account.Account) {
	t.Helper()
	got := strings.Split(strings.TrimSuffix(string(run(t, plaintext, "jq", "-r", ".accounts[].uri")), "\n"), "\n")
	var want []string
	for _, a := range accounts {
		want = append(want, otpauth.Format(a))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestStockAgeOpensX25519(t *testing.T) {
	tooltest.Need(t, "age", "jq")
	_, secret, r, err := crypt.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	accounts := manyAccounts(200)
	sealed := sealTo(t, r.String(), accounts)
	wantURIs(t, run(t, sealed, "age", "-d", "-i", write(t, "key", append(secret, '\n'))), accounts)
}

func TestStockAgeOpensSSH(t *testing.T) {
	tooltest.Need(t, "age", "jq", "ssh-keygen")
	for _, kind := range []string{"ed25519", "rsa"} {
		t.Run(kind, func(t *testing.T) {
			key := filepath.Join(t.TempDir(), "key")
			run(t, nil, "ssh-keygen", "-q", "-t", kind, "-N", "", "-f", key)
			public, err := os.ReadFile(key + ".pub")
			if err != nil {
				t.Fatal(err)
			}
			sealed := sealTo(t, string(public), fewAccounts())
			wantURIs(t, run(t, sealed, "age", "-d", "-i", key), fewAccounts())
		})
	}
}

// TestStockAgeOpensPassphrase needs a terminal for age's prompt; script makes
// one.
func TestStockAgeOpensPassphrase(t *testing.T) {
	tooltest.Need(t, "age", "jq", "script")
	const phrase = "orbit-velvet-canyon-lumber-sketch"
	sealed, err := crypt.EncryptPassphrase(context.Background(), mustMarshal(t, testBackup(fewAccounts())), []byte(phrase),
		crypt.PassphraseOptions{Form: crypt.Armor})
	if err != nil {
		t.Fatal(err)
	}
	file := write(t, "b.age", sealed)
	out := filepath.Join(t.TempDir(), "plain")
	run(t, []byte(phrase+"\n"), "script", "-qec", "age -d -o '"+out+"' '"+file+"'", "/dev/null")
	plain, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	wantURIs(t, plain, fewAccounts())
}

// TestStockAgeSealsOurs: a backup that was opened and sealed again by stock
// tools, as after a rescue by hand, is still one.
func TestStockAgeSealsOurs(t *testing.T) {
	tooltest.Need(t, "age")
	id, _, r, err := crypt.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	sealed := run(t, mustMarshal(t, testBackup(fewAccounts())), "age", "-r", r.String())
	b, err := Open(context.Background(), sealed, crypt.Keys{Identities: []crypt.Identity{id}})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(fewAccounts(), b.Accounts, byContent); d != "" {
		t.Error(d)
	}
}

const hashRecipe = `sed -n '/^"accounts":\[/,/^\]/p' | sed 's/^"accounts"://; s/^\].*/]/' |
  head -c -1 | sha256sum`

// TestChecksByHand recomputes the checks with oathtool and the hash with
// sha256sum, as docs/backup.md tells people who do not trust us.
func TestChecksByHand(t *testing.T) {
	tooltest.Need(t, "jq", "oathtool", "sha256sum", "sed", "tr", "head")
	plain := mustMarshal(t, testBackup(fewAccounts()))
	lines := string(run(t, plain, "jq", "-r", `.accounts[] | select(.type == "totp") |
		[.secret, .algorithm, .digits, .period, .check.t, .check.code] | @tsv`))
	n := 0
	for line := range strings.Lines(lines) {
		f := strings.Fields(line)
		got := run(t, []byte(f[0]), "oathtool", "-b", "--totp="+f[1], "-d", f[2], "-s", f[3]+"s", "-N", "@"+f[4], "-")
		if strings.TrimSpace(string(got)) != f[5] {
			t.Errorf("oathtool says %s, the check %s", got, f[5])
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d time-based accounts, want 2", n)
	}
	hash := strings.TrimSpace(string(run(t, plain, "jq", "-r", ".accounts_sha256")))
	sum := run(t, plain, "sh", "-c", hashRecipe)
	if !strings.HasPrefix(string(sum), hash) {
		t.Errorf("sha256sum says %s, the file %s", sum, hash)
	}
}

// TestRecipesAreDocumented: what these tests run is what docs/backup.md says.
func TestRecipesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/backup.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, recipe := range []string{
		"age -d jangle-2026-11.age | jq -r '.accounts[].uri'",
		"age -d -i key.txt jangle-2026-11.age | jq -r '.accounts[].uri'",
		hashRecipe,
		FileName("VAULT", testTime)[:len("jangle-")],
		Extension,
	} {
		if !bytes.Contains(text, []byte(recipe)) {
			t.Errorf("docs/backup.md does not say: %s", recipe)
		}
	}
	for _, field := range append(memberNames(), "unreadable", "accounts", "check", "uri") {
		if !bytes.Contains(text, []byte("`"+field+"`")) {
			t.Errorf("docs/backup.md does not explain %s", field)
		}
	}
}

// memberNames are the names of the header and of a record.
func memberNames() []string {
	var names []string
	for _, f := range new(header).fields() {
		names = append(names, f.name)
	}
	record := reflect.TypeFor[account.Record]()
	for i := range record.NumField() {
		if name, _, _ := strings.Cut(record.Field(i).Tag.Get("json"), ","); name != "" {
			names = append(names, name)
		}
	}
	return names
}
