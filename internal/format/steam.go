package format

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// steamGuard reads what the Steam app and SteamDesktopAuthenticator (SDA) store.
// The revocation code and the identity secret are kept: without them the
// authenticator cannot be removed, nor a trade confirmed.
func steamGuard() App {
	return App{
		ID: "steam", Name: "Steam Guard",
		HowTo: "SteamDesktopAuthenticator: the *.maFile (if it is encrypted, import its whole folder); from a rooted phone: files/Steamguard-*",
		Detect: func(in Input) bool {
			p := in.look()
			if p.object("shared_secret") || sdaManifest(in) != "" {
				return true
			}
			var accounts map[string]map[string]strictjson.Value
			if p.object("accounts") && p.kind("accounts") == '{' && strictjson.Decode(p.members["accounts"], &accounts) == nil {
				for _, members := range accounts {
					if hasMember(members, "shared_secret") {
						return true
					}
				}
			}
			return false
		},
		Read: readSteam,
	}
}

// sdaManifest is the name of the file in which SDA says how it encrypted each
// maFile, or "".
func sdaManifest(in Input) string {
	for _, name := range sortedKeys(in.Files) {
		if path.Base(name) == "manifest.json" && strings.Contains(string(in.Files[name]), `"entries"`) {
			return name
		}
	}
	return ""
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func readSteam(ctx context.Context, in Input, o Options) (Result, error) {
	if manifest := sdaManifest(in); manifest != "" {
		return readSDA(ctx, in, manifest, o)
	}
	r := Result{Title: "Steam Guard file, not encrypted", Protection: Plain}
	data := plainText(in.Data)
	var file struct {
		Accounts map[string]strictjson.Value `json:"accounts"`
	}
	if err := decodeJSON(data, &file); err != nil {
		return r, err
	}
	if file.Accounts == nil {
		return readEach(r, []strictjson.Value{data}, readSteamAccount)
	}
	return readEach(r, sortedKeys(file.Accounts), func(id string) (string, account.Account, []string, error) {
		return readSteamAccount(file.Accounts[id])
	})
}

func readSteamAccount(raw strictjson.Value) (label string, a account.Account, warnings []string, err error) {
	var e struct {
		SharedSecret string `json:"shared_secret"` // base64
		AccountName  string `json:"account_name"`
	}
	if err := decodeChecked(raw, &e); err != nil {
		return labelIn(raw), a, nil, err
	}
	secret, err := fromBase64("shared_secret", e.SharedSecret)
	if err != nil {
		return clip(e.AccountName), a, nil, fieldError("secret", "shared_secret is not base64")
	}
	a, err = parts{Kind: account.Steam, Issuer: "Steam", Name: e.AccountName, Raw: secret}.account()
	rest := unknownMembers(raw, e)
	delete(rest, "Session") // log-in tokens: they open the account and age in days
	delete(rest, "uri")     // the secret once more
	keepExtra(&a, "steam", rest)
	return entryName("Steam", e.AccountName), a, nil, err
}

const sdaRounds = 50_000 // fixed in SDA

type sdaEntry struct {
	IV   string `json:"encryption_iv"`
	Salt string `json:"encryption_salt"`
	File string `json:"filename"`
}

// readSDA opens every file that the manifest names. If the passphrase opens none of
// them it is wrong; if it opens some, the others are damaged.
func readSDA(ctx context.Context, in Input, manifest string, o Options) (r Result, err error) {
	var m struct {
		Encrypted bool       `json:"encrypted"`
		Entries   []sdaEntry `json:"entries"`
	}
	if err := decodeJSON(plainText(in.Files[manifest]), &m); err != nil {
		return r, fmt.Errorf("%s: %w", clip(manifest), err)
	}
	read := func(passphrase []byte) error {
		wrong := 0
		r, err = readEach(r, m.Entries, func(e sdaEntry) (string, account.Account, []string, error) {
			data, ok := in.Files[path.Join(path.Dir(manifest), e.File)]
			var err error
			switch {
			case !ok:
				err = fmt.Errorf("%w: the manifest names it, but the folder does not have it", ErrDamaged)
			case m.Encrypted && ctx.Err() == nil:
				if data, err = openMaFile(ctx, passphrase, e, data); err != nil {
					wrong++
				}
			}
			if err == nil {
				err = checkJSON(data)
			}
			if err != nil {
				return clip(e.File), account.Account{}, nil, err
			}
			return readSteamAccount(data)
		})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case wrong > 0 && wrong == len(m.Entries):
			return ErrWrongPassphrase
		}
		return err
	}
	if !m.Encrypted {
		r.Title, r.Protection = "SteamDesktopAuthenticator, not encrypted", Plain
		err = read(nil)
		return r, err
	}
	r.Title, r.Protection = "SteamDesktopAuthenticator, encrypted", Encrypted
	err = unlock(ctx, o, "SteamDesktopAuthenticator's files", read)
	return r, err
}

// openMaFile checks that JSON came out: the cipher has no checksum.
func openMaFile(ctx context.Context, passphrase []byte, e sdaEntry, body []byte) ([]byte, error) {
	raw, err := fromBase64s([2]string{"encryption_salt", e.Salt}, [2]string{"encryption_iv", e.IV})
	if err != nil {
		return nil, err
	}
	sealed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(body)))
	if err != nil {
		return nil, fmt.Errorf("%w: it is not base64", ErrDamaged)
	}
	key, err := pbkdf2Key(ctx, sha1.New, passphrase, raw[0], pbkdf2Cost{sdaRounds, 1, sdaRounds}, 32)
	if err != nil {
		return nil, err
	}
	plain, err := openCBC(key, raw[1], sealed)
	if err == nil && checkJSON(plain) != nil {
		return nil, ErrWrongPassphrase
	}
	return plain, err
}
