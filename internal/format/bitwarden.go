package format

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func bitwarden() App {
	can := abilities("bitwarden")
	return App{
		ID: "bitwarden", Name: "Bitwarden", Extension: "json", Encrypts: Yes,
		HowTo: "Settings > Export vault, format .json or .json (Encrypted) with \"Password protected\"",
		Detect: func(in Input) bool {
			p := in.look()
			return in.isZip(isBitwardenData) || p.object("encrypted") && (p.has("items") || p.has("data")) || p.object("folders", "items") && !hasMember(p.first("items"), "title")
		},
		Read: readBitwarden, Write: writeBitwarden, CanHold: can.canHold, Loses: can.loses,
	}
}

type bitwardenFile struct {
	Encrypted   bool               `json:"encrypted"`
	Protected   bool               `json:"passwordProtected"`
	Folders     []bitwardenFolder  `json:"folders"`
	Collections []bitwardenFolder  `json:"collections"`
	Items       []strictjson.Value `json:"items"`
	bitwardenSeal
}

type bitwardenFolder struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// bitwardenItem has no field for passwords, cards and identities: what is not
// declared is not kept.
type bitwardenItem struct {
	Type          int            `json:"type"`
	Name          *string        `json:"name"`
	Notes         *string        `json:"notes"`
	Favorite      bool           `json:"favorite"`
	FolderID      *string        `json:"folderId"`
	CollectionIDs []*string      `json:"collectionIds"`
	Created       *string        `json:"creationDate"`
	Updated       *string        `json:"revisionDate"`
	Deleted       *string        `json:"deletedDate"`
	Reprompt      int            `json:"reprompt"`
	Login         bitwardenLogin `json:"login"`
}

type bitwardenLogin struct {
	URIs     strictjson.Value `json:"uris"`
	Username *string          `json:"username"`
	TOTP     *string          `json:"totp"`
}

const bitwardenLoginType = 1

// bitwardenHelp is for exports that only the account they came from can open.
const bitwardenHelp = `this export is locked to the Bitwarden account that made it, so nothing else can open it.
Export again: Settings (web vault: Tools) > Export vault > format ".json (Encrypted)" > export type "Password protected" > choose a password; then import that file`

// isBitwardenData names the member of the export with attachments, a ZIP.
func isBitwardenData(name string) bool { return name == "data.json" }

func readBitwarden(ctx context.Context, in Input, o Options) (Result, error) {
	data, err := in.textOrMember(isBitwardenData)
	if err != nil {
		return Result{}, err
	}
	var file bitwardenFile
	if err := decodeJSON(data, &file); err != nil {
		return Result{}, err
	}
	r := Result{Title: "Bitwarden export, not encrypted", Protection: Plain}
	switch {
	case file.Encrypted && !file.Protected:
		return Result{}, fmt.Errorf("%w: %s", ErrUnsupported, bitwardenHelp)
	case file.Encrypted:
		opened, err := file.open(ctx, o)
		if err != nil {
			return Result{}, err
		}
		file.Encrypted = false
		if err := decodeJSON(opened, &file); err != nil {
			return Result{}, err
		}
		if file.Encrypted {
			return Result{}, fmt.Errorf("%w: an encrypted export inside an encrypted export", ErrUnsupported)
		}
		r.Title, r.Protection = "Bitwarden export, encrypted", Encrypted
	case file.Data != "":
		return Result{}, fmt.Errorf("%w: it has encrypted data but says that it is not encrypted", ErrDamaged)
	case file.Folders == nil && file.Collections == nil:
		r.Title = "Bitwarden Authenticator export, not encrypted"
	}
	folders := map[string]string{}
	for _, f := range append(file.Folders, file.Collections...) {
		folders[f.ID] = f.Name
	}
	return readItems(r, file.Items, func(l *entryList, item bitwardenItem) {
		if text(item.Login.TOTP) != "" {
			a, warnings, err := item.account(folders)
			l.add(entryName(text(item.Name), text(item.Login.Username)), a, warnings, err)
		}
	})
}

func (item bitwardenItem) account(folders map[string]string) (account.Account, []string, error) {
	title, user := text(item.Name), text(item.Login.Username)
	a, warnings, err := otpValue(text(item.Login.TOTP), title, user)
	if err != nil {
		return a, warnings, err
	}
	// What a writer does to names is undone: a colon in a link is a blank, and an
	// item without an issuer is called like its user.
	if strings.ReplaceAll(title, ":", " ") == a.Issuer {
		a.Issuer = title
	}
	if strings.ReplaceAll(user, ":", " ") == a.Name {
		a.Name = user
	}
	if a.Issuer == a.Name && a.Name == title && title == user {
		a.Issuer = ""
	}
	a.Note, a.Favourite, a.Trashed = text(item.Notes), item.Favorite, text(item.Deleted) != ""
	a.Created, a.Updated = bitwardenTime(item.Created), bitwardenTime(item.Updated)
	for _, id := range append([]*string{item.FolderID}, item.CollectionIDs...) {
		if name := folders[text(id)]; id != nil && name != "" {
			a.Groups = append(a.Groups, name)
		}
	}
	extra := map[string]strictjson.Value{}
	if s := string(item.Login.URIs); s != "" && s != "null" && s != "[]" {
		extra["uris"] = item.Login.URIs
	}
	if item.Reprompt != 0 {
		extra["reprompt"] = mustJSON(item.Reprompt)
	}
	keepExtra(&a, "bitwarden", extra)
	return a, warnings, nil
}

