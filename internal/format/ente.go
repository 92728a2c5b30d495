package format

import (
	"bytes"
	"context"
	"net/url"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func ente() App {
	can := abilities("ente")
	return App{
		ID: "ente", Name: "Ente Auth", Extension: "json", Encrypts: Yes,
		HowTo: "Settings > Data > Export codes",
		Detect: func(in Input) bool {
			p := in.look()
			return p.object("kdfParams", "encryptedData", "encryptionNonce") ||
				p.root == '{' && hasMember(p.first("items"), "rawData") ||
				!p.isHTML() && p.mayHoldLinks() && bytes.Contains(p.text, []byte(enteDisplayKey))
		},
		Read: readEnte, Write: writeEnte, CanHold: can.canHold, Loses: can.loses,
	}
}

// enteDisplayKey is the parameter in which Ente keeps what it knows beside the
// code: percent-encoded JSON.
const enteDisplayKey = "codeDisplay="

// enteDisplay has the members that an account has fields for; the icon's source
// and identifier are kept as they are.
type enteDisplay struct {
	Pinned     bool     `json:"pinned"`
	Trashed    bool     `json:"trashed"`
	LastUsedAt int64    `json:"lastUsedAt"` // Unix microseconds
	TapCount   int64    `json:"tapCount"`
	Tags       []string `json:"tags"`
	Note       string   `json:"note"`
	Position   int      `json:"position"`
}

func readEnte(ctx context.Context, in Input, o Options) (Result, error) {
	data := plainText(in.Data)
	r := Result{Title: "Ente Auth export, not encrypted", Protection: Plain}
	if looksLikeJSON(data) {
		var file enteFile
		if err := decodeJSON(data, &file); err != nil {
			return Result{}, err
		}
		if file.Items != nil {
			return r.withEnteItems(file.Items)
		}
		opened, err := openEnte(ctx, file, o)
		if err != nil {
			return Result{}, err
		}
		data = opened
		r.Title, r.Protection = "Ente Auth export, encrypted", file.KDF.protection()
	}
	if err := checkText(data); err != nil {
		return Result{}, err
	}
	return r.withEnteLines(string(data))
}

func (r Result) withEnteLines(text string) (Result, error) {
	found := otpauth.FindURIs(text)
	if err := full(len(found)); err != nil {
		return Result{}, err
	}
	var l enteEntries
	for _, uri := range found {
		uri, display := cutEnteDisplay(uri)
		l.add(uri, display)
	}
	return r.withEnteEntries(l), nil
}

func (r Result) withEnteItems(items []enteItem) (Result, error) {
	if err := full(len(items)); err != nil {
		return Result{}, err
	}
	var l enteEntries
	for _, item := range items {
		uri, display := cutEnteDisplay(item.RawData)
		if len(item.Display) > 0 {
			display = item.Display
		}
		l.add(uri, display)
	}
	return r.withEnteEntries(l), nil
}

func (r Result) withEnteEntries(l enteEntries) Result {
	l.sortBy(func(index int) int { return l.positions[index-1] })
	r.Entries = l.list
	if l.trashed > 0 {
		r.Notes = append(r.Notes, plural(l.trashed, "entry", "entries")+" in Ente's bin: kept, marked as deleted")
	}
	return r
}

// cutEnteDisplay takes the parameter off the link: with a long note it is larger
// than any link may be.
func cutEnteDisplay(uri string) (rest string, display strictjson.Value) {
	before, after, found := strings.Cut(uri, enteDisplayKey)
	if !found {
		return uri, nil
	}
	value, tail, _ := strings.Cut(after, "&")
	decoded, err := url.QueryUnescape(strings.TrimRight(value, `"',`))
	if err != nil {
		decoded = value
	}
	rest = strings.TrimRight(before, "&?")
	if tail != "" {
		rest = before + tail
	}
	return rest, strictjson.Value(decoded)
}

type enteEntries struct {
	entryList
	positions []int
	trashed   int
}

func (l *enteEntries) add(uri string, display strictjson.Value) {
	a, warnings, err := otpauth.Parse(uri)
	label := entryName(a.Issuer, a.Name)
	var d enteDisplay
	if len(display) > 0 && !bytes.Equal(display, []byte("null")) {
		if displayErr := decodeJSON(display, &d); displayErr != nil {
			warnings = append(warnings, "its note and tags are left out: codeDisplay is damaged")
			d = enteDisplay{}
		} else {
			keepExtra(&a, "ente", unknownMembers(display, d))
		}
	}
	l.positions = append(l.positions, d.Position)
	if err != nil {
		l.entryList.fail(label, err)
		return
	}
	a.Favourite, a.Trashed, a.Note = d.Pinned, d.Trashed, d.Note
	a.LastUsed, a.UseCount = d.LastUsedAt/1000, uint64(max(d.TapCount, 0))
	if len(d.Tags) > 0 {
		a.Tags = d.Tags
	}
	if a.Trashed {
		l.trashed++
	}
	l.entryList.add(label, a, warnings, nil)
}

func writeEnte(ctx context.Context, accounts []account.Account, o Options) ([]byte, error) {
	if err := abilities("ente").writable(accounts); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for i, a := range accounts {
		display := withExtra(newEnteDisplay(a, i), extraOf(a, "ente"))
		b.WriteString(otpauth.FormatFor(a, otpauth.StyleEnte) + "&" + enteDisplayKey + escapeParameter(string(display)) + "\n")
	}
	if o.Plaintext == Yes {
		return b.Bytes(), nil
	}
	return sealEnte(ctx, b.Bytes(), entePhoneCost(), o)
}

func newEnteDisplay(a account.Account, position int) enteDisplay {
	d := enteDisplay{
		Pinned: a.Favourite, Trashed: a.Trashed, LastUsedAt: a.LastUsed * 1000, TapCount: int64(min(a.UseCount, maxInt64)),
		Tags: a.Tags, Note: a.Note, Position: position,
	}
	if d.Tags == nil {
		d.Tags = []string{}
	}
	return d
}

// escapeParameter leaves no comma: Ente splits a file at commas before it looks
// for lines.
func escapeParameter(s string) string {
	if s == "null" {
		return "%6Eull" // the bare word means nothing to many readers
	}
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
