package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/config"
)

// wrongLines are command lines as people type them who know other tools, or are in a
// hurry, and the command that the answer names. ID is an account's id. The words are
// as a shell would pass them on: ” keep blanks.
const wrongLines = `
# other tools' verbs, with their own arguments
get github                             | jangle code github
get github ann                         | jangle code github ann
get github --copy                      | jangle code github --copy
get github --clip                      | jangle code github
get                                    | jangle code NAME
show amazon                            | jangle code amazon
show 'Amazon (ken)'                    | jangle code 'Amazon (ken)'
otp amazon                             | jangle code amazon
totp amazon --next                     | jangle code amazon --next
2fa amazon                             | jangle code amazon
token amazon                           | jangle code amazon
generate amazon                        | jangle code amazon
print amazon                           | jangle code amazon
view amazon --json                     | jangle code amazon --json
GET amazon                             | jangle code amazon
copy amazon                            | jangle code amazon --copy
copy                                   | jangle code NAME --copy
clip amazon                            | jangle code amazon --copy
cp amazon                              | jangle code amazon --copy
dump codes.age                         | jangle backup codes.age
search ama                             | jangle list ama
find ama zon                           | jangle list ama zon
grep ama                               | jangle list ama
accounts                               | jangle list
all --json                             | jangle list --json
new Bank                               | jangle add Bank
new                                    | jangle add
insert Bank ann                        | jangle add Bank ann
insert Bank --digits 8                 | jangle add Bank --digits 8
create 'My Bank'                       | jangle add 'My Bank'
delete amazon                          | jangle remove amazon
delete amazon --yes                    | jangle remove amazon --yes
delete amazon --force                  | jangle remove amazon
delete                                 | jangle remove NAME
del amazon                             | jangle remove amazon
rename amazon AWS                      | jangle edit amazon --issuer AWS
rename amazon                          | jangle edit amazon
mv amazon 'Amazon Web'                 | jangle edit amazon --issuer 'Amazon Web'
update amazon --digits 8               | jangle edit amazon --digits 8
archive amazon                         | jangle edit amazon --archive
star amazon                            | jangle edit amazon --favourite
pin amazon                             | jangle edit amazon --favourite
scan qr.png                            | jangle import qr.png
scan 'my code.png'                     | jangle import 'my code.png'
scan                                   | jangle import --screen
read links.txt                         | jangle import links.txt
qrcode amazon                          | jangle qr amazon
migrate                                | jangle export --to google-authenticator
transfer amazon                        | jangle export --to google-authenticator amazon
sync                                   | jangle backup
sync /mnt                              | jangle backup /mnt
save codes.age                         | jangle backup codes.age
verify codes.age                       | jangle backup verify codes.age
verify codes.age --passphrase-file p   | jangle backup verify codes.age --passphrase-file p
verify                                 | jangle doctor
check                                  | jangle doctor
test                                   | jangle doctor
run amazon -- cat                      | jangle exec amazon -- cat
tui                                    | jangle watch
lock                                   | jangle store lock
unlock                                 | jangle list
login                                  | jangle list
init                                   | jangle store
status                                 | jangle store
status --json                          | jangle store
passwd                                 | jangle store passphrase
settings                               | jangle config
set unlock_for 1h                      | jangle config set unlock_for 1h
rollback                               | jangle undo
version                                | jangle --version
man                                    | jangle help
man code                               | jangle help code

# misspelt
lst                                    | jangle list
lst ama                                | jangle list ama
cod amazon                             | jangle code amazon
improt qr.png                          | jangle import qr.png
bakcup codes.age                       | jangle backup codes.age
dcotor                                 | jangle doctor
amazon                                 | jangle code amazon
amazon -c                              | jangle code amazon -c
amazon web services                    | jangle code amazon web services

# help
help get                               | jangle help code
help format                            | jangle help formats
help exit                              | jangle help exit-codes
help env                               | jangle help environment
help script                            | jangle help scripting
help otp                               | jangle help code
help nonsense                          | jangle help

# a name that fits several, in the command that was typed
code github                            | jangle code ID
code github --next                     | jangle code ID --next
code -n github --json                  | jangle code -n ID --json
edit github --note github              | jangle edit ID --note github
edit --note x github                   | jangle edit --note x ID
remove github                          | jangle remove ID
remove --yes git                       | jangle remove --yes ID
rm github                              | jangle rm ID
qr github -o github.png                | jangle qr ID -o github.png
exec github -- cat github              | jangle exec ID -- cat github
exec github --fd 3 -- cat              | jangle exec ID --fd 3 -- cat
config askpass add sudo Code github    | jangle config askpass add sudo Code ID
code github --from codes.age --passphrase-file p | jangle code ID --from codes.age --passphrase-file p
code nobody --from codes.age --passphrase-file p | jangle code --all --from codes.age --passphrase-file p
code nobody                            | jangle list

# files
import amazon.jpg                      | jangle import amazon.png
import AMAZON.PNG                      | jangle import amazon.png
import nosuch.png                      | jangle import .
import nodir/nosuch.png                | jangle import --screen
import                                 | jangle import FILE
import --format nosuch links.txt       | jangle help formats
import codes.age                       | jangle import codes.age --passphrase-file FILE
import codes.age links.txt             | jangle import codes.age links.txt --passphrase-file FILE
restore links.txt                      | jangle import links.txt
restore nosuch.age                     | jangle backup FILE
restore codes.age                      | jangle restore codes.age --passphrase-file FILE
restore more.age --passphrase-file p   | jangle restore more.age --passphrase-file p --yes
restore more.age --json                | jangle restore more.age --json --yes
backup codes.age                       | jangle backup codes.age --force
backup new.age                         | jangle backup new.age --passphrase-file FILE
backup nodir/new.age                   | mkdir -p 'nodir'
backup nodir/                          | mkdir -p 'nodir/'
backup new.age --keep 3                | jangle backup --keep 12 FOLDER
backup -i p new.age                    | jangle backup -r RECIPIENT -i FILE
backup new.age --passphrase-file weak  | jangle backup new.age --passphrase-file weak --allow-weak

# hand-over
export                                 | jangle export --to aegis -o FILE
export --to google                     | jangle export --to google-authenticator
export --to google-auth                | jangle export --to google-authenticator
export --to=goog --png pages           | jangle export --png pages --to google-authenticator
export --to authy -o x                 | jangle export -o x --to aegis
export --to nosuch -o x                | jangle export -o x --to aegis
export --to aegis                      | jangle export --to aegis -o aegis.json
export --to aegis -o x                 | jangle export --to aegis -o x --plaintext
export --to uri -o x                   | jangle export --to uri -o x --plaintext
export --to aegis --plaintext -o nodir/x | mkdir -p 'nodir'
export --to google-authenticator       | jangle export --to google-authenticator --png FOLDER --yes
qr amazon                              | jangle qr amazon -o FILE.png
qr amazon -o p                         | jangle qr amazon -o p --force
qr amazon -o new.png                   | jangle qr amazon -o new.png --yes
qr amazon --style nosuch               | jangle qr amazon --style blocks

# the rest
code amazon --nosuch                   | jangle code --help
code amazon --min-valid 40             | jangle code amazon --min-valid 30s
code amazon --at nosuch                | jangle code --help
import links.txt --on-conflict nosuch  | jangle import links.txt --on-conflict keep
edit amazon --algorithm nosuch         | jangle edit amazon --algorithm SHA256
edit amazon --order 99                 | jangle edit amazon --order 1
edit amazon                            | jangle edit --help
remove amazon                          | jangle remove amazon --yes
list amazon --all --trashed            | jangle list --all
--store nosuch list                    | jangle list --store keyring
store use nosuch                       | jangle store use keyring
store choose nosuch                    | jangle store inspect
config set nosuch 1                    | jangle help config
config set unlock_for soon             | jangle config set unlock_for 1h
config set store file                  | jangle store use keyring
config get nosuch                      | jangle help config
completion tcsh                        | jangle completion bash
`