// bitwardenTime is Unix milliseconds; 0 for a date that is missing or odd.
func bitwardenTime(date *string) int64 {
	t, err := time.Parse(time.RFC3339, text(date))
	if err != nil {
		return 0
	}
	return t.UnixMilli()
}

// bitwardenSeal is the protected form's own part. The salt is the text of the
// base64, not what it stands for.
type bitwardenSeal struct {
	Salt        string `json:"salt,omitzero"`
	KDF         int    `json:"kdfType"`
	Iterations  int    `json:"kdfIterations,omitzero"`
	Memory      *int   `json:"kdfMemory"` // MiB
	Parallelism *int   `json:"kdfParallelism"`
	Validation  string `json:"encKeyValidation_DO_NOT_EDIT,omitzero"`
	Data        string `json:"data,omitzero"`
}

const (
	bitwardenPBKDF2 = iota
	bitwardenArgon2id
)

// costs are what the file asks for, in the bounds of Bitwarden's own clients.
func (s bitwardenSeal) costs() (pbkdf2Cost, argon2Cost, argon2Bounds) {
	c := argon2Cost{Time: s.Iterations}
	if s.Memory != nil && *s.Memory <= 1024 {
		c.MemoryKiB = *s.Memory << 10
	}
	if s.Parallelism != nil {
		c.Threads = *s.Parallelism
	}
	return pbkdf2Cost{s.Iterations, 5_000, 2_000_000}, c,
		argon2Bounds{MinTime: 2, MaxTime: 10, MinKiB: 16 << 10, MaxKiB: gibInKiB, MaxThreads: 16, MaxWorkKiB: 10 * gibInKiB}
}

// keys derives one key and expands it into one for encryption and one for the
// MAC; there is no extract step.
func (s bitwardenSeal) keys(ctx context.Context, passphrase []byte) (enc, mac []byte, err error) {
	var key []byte
	pbkdf2, argon2, bounds := s.costs()
	if s.KDF == bitwardenArgon2id {
		salt := sha256.Sum256([]byte(s.Salt))
		key, err = argon2idKey(ctx, passphrase, salt[:], argon2, bounds, 32)
	} else {
		key, err = pbkdf2Key(ctx, sha256.New, passphrase, []byte(s.Salt), pbkdf2, 32)
	}
	if err != nil {
		return nil, nil, err
	}
	if enc, err = hkdf.Expand(sha256.New, key, "enc", 32); err != nil {
		return nil, nil, err
	}
	mac, err = hkdf.Expand(sha256.New, key, "mac", 32)
	return enc, mac, err
}

func (s bitwardenSeal) open(ctx context.Context, o Options) ([]byte, error) {
	pbkdf2, argon2, bounds := s.costs()
	err := fmt.Errorf("%w: key derivation %d is not known", ErrUnsupported, s.KDF)
	switch s.KDF { // before the passphrase is asked for
	case bitwardenPBKDF2:
		err = pbkdf2.check()
	case bitwardenArgon2id:
		err = argon2.check(bounds)
	}
	if err != nil {
		return nil, err
	}
	var plain []byte
	err = unlock(ctx, o, "the Bitwarden export", func(passphrase []byte) error {
		enc, mac, err := s.keys(ctx, passphrase)
		if err != nil {
			return err
		}
		if s.Validation != "" {
			if _, err := openBitwardenString(s.Validation, enc, mac); err != nil {
				return err
			}
		}
		plain, err = openBitwardenString(s.Data, enc, mac)
		return err
	})
	return plain, err
}

// openBitwardenString opens "2.iv|ciphertext|mac", each base64. The number is
// the kind of encryption: AES-256-CBC with HMAC-SHA256 is the only one that
// exports have.
func openBitwardenString(text string, enc, mac []byte) ([]byte, error) {
	kind, rest, _ := strings.Cut(text, ".")
	if kind != "2" {
		return nil, fmt.Errorf("%w: encryption type %q of Bitwarden is not known", ErrUnsupported, clip(kind))
	}
	pieces := strings.Split(rest, "|")
	if len(pieces) != 3 {
		return nil, fmt.Errorf("%w: an encrypted text has %d parts, not 3", ErrDamaged, len(pieces))
	}
	var raw [3][]byte
	for i, p := range pieces {
		b, err := fromBase64("an encrypted text", p)
		if err != nil {
			return nil, err
		}
		raw[i] = b
	}
	if !hmac.Equal(bitwardenMAC(mac, raw[0], raw[1]), raw[2]) {
		return nil, ErrWrongPassphrase
	}
	return openCBC(enc, raw[0], raw[1])
}

