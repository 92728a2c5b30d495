package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/term/termtest"
)

// shellAttacks are names that do something when a shell reads them, each as two
// that have it in common: readline inserts that part as it is.
func shellAttacks() []string {
	var all []string
	for _, name := range []string{
		"GitHub`touch${IFS}pwned`", "Git$(touch pwned)", "Gi(touch pwned)", "Hub;touch${IFS}pwned;a", "Pip|touch pwned#", "Quo\"&touch pwned#",
		"Red>pwned", "Her<pwned", "Bang!touch", "~root", "Brace{touch,pwned}", "Glob*[a]?", "Back\\`touch pwned`", "Eq=touch", "=touch", "%1", "^a^b",
		"Par$pwned", "Quo'`touch pwned`'", "Sep:$(touch pwned)", "Line\u2028touch", "Cr\rtouch", "Nl\n:0\ntouch pwned\n", "Tab\ttouch", "Bell\a", "-x", "--help",
		"@(touch pwned)", "_activeHelp_ touch", "Dash\u2013touch", "Turn\u2019touch", "Low\u201etouch", "Wide\uff04touch", "Nbsp\u00a0touch", "Fill\u3164er", "Hair\u200atouch",
	} {
		all = append(all, name+"1", name+"2")
	}
	return all
}

// oneWord is what bash, zsh, fish and PowerShell read as one word and as it is.
// PowerShell also ends words at , ; ( ) { } | & and takes ‘ ’ ‚ ‛ “ ” „ for quotes,
// – — ― for dashes and the blanks of Unicode for blanks; a word that begins with @
// is splatted there.
var oneWord = regexp.MustCompile(`^[\pL\p{Nd}][\pL\p{Nd}\pM._@:+-]*$`)

func checkOffered(t *testing.T, accounts []account.Account) {
	t.Helper()
	reached := make([]bool, len(accounts))
	var walk func(typed []string)
	walk = func(typed []string) {
		for _, candidate := range offered(accounts, typed, "") {
			word, description, _ := strings.Cut(candidate, "\t")
			if !oneWord.MatchString(word) {
				t.Errorf("%q is offered", word)
			}
			if strings.Trim(description, " ") != description || !oneWord.MatchString("a"+strings.ReplaceAll(description, " ", "")) {
				t.Errorf("the description of %s is %q", word, description)
			}
			for _, shown := range []string{word, description} {
				if err := termtest.Check(shown); err != nil {
					t.Errorf("%q: %v", shown, err)
				}
			}
			query := append(slices.Clone(typed), word)
			if found := account.Match(accounts, query...); len(found) == 1 {
				reached[found[0]] = true
			}
			if description == "" && len(query) < 20 {
				walk(query)
			}
		}
	}
	walk(nil)
	for i, ok := range reached {
		if !ok {
			t.Errorf("%q (%s) cannot be reached", accounts[i].Label(), accounts[i].ID)
		}
	}
}

// TestOfferedIsOneWord: whatever accounts are called, what is offered is one word
// to every shell, and one word after the other reaches each account.
func TestOfferedIsOneWord(t *testing.T) {
	names := append(shellAttacks(), termtest.Hostile()...)
	names = append(names, "GitLab", "GitHub", "GitHub", "Google Cloud", "Google Mail", "Google", " Blank ", "Two  blanks", "日本 銀行", "नमस्ते", "Zürich", "", "ann@example.com")
	var accounts []account.Account
	for i, name := range names {
		name = name[:min(len(name), 200)]
		for j, a := range []account.Account{{Issuer: name, Name: "ann@example.com"}, {Issuer: name, Name: name}, {Name: name}} {
			a.ID = fmt.Sprintf("q%dx%d", i, j)
			accounts = append(accounts, a)
		}
	}
	checkOffered(t, accounts)
	for i := range accounts {
		checkOffered(t, accounts[i:i+1])
	}
}

