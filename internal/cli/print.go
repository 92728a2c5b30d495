package cli

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"text/template"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/strictjson"
	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/text"
	"github.com/jangle-otp/jangle/internal/tui"
	"github.com/jangle-otp/jangle/internal/vault"
)

// print gives an answer in the form that was asked for: with --json the value, whose
// fields are the stable form for scripts, else the lines that people writes.
func (app *App) print(answer any, people func()) error {
	if app.global.json {
		return writeJSON(app.out, answer)
	}
	people()
	return nil
}

// answer writes to stdout. Strings among the arguments are made safe for a
// terminal; the format itself is ours.
func (app *App) answer(format string, args ...any) { fprintf(app.out, format, args) }

// tell writes to stderr, unless --quiet was given.
func (app *App) tell(format string, args ...any) {
	if !app.global.quiet {
		app.complain(format, args...)
	}
}

// warn writes to stderr, also with --quiet.
func (app *App) warn(format string, args ...any) {
	app.complain("jangle: warning: %s\n", safeText(message(format, args)))
}

// complain writes to stderr, on a terminal with lines that end at words.
func (app *App) complain(format string, args ...any) {
	m := message(format, args)
	if app.ErrIsTerminal {
		m = app.wrap(m)
	}
	_, _ = io.WriteString(app.err, strings.ReplaceAll(m, term.Unbroken, " "))
}

// wrap is term.Wrap for the window.
func (app *App) wrap(s string) string {
	if len(s) < 40 || app.Terminal == nil { // most are short, and opening a terminal takes time
		return s
	}
	t, err := app.Terminal()
	if err != nil {
		return s
	}
	defer t.Close()
	columns, _ := t.Size()
	return term.Wrap(s, columns)
}

func fprintf(w io.Writer, format string, args []any) { _, _ = io.WriteString(w, message(format, args)) }

// safeText is a message that is part of another one.
type safeText string

// message is the choke point of security.md 50: no text from outside reaches a
// terminal but through here, writeJSON, or the live view.
func message(format string, args []any) string {
	safe := make([]any, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case string:
			safe[i] = term.Safe(v)
		case error:
			safe[i] = term.Safe(v.Error())
		case fmt.Stringer:
			safe[i] = term.Safe(v.String())
		default:
			safe[i] = v
		}
	}
	return text.T(format, safe...)
}

// writeJSON writes one JSON value and a newline. Control and formatting characters
// inside strings become \u escapes: JSON allows them raw, a terminal that shows the
// JSON does not. The line breaks of the indentation stay.
func writeJSON(w io.Writer, v any) error {
	in, err := strictjson.MarshalIndent(v)
	return writeShown(w, in, err)
}

// writeJSONLine is writeJSON on one line.
func writeJSONLine(w io.Writer, v any) error {
	in, err := strictjson.Marshal(v)
	return writeShown(w, append(in, '\n'), err)
}

func writeShown(w io.Writer, in []byte, err error) error {
	if err != nil {
		return err
	}
	out := make([]byte, 0, len(in))
	for len(in) > 0 {
		r, n := utf8.DecodeRune(in)
		hidden := r == 0x7f || r >= 0x80 && (unicode.Is(unicode.C, r) || unicode.Is(unicode.Z, r) && r != ' ')
		switch {
		case r != '\n' && hidden && r > 0xffff: // a pair of surrogates
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		case r != '\n' && hidden:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			out = append(out, in[:n]...)
		}
		in = in[n:]
	}
	_, err = w.Write(out)
	return err
}

// oneLine keeps a name with line breaks from looking like several candidates.
func oneLine(s string) string { return strings.NewReplacer("\n", `\n`, "\r", `\r`).Replace(s) }

func firstLine(err error) string {
	l, _, _ := strings.Cut(err.Error(), "\n")
	return l
}

// plural writes "1 account", "2 accounts".
func plural(n int, thing string) string { return plural2(n, thing, thing+"s") }

// plural2 is plural for words that do not end with s.
func plural2(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return text.T("%d %s", n, many)
}

// someLabels names the first few accounts of a list.
func someLabels(accounts []account.Account) string {
	const most = 8
	var names []string
	for i, a := range accounts {
		if i == most {
			names = append(names, text.T("… and %d more", len(accounts)-most))
			break
		}
		names = append(names, oneLine(a.Label()))
	}
	return strings.Join(names, ", ")
}

// printTable aligns columns by the cells that a terminal uses, so that Japanese
// names stand in line.
func (app *App) printTable(rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], term.Width(term.Safe(cell)))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(term.Pad(term.Safe(cell), widths[i]+2))
		}
		app.answer("%s\n", strings.TrimRight(line.String(), " "))
	}
}

// codeJSON is the stable form of a code for scripts; fields are only added.
type codeJSON struct {
	Code      string       `json:"code"`
	ValidFrom *time.Time   `json:"valid_from"` // null for counter-based codes
	ExpiresAt *time.Time   `json:"expires_at"`
	Period    int          `json:"period"` // seconds, 0 for counter-based codes
	Counter   *uint64      `json:"counter,omitempty"`
	Type      account.Type `json:"type"`
	Issuer    string       `json:"issuer"`
	Account   string       `json:"account"`
	ID        string       `json:"id"`
	Copied    bool         `json:"copied,omitzero"`
}

