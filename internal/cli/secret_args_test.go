package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jangle-otp/jangle/internal/asker"
	"github.com/jangle-otp/jangle/internal/config"
)

// argSecrets are secrets as people paste them, and what of each must not come back.
// Of groups without quotes one may: it alone is an argument like any other.
func argSecrets() map[string][]string {
	return map[string][]string{
		"KRUGS4ZANFZSAYJA":                                                {"KRUGS4ZA", "ANFZSAYJA"},
		"krugs4zanfzsayjakrugs4zanfzsayja":                                {"krugs4za", "nfzsayja"},
		"KRUGS4ZANFZSAYJA======":                                          {"KRUGS4ZA", "NFZSAYJA"},
		"KRUG S4ZA NFZS AYJA":                                             {"KRUG S4ZA", "S4ZA NFZS", "NFZS AYJA"},
		"krug-szan-fzsa-yjak":                                             {"krug", "fzsa"},
		"00112233445566778899aabbccddeeff":                                {"00112233", "ccddeeff"},
		"DEADBEEFDEADBEEFDEADBEEFDEADBEEFDEADBEE9":                        {"DEADBEEF"},
		"cnOgv/KdpLoP6Nbh0GMkXkPXALQ=":                                    {"cnOgv/Kd", "kXkPXALQ"},
		"otpauth://totp/GitHub:ann?secret=KRUGS4ZANFZSAYJA&issuer=GitHub": {"KRUGS4ZA", "NFZSAYJA"},
		"OTPAUTH://HOTP/x?issuer=a%20b&counter=1&secret=KRUGS4ZANFZSAYJA": {"KRUGS4ZA", "NFZSAYJA"},
		"otpauth-migration://offline?data=CikKFDAwMDAwMDAwMDAwMDAwMDAwMDAwEgV1c2VyMBoETWlnMCABKAEwAhABGAEgACgH": {"CikKFDAw", "AhABGAEg"},
	}
}

// TestSecretsAreNotRepeated gives every command every kind of secret in every
// place of its command line, and looks at all that is written to stderr: the
// command's errors, cobra's, and the system's about a file of that name.
func TestSecretsAreNotRepeated(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:")
	for _, line := range commandLines() {
		for secret, parts := range argSecrets() {
			args, placed := make([]string, len(line)), false
			for i, a := range line {
				args[i], placed = strings.ReplaceAll(a, "SECRET", secret), placed || strings.Contains(a, "SECRET")
			}
			lines := [][]string{args}
			if strings.Contains(secret, " ") && line[len(line)-1] == "SECRET" { // without quotes
				lines = append(lines, append(args[:len(args)-1:len(args)-1], strings.Fields(secret)...))
			}
			for _, args := range lines {
				_, stderr := inProcess(t, args...)
				for _, part := range parts {
					if strings.Contains(strings.ToLower(stderr), strings.ToLower(part)) {
						t.Errorf("jangle %q repeats it: %s", args, stderr)
					}
				}
			}
		}
	}
}

// commandLines puts the word SECRET where an argument can be, for each command
// and each flag that has a value.
func commandLines() [][]string {
	app := newApp(System{Version: Version})
	lines := [][]string{{"SECRET"}, {"--", "SECRET"}, {"--SECRET"}, {"-SECRET"}, {"--store", "SECRET"}, {"help", "SECRET"}}
	var walk func(cmd *cobra.Command, path []string)
	walk = func(cmd *cobra.Command, path []string) {
		add := func(more ...string) { lines = append(lines, append(path[:len(path):len(path)], more...)) }
		for _, more := range [][]string{{"SECRET"}, {"x", "SECRET"}, {"x", "y", "SECRET"}, {"x", "--", "SECRET"}, {"--SECRET"}, {"-SECRET"}, {"--quiet=SECRET"}} {
			add(more...)
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "screen" && f.Name != "clipboard" {
				add("x", "--"+f.Name, "SECRET")
				add("--" + f.Name + "=SECRET")
			}
			if f.Shorthand != "" {
				add("x", "-"+f.Shorthand+"SECRET")
			}
		})
		for _, sub := range cmd.Commands() {
			walk(sub, append(path[:len(path):len(path)], sub.Name()))
		}
	}
	for _, cmd := range newRoot(app).Commands() {
		if !cmd.Hidden {
			walk(cmd, []string{cmd.Name()})
		}
	}
	return lines
}

// inProcess runs a command line here, without terminal, in an empty home.
func inProcess(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	home := t.TempDir()
	clock := &fakeClock{time.Unix(1795341600, 0)}
	Main(System{
		Args: args, In: strings.NewReader(""), Out: &out, Err: &err, Now: clock.Now, Sleep: clock.Sleep, WorkFactor: 6,
		Rand: strings.NewReader(strings.Repeat("random", 1000)), Version: func() string { return "test" },
		Env: config.Env{Home: home, Lookup: func(name string) string {
			if name == "PATH" {
				return os.Getenv(name)
			}
			return ""
		}},
		Asker: asker.Find, Executable: os.Executable,
	})
	return out.String(), err.String()
}
