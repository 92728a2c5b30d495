package format

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func aegis() App {
	can := abilities("aegis")
	return App{
		ID: "aegis", Name: "Aegis", Extension: "json", Encrypts: Yes,
		HowTo: "Settings > Import & Export > Export, format JSON",
		Detect: func(in Input) bool {
			p := in.look()
			return p.object("header", "db", "version") || p.object("entries", "version") && hasMember(p.first("entries"), "info")
		},
		Read: readAegis, Write: writeAegis, CanHold: can.canHold, Loses: can.loses,
	}
}

const (
	aegisFileVersion  = 1
	aegisDBVersion    = 3 // 1 no groups, 2 a group's name in each entry, 3 groups with identifiers
	aegisPasswordSlot = 1 // opened by a passphrase; raw (0) and biometric (2) slots are of no use outside the phone
)

type aegisFile struct {
	Version int              `json:"version"`
	Header  aegisHeader      `json:"header"`
	DB      strictjson.Value `json:"db"` // base64 text if encrypted, else an object
}

type aegisHeader struct {
	Slots  []aegisSlot `json:"slots"`
	Params *aegisKey   `json:"params"`
}

// aegisSlot is one way to the master key, which a key of the slot's own encrypts.
type aegisSlot struct {
	Type      int      `json:"type"`
	UUID      string   `json:"uuid"`
	Key       string   `json:"key"`
	KeyParams aegisKey `json:"key_params"`
	N         int      `json:"n,omitzero"`
	R         int      `json:"r,omitzero"`
	P         int      `json:"p,omitzero"`
	Salt      string   `json:"salt,omitzero"`
	Repaired  *bool    `json:"repaired,omitzero"`
	IsBackup  bool     `json:"is_backup"`
}

// aegisKey is nonce and tag of an AES-GCM ciphertext that is elsewhere, hex.
type aegisKey struct {
	Nonce string `json:"nonce"`
	Tag   string `json:"tag"`
}

type aegisDB struct {
	Version   int                `json:"version"`
	Entries   []strictjson.Value `json:"entries"`
	Groups    []aegisGroup       `json:"groups"`
	Optimized bool               `json:"icons_optimized"`
}

type aegisGroup struct {
	UUID string `json:"uuid"`
	Name string `json:"name"`
}

// aegisEntry has the members that an account has fields for; uuid and what else
// there may be is kept as it is.
type aegisEntry struct {
	Type     string    `json:"type"`
	Name     string    `json:"name"`
	Issuer   string    `json:"issuer"`
	Note     string    `json:"note"`
	Favorite bool      `json:"favorite"`
	Icon     *string   `json:"icon"`
	IconMIME *string   `json:"icon_mime"`
	IconHash *string   `json:"icon_hash"`
	Info     aegisInfo `json:"info"`
	Group    *string   `json:"group,omitzero"`
	Groups   []string  `json:"groups"`
}

type aegisInfo struct {
	Secret  string  `json:"secret"`
	Algo    string  `json:"algo"`
	Digits  *int    `json:"digits"`
	Period  *int    `json:"period,omitzero"`
	Counter *uint64 `json:"counter,omitzero"`
	PIN     *string `json:"pin,omitzero"`
}

func readAegis(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "Aegis vault, not encrypted", Protection: Plain}
	data := plainText(in.Data)
	var file aegisFile
	if err := decodeJSON(data, &file); err != nil {
		return r, err
	}
	switch {
	case len(file.DB) == 0: // the inner part of a vault, taken out by hand
	case file.Version != aegisFileVersion:
		return r, fmt.Errorf("%w: version %d of the Aegis vault is not known", ErrUnsupported, file.Version)
	case file.DB[0] == '"':
		var err error
		if data, err = file.open(ctx, o); err != nil {
			return r, err
		}
		r.Title, r.Protection = "Aegis vault, encrypted", Encrypted
	default:
		data = file.DB
	}
	var db aegisDB
	if err := decodeJSON(data, &db); err != nil {
		return r, err
	}
	switch {
	case db.Version < 1 || db.Version > aegisDBVersion:
		return r, fmt.Errorf("%w: version %d of the Aegis database is not known", ErrUnsupported, db.Version)
	case db.Entries == nil:
		return r, missing("entries")
	}
	groups := map[string]string{}
	for _, g := range db.Groups {
		groups[g.UUID] = g.Name
	}
	return readEntries(r, db.Entries, func(raw strictjson.Value, e aegisEntry) (string, account.Account, []string, error) {
		a, warnings, err := e.account(groups)
		keepExtra(&a, "aegis", unknownMembers(raw, e))
		return entryName(e.Issuer, e.Name), a, warnings, err
	})
}

