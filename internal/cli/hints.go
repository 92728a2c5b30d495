package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jangle-otp/jangle/internal/failure"
)

// again is the present command line with more flags. The first of them may have a
// value; it takes the place of the same flag that is there already.
func (app *App) again(flags ...string) string {
	args, after := app.Args, []string(nil)
	if i := slices.Index(args, "--"); i >= 0 {
		args, after = args[:i], args[i:]
	}
	var kept []string
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == flags[0] && len(flags) > 1 && flags[1][0] != '-':
			i++
		case args[i] != flags[0] && !strings.HasPrefix(args[i], flags[0]+"="):
			kept = append(kept, args[i])
		}
	}
	return failure.CommandLine(slices.Concat(kept, flags, after)...)
}

// complete makes a whole command of a hint that is flags, or ends with a colon and
// flags ("to overwrite it: --force"): they are for the present command line.
func (app *App) complete(hint string) string {
	i := 0
	if !strings.HasPrefix(hint, "-") {
		if i = strings.LastIndex(hint, ": -") + 2; i < 2 || strings.Contains(hint, "jangle ") {
			return hint
		}
	}
	return hint[:i] + app.again(strings.Fields(hint[i:])...)
}

// withQuery is the present command line with one word in the place of the query; for a
// query that is not in it, the command that prints that account's code.
func (app *App) withQuery(query []string, word string) string {
	if app.command == nil {
		return failure.CommandLine("code", word)
	}
	var args []string
	names, rest, dashed := len(strings.Fields(app.command.CommandPath()))-1, query, false
	for i := 0; i < len(app.Args); i++ {
		arg := app.Args[i]
		switch {
		case !dashed && strings.HasPrefix(arg, "-") && arg != "-":
			dashed = arg == "--"
			if args = append(args, arg); takesNext(app.command.Flags(), arg) && i+1 < len(app.Args) {
				i++
				args = append(args, app.Args[i])
			}
		case names > 0:
			names--
			args = append(args, arg)
		case len(rest) == 0 || arg != rest[0]:
			args = append(args, arg)
		default:
			if len(rest) == len(query) {
				args = append(args, word)
			}
			rest = rest[1:]
		}
	}
	if len(rest) > 0 {
		return failure.CommandLine("code", word)
	}
	return failure.CommandLine(args...)
}

// takesNext reports whether the value of a flag is the next argument.
func takesNext(flags *pflag.FlagSet, arg string) bool {
	if name, long := strings.CutPrefix(arg, "--"); long {
		f := flags.Lookup(name)
		return f != nil && f.NoOptDefVal == ""
	}
	for i := 1; i < len(arg); i++ {
		f := flags.ShorthandLookup(arg[i : i+1])
		if f == nil {
			return false
		}
		if f.NoOptDefVal == "" {
			return i == len(arg)-1
		}
	}
	return false
}

// unknownCommand refuses a word that is no command: taking it for an account's
// name would make every typo a search, and every new command a trap. It names the
// command that other tools have under that word, with the arguments that are there.
func (app *App) unknownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	word := args[0]
	if len(secretArgs(args)) > 0 {
		return usage("jangle add", "unknown command %q", word)
	}
	rest := args[1:]
	if i := slices.Index(app.Args, word); i >= 0 { // with their flags
		rest = app.Args[i+1:]
	}
	names := slices.DeleteFunc(slices.Clone(rest), func(s string) bool { return strings.HasPrefix(s, "-") })
	line := func(to func(args []string) []string) string {
		if argv := to(rest); app.fits(argv) {
			return failure.CommandLine(argv...)
		}
		return failure.CommandLine(to(names)...)
	}
	if calledHere(word, rest) != nil {
		return usage("here that is: "+line(func(args []string) []string { return calledHere(word, args) }), "unknown command %q", word)
	}
	hint := ""
	root.SuggestionsMinimumDistance = 2
	for _, s := range root.SuggestionsFor(word) {
		hint += "did you mean: " + line(func(args []string) []string { return append([]string{s}, args...) }) + "\n"
	}
	return usage(hint+"to get a code: "+line(func(args []string) []string { return append([]string{"code", word}, args...) }), "unknown command %q", word)
}

// fits reports whether there is such a command, with these flags.
func (app *App) fits(argv []string) bool {
	root := newRoot(newApp(System{Version: app.Version}))
	cmd, rest, err := root.Find(argv)
	return err == nil && cmd.ParseFlags(rest) == nil && cmd.ValidateArgs(cmd.Flags().Args()) == nil
}

// calledHere is the command of jangle for what other tools call verb, with its
// arguments; nil for a word that means nothing. help/verbs.txt has them: words, some for
// so many arguments only ("rename/2"), and a command, in which a word in capitals is the
// arguments, or a placeholder where there are none, "..." is the arguments, a digit one.
func calledHere(verb string, args []string) (argv []string) {
	content, _ := helpFiles.ReadFile("help/verbs.txt")
	verb = strings.ToLower(verb)
	for line := range strings.Lines(string(content)) {
		words, command, _ := strings.Cut(line, " = ")
		fits := strings.Fields(words)
		if !slices.Contains(fits, verb) && !slices.Contains(fits, verb+"/"+strconv.Itoa(len(args))) {
			continue
		}
		for _, w := range strings.Fields(command) {
			n, err := strconv.Atoi(w)
			switch {
			case err == nil:
				argv = append(argv, args[n-1])
			case w == "..." || w == strings.ToUpper(w) && len(args) > 0 && w[0] != '-':
				argv = append(argv, args...)
			default:
				argv = append(argv, w)
			}
		}
		return argv
	}
	return nil
}
