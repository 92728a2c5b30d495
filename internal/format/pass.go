package format

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
)

// passStore is the folder of pass (with pass-otp) or gopass: one encrypted file
// for each account, whose first line is a password that is none of our business.
func passStore() App {
	return App{
		ID: "pass", Name: "pass or gopass store",
		HowTo:  "the folder itself, or a part of it: jangle import ~/.password-store",
		Detect: func(in Input) bool { return len(in.Data) == 0 && isPassStore(in) },
		Read:   readPassStore,
	}
}

// isPassStore: a store holds encrypted files and nothing else that is not
// hidden. A folder of pictures with a backup among them is none; .gpg-id and the
// like decide at once.
func isPassStore(in Input) bool {
	visible := 0
	for name := range in.Files {
		switch base := path.Base(name); {
		case base == ".gpg-id" || base == ".age-recipients":
			return len(passFiles(in)) > 0
		case !strings.HasPrefix(name, ".") && !strings.Contains(name, "/."):
			visible++
		}
	}
	return visible > 0 && len(passFiles(in)) == visible
}

// passFiles lists the encrypted files, not those of version control.
func passFiles(in Input) []string {
	var names []string
	for _, name := range sortedKeys(in.Files) {
		hidden := strings.HasPrefix(name, ".") || strings.Contains(name, "/.")
		if !hidden && (strings.HasSuffix(name, ".gpg") || strings.HasSuffix(name, ".age")) {
			names = append(names, name)
		}
	}
	return names
}

func readPassStore(ctx context.Context, in Input, o Options) (Result, error) {
	if o.Decrypt == nil {
		return Result{}, fmt.Errorf("%w: its files are encrypted with gpg, which is not at hand", ErrUnsupported)
	}
	var l entryList
	names, without, failed := passFiles(in), 0, 0
	for _, name := range names {
		plain, err := o.Decrypt(ctx, in.Files[name])
		if ctx.Err() != nil {
			return Result{}, ctx.Err()
		}
		if err != nil {
			failed++
			l.fail(clip(name), fmt.Errorf("it cannot be decrypted: %w", err))
			continue
		}
		if l.addPass(name, plain) == 0 {
			without++
		}
		if err := full(len(l.list)); err != nil {
			return Result{}, err
		}
	}
	if failed == len(names) && failed > 0 {
		return Result{}, l.list[0].Err
	}
	r := Result{Title: "pass store, encrypted", Protection: Encrypted, Entries: l.list}
	if without > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d files without a one-time code", without))
	}
	return r, nil
}

// addPass adds every code of one file and returns how many there were: a link, alone or
// as the value of any key, gopass's lines "totp: SECRET", "hotp: SECRET" and "otpauth:
// //totp/…" (its own "key: value" cut the link in two), and the first line of totp-cli's
// 2fa/SITE/code.
func (l *entryList) addPass(name string, plain []byte) int {
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gpg"), ".age")
	if err := checkText(plain); err != nil {
		return 0 // a picture or a key
	}
	found := 0
	where, digits := name, looseInt{}
	if site, ok := strings.CutSuffix(name, "/code"); ok && path.Base(path.Dir("/"+site)) == "2fa" {
		where = strings.TrimSuffix(path.Dir("/"+site), "2fa") + path.Base(site) + "/"
		if secret, rest, _ := strings.Cut(strings.TrimSpace(string(plain)), "\n"); !otpauth.IsURI(secret) {
			plain = []byte("totp: " + secret)
			_, text, _ := strings.Cut(rest, ":") // the only line that may follow: "Digits: 8"
			digits.text = strings.TrimSpace(text)
		}
	}
	for line := range strings.Lines(string(plain)) {
		line = strings.TrimSpace(line)
		key, rest, _ := strings.Cut(line, ":")
		key, rest = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(rest)
		var a account.Account
		var warnings []string
		var err error
		switch {
		case rest == "" || len(l.list) > MaxEntries: // then the caller refuses
			continue
		case key == "otpauth" && strings.HasPrefix(rest, "//"):
			a, warnings, err = otpauth.Parse("otpauth:" + rest)
		case otpauth.IsURI(rest):
			a, warnings, err = otpauth.Parse(rest)
		case key != "totp" && key != "otp" && key != "hotp":
			continue
		case key == "hotp":
			err = errors.New("counter: a bare hotp secret does not say where it stands; put the whole otpauth:// link into the file")
		default:
			a, err = parts{Kind: account.TOTP, Base32: rest, Digits: digits}.account()
		}
		found++
		if err == nil { // what the code lacks is in the path: "web/github.com/ann" is ann at github.com in group web
			dir, file := path.Split(where)
			group, site := path.Split(strings.Trim(dir, "/"))
			if site == "" {
				site, file = file, ""
			}
			fillNames(&a, site, file)
			if group = strings.Trim(group, "/"); group != "" {
				a.Groups = []string{group}
			}
		}
		l.add(clip(name), a, warnings, err)
	}
	return found
}