func (e aegisEntry) account(groups map[string]string) (account.Account, []string, error) {
	a, err := parts{Type: e.Type, Issuer: e.Issuer, Name: e.Name, Base32: e.Info.Secret, Counter: looseOf(e.Info.Counter)}.account()
	if err != nil {
		return a, nil, err
	}
	a.Note, a.Favourite = e.Note, e.Favorite
	if a.Algorithm, err = account.ParseAlgorithm(e.Info.Algo); err != nil {
		return a, nil, err
	}
	switch { // Aegis writes all numbers that the type has
	case e.Info.Digits == nil:
		return a, nil, fieldError("digits", "it is missing")
	case a.Type != account.HOTP && e.Info.Period != nil:
		a.Period = *e.Info.Period
	case a.Type == account.TOTP:
		return a, nil, fieldError("period", "it is missing")
	}
	a.Digits = *e.Info.Digits
	if e.Info.PIN != nil {
		a.PIN = account.NewSecret([]byte(*e.Info.PIN))
	}
	// What is wrong with groups and icon is no more than a warning.
	var warnings []string
	if text(e.Group) != "" {
		a.Groups = append(a.Groups, *e.Group)
	}
	for _, id := range e.Groups {
		name, ok := groups[id]
		switch {
		case !ok:
			warnings = append(warnings, "it is in a group that the file does not name")
		case !slices.Contains(a.Groups, name):
			a.Groups = append(a.Groups, name)
		}
	}
	if text(e.Icon) != "" {
		data, err := fromBase64("icon", *e.Icon)
		if err != nil {
			return a, append(warnings, "its icon is left out: it is not base64"), nil
		}
		a.Icon.Data, a.Icon.MIME = data, firstOf(text(e.IconMIME), "image/jpeg") // files before icon_mime had only JPEG
	}
	return a, warnings, nil
}

// open returns the database of an encrypted vault.
func (file aegisFile) open(ctx context.Context, o Options) ([]byte, error) {
	var text string
	if err := decodeChecked(file.DB, &text); err != nil {
		return nil, err
	}
	sealed, err := fromBase64("db", text)
	if err != nil {
		return nil, err
	}
	// The cost of all slots is checked before the first is tried.
	slots, work := []aegisSlot(nil), 0
	for _, s := range file.Header.Slots {
		if s.Type != aegisPasswordSlot {
			continue
		}
		cost := scryptCost{s.N, s.R, s.P}
		if err := cost.check(); err != nil {
			return nil, err
		}
		work += cost.work()
		slots = append(slots, s)
	}
	switch {
	case file.Header.Params == nil:
		return nil, fmt.Errorf("%w: header.params is missing", ErrDamaged)
	case len(slots) == 0:
		return nil, fmt.Errorf("%w: the vault has no password slot; in Aegis: Settings > Security > set a password, then export again", ErrUnsupported)
	case len(slots) > maxPasswordSlots:
		return nil, fmt.Errorf("%w: %d password slots are more than %d", ErrLimit, len(slots), maxPasswordSlots)
	case work > maxScryptWork:
		return nil, kdfError("the vault's %d password slots together would take too long", len(slots))
	}
	return unlocked(ctx, o, "the Aegis vault", func(passphrase []byte) ([]byte, error) {
		unrepaired := false
		for _, s := range slots {
			master, err := s.open(ctx, passphrase)
			if errors.Is(err, ErrWrongPassphrase) {
				unrepaired = unrepaired || (s.Repaired == nil || !*s.Repaired) && len(passphrase) > 64
				continue
			}
			if err != nil {
				return nil, err
			}
			db, err := file.Header.Params.open(master, sealed)
			if errors.Is(err, ErrWrongPassphrase) { // the slot was opened, so it was right
				err = fmt.Errorf("%w: the database does not fit its key", ErrDamaged)
			}
			return db, err
		}
		if unrepaired {
			return nil, fmt.Errorf("%w; early versions of Aegis derived another key from passphrases of more than 64 bytes: unlock the vault in a current Aegis and export again", ErrWrongPassphrase)
		}
		return nil, ErrWrongPassphrase
	})
}

