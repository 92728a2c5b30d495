package format

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format/container/kdbx"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func keePass() App {
	return App{
		ID: "keepass", Name: "KeePass (KDBX)",
		HowTo:  "the .kdbx file itself, of KeePass 2, KeePassXC, KeePassDX, Strongbox and others; a key file with --key-file",
		Detect: func(in Input) bool { return kdbx.Is(in.Data) },
		Read:   readKDBX,
	}
}

func keePassXML() App {
	return App{
		ID: "keepass-xml", Name: "KeePass XML",
		HowTo: "KeePassXC: Database > Export > XML; KeePass: File > Export > KeePass XML (2.x)",
		Detect: func(in Input) bool {
			head := in.look().text[:min(len(in.look().text), 4<<10)]
			return bytes.HasPrefix(head, []byte("<")) && bytes.Contains(head, []byte("<KeePassFile"))
		},
		Read: readKeePassXML,
	}
}

func keePassLimits() kdbx.Limits {
	return kdbx.Limits{Unpacked: MaxFileBytes, Entries: MaxEntries}
}

// hardwareKeyHelp: nothing in a database says that a hardware key belongs to it,
// so it is told whenever the rest does not open it.
const hardwareKeyHelp = "a key file goes with --key-file; a database that also needs a hardware key (YubiKey, challenge-response) cannot be opened here: in KeePassXC save a copy, remove the key there under Database > Database Security, and import the copy"

func readKDBX(ctx context.Context, in Input, o Options) (Result, error) {
	if err := kdbx.Check(in.Data); err != nil {
		return Result{}, keePassError(err)
	}
	var entries []kdbx.Entry
	open := func(passphrase []byte) (err error) {
		c := kdbx.Credentials{Passphrase: append([]byte{}, passphrase...), KeyFile: o.KeyFile}
		if o.KeyFile != nil && len(passphrase) == 0 { // it means that there is no passphrase
			c.Passphrase = nil
		}
		entries, err = kdbx.Open(ctx, in.Data, c, keePassLimits())
		if c.Passphrase == nil && errors.Is(err, kdbx.ErrWrongKey) { // a program that counts an empty one is rare
			c.Passphrase = []byte{}
			entries, err = kdbx.Open(ctx, in.Data, c, keePassLimits())
		}
		return keePassError(err)
	}
	err := unlock(ctx, o, "the KeePass database", open)
	if o.KeyFile != nil && errors.Is(err, ErrPassphraseNeeded) { // the key file may be all that it takes
		if alone := open(nil); !errors.Is(alone, ErrWrongPassphrase) {
			err = alone
		}
	}
	if errors.Is(err, ErrWrongPassphrase) {
		return Result{}, fmt.Errorf("%w (%s)", err, hardwareKeyHelp)
	}
	if err != nil {
		return Result{}, err
	}
	r := fromKeePass(entries)
	r.Title, r.Protection = "KeePass database, "+kdbx.Version(in.Data), Encrypted
	return r, nil
}

func readKeePassXML(_ context.Context, in Input, _ Options) (Result, error) {
	text := plainText(in.Data)
	if err := checkText(text); err != nil {
		return Result{}, err
	}
	entries, err := kdbx.ReadXML(bytes.TrimLeft(text, " \t\r\n"), keePassLimits())
	if err != nil {
		return Result{}, keePassError(err)
	}
	r := fromKeePass(entries)
	r.Title, r.Protection = "KeePass XML, not encrypted", Plain
	return r, nil
}

// keePassError says in this package's words what package kdbx found.
func keePassError(err error) error {
	switch {
	case errors.Is(err, kdbx.ErrWrongKey):
		return ErrWrongPassphrase
	case errors.Is(err, kdbx.ErrLimit):
		return &meaning{err, ErrLimit}
	case errors.Is(err, kdbx.ErrDamaged):
		return &meaning{err, ErrDamaged}
	case errors.Is(err, kdbx.ErrUnsupported):
		return &meaning{fmt.Errorf("%w: open it in KeePassXC, choose Database > Export > XML, and import that", err), ErrUnsupported}
	}
	return err
}

// fromKeePass takes the entries that hold a code. Those in the recycle bin and
// the templates are left out and counted.
func fromKeePass(entries []kdbx.Entry) Result {
	var l entryList
	binned, templates := 0, 0
	for i := range entries {
		e := &entries[i]
		found := keePassCodes(e)
		switch {
		case len(found) == 0:
		case e.Place == kdbx.RecycleBin:
			binned++
		case e.Place == kdbx.Templates:
			templates++
		default:
			for _, read := range found {
				l.addKeePass(e, read)
			}
		}
	}
	r := Result{Entries: l.list}
	if binned > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d in the recycle bin left out", binned))
	}
	if templates > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d among the templates left out", templates))
	}
	return r
}

func (l *entryList) addKeePass(e *kdbx.Entry, read keePassCode) {
	a, warnings, err := read()
	if err == nil {
		fillNames(&a, e.Get("Title"), e.Get("UserName"))
		a.Note, a.Tags = e.Get("Notes"), e.Tags
		if len(e.Groups) > 0 {
			a.Groups = []string{strings.Join(e.Groups, "/")}
		}
		if !e.Created.IsZero() {
			a.Created = e.Created.UnixMilli()
		}
		if !e.Modified.IsZero() {
			a.Updated = e.Modified.UnixMilli()
		}
		if len(e.Icon) > 0 {
			a.Icon.Data, a.Icon.MIME = e.Icon, "image/png" // what all programs store
		}
		keepExtra(&a, "keepass", map[string]strictjson.Value{"uuid": mustJSON(e.UUID), "icon": mustJSON(e.IconID)})
	}
	l.add(entryName(e.Get("Title"), e.Get("UserName")), a, warnings, err)
}