func newCodeJSON(a account.Account, c otp.Code) codeJSON {
	j := codeJSON{Code: c.Text, Period: a.Period, Type: a.Type, Issuer: a.Issuer, Account: a.Name, ID: a.ID}
	if a.Type == account.HOTP {
		j.Counter = &c.Counter
		return j
	}
	from, until := c.From.UTC(), c.Until.UTC()
	j.ValidFrom, j.ExpiresAt = &from, &until
	return j
}

// applyFormat applies a template for a command. Its errors speak of the fields that the
// template sees and not of our types.
func applyFormat[T any](command, format string, fields T) (string, error) {
	t, err := template.New("").Funcs(template.FuncMap{"join": strings.Join}).Parse(format)
	var b strings.Builder
	if err == nil {
		err = t.Execute(&b, fields)
	}
	if err == nil {
		return b.String(), nil
	}
	problem := firstLine(err)
	if _, unknown, ok := strings.Cut(problem, "can't evaluate field "); ok {
		var names []string
		for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
			names = append(names, f.Name)
		}
		name, _, _ := strings.Cut(unknown, " ")
		problem = text.T("there is no field %s; there are %s", name, strings.Join(names, ", "))
	} else {
		problem = problem[strings.LastIndex(problem, ": ")+1:]
	}
	return "", usage(command, "--format: %s", strings.ReplaceAll(strings.TrimSpace(problem), "type "+reflect.TypeFor[T]().String(), "all of it"))
}

// accountJSON is the stable form of an account for scripts; it has no secret.
type accountJSON struct {
	ID        string            `json:"id"`
	Issuer    string            `json:"issuer"`
	Account   string            `json:"account"`
	Type      account.Type      `json:"type"`
	Algorithm account.Algorithm `json:"algorithm"`
	Digits    int               `json:"digits"`
	Period    int               `json:"period"`
	Counter   uint64            `json:"counter"`
	Aliases   []string          `json:"aliases"`
	Groups    []string          `json:"groups"`
	Tags      []string          `json:"tags"`
	Note      string            `json:"note"`
	Favourite bool              `json:"favourite"`
	Archived  bool              `json:"archived"`
	Trashed   bool              `json:"trashed"`
	Created   *time.Time        `json:"created"`
}

func accountsJSON(accounts []account.Account) []accountJSON {
	out := make([]accountJSON, len(accounts))
	for i, a := range accounts {
		out[i] = newAccountJSON(a)
	}
	return out
}

func newAccountJSON(a account.Account) accountJSON {
	j := accountJSON{
		ID: a.ID, Issuer: a.Issuer, Account: a.Name, Type: a.Type, Algorithm: a.Algorithm,
		Digits: a.Digits, Period: a.Period, Counter: a.Counter,
		Aliases: append([]string{}, a.Aliases...), Groups: append([]string{}, a.Groups...), Tags: append([]string{}, a.Tags...),
		Note: a.Note, Favourite: a.Favourite, Archived: a.Archived, Trashed: a.Trashed,
	}
	if a.Created != 0 {
		t := time.UnixMilli(a.Created).UTC()
		j.Created = &t
	}
	return j
}

// census counts the accounts for people: "12 accounts, 2 more archived or in the bin".
func census(doc *vault.Document) string {
	live, _ := doc.Find()
	s := plural(len(live), "account")
	if away := len(doc.Accounts()) - len(live); away > 0 {
		s += text.T(", %d more archived or in the bin", away)
	}
	return s
}

// tellState says that an account which was named exactly is not in use.
func (app *App) tellState(a account.Account) {
	if a.State() != account.Live {
		app.tell("%s is %s; to use it again: jangle edit %s --restore\n", oneLine(a.Label()), string(a.State()), a.ID)
	}
}

// viewRows are what the view shows of the accounts.
func viewRows(doc *vault.Document, accounts []account.Account) []tui.Row {
	var proof vault.BackupProof
	backedUp := false // with no backup at all, marking each says nothing
	if doc != nil {
		proof, backedUp = doc.BackupProof()
	}
	out := make([]tui.Row, len(accounts))
	for i, a := range accounts {
		out[i] = tui.Row{Issuer: a.Issuer, Name: a.Name, Favourite: a.Favourite,
			CounterBased: a.Type == account.HOTP, Unproven: backedUp && !proof.Covers(a),
			Aliases: a.Aliases, Groups: a.Groups, Tags: a.Tags, Note: a.Note, LastUsed: a.LastUsed}
		if len(a.Groups) > 0 {
			out[i].Group = a.Groups[0]
		}
	}
	return out
}

// showProgress says on stderr what is going on if it takes longer than a
// second. The returned function ends that.
func (app *App) showProgress(what string) (stop func()) {
	var once sync.Once
	end := make(chan struct{})
	if !app.ErrIsTerminal {
		return func() { once.Do(func() { close(end) }) }
	}
	said := make(chan struct{})
	go func() {
		defer close(said)
		select {
		case <-end:
		case <-time.After(time.Second):
			app.tell("%s: this takes a moment (Ctrl-C stops it)\n", what)
		}
	}()
	return func() {
		once.Do(func() { close(end) })
		<-said
	}
}