// open returns the master key.
func (s aegisSlot) open(ctx context.Context, passphrase []byte) ([]byte, error) {
	salt, err1 := hex.DecodeString(s.Salt)
	wrapped, err2 := hex.DecodeString(s.Key)
	if err := cmp.Or(err1, err2); err != nil {
		return nil, fmt.Errorf("%w: a slot's key or salt is not hexadecimal", ErrDamaged)
	}
	key, err := scryptKey(ctx, passphrase, salt, scryptCost{s.N, s.R, s.P}, 32)
	if err != nil {
		return nil, err
	}
	return s.KeyParams.open(key, wrapped)
}

func (k aegisKey) open(key, sealed []byte) ([]byte, error) {
	nonce, err1 := hex.DecodeString(k.Nonce)
	tag, err2 := hex.DecodeString(k.Tag)
	if err := cmp.Or(err1, err2); err != nil || len(tag) != gcmTagSize {
		return nil, fmt.Errorf("%w: a nonce or tag is not hexadecimal", ErrDamaged)
	}
	return openGCM(key, nonce, slices.Concat(sealed, tag), nil)
}

func writeAegis(ctx context.Context, accounts []account.Account, o Options) ([]byte, error) {
	can := abilities("aegis")
	if err := can.writable(accounts); err != nil {
		return nil, err
	}
	db := aegisDB{Version: aegisDBVersion, Entries: make([]strictjson.Value, len(accounts)), Groups: []aegisGroup{}}
	ids := map[string]string{} // of groups, by name
	for i, a := range accounts {
		e := aegisEntry{
			Type: string(a.Type), Name: a.Name, Issuer: a.Issuer, Note: a.Note, Favorite: a.Favourite,
			Info:   aegisInfo{Secret: a.Secret.Base32(), Algo: string(a.Algorithm), Digits: &a.Digits},
			Groups: []string{},
		}
		for _, name := range a.Groups {
			if ids[name] == "" {
				id, err := o.uuid()
				if err != nil {
					return nil, err
				}
				ids[name] = id
				db.Groups = append(db.Groups, aegisGroup{id, name})
			}
			e.Groups = append(e.Groups, ids[name])
		}
		if a.Type == account.HOTP {
			e.Info.Counter = &a.Counter
		} else {
			e.Info.Period = &a.Period
		}
		if a.Type == account.MOTP || a.Type == account.Yandex {
			e.Info.PIN = new(string(a.PIN.Bytes()))
		}
		if can.takesIcon(a) {
			hash := sha256.Sum256(append([]byte(a.Icon.MIME), a.Icon.Data...))
			e.Icon, e.IconMIME, e.IconHash = new(toBase64(a.Icon.Data)), &a.Icon.MIME, new(hex.EncodeToString(hash[:]))
		}
		id, err := o.uuid()
		if err != nil {
			return nil, err
		}
		extra := extraOf(a, "aegis")
		withDefault(extra, "uuid", id)
		db.Entries[i] = withExtra(e, extra)
	}
	if o.Plaintext == Yes {
		return encodeJSON(map[string]any{"version": aegisFileVersion, "header": map[string]any{"slots": nil, "params": nil}, "db": db})
	}
	master, err := o.randomBytes(32)
	if err != nil {
		return nil, err
	}
	slot, err := newAegisSlot(ctx, o, master)
	if err != nil {
		return nil, err
	}
	sealed, params, err := sealAegisPart(o, master, mustJSON(db))
	if err != nil {
		return nil, err
	}
	return encodeJSON(aegisFile{aegisFileVersion, aegisHeader{[]aegisSlot{slot}, &params}, mustJSON(toBase64(sealed))})
}

