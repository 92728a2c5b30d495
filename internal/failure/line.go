package failure

import "strings"

// CommandLine is a command of jangle as a person types it into a shell, whatever is in
// its arguments.
func CommandLine(args ...string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@+,"
	line := "jangle"
	for _, arg := range args {
		if arg == "" || strings.Trim(arg, plain) != "" {
			arg = Quoted(arg)
		}
		line += " " + arg
	}
	return line
}

// Quoted is a word for a shell, on one line.
func Quoted(s string) string {
	return "'" + strings.NewReplacer("'", `'\''`, "\n", `'$'\n''`, "\r", `'$'\r''`).Replace(s) + "'"
}
