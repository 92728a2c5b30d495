package format

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// steamGuard reads what the Steam app and SteamDesktopAuthenticator (SDA) store.
// The revocation code and the identity secret are kept: without them nobody can
// remove the authenticator or confirm a trade.
func steamGuard() App {
	return App{
		ID: "steam", Name: "Steam Guard",
		HowTo: "SteamDesktopAuthenticator: the *.maFile (if it is encrypted, import its whole folder); from a rooted phone: files/Steamguard-*",
		Detect: func(in Input) bool {
			p := in.look()
			return p.object("shared_secret") || isSteamAccounts(p) || hasManifest(in)
		},
		Read: readSteam,
	}
}

func isSteamAccounts(p *probe) bool {
	var accounts map[string]map[string]strictjson.Value
	if !p.object("accounts") || p.kind("accounts") != '{' || strictjson.Decode(p.members["accounts"], &accounts) != nil {
		return false
	}
	for _, members := range accounts {
		if hasMember(members, "shared_secret") {
			return true
		}
	}
	return false
}

type steamAccount struct {
	SharedSecret string `json:"shared_secret"` // base64
	AccountName  string `json:"account_name"`
}

func readSteam(ctx context.Context, in Input, o Options) (Result, error) {
	if hasManifest(in) {
		return readSDA(ctx, in, o)
	}
	r := Result{Title: "Steam Guard file, not encrypted", Protection: Plain}
	data := plainText(in.Data)
	if err := checkJSON(data); err != nil {
		return Result{}, err
	}
	var file struct {
		Accounts map[string]strictjson.Value `json:"accounts"`
	}
	if err := decodeChecked(data, &file); err != nil {
		return Result{}, err
	}
	var l entryList
	if file.Accounts == nil {
		l.addSteam(data)
	}
	if err := full(len(file.Accounts)); err != nil {
		return Result{}, err
	}
	for _, id := range sortedKeys(file.Accounts) {
		l.addSteam(file.Accounts[id])
	}
	r.Entries = l.list
	return r, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (l *entryList) addSteam(raw strictjson.Value) {
	var e steamAccount
	if err := decodeChecked(raw, &e); err != nil {
		l.fail(labelIn(raw), err)
		return
	}
	secret, err := fromBase64("shared_secret", e.SharedSecret)
	if err != nil {
		l.fail(clip(e.AccountName), fieldError("secret", "shared_secret is not base64"))
		return
	}
	a, err := parts{Kind: account.Steam, Issuer: "Steam", Name: e.AccountName, Raw: secret}.account()
	rest := unknownMembers(raw, e)
	delete(rest, "Session") // log-in tokens: they open the account and age in days
	delete(rest, "uri")     // the secret once more
	keepExtra(&a, "steam", rest)
	l.add(entryName("Steam", e.AccountName), a, nil, err)
}

// SDA encrypts each maFile by itself; the file next to them says how.
const sdaManifest = "manifest.json"

type sdaManifestFile struct {
	Encrypted bool `json:"encrypted"`
	Entries   []struct {
		IV   string `json:"encryption_iv"`
		Salt string `json:"encryption_salt"`
		File string `json:"filename"`
	} `json:"entries"`
}

func hasManifest(in Input) bool {
	return slices.ContainsFunc(sortedKeys(in.Files), func(name string) bool {
		return path.Base(name) == sdaManifest && strings.Contains(string(in.Files[name]), `"entries"`)
	})
}

func readSDA(ctx context.Context, in Input, o Options) (Result, error) {
	var m sdaManifestFile
	folder := ""
	for _, name := range sortedKeys(in.Files) {
		if path.Base(name) != sdaManifest {
			continue
		}
		if err := decodeJSON(plainText(in.Files[name]), &m); err != nil {
			return Result{}, fmt.Errorf("%s: %w", clip(name), err)
		}
		folder = path.Dir(name)
		break
	}
	if err := full(len(m.Entries)); err != nil {
		return Result{}, err
	}
	s := sdaReader{in: in, folder: folder, manifest: m}
	if !m.Encrypted {
		err := s.read(ctx, nil)
		return Result{Title: "SteamDesktopAuthenticator, not encrypted", Protection: Plain, Entries: s.list.list}, err
	}
	err := unlock(ctx, o, "SteamDesktopAuthenticator's files", func(passphrase []byte) error {
		s.list = entryList{}
		return s.read(ctx, passphrase)
	})
	if err != nil {
		return Result{}, err
	}
	return Result{Title: "SteamDesktopAuthenticator, encrypted", Protection: Encrypted, Entries: s.list.list}, nil
}

type sdaReader struct {
	in       Input
	folder   string
	manifest sdaManifestFile
	list     entryList
}

// read opens every file that the manifest names. If the passphrase opens none of
// them it is wrong; if it opens some, the others are damaged.
func (s *sdaReader) read(ctx context.Context, passphrase []byte) error {
	wrong := 0
	for _, e := range s.manifest.Entries {
		data, ok := s.in.Files[path.Join(s.folder, e.File)]
		if !ok {
			s.list.fail(clip(e.File), fmt.Errorf("%w: the manifest names it, but the folder does not have it", ErrDamaged))
			continue
		}
		if s.manifest.Encrypted {
			var err error
			data, err = openMaFile(ctx, passphrase, e.Salt, e.IV, data)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				wrong++
				s.list.fail(clip(e.File), err)
				continue
			}
		}
		if err := checkJSON(data); err != nil {
			s.list.fail(clip(e.File), err)
			continue
		}
		s.list.addSteam(data)
	}
	if wrong > 0 && wrong == len(s.manifest.Entries) {
		return ErrWrongPassphrase
	}
	return nil
}

// sdaRounds is fixed in SDA.
const sdaRounds = 50_000

// openMaFile checks that JSON came out: the cipher has no checksum.
func openMaFile(ctx context.Context, passphrase []byte, salt64, iv64 string, body []byte) ([]byte, error) {
	salt, err := fromBase64("encryption_salt", salt64)
	if err != nil {
		return nil, err
	}
	iv, err := fromBase64("encryption_iv", iv64)
	if err != nil {
		return nil, err
	}
	sealed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(body)))
	if err != nil {
		return nil, fmt.Errorf("%w: it is not base64", ErrDamaged)
	}
	key, err := pbkdf2Key(ctx, sha1.New, passphrase, salt, pbkdf2Cost{sdaRounds, 1, sdaRounds}, 32)
	if err != nil {
		return nil, err
	}
	plain, err := openCBC(key, iv, sealed)
	if err != nil {
		return nil, err
	}
	if checkJSON(plain) != nil {
		return nil, ErrWrongPassphrase
	}
	return plain, nil
}