// newAegisSlot encrypts the master key. There is one slot only: some importers
// (Proton's) try no other. It is a backup slot, which is what Aegis itself puts
// into exported files.
func newAegisSlot(ctx context.Context, o Options, master []byte) (aegisSlot, error) {
	passphrase, salt, err := o.sealing("the Aegis vault", 32)
	id, idErr := o.uuid()
	if err := cmp.Or(err, idErr); err != nil {
		return aegisSlot{}, err
	}
	cost := scryptCost{N: 1 << 15, R: 8, P: 1} // Aegis's own numbers
	key, err := scryptKey(ctx, passphrase, salt, cost, 32)
	if err != nil {
		return aegisSlot{}, err
	}
	wrapped, params, err := sealAegisPart(o, key, master)
	return aegisSlot{
		Type: aegisPasswordSlot, UUID: id, Key: hex.EncodeToString(wrapped), KeyParams: params,
		N: cost.N, R: cost.R, P: cost.P, Salt: hex.EncodeToString(salt), Repaired: new(true), IsBackup: true,
	}, err
}

// sealAegisPart encrypts and splits as Aegis stores it: the ciphertext in one
// place, nonce and tag in another.
func sealAegisPart(o Options, key, plain []byte) ([]byte, aegisKey, error) {
	nonce, err := o.randomBytes(gcmNonceSize)
	if err != nil {
		return nil, aegisKey{}, err
	}
	sealed, err := sealGCM(key, nonce, plain, nil)
	if err != nil {
		return nil, aegisKey{}, err
	}
	n := len(sealed) - gcmTagSize
	return sealed[:n], aegisKey{hex.EncodeToString(nonce), hex.EncodeToString(sealed[n:])}, nil
}

// aegisHTMLMark begins the table of Aegis's HTML export. Its rows hold all but
// the period, which is in the QR picture alone.
const aegisHTMLMark = "<th>Issuer</th><th>Name</th><th>Type</th><th>QR Code</th>"

func readAegisHTML(page string) (Result, error) {
	return readEach(Result{}, strings.Split(page, "<tr><td>")[1:], func(row string) (string, account.Account, []string, error) {
		var cells []string
		for _, cell := range strings.Split("<td>"+row, "<td")[1:] {
			_, inner, _ := strings.Cut(cell, ">")
			inner, _, _ = strings.Cut(inner, "</td>")
			cells = append(cells, html.UnescapeString(inner))
		}
		// issuer, name, type, picture, identifier, note, favourite, algorithm, digits, secret, counter, PIN
		if len(cells) < 12 {
			return "", account.Account{}, nil, missing("a cell of the row")
		}
		label := entryName(cells[0], cells[1])
		p := parts{Type: cells[2], Issuer: cells[0], Name: cells[1], Algorithm: cells[7], Digits: looseInt{cells[8]}, Base32: cells[9], Counter: looseInt{cells[10]}}
		if kind, _ := account.ParseType(cells[2]); kind == account.MOTP {
			if err := p.motpSecret(cells[9]); err != nil {
				return label, account.Account{}, nil, err
			}
		}
		a, err := p.account()
		a.Note, a.Favourite = cells[5], cells[6] == "true"
		if _, notNumber := strconv.Atoi(cells[11]); notNumber == nil {
			a.PIN = account.NewSecret([]byte(cells[11]))
		}
		return label, a, noPeriod(a), err
	})
}