// keePassCode reads one code of an entry: every program has fields of its own for
// it, and one entry may hold several.
type keePassCode func() (account.Account, []string, error)

// keePassCodes finds them in KeePassXC's order: KeeTrayTOTP's fields, then otp
// (and otp_1, otp_2 … of 1Password imports), then KeePass's own. If a program
// wrote the same code in two styles, the first counts.
func keePassCodes(e *kdbx.Entry) []keePassCode {
	var found []keePassCode
	if seed := e.Get("TOTP Seed"); seed != "" {
		settings := e.Get("TOTP Settings")
		found = append(found, func() (account.Account, []string, error) { return trayTOTP(seed, settings) })
	}
	for _, f := range e.Fields {
		if (f.Key == "otp" || strings.HasPrefix(f.Key, "otp_")) && f.Value != "" && (f.Key != "otp" || len(found) == 0) {
			found = append(found, func() (account.Account, []string, error) { return otpField(f.Value) })
		}
	}
	for _, style := range []string{"TimeOtp", "HmacOtp"} {
		has := slices.ContainsFunc(secretStyles(), func(s string) bool { return e.Get(style+"-Secret"+s) != "" })
		if has && (style == "HmacOtp" || len(found) == 0) {
			found = append(found, func() (account.Account, []string, error) { return keePass2(e, style) })
		}
	}
	return found
}

// otpField is a link (KeePassXC, KeePassOTP), KeeOtp's query, or a bare secret.
func otpField(value string) (account.Account, []string, error) {
	value = strings.TrimSpace(value)
	if !strings.Contains(value, "://") && strings.Contains(strings.ToLower(value), "key=") {
		a, err := keeOTP(value)
		return a, nil, err
	}
	a, warnings, err := otpValue(value, "", "")
	if a.Name == "none" { // KeePassXC's word for an entry without user name
		a.Name = ""
	}
	return a, warnings, err
}

// keeOTP reads key=BASE32&step=30&size=6&otpHashMode=Sha256 and, for HOTP,
// type=Hotp&counter=0.
func keeOTP(query string) (account.Account, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return account.Account{}, fieldError("secret", "its otp field is not a query")
	}
	p := parts{Kind: account.TOTP, Base32: values.Get("key"), Algorithm: values.Get("otpHashMode"),
		Digits: looseInt{values.Get("size")}, Period: looseInt{values.Get("step")}}
	switch kind := values.Get("type"); strings.ToLower(kind) {
	case "", "totp":
	case "hotp":
		p.Kind, p.Counter = account.HOTP, looseInt{firstOf(values.Get("counter"), "0")}
	case "steam":
		p.Kind = account.Steam
	default:
		return account.Account{}, fieldError("type", "%q is not known", clip(kind))
	}
	switch encoding := values.Get("encoding"); strings.ToLower(encoding) {
	case "", "base32":
	case "hex":
		p.Raw, err = hex.DecodeString(p.Base32)
	case "base64":
		p.Raw, err = base64.StdEncoding.DecodeString(p.Base32)
	case "utf8":
		p.Raw = []byte(p.Base32)
	default:
		return account.Account{}, fieldError("secret", "the encoding %q is not known", clip(encoding))
	}
	if err != nil {
		return account.Account{}, fieldError("secret", "it does not have the encoding that it names")
	}
	return p.account()
}

// trayTOTP reads a seed and "period;digits[;time server]", digits S for Steam.
// The seed alone is 30;6.
func trayTOTP(seed, settings string) (account.Account, []string, error) {
	p := parts{Kind: account.TOTP, Base32: seed}
	if settings != "" {
		period, rest, _ := strings.Cut(settings, ";")
		digits, _, _ := strings.Cut(rest, ";")
		p.Period, p.Digits = looseInt{strings.TrimSpace(period)}, looseInt{strings.TrimSpace(digits)}
		if strings.EqualFold(p.Digits.text, "S") {
			p.Kind = account.Steam
		}
	}
	a, err := p.account()
	return a, nil, err
}

// secretStyles are how KeePass 2.47 and later spell a secret, each a suffix.
func secretStyles() []string { return []string{"", "-Hex", "-Base32", "-Base64"} }

// keePass2 reads the TimeOtp- and HmacOtp- fields.
func keePass2(e *kdbx.Entry, style string) (account.Account, []string, error) {
	p := parts{Kind: account.TOTP, Algorithm: e.Get(style + "-Algorithm"), Digits: looseInt{e.Get(style + "-Length")}}
	p.Period = looseInt{e.Get(style + "-Period")}
	if style == "HmacOtp" {
		p.Kind, p.Counter = account.HOTP, looseInt{firstOf(e.Get("HmacOtp-Counter"), "0")}
	}
	var err error
	for _, s := range secretStyles() {
		text := e.Get(style + "-Secret" + s)
		if text == "" {
			continue
		}
		switch s {
		case "":
			p.Raw = []byte(text)
		case "-Hex":
			p.Raw, err = hex.DecodeString(strings.Join(strings.Fields(text), ""))
		case "-Base32":
			p.Base32 = text
		case "-Base64":
			p.Raw, err = fromBase64("secret", text)
		}
		break
	}
	if err != nil {
		return account.Account{}, nil, fieldError("secret", "it does not have the encoding that its field names")
	}
	a, err := p.account()
	return a, nil, err
}
