package clipboard

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/run"
)

// program says how a clipboard program is called. Every argument is constant.
type program struct {
	writeCommand []string
	sensitive    string // an argument that marks the text, if --help lists it
	readCommand  []string
	clearCommand []string // empty: an empty text is written
	typesCommand []string // lists what is offered, a MIME type a line
	imageCommand []string // the type of a picture is put at its end
	decode       func([]byte) ([]byte, error)
}

var (
	wayland = program{
		writeCommand: []string{"wl-copy", "--type", "text/plain;charset=utf-8"},
		sensitive:    "--sensitive",
		readCommand:  []string{"wl-paste", "--no-newline"},
		clearCommand: []string{"wl-copy", "--clear"},
		typesCommand: []string{"wl-paste", "--list-types"},
		imageCommand: []string{"wl-paste", "--type"},
	}
	xclip = program{
		writeCommand: []string{"xclip", "-selection", "clipboard", "-in"},
		readCommand:  []string{"xclip", "-selection", "clipboard", "-out"},
		typesCommand: []string{"xclip", "-selection", "clipboard", "-out", "-target", "TARGETS"},
		imageCommand: []string{"xclip", "-selection", "clipboard", "-out", "-target"},
	}
	xsel = program{
		writeCommand: []string{"xsel", "--clipboard", "--input"},
		readCommand:  []string{"xsel", "--clipboard", "--output"},
		clearCommand: []string{"xsel", "--clipboard", "--clear"},
	}
	pasteboard = program{
		writeCommand: []string{"pbcopy"},
		readCommand:  []string{"pbpaste"},
		imageCommand: []string{"osascript", "-e", "get the clipboard as «class PNGf»"},
		decode:       decodeAppleScript,
	}
	wsl = program{
		writeCommand: []string{"clip.exe"},
		readCommand:  powershell("Get-Clipboard -Raw"),
		imageCommand: powershell(imageScript),
		decode:       decodeBase64,
	}
)

// powershell runs a constant script.
func powershell(script string) []string {
	return []string{"powershell.exe", "-NoProfile", "-NonInteractive", "-STA", "-Command", script}
}

// imageScript prints the picture on the clipboard as a PNG file in base64, or
// nothing.
const imageScript = `Add-Type -AssemblyName System.Windows.Forms, System.Drawing
$i = [System.Windows.Forms.Clipboard]::GetImage()
if ($i) { $m = New-Object System.IO.MemoryStream
$i.Save($m, [System.Drawing.Imaging.ImageFormat]::Png)
[Convert]::ToBase64String($m.ToArray()) }`

// command is a program that was found.
type command struct {
	program
	path     string
	lookPath func(string) (string, error)
}

func (c command) name() string { return c.writeCommand[0] }

func (c command) write(ctx context.Context, text []byte) error {
	argv := slices.Clone(c.writeCommand)
	if c.sensitive != "" {
		// wl-copy has --sensitive since 2.3, and Debian 12 has 2.1.
		if help, err := output(ctx, c.path, "--help"); err == nil && bytes.Contains(help, []byte(c.sensitive)) {
			argv = append(argv, c.sensitive)
		}
	}
	return c.start(ctx, argv, text)
}

func (c command) readText(ctx context.Context) ([]byte, error) {
	text, err := c.run(ctx, c.readCommand)
	if err != nil && isNothingThere(err) {
		return nil, nil
	}
	return text, err
}

func (c command) clear(ctx context.Context) error {
	if c.clearCommand == nil {
		return c.start(ctx, c.writeCommand, nil)
	}
	return c.start(ctx, c.clearCommand, nil)
}

// imageTypes are the pictures that can be read, the best first.
var imageTypes = [...]string{"image/png", "image/jpeg", "image/webp", "image/gif"}

func (c command) readImage(ctx context.Context) ([]byte, error) {
	switch {
	case c.imageCommand == nil:
		return nil, nil
	case c.typesCommand == nil:
		return c.decodedImage(ctx)
	}
	types, err := c.run(ctx, c.typesCommand)
	switch {
	case err != nil && isNothingThere(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	offered := strings.Fields(string(types))
	for _, t := range imageTypes {
		if slices.Contains(offered, t) {
			return c.run(ctx, append(slices.Clone(c.imageCommand), t))
		}
	}
	return nil, nil
}

// decodedImage is for programs that fail, or print nothing, without a picture.
func (c command) decodedImage(ctx context.Context) ([]byte, error) {
	out, err := c.run(ctx, c.imageCommand)
	if err != nil || len(bytes.TrimSpace(out)) == 0 {
		return nil, nil
	}
	return c.decode(out)
}

// run looks the first word up and returns what the program prints.
func (c command) run(ctx context.Context, argv []string) ([]byte, error) {
	path, err := c.lookPath(argv[0])
	if err != nil {
		return nil, fmt.Errorf("%w: %s is missing", ErrNone, argv[0])
	}
	return output(ctx, path, argv[1:]...)
}

// output runs a program and returns what it prints, up to maxContent.
func output(ctx context.Context, path string, args ...string) ([]byte, error) {
	out, err := run.Output(ctx, run.Command{Argv: append([]string{path}, args...), Output: maxContent, Time: callTime})
	if errors.Is(err, run.ErrTooMuch) {
		return nil, fmt.Errorf("the clipboard holds more than %d MiB", maxContent>>20)
	}
	return out, err
}

// start hands a text to a program that may stay in the background: xclip and
// wl-copy do, to hand the text out.
func (c command) start(ctx context.Context, argv []string, text []byte) error {
	_, err := run.Output(ctx, run.Command{Argv: append([]string{c.path}, argv[1:]...), Input: text, Time: callTime})
	return err
}

// isNothingThere tells an empty clipboard from a failure, by what the programs
// say then: they have no exit status of their own for it.
func isNothingThere(err error) bool {
	var failed *run.Error
	said := []string{"No selection", "Nothing is copied", "not available", "no owner", "suitable type"}
	return errors.As(err, &failed) && slices.ContainsFunc(said, func(s string) bool { return strings.Contains(failed.Said, s) })
}

// decodeAppleScript reads «data PNGf89504E47…».
func decodeAppleScript(out []byte) ([]byte, error) {
	_, digits, found := strings.Cut(string(out), "PNGf")
	digits, _, closed := strings.Cut(digits, "»")
	if !found || !closed {
		return nil, errors.New("osascript returned no picture")
	}
	return hex.DecodeString(strings.TrimSpace(digits))
}

func decodeBase64(out []byte) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.TrimSpace(string(out)))
}
