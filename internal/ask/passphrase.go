package ask

import (
	"context"
	"errors"
	"fmt"

	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/text"
)

// Tries is how often a person may type the passphrase of what is there.
const Tries = 3

// Unlock asks for the passphrase of what is there and gives it to try, three times
// at most as long as that says wrong. The passphrase is cleared after each try.
func (p *Person) Unlock(ctx context.Context, prompt string, otherwise, wrong error, try func(passphrase []byte) error) error {
	t, release, err := p.start(otherwise)
	if err != nil {
		return err
	}
	defer release()
	for n := 1; ; n++ {
		passphrase, err := t.ReadSecret(ctx, text.T(prompt))
		if err != nil {
			return err
		}
		err = try(passphrase)
		clear(passphrase)
		if n == Tries || !errors.Is(err, wrong) {
			return err
		}
		t.Flush()
		fmt.Fprint(t, "wrong passphrase; once again, please (Ctrl-C stops)\n")
	}
}

// New is a passphrase that is to be chosen.
type New struct {
	Prompt    string
	Otherwise error // where no person can be asked
	// Words is what ten words that are made here are for, and what is lost without
	// them. Without it none are made.
	Words string
	// AllowWeak lets pass what can be guessed; WeakHint says how to.
	AllowWeak bool
	WeakHint  string
}

// Judge refuses a passphrase that can be guessed, wherever it comes from.
func (n New) Judge(passphrase []byte) error {
	err := crypt.JudgePassphrase(passphrase)
	if weak := (*crypt.WeakError)(nil); errors.As(err, &weak) {
		if n.AllowWeak {
			return nil
		}
		return failure.Of(err, n.WeakHint, failure.Failed)
	}
	return err
}

// NewPassphrase asks for a new passphrase until it is good and was typed twice
// alike, or makes ten words.
func (p *Person) NewPassphrase(ctx context.Context, n New) ([]byte, error) {
	t, release, err := p.start(n.Otherwise)
	if err != nil {
		return nil, err
	}
	defer release()
	for {
		first, err := t.ReadSecret(ctx, text.T(n.Prompt))
		switch {
		case err != nil:
			return nil, err
		case len(first) == 0 && n.Words != "":
			return p.makeWords(ctx, t, n.Words)
		}
		if err := n.Judge(first); err != nil {
			p.Say("%s", err)
			continue
		}
		second, err := t.ReadSecret(ctx, text.T("once more: "))
		if err != nil {
			return nil, err
		}
		if string(first) == string(second) {
			return first, nil
		}
		p.Say("these two differ; once again, please")
	}
}

// makeWords makes ten words, shows them on the terminal and nowhere else, has them
// typed back, and takes them off the screen again.
func (p *Person) makeWords(ctx context.Context, t *term.Terminal, why string) ([]byte, error) {
	phrase, err := crypt.GeneratePassphrase(p.Rand)
	if err != nil {
		return nil, err
	}
	lines := 0
	show := func(line string) {
		columns, _ := t.Size()
		lines += (term.Width(line)-1)/columns + 1
		fmt.Fprintf(t, "%s\r\n", line)
	}
	defer func() {
		if name := p.Getenv("TERM"); name != "" && name != "dumb" {
			fmt.Fprintf(t, "\x1b[%dA\r\x1b[J", lines)
		}
	}()
	show(text.T("write these ten words down, on paper; %s:", text.T(why)))
	show("  " + phrase)
	show(text.T("(jangle takes blanks for the dashes; age itself wants the dashes)"))
	for {
		typed, err := t.ReadSecret(ctx, text.T("type them back: "))
		lines++
		if err != nil {
			return nil, err
		}
		// What counts is that the person has the words, and crypt opens with them.
		if got, ok := crypt.GeneratedPassphrase(typed); ok && got == phrase {
			return []byte(phrase), nil
		}
		show(text.T("that is not the same; once again, please (Ctrl-C stops)"))
	}
}