// TestWrongLines types each of them, and then looks whether the command that the answer
// names is there with those flags and so many arguments.
func TestWrongLines(t *testing.T) {
	t.Chdir(t.TempDir())
	home := t.TempDir()
	jangle := func(stdin string, args ...string) (stdout, stderr string, status Exit) {
		var out, errOut bytes.Buffer
		sys := testSystem()
		sys.Args, sys.In, sys.Out, sys.Err = args, strings.NewReader(stdin), &out, &errOut
		sys.Terminal, sys.InIsTerminal, sys.OutIsTerminal, sys.ErrIsTerminal = nil, false, false, false
		sys.Env = config.Env{Home: home, Lookup: func(name string) string { return "" }}
		status = Main(sys)
		return out.String(), errOut.String(), status
	}
	must := func(stdin string, args ...string) string {
		t.Helper()
		out, errOut, status := jangle(stdin, args...)
		if status != ExitDone {
			t.Fatalf("jangle %q: %s", args, errOut)
		}
		return out
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:")
	for name, text := range map[string]string{"p": "gallop-violin-ember-thirty-copper-lantern-moss", "weak": "harrypotter7", "amazon.png": "x",
		"links.txt": "otpauth://totp/GitHub:ann?secret=JBSWY3DPEHPK3PXP&issuer=GitHub\notpauth://totp/GitHub:bob?secret=KRSXG5CTMVRXEZLUKRSXG5CT&issuer=GitHub\n" +
			"otpauth://totp/Amazon:ken?secret=GEZDGNBVGY3TQOJQ&issuer=Amazon\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	must("", "import", "--no-passphrase", "links.txt")
	must("otpauth://totp/Extra:eve?secret=MFRGGZDFMZTWQ2LK&issuer=Extra", "import", "-")
	must("", "backup", "more.age", "--passphrase-file", "p")
	must("", "remove", "--yes", "extra")
	must("", "backup", "codes.age", "--passphrase-file", "p")

	words := regexp.MustCompile(`'[^']*'|[^ ]+`)
	split := func(line string) (args []string) {
		for _, w := range words.FindAllString(line, -1) {
			args = append(args, strings.Trim(w, "'"))
		}
		return args
	}
	app, id := newApp(System{Version: Version}), regexp.MustCompile(`\b[a-z2-7]{8}\b`)
	count := 0
	for line := range strings.Lines(wrongLines) {
		typed, want, ok := strings.Cut(strings.TrimSpace(line), "|")
		if !ok {
			continue
		}
		count++
		want = strings.TrimSpace(want)
		_, errOut, status := jangle("", split(typed)...)
		var asJSON struct{ Hint string }
		if json.Unmarshal([]byte(errOut), &asJSON) == nil {
			errOut = "jangle: hint: " + strings.ReplaceAll(asJSON.Hint, "\n", "\njangle: hint: ")
		}
		named := false
		for l := range strings.Lines(errOut) {
			if hint, ok := strings.CutPrefix(strings.TrimSpace(l), "jangle: hint: "); ok {
				if strings.Contains(want, "ID") {
					hint = id.ReplaceAllString(hint, "ID")
				}
				i := strings.Index(hint, want)
				end := i + len(want)
				named = named || i >= 0 && (i == 0 || strings.HasSuffix(hint[:i], ": ")) && (end == len(hint) || strings.ContainsRune(" ,:", rune(hint[end])))
			}
		}
		if status == ExitDone || !named {
			t.Errorf("jangle %s: status %d, want a hint with %q:\n%s", typed, status, want, errOut)
		}
		if argv := split(want); argv[0] == "jangle" && want != "jangle --version" && !app.fits(argv[1:]) && !strings.HasSuffix(want, " --help") {
			t.Errorf("jangle %s: %q cannot be typed", typed, want)
		}
	}
	if count < 100 {
		t.Errorf("%d lines, want 100", count)
	}
	if _, err := os.Stat(filepath.Join("nodir")); err == nil {
		t.Error("a wrong line made a folder")
	}
}

// Each file of the folder help is the text of a command or of a topic.
func TestHelpFilesBelongToCommands(t *testing.T) {
	known := map[string]bool{"verbs": true, "settings": true}
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		known[pageName(cmd)] = true
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(newApp(System{Version: Version})))
	files, err := helpFiles.ReadDir("help")
	if err != nil || len(files) < 20 {
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		if !known[strings.TrimSuffix(f.Name(), ".txt")] {
			t.Errorf("help/%s is shown by no command", f.Name())
		}
	}
}

// Every command has examples, and each that begins with jangle can be typed.
func TestExamplesCanBeTyped(t *testing.T) {
	app := newApp(System{Version: Version})
	words := regexp.MustCompile(`'[^']*'|"[^"]*"|[^ ]+`)
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
		if cmd.Hidden || cmd.Parent() == nil || strings.Contains(cmd.CommandPath(), "completion") || cmd.Name() == "help" {
			return
		}
		if cmd.Example == "" || cmd.Short == "" {
			t.Errorf("%s has no example, or no short text", cmd.CommandPath())
		}
		for line := range strings.Lines(cmd.Example) {
			line, ok := strings.CutPrefix(strings.TrimSpace(line), "jangle ")
			if !ok {
				continue
			}
			var argv []string
			for _, w := range words.FindAllString(line, -1) {
				if strings.ContainsAny(w[:1], "<|#") {
					break
				}
				argv = append(argv, strings.Trim(w, `'"`))
			}
			if !app.fits(argv) {
				t.Errorf("%s: the example %q cannot be typed", cmd.CommandPath(), line)
			}
		}
	}
	walk(newRoot(app))
}
