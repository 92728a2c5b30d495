package cli

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/term/termtest"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

// shell is an interactive shell that has read jangle's completion, and that says
// "done." when it has come to a Ctrl-T.
type shell struct {
	name  string
	args  []string
	setUp string
}

func shells() []shell {
	return []shell{
		{"bash", []string{"--norc", "--noprofile", "-i"},
			"bind 'set enable-bracketed-paste off'; . /usr/share/bash-completion/bash_completion; . <(jangle completion bash); bind -x '\"\\C-t\": echo do\"\"ne.'"},
		{"zsh", []string{"-f", "-i"},
			"unsetopt zle_bracketed_paste prompt_sp; autoload -U compinit; compinit -D; . <(jangle completion zsh); tell() { echo do''ne. }; zle -N tell; bindkey '^T' tell"},
		{"fish", []string{"--no-config", "-i"}, "set -g fish_autosuggestion_enabled 0; jangle completion fish | source; bind \\ct 'echo do\"\"ne.'"},
	}
}

// TestCompletionInShells presses the tab key in real shells, with accounts whose
// names would run commands: one TAB, two, after Ctrl-C, and Enter after what was
// completed. Nothing is executed, and what is harmless is completed.
func TestCompletionInShells(t *testing.T) {
	p := newProgram(t)
	var links strings.Builder
	links.WriteString("otpauth://totp/GitHub:ann%40example.com?secret=BBBBBBBBBBBBBBBB\notpauth://totp/GitHub:work?secret=BBBBBBBBBBBBBBBC\n")
	for i, name := range append(shellAttacks(), "GitLab", "Google Cloud", "Google Mail", "Amazon", "Zürich") {
		q := url.PathEscape(name)
		fmt.Fprintf(&links, "otpauth://totp/%s:ann%d%%40example.com?secret=%s%c%c&issuer=%s\n", q, i, strings.Repeat("A", 16), 'A'+i%26, 'A'+i/26, url.QueryEscape(name))
	}
	p.must(t, links.String(), "import", "--no-passphrase", "-")
	for _, sh := range shells() {
		t.Run(sh.name, func(t *testing.T) {
			t.Parallel()
			s := sh.start(t, p)
			for _, typed := range []string{"", "G", "Gi", "GitHub", "Hub", "Pip", "Q", "Re", "H", "B", "~", "E", "=", "P", "S", "L", "T", "-x", "@"} {
				line := "jangle code " + typed
				s.press(line+"\t", line+"\t\t", line+"\t\t --no-input\r", line+"\t")
				s.Send("\x03")
				s.press(line + "\t\t")
			}
			for typed, want := range map[string]string{
				"Amaz\t": "<Amazon>", "amaz\t": "<amazon>", "GitL\t": "<GitLab>", "Zü\t": "<Zürich>", "Goo\tMa\t": "<Google><Mail>",
				"GitHub:w\t": "<GitHub:work>", "GitHub:an\t": "<GitHub:ann@example.com>", "GitHub:ann@e\t": "<GitHub:ann@example.com>",
			} {
				s.press("jangle code " + typed + "\x01printf '<%s>' \r")
				if !strings.Contains(s.answer, "<jangle><code>"+want) {
					t.Errorf("%q is completed to %q, want %s", typed, s.answer, want)
				}
			}
		})
	}
}

// TestFileNamesInShells: the shells complete file names themselves; what was
// completed is not evaluated with the rest of the line at the next TAB.
func TestFileNamesInShells(t *testing.T) {
	p := newProgram(t)
	for _, sh := range shells() {
		t.Run(sh.name, func(t *testing.T) {
			t.Parallel()
			s := sh.start(t, p)
			files := t.TempDir()
			for _, name := range []string{"a$(touch pwned).png", "b`touch pwned`.png", "c;touch pwned;.png", "d(touch pwned).png", "e'\"&touch pwned#.png", "f>pwned", "g{touch,pwned}", "h\ntouch pwned\n", "i|touch pwned", "j\\$(touch pwned)"} {
				if err := os.WriteFile(filepath.Join(files, name), nil, 0o600); err != nil {
					t.Fatal(err)
				}
				line := "jangle import " + files + "/" + name[:1] + "\t"
				s.press(line, line+"\t", line+" \t", line+" \t\t\r", line+" --from\t")
				s.press("jangle code '" + strings.NewReplacer("'", "", "\n", "").Replace(name) + "' \t\t")
			}
		})
	}
}

// session is a shell under test, in an empty folder.
type session struct {
	*termtest.Program
	t      *testing.T
	folder string
	answer string // what the terminal was sent for the last line
}

func (sh shell) start(t *testing.T, p *program) *session {
	t.Helper()
	path := tooltest.Path(t, sh.name)
	if sh.name == "bash" {
		if _, err := os.Stat("/usr/share/bash-completion/bash_completion"); err != nil {
			tooltest.Missing(t, err.Error())
		}
	}
	s := &session{t: t, folder: t.TempDir()}
	env := append([]string{"PS1=$ ", "HISTFILE=", "LC_ALL=C.UTF-8", "XDG_CONFIG_HOME=" + t.TempDir(), "XDG_DATA_HOME=" + t.TempDir()}, p.env...)
	env = append(env, "PATH="+filepath.Dir(p.path)+":"+os.Getenv("PATH"), "TERM=xterm", "EDITOR=", "VISUAL=")
	s.Program = termtest.StartSized(t, 200, 100, env, path, sh.args...)
	s.Send("cd " + s.folder + "\r")
	s.press(sh.setUp + "\r")
	return s
}

// press throws away what is on the line, types keys, and waits until the shell has
// come to their end. The folder has to be empty then.
func (s *session) press(keys ...string) {
	s.t.Helper()
	for _, k := range keys {
		before := len(s.Output())
		s.Send("\x15" + k + "\x14")
		s.WaitFor("done.")
		s.answer = string(s.Output()[before:])
		if left, err := filepath.Glob(s.folder + "/*"); err != nil || len(left) > 0 {
			s.t.Fatalf("%q has executed something: %q, %v\n%s", k, left, err, s.answer)
		}
	}
}
