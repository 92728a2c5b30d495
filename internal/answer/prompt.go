package answer

import (
	"context"
	"io"

	"github.com/jangle-otp/jangle/internal/term"
)

// Prompt is a question that a program asks on its terminal.
type Prompt struct {
	// Text is a part of the question, in any case; its last line is on the last line
	// that the program wrote.
	Text string
	// Answer makes the answer when the question was seen: a code that was made
	// at the start would be old after a slow login. It is called once at most; its
	// context ends with the program. Its error hangs the program's terminal up and is what RunAtPrompt returns.
	Answer func(ctx context.Context) (string, error)
	// Person is the terminal of the person who may type too; nil if there is none.
	Person *term.Terminal
	// Log gets what the program writes to its terminal where there is no person;
	// the answer is masked in it.
	Log io.Writer
}

// Outcome is how a program that was watched for a prompt ended.
type Outcome struct {
	Status int  // as of Run
	Made   bool // the prompt was seen, and the answer made
	Typed  bool // the program still asked by then, and got it
}
