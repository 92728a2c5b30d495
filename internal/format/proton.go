package format

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func protonAuthenticator() App {
	can := abilities("proton")
	return App{
		ID: "proton", Name: "Proton Authenticator", Extension: "json", Encrypts: Yes,
		HowTo: "Settings > Export",
		Detect: func(in Input) bool {
			p := in.look()
			plain := p.object("version", "entries") && hasMember(p.first("entries"), "content")
			return plain || p.object("version", "salt", "content") && p.kind("content") == '"' && !p.has("entries")
		},
		Read: readProton, Write: writeProton, CanHold: can.canHold, Loses: can.loses,
	}
}

type protonFile struct {
	Version int                `json:"version"`
	Entries []strictjson.Value `json:"entries,omitempty"`
	Salt    string             `json:"salt,omitzero"`
	Content string             `json:"content,omitzero"`
}

type protonEntry struct {
	Content protonContent `json:"content"`
	Note    *string       `json:"note"`
}

type protonContent struct {
	URI  string  `json:"uri"`
	Type string  `json:"entry_type"` // "Totp" or "Steam"
	Name *string `json:"name"`
}

// The encrypted form: the costs are not in the file, and the name of the export
// is authenticated with it.
const (
	protonVersion = 1
	protonAAD     = "proton.authenticator.export.v1"
)

func protonCost() argon2Cost { return argon2Cost{Time: 2, MemoryKiB: 19 << 10, Threads: 1} }

func readProton(ctx context.Context, in Input, o Options) (Result, error) {
	var file protonFile
	if err := decodeJSON(plainText(in.Data), &file); err != nil {
		return Result{}, err
	}
	if file.Version != protonVersion {
		return Result{}, fmt.Errorf("%w: version %d of the Proton export is not known", ErrUnsupported, file.Version)
	}
	r := Result{Title: "Proton Authenticator export, not encrypted", Protection: Plain}
	switch {
	case file.Content == "" && file.Entries == nil:
		return Result{}, missing("entries")
	case file.Content != "":
		opened, err := file.open(ctx, o)
		if err != nil {
			return Result{}, err
		}
		if err := decodeJSON(opened, &file); err != nil {
			return Result{}, err
		}
		r.Title, r.Protection = "Proton Authenticator export, encrypted", Encrypted
	}
	if err := full(len(file.Entries)); err != nil {
		return Result{}, err
	}
	var l entryList
	for _, raw := range file.Entries {
		var e protonEntry
		if err := decodeChecked(raw, &e); err != nil {
			l.fail(clip(text(e.Content.Name)), err)
			continue
		}
		a, warnings, err := e.account()
		a.Note = text(e.Note)
		if err == nil {
			keepExtra(&a, "proton", unknownMembers(raw, e))
		}
		l.add(entryName(a.Issuer, a.Name), a, warnings, err)
	}
	r.Entries = l.list
	return r, nil
}

// account: the label of Proton's links is the name alone, whatever colons it
// has, and stands beside the link once more; the issuer stands in the query. A
// Steam secret is base32, or base64 where it is no base32.
func (e protonEntry) account() (account.Account, []string, error) {
	name := text(e.Content.Name)
	if secret, steam := strings.CutPrefix(e.Content.URI, "steam://"); steam {
		s, err := account.ParseBase32(secret)
		if err != nil {
			raw, base64Err := base64.RawStdEncoding.DecodeString(strings.TrimRight(secret, "="))
			if base64Err != nil {
				return account.Account{Issuer: "Steam", Name: name}, nil, err
			}
			s = account.NewSecret(raw)
		}
		a := account.New(account.Steam, s)
		a.Issuer, a.Name = "Steam", name
		return a, nil, nil
	}
	a, warnings, err := otpauth.Parse(e.Content.URI)
	if err != nil {
		return account.Account{Name: name}, nil, err
	}
	if name = strings.TrimPrefix(name, ":"); name != "" {
		a.Name, warnings = name, nil
	}
	return a, warnings, nil
}

func (file protonFile) open(ctx context.Context, o Options) ([]byte, error) {
	salt, err := fromBase64("salt", file.Salt)
	if err != nil {
		return nil, err
	}
	sealed, err := fromBase64("content", file.Content)
	if err != nil {
		return nil, err
	}
	if len(sealed) < gcmNonceSize {
		return nil, fmt.Errorf("%w: the encrypted part is too short", ErrDamaged)
	}
	var plain []byte
	err = unlock(ctx, o, "the Proton Authenticator export", func(passphrase []byte) error {
		key, err := argon2idKey(ctx, passphrase, salt, protonCost(), argon2Default(), 32)
		if err != nil {
			return err
		}
		plain, err = openGCM(key, sealed[:gcmNonceSize], sealed[gcmNonceSize:], []byte(protonAAD))
		return err
	})
	return plain, err
}

func writeProton(ctx context.Context, accounts []account.Account, o Options) ([]byte, error) {
	if err := abilities("proton").writable(accounts); err != nil {
		return nil, err
	}
	file := protonFile{Version: protonVersion, Entries: []strictjson.Value{}}
	for _, a := range accounts {
		id, err := o.uuid()
		if err != nil {
			return nil, err
		}
		e := protonEntry{Content: protonContent{Type: "Totp", Name: &a.Name}}
		if a.Type == account.Steam {
			e.Content.Type, e.Content.URI = "Steam", "steam://"+a.Secret.Base32()
		} else {
			e.Content.URI = fmt.Sprintf("otpauth://totp/%s?secret=%s&issuer=%s&algorithm=%s&digits=%d&period=%d",
				escapeParameter(a.Name), a.Secret.Base32(), escapeParameter(a.Issuer), a.Algorithm, a.Digits, a.Period)
		}
		if a.Note != "" {
			e.Note = &a.Note
		}
		extra := extraOf(a, "proton")
		withDefault(extra, "id", id)
		file.Entries = append(file.Entries, withExtra(e, extra))
	}
	plain := map[string]any{"version": file.Version, "entries": file.Entries}
	if o.Plaintext == Yes {
		return encodeJSON(plain)
	}
	passphrase, err := o.newPassphrase("the Proton Authenticator export")
	if err != nil {
		return nil, err
	}
	random, err := o.randomBytes(16 + gcmNonceSize)
	if err != nil {
		return nil, err
	}
	salt, nonce := random[:16], random[16:]
	key, err := argon2idKey(ctx, passphrase, salt, protonCost(), argon2Default(), 32)
	if err != nil {
		return nil, err
	}
	sealed, err := sealGCM(key, nonce, mustJSON(plain), []byte(protonAAD))
	if err != nil {
		return nil, err
	}
	return encodeJSON(protonFile{Version: protonVersion, Salt: toBase64(salt), Content: toBase64(append(nonce, sealed...))})
}
