package main

import (
	"encoding/base32"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// part is what one keyring is good for.
type part struct {
	name, about string
	measure     func(*bench) ([]row, error)
}

func parts() []part {
	return []part{
		{"start", "start of the program", (*bench).start},
		{"hundred", "100 accounts in the keyring", (*bench).hundred},
		{"file", "100 accounts in a file with a key file", (*bench).file},
		{"thousand", "1,000 accounts in the keyring", (*bench).thousand},
		{"many", "10,000 accounts in the keyring", (*bench).many},
		{"manyfile", "10,000 accounts in a file", (*bench).manyFile},
	}
}

func (b *bench) start() ([]row, error) {
	return b.compare([]string{b.jangle(), "--version"}, pair{
		"jangle --version", "a bare cobra program", 2.2, []string{filepath.Join(b.dir, "bare"), "--version"}})
}

func (b *bench) hundred() ([]row, error) {
	stop, err := b.startKeyring()
	if err != nil {
		return nil, err
	}
	defer stop()
	if _, err := b.importAccounts(100, "--store", "keyring"); err != nil {
		return nil, err
	}
	code := []string{b.jangle(), "code", "issuer42"}
	rows, err := b.compare(code, pair{
		"jangle code NAME, 100 accounts in gnome-keyring", "secret-tool lookup of one item", 0.55,
		[]string{"secret-tool", "lookup", "bench", "small"}})
	if err != nil {
		return nil, err
	}
	more, err := b.compare([]string{b.jangle(), "code", "--all"}, pair{"jangle code --all", "jangle code NAME", 1.3, code})
	return append(rows, more...), err
}

func (b *bench) file() ([]row, error) {
	if _, err := b.importAccounts(100, "--store", "file", "--no-passphrase"); err != nil {
		return nil, err
	}
	return b.compare([]string{b.jangle(), "code", "issuer42"}, pair{
		"jangle code NAME, 100 accounts in a file", "oathtool --totp -b", 5,
		[]string{"oathtool", "--totp", "-b", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}})
}

func (b *bench) thousand() ([]row, error) {
	stop, err := b.startKeyring()
	if err != nil {
		return nil, err
	}
	defer stop()
	took, err := b.importAccounts(1000, "--store", "keyring")
	if err != nil {
		return nil, err
	}
	// The time from the start of the live view to its first account on the
	// terminal, and that of one code on a terminal, in turns. 40 is less than
	// hyperfine's runs: each needs a terminal.
	var frames, codes []time.Duration
	for range 40 {
		f, err := b.untilShown("Issuer0")
		if err != nil {
			return nil, err
		}
		c, err := b.untilShown("\n", "code", "issuer42")
		if err != nil {
			return nil, err
		}
		frames, codes = append(frames, f), append(codes, c)
	}
	frame, code := median(frames), median(codes)
	return []row{
		{Command: "jangle import, 1,000 accounts, gnome-keyring", Median: took, Against: "1 s", Ratio: took.Seconds(), Bar: 1},
		{Command: "live view's first frame, 1,000 accounts", Median: frame, Against: "jangle code NAME", Ratio: frame.Seconds() / code.Seconds(), Bar: 3},
	}, nil
}

func (b *bench) many() ([]row, error) {
	stop, err := b.startKeyring()
	if err != nil {
		return nil, err
	}
	defer stop()
	took, err := b.importAccounts(10_000, "--store", "keyring")
	return []row{{Command: "jangle import, 10,000 accounts, gnome-keyring", Median: took, Against: "no error"}}, err
}

func (b *bench) manyFile() ([]row, error) {
	took, err := b.importAccounts(10_000, "--store", "file", "--no-passphrase")
	return []row{{Command: "jangle import, 10,000 accounts, file", Median: took, Against: "no error"}}, err
}

// importAccounts imports n new accounts, counts them again, and says how long
// the import took.
func (b *bench) importAccounts(n int, store ...string) (time.Duration, error) {
	var uris strings.Builder
	for i := range n {
		secret := make([]byte, 20)
		for j := range secret {
			secret[j] = byte(rand.Uint32()) // not a secret: it is never used
		}
		fmt.Fprintf(&uris, "otpauth://totp/Issuer%d:user%d%%40example.com?secret=%s&issuer=Issuer%d\n", i, i, base32.StdEncoding.EncodeToString(secret), i)
	}
	file := filepath.Join(b.home, "uris.txt")
	if err := os.WriteFile(file, []byte(uris.String()), 0o600); err != nil {
		return 0, err
	}
	begin := time.Now() //permit:time.Now
	if _, err := b.run(b.jangle(), append([]string{"import", file}, store...)...); err != nil {
		return 0, err
	}
	took := time.Since(begin)
	out, err := b.run(b.jangle(), "code", "--all", "--json")
	if got := strings.Count(out, `"code"`); err == nil && got != n {
		err = fmt.Errorf("%d accounts were imported and %d are there", n, got)
	}
	return took, err
}
