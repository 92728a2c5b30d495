package format

import (
	"bytes"
	"context"
	"fmt"
	"html"
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

// enteDisplayKey is the parameter of a link in which Ente keeps what it knows
// besides the code: percent-encoded JSON.
const enteDisplayKey = "codeDisplay="

const enteVersion = 1

type enteFile struct {
	Version int        `json:"version"`
	KDF     enteKDF    `json:"kdfParams"`
	Data    string     `json:"encryptedData"`
	Nonce   string     `json:"encryptionNonce"` // the header of the secretstream
	Items   []enteItem `json:"items,omitempty"` // of the form that is not encrypted
}

type enteItem struct {
	RawData string           `json:"rawData"`
	Display strictjson.Value `json:"display"`
}

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

type enteKDF struct {
	MemLimit int    `json:"memLimit"` // bytes
	OpsLimit int    `json:"opsLimit"`
	Salt     string `json:"salt"`
}

func (k enteKDF) cost() argon2Cost {
	return argon2Cost{Time: k.OpsLimit, MemoryKiB: k.MemLimit / 1024, Threads: 1}
}

// enteBounds: Ente's own pairs of memory and passes have a product of 4 GiB.
func enteBounds() argon2Bounds {
	return argon2Bounds{MinTime: 1, MaxTime: 64, MinKiB: 8, MaxKiB: gibInKiB, MaxThreads: 1, MaxWorkKiB: 4 * gibInKiB}
}

// protection: Ente itself never takes less than 4 GiB; a file that does was made
// elsewhere, and may be quick to guess.
func (k enteKDF) protection() Protection {
	const quick = 32 << 10 // KiB in all: OWASP's least for Argon2id
	if c := k.cost(); c.Time*c.MemoryKiB < quick {
		return Weak
	}
	return Encrypted
}

func (k enteKDF) key(ctx context.Context, passphrase []byte) ([]byte, error) {
	salt, err := fromBase64("kdfParams.salt", k.Salt)
	if err != nil {
		return nil, err
	}
	return argon2idKey(ctx, passphrase, salt, k.cost(), enteBounds(), 32)
}

func readEnte(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "Ente Auth export, not encrypted", Protection: Plain}
	data := plainText(in.Data)
	var file enteFile
	if looksLikeJSON(data) {
		if err := decodeJSON(data, &file); err != nil {
			return r, err
		}
		if file.Items == nil {
			var err error
			if data, err = file.open(ctx, o); err != nil {
				return r, err
			}
			r.Title, r.Protection = "Ente Auth export, encrypted", file.KDF.protection()
		}
	}
	if file.Items == nil {
		if err := checkText(data); err != nil {
			return r, err
		}
		for _, uri := range otpauth.FindURIs(string(data)) {
			file.Items = append(file.Items, enteItem{RawData: uri})
		}
	}
	var positions []int
	trashed := 0
	r, err := readEach(r, file.Items, func(item enteItem) (string, account.Account, []string, error) {
		uri, display := cutEnteDisplay(item.RawData)
		if len(item.Display) > 0 {
			display = item.Display
		}
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
		positions = append(positions, d.Position)
		if err != nil {
			return label, a, nil, err
		}
		a.Favourite, a.Trashed, a.Note = d.Pinned, d.Trashed, d.Note
		a.LastUsed, a.UseCount = d.LastUsedAt/1000, uint64(max(d.TapCount, 0))
		if len(d.Tags) > 0 {
			a.Tags = d.Tags
		}
		if a.Trashed {
			trashed++
		}
		return label, a, warnings, nil
	})
	l := entryList{r.Entries}
	l.sortBy(func(index int) int { return positions[index-1] })
	if trashed > 0 {
		r.Notes = append(r.Notes, plural(trashed, "entry", "entries")+" in Ente's bin: kept, marked as deleted")
	}
	return r, err
}

