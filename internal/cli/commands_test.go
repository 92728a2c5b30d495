package cli

import "testing"

// A line that begins with a command's name builds that command alone, and any
// other line all of them, so the name in the table must be the command's own.
func TestCommandsAreBuiltByTheirNames(t *testing.T) {
	all := commands()
	for _, c := range all {
		if got := c.build(newApp(System{})).Name(); got != c.name {
			t.Errorf("%s builds the command %s", c.name, got)
		}
		if got := neededFor([]string{c.name, "--help"}, all); len(got) != 1 || got[0].name != c.name {
			t.Errorf("%s needs %d commands", c.name, len(got))
		}
	}
	for _, args := range [][]string{{}, {"--help"}, {"help", "code"}, {"cod"}, {"-q", "code", "x"}, {"completion", "bash"}, {"__complete", "code", ""}, {"--version", "x"}} {
		if got := neededFor(args, all); len(got) != len(all) {
			t.Errorf("%q needs %d commands, want all", args, len(got))
		}
	}
}
