package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/format"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/vault"
)

// gatherPicture reads the QR codes of a picture. Their texts are kept until all
// pictures were read, because one export may be spread over several.
func (app *App) gatherPicture(ctx context.Context, g *gathered, in format.Input) error {
	found, err := qr.Decode(ctx, in.Data, qr.Options{})
	if err != nil {
		return explainPicture(in.Name, err)
	}
	g.takeCodes(in.Name, found)
	return nil
}

// explainPicture says what would help.
func explainPicture(name string, err error) error {
	hint := ""
	var large *qr.TooLargeError
	switch {
	case errors.Is(err, qr.ErrNoCode), errors.Is(err, qr.ErrBudget):
		hint = "crop the picture to the QR code, or take it larger and sharper, with all three corner squares and a light margin in view"
	case errors.Is(err, qr.ErrTruncated):
		hint = "copy or download the picture again"
	case errors.As(err, &large):
		hint = "crop the picture to the QR code"
	}
	return failed(hint, "%s: %w", name, err)
}

func (g *gathered) takeCodes(source string, found []qr.Found) {
	for _, f := range found {
		g.codes = append(g.codes, qrText{source, f.Text})
	}
	if len(found) > 1 {
		g.notes = append(g.notes, fmt.Sprintf("%s: %d QR codes", source, len(found)))
	}
}

// readCodes turns the texts of all QR codes into candidates. Those that are
// links to accounts are read as one list, so that the parts of a Google
// Authenticator export find each other; the others say what they are.
func (g *gathered) readCodes(ctx context.Context) error {
	var lines []string
	for _, c := range g.codes {
		if !otpauth.IsURI(c.text) {
			what := otpauth.Describe(c.text)
			g.candidates = append(g.candidates, vault.Candidate{
				Index: len(g.candidates) + 1, Label: c.source, Err: errors.New("the QR code holds no account: " + what.Sentence),
			})
			continue
		}
		lines = append(lines, strings.NewReplacer("\n", " ", "\r", " ").Replace(c.text))
		if len(g.pictures) == 0 || g.pictures[len(g.pictures)-1] != c.source {
			g.pictures = append(g.pictures, c.source)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	r, _, err := format.Read(ctx, format.Input{Data: []byte(strings.Join(lines, "\n"))}, "uri", format.Options{})
	if err != nil {
		return err
	}
	title := len(g.titles)
	g.take("", r)
	g.titles = g.titles[:title]
	g.plain = dropEmpty(g.plain)
	return nil
}

// migrationParts returns the lines of a text that is nothing but parts of a Google
// Authenticator export: like pictures of them they find each other across files.
func migrationParts(text []byte) []string {
	var parts []string
	for line := range strings.Lines(string(text)) {
		switch line = strings.TrimSpace(line); {
		case line == "" || line[0] == '#':
		case strings.HasPrefix(line, "otpauth-migration://"):
			parts = append(parts, line)
		default:
			return nil
		}
	}
	return parts
}

func dropEmpty(in []string) []string {
	out := in[:0]
	for _, s := range in {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// looksLikeSecret recognises what must not stand on a command line: a link with
// a secret, or the secret itself.
func looksLikeSecret(arg string) bool {
	if otpauth.IsURI(arg) {
		return true
	}
	letters := 0
	for _, r := range arg {
		switch {
		case r == ' ' || r == '-' || r == '=':
		case r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '2' && r <= '7':
			letters++
		default:
			return false
		}
	}
	return letters >= 16 && (strings.ToUpper(arg) == arg || hasDigit(arg))
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "234567") }