func bitwardenMAC(key, iv, sealed []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(iv)
	h.Write(sealed)
	return h.Sum(nil)
}

func sealBitwardenString(plain, enc, mac []byte, o Options) (string, error) {
	iv, err := o.randomBytes(16)
	if err != nil {
		return "", err
	}
	sealed, err := sealCBC(enc, iv, plain)
	return "2." + strings.Join([]string{toBase64(iv), toBase64(sealed), toBase64(bitwardenMAC(mac, iv, sealed))}, "|"), err
}

// sealBitwarden writes what Bitwarden calls a password-protected export, with
// the costs of its default account.
func sealBitwarden(ctx context.Context, plain []byte, o Options) ([]byte, error) {
	passphrase, err := o.newPassphrase("the Bitwarden export")
	if err != nil {
		return nil, err
	}
	random, err := o.randomBytes(16)
	if err != nil {
		return nil, err
	}
	s := bitwardenSeal{Salt: toBase64(random), KDF: bitwardenPBKDF2, Iterations: 600_000}
	enc, mac, err := s.keys(ctx, passphrase)
	if err != nil {
		return nil, err
	}
	id, err := o.uuid()
	if err != nil {
		return nil, err
	}
	if s.Validation, err = sealBitwardenString([]byte(id), enc, mac, o); err != nil {
		return nil, err
	}
	if s.Data, err = sealBitwardenString(plain, enc, mac, o); err != nil {
		return nil, err
	}
	return encodeJSON(struct {
		Encrypted bool `json:"encrypted"`
		Protected bool `json:"passwordProtected"`
		bitwardenSeal
	}{true, true, s})
}

func writeBitwarden(ctx context.Context, accounts []account.Account, o Options) ([]byte, error) {
	if err := abilities("bitwarden").writable(accounts); err != nil {
		return nil, err
	}
	date := func(ms int64) *string { // what bitwardenTime reads
		if ms == 0 {
			return nil
		}
		s := time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
		return &s
	}
	folders, ids := []bitwardenFolder{}, map[string]string{}
	items := make([]bitwardenWritten, len(accounts))
	for i, a := range accounts {
		extra := extraOf(a, "bitwarden")
		w := bitwardenWritten{Type: bitwardenLoginType, Name: firstOf(a.Issuer, a.Name), Favorite: a.Favourite, Reprompt: extra["reprompt"],
			Created: date(a.Created), Updated: date(a.Updated)}
		if a.Note != "" {
			w.Notes = &a.Note
		}
		if w.Reprompt == nil {
			w.Reprompt = mustJSON(0)
		}
		w.Login.URIs, w.Login.Username, w.Login.TOTP = extra["uris"], a.Name, otpauth.FormatFor(a, otpauth.StyleBitwarden)
		if w.Login.URIs == nil {
			w.Login.URIs = mustJSON([]string{})
		}
		if len(a.Groups) > 0 {
			name := a.Groups[0]
			if ids[name] == "" {
				id, err := o.uuid()
				if err != nil {
					return nil, err
				}
				ids[name] = id
				folders = append(folders, bitwardenFolder{id, name})
			}
			id := ids[name]
			w.FolderID = &id
		}
		items[i] = w
	}
	plain, err := encodeJSON(struct {
		Encrypted bool               `json:"encrypted"`
		Folders   []bitwardenFolder  `json:"folders"`
		Items     []bitwardenWritten `json:"items"`
	}{false, folders, items})
	if err != nil || o.Plaintext == Yes {
		return plain, err
	}
	return sealBitwarden(ctx, plain, o)
}

// bitwardenWritten is an item with the members that the importer asks for.
type bitwardenWritten struct {
	Type     int              `json:"type"`
	Name     string           `json:"name"`
	Notes    *string          `json:"notes"`
	Favorite bool             `json:"favorite"`
	FolderID *string          `json:"folderId"`
	Reprompt strictjson.Value `json:"reprompt"`
	Created  *string          `json:"creationDate,omitzero"`
	Updated  *string          `json:"revisionDate,omitzero"`
	Login    struct {
		URIs     strictjson.Value `json:"uris"`
		Username string           `json:"username"`
		Password *string          `json:"password"`
		TOTP     string           `json:"totp"`
	} `json:"login"`
}
