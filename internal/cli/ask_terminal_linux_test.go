package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/term/termtest"
)

// TestStorePassphraseTries: the store's passphrase has three tries as a backup's. What
// is typed while one is tried is not shown, is not the next one, and does not go to
// the shell.
func TestStorePassphraseTries(t *testing.T) {
	const phrase = "orbit velvet canyon lumber sketch"
	p := newProgram(t)
	file := filepath.Join(t.TempDir(), "phrase")
	if err := os.WriteFile(file, []byte(phrase), 0o600); err != nil {
		t.Fatal(err)
	}
	p.must(t, "otpauth://totp/One:o?secret=JBSWY3DPEHPK3PXP\n", "--store-passphrase-file", file, "import", "-")
	for _, c := range []struct {
		tries  []string
		status int
	}{
		{[]string{"wrong", "wrong", phrase}, 0},
		{[]string{"wrong", "wrong", "wrong"}, int(ExitLocked)},
	} {
		p.run(t, nil, "", "store", "lock")
		s := termtest.Start(t, p.env, p.path, "list")
		for i, typed := range c.tries {
			s.WaitFor("passphrase of the jangle store: ")
			s.Send(typed + "\r" + "ahead\r")
			if i < len(c.tries)-1 {
				s.WaitFor("wrong passphrase; once again")
			}
		}
		s.End()
		if s.Status() != c.status || strings.Contains(string(s.Output()), "ahead") {
			t.Errorf("status %d, want %d; the screen shows %q", s.Status(), c.status, s.Output())
		}
		if n := s.Unread(); n != 0 {
			t.Errorf("%d bytes are left for the shell", n)
		}
		s.CheckModes()
	}
}

// TestAddOnATerminal: what is no secret and no link is asked for again; full-width
// letters and digits are understood; an account that is here already is named before
// its name is asked for.
func TestAddOnATerminal(t *testing.T) {
	p := newProgram(t)
	p.must(t, "otpauth://totp/Tiny:ken?secret=JBSWY3DPEHPK3PXP\n", "import", "--no-passphrase", "-")
	start := func(args ...string) *termtest.Program {
		s := termtest.Start(t, p.env, p.path, append([]string{"add"}, args...)...)
		s.WaitFor("secret or otpauth:// link (not shown): ")
		return s
	}
	s := start()
	s.Send("otpauth://totp/Bad?secret=\r")
	s.WaitFor("once again, please")
	s.WaitFor("secret or otpauth:// link (not shown): ")
	s.Send("JBSWY3DPEHPK3PX8\r")
	s.WaitFor("once again, please")
	s.WaitFor("secret or otpauth:// link (not shown): ")
	s.Send("ｊｂｓｗ　ｙ３ｄｐ ehpk3pxp\r")
	s.WaitFor("already here as Tiny (ken)")
	if s.End(); s.Status() != 0 {
		t.Errorf("status %d: %q", s.Status(), s.Output())
	}
	s.CheckModes()

	s = start("--on-conflict", "both", "Twin")
	s.Send("JBSWY3DPEHPK3PXP\r")
	s.WaitFor("account (your name there; may be empty): ")
	s.Send("ann\r")
	s.WaitFor("Twin (ann)")
	if s.End(); s.Status() != 0 {
		t.Errorf("status %d: %q", s.Status(), s.Output())
	}

	r := p.run(t, nil, "otpauth://totp/Other:x?secret=JBSWY3DPEHPK3PXP\n", "add")
	if r.status != int(ExitIncomplete) || !strings.Contains(r.err, "already here as T") || strings.Contains(r.err, "replace") {
		t.Errorf("%+v", r)
	}

	s = start()
	s.Send(strings.ToLower(rfcSecret) + "\rNew\r" + "n\r") // pasted
	s.WaitFor("added  New (n)")
	s.End()
	s.CheckModes()
}

// TestConfirmInWords: yes and no in full-width letters and in Japanese; anything else
// is told and asked again.
func TestConfirmInWords(t *testing.T) {
	p := newProgram(t)
	p.must(t, "otpauth://totp/One:o?secret=JBSWY3DPEHPK3PXP\n", "import", "--no-passphrase", "-")
	for _, c := range []struct {
		keys, want string
		status     int
	}{
		{"いいえ\r", "nothing was changed", int(ExitFailed)},
		{"ええと\rｎ\r", `"ええと" is neither yes nor no; y or n, please`, int(ExitFailed)},
		{"はい\r", "removed  One (o)", 0},
	} {
		s := termtest.Start(t, p.env, p.path, "remove", "one")
		s.WaitFor("remove One (o) and its codes? [y/N] ")
		s.Send(c.keys)
		s.WaitFor(c.want)
		if s.End(); s.Status() != c.status {
			t.Errorf("%q: status %d: %q", c.keys, s.Status(), s.Output())
		}
		s.CheckModes()
	}
}