// open returns the lines of an encrypted export.
func (file enteFile) open(ctx context.Context, o Options) ([]byte, error) {
	if file.Version != enteVersion {
		return nil, fmt.Errorf("%w: version %d of the Ente export is not known", ErrUnsupported, file.Version)
	}
	raw, err := fromBase64s([2]string{"encryptedData", file.Data}, [2]string{"encryptionNonce", file.Nonce})
	if err != nil {
		return nil, err
	}
	if err := file.KDF.cost().check(enteBounds()); err != nil {
		return nil, err
	}
	return unlocked(ctx, o, "the Ente Auth export", func(passphrase []byte) ([]byte, error) {
		key, err := file.KDF.key(ctx, passphrase)
		if err != nil {
			return nil, err
		}
		return openSecretstream(key, raw[1], raw[0])
	})
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

func writeEnte(ctx context.Context, accounts []account.Account, o Options) ([]byte, error) {
	if err := abilities("ente").writable(accounts); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for i, a := range accounts {
		d := enteDisplay{
			Pinned: a.Favourite, Trashed: a.Trashed, LastUsedAt: a.LastUsed * 1000, TapCount: int64(min(a.UseCount, maxInt64)),
			Tags: a.Tags, Note: a.Note, Position: i,
		}
		if d.Tags == nil {
			d.Tags = []string{}
		}
		display := escapeParameter(string(withExtra(d, extraOf(a, "ente"))))
		b.WriteString(otpauth.FormatFor(a, otpauth.StyleEnte) + "&" + enteDisplayKey + display + "\n")
	}
	if o.Plaintext == Yes {
		return b.Bytes(), nil
	}
	return sealEnte(ctx, b.Bytes(), enteKDF{MemLimit: 256 << 20, OpsLimit: 16}, o) // the pair that Ente takes on phones
}

// escapeParameter leaves no comma: Ente splits a file at commas before it looks
// for lines.
func escapeParameter(s string) string {
	if s == "null" {
		return "%6Eull" // the bare word means nothing to many readers
	}
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// sealEnte encrypts at the cost of kdf, whose salt is made here.
func sealEnte(ctx context.Context, plain []byte, kdf enteKDF, o Options) ([]byte, error) {
	passphrase, random, err := o.sealing("the Ente Auth export", 16+secretstreamHeader)
	if err != nil {
		return nil, err
	}
	salt, header := random[:16], random[16:]
	kdf.Salt = toBase64(salt)
	key, err := kdf.key(ctx, passphrase)
	if err != nil {
		return nil, err
	}
	sealed, err := sealSecretstream(key, header, plain)
	if err != nil {
		return nil, err
	}
	return encodeJSON(enteFile{Version: enteVersion, KDF: kdf, Nonce: toBase64(header), Data: toBase64(sealed)})
}

// enteHTMLMark begins every entry of Ente's HTML export. The page names issuer,
// account, type, algorithm, digits and secret as text; period and counter are in
// the QR picture alone.
const enteHTMLMark = `<table class="otp-entry">`

func readEnteHTML(page string) (Result, error) {
	return readEach(Result{}, strings.Split(page, enteHTMLMark)[1:], func(piece string) (string, account.Account, []string, error) {
		unbold := func(s string) string {
			return html.UnescapeString(strings.TrimSuffix(strings.TrimPrefix(s, "<b>"), "</b>"))
		}
		// A paragraph is "<b>issuer</b>", "<b>account</b>" or "field: <b>value</b>".
		fields := map[string]string{}
		var names []string
		for _, part := range strings.Split(piece, "<p")[1:] {
			_, rest, _ := strings.Cut(part, ">")
			inner, _, closed := strings.Cut(rest, "</p>")
			inner = strings.TrimSpace(inner)
			if field, value, found := strings.Cut(inner, ": <b>"); closed && found {
				fields[field] = unbold(value)
			} else if closed {
				names = append(names, unbold(inner))
			}
		}
		names = append(names, "", "")
		p := parts{Type: fields["Type"], Base32: fields["Secret"], Algorithm: fields["Algorithm"], Digits: looseInt{fields["Digits"]}}
		a, err := p.account()
		if kind, _ := account.ParseType(p.Type); kind == account.HOTP {
			err = fieldError("counter", "the page's text does not hold it; scan its QR code, or export as text")
		}
		a.Issuer, a.Name, a.Note = names[0], names[1], fields["Note"]
		return entryName(a.Issuer, a.Name), a, noPeriod(a), err
	})
}