func FuzzOffered(f *testing.F) {
	for _, name := range shellAttacks() {
		f.Add(name, "ann", "GitHub", name, "Gi")
	}
	f.Fuzz(func(t *testing.T, issuer, name, issuer2, name2, typed string) {
		accounts := []account.Account{{ID: "aaaaaaaa", Issuer: issuer, Name: name}, {ID: "bbbbbbbb", Issuer: issuer2, Name: name2}}
		for _, a := range accounts {
			if id := strings.ToLower(a.Issuer + "\n" + a.Name); strings.Contains(id, "aaaaaaaa") || strings.Contains(id, "bbbbbbbb") {
				t.Skip("a name is another account's id, which is 40 random bits")
			}
		}
		checkOffered(t, accounts)
		for _, candidate := range offered(accounts, nil, typed) {
			if word, _, _ := strings.Cut(candidate, "\t"); !oneWord.MatchString(word) || !strings.HasPrefix(word, typed) {
				t.Errorf("%q: %q is offered", typed, word)
			}
		}
	})
}

func TestOffered(t *testing.T) {
	accounts := []account.Account{
		{ID: "aaaaaaaa", Issuer: "GitLab", Name: "ann"},
		{ID: "bbbbbbbb", Issuer: "GitHub", Name: "ann@example.com"},
		{ID: "cccccccc", Issuer: "GitHub", Name: "work"},
		{ID: "dddddddd", Issuer: "Google Cloud", Name: "ann"},
		{ID: "eeeeeeee", Issuer: "Google Mail", Name: "ann"},
		{ID: "ffffffff", Name: "Über-Konto", Aliases: []string{"account"}, Groups: []string{"Money"}, Tags: []string{"a b", "shared"}},
		{ID: "gggggggg", Issuer: "It's; me", Name: "ann"},
		{ID: "hhhhhhhh", Issuer: "Twin", Name: "ann"},
		{ID: "iiiiiiii", Issuer: "Twin", Name: "ann"},
	}
	for line, want := range map[string]string{
		"git":       "gitHub:ann@example.com gitHub:work gitLab",
		"GITH":      "GITHub:ann@example.com GITHub:work",
		"GitHub:w":  "GitHub:work",
		"goo":       "google",
		"google ":   "Cloud Mail",
		"GOOGLE cl": "cloud",
		"über":      "über-Konto",
		"uber":      "uber-Konto",
		"ac":        "account",
		"group:m":   "group:money",
		"tag:":      "tag:shared",
		"g":         "gggggggg\tIt_s_ me ann gitHub:ann@example.com gitHub:work gitLab google",
		"i":         "iiiiiiii\tTwin ann",
		"hh":        "hhhhhhhh\tTwin ann",
		"nobody":    "",
		"GitLab ":   "",
	} {
		typed := strings.Split(line, " ")
		if got := strings.Join(offered(accounts, typed[:len(typed)-1], typed[len(typed)-1]), " "); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// TestOfferedOfOurOwn: commands, flags and the values that are known before an
// account is, of every command.
func TestOfferedOfOurOwn(t *testing.T) {
	word := regexp.MustCompile(`^(--?)?[A-Za-z0-9][a-z0-9_-]*=?$`)
	seen := 0
	var walk func(cmd *cobra.Command, path []string)
	walk = func(cmd *cobra.Command, path []string) {
		lines := [][]string{{""}, {"-"}, {"--"}}
		cmd.Flags().VisitAll(func(f *pflag.Flag) { lines = append(lines, []string{"--" + f.Name, ""}) })
		for _, line := range lines {
			out, _ := inProcess(t, slices.Concat([]string{"__complete"}, path, line)...)
			for candidate := range strings.Lines(out) {
				candidate, _, _ = strings.Cut(strings.TrimSpace(candidate), "\t")
				seen++
				if !word.MatchString(candidate) && !regexp.MustCompile(`^:\d+$`).MatchString(candidate) {
					t.Errorf("%q %q: %q is offered", path, line, candidate)
				}
			}
		}
		for _, sub := range cmd.Commands() {
			walk(sub, append(path[:len(path):len(path)], sub.Name()))
		}
	}
	walk(newRoot(newApp(System{Version: Version})), nil)
	if seen < 500 {
		t.Errorf("only %d were seen: the test tests nothing", seen)
	}
}
