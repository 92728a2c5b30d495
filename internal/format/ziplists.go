package format

import (
	"context"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/otpauth"
)

// Two apps put a list of links into a ZIP archive under the old ZipCrypto.

func winAuth() App {
	return App{
		ID: "winauth", Name: "WinAuth",
		HowTo: "right click > Export; a .txt, or a .zip with a passphrase",
		Detect: func(in Input) bool {
			text := in.look().text // only WinAuth gives its links an icon parameter of its own names
			head := strings.ToLower(string(text[:min(len(text), maxLineBytes)]))
			return in.isZip(isWinAuthMember) || strings.Contains(head, "otpauth://") &&
				(strings.Contains(head, "icon=winauth") || strings.Contains(head, "&serial=") || strings.Contains(head, "&deviceid="))
		},
		Read: readWinAuth,
	}
}

func isWinAuthMember(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "winauth") && strings.HasSuffix(name, ".txt")
}

func authenticatorPlus() App {
	return App{
		ID: "authenticator-plus", Name: "Authenticator Plus",
		HowTo:  "Settings > Backup & restore > Export as text and HTML (a .zip), or its encrypted database",
		Detect: func(in Input) bool { return in.isZip(memberCalled(authPlusMember)) || isSQLCipher(in.Data) },
		Read:   readAuthenticatorPlus,
	}
}

const authPlusMember = "Accounts.txt"

// isSQLCipher: an encrypted database is whole pages of noise and nothing else.
func isSQLCipher(data []byte) bool {
	if len(data) < 4096 || len(data)%1024 != 0 {
		return false
	}
	var seen [256]int
	for _, b := range data[:4096] {
		seen[b]++
	}
	for _, n := range seen {
		if n > 64 { // 16 expected of noise
			return false
		}
	}
	return andOTPIterations(data) > maxPBKDF2
}

func readAuthenticatorPlus(ctx context.Context, in Input, o Options) (Result, error) {
	if !in.prefix("PK") {
		return readAuthenticatorPlusDatabase(ctx, in, o)
	}
	return readZippedLinks(ctx, in, o, "Authenticator Plus", memberCalled(authPlusMember), keepPlus)
}

func readWinAuth(ctx context.Context, in Input, o Options) (Result, error) {
	if in.prefix("PK") {
		return readZippedLinks(ctx, in, o, "WinAuth", isWinAuthMember, plusIsBlank)
	}
	entries, err := readLinks(plainText(in.Data), plusIsBlank)
	return Result{Title: "WinAuth export, not encrypted", Protection: Plain, Entries: entries}, err
}

func readZippedLinks(ctx context.Context, in Input, o Options, app string, member func(string) bool, p plus) (Result, error) {
	a, err := openZip(in.Data)
	if err != nil {
		return Result{}, err
	}
	text, err := unzipMember(ctx, a, o, "the "+app+" archive", member)
	if err != nil {
		return Result{}, err
	}
	protection, how := zipProtection(a)
	entries, err := readLinks(text, p)
	return Result{Title: app + " archive, " + how, Protection: protection, Entries: entries}, err
}

// plus says what a + in the name of a link means.
type plus int

const (
	keepPlus    plus = iota // itself, as in john+github@example.org
	plusIsBlank             // a blank, as WinAuth writes it
)

// readLinks reads one link a line. A line that is none is an error: the file
// has nothing else, so it is one that was damaged.
func readLinks(text []byte, p plus) ([]Entry, error) {
	var l entryList
	err := eachLine(text, func(n int, line string) {
		if !strings.HasPrefix(line, "#") {
			if p == plusIsBlank {
				name, query, _ := strings.Cut(line, "?")
				name = strings.ReplaceAll(name, "#", "%23")
				line = strings.ReplaceAll(name, "+", "%20") + "?" + query
			}
			a, warnings, err := otpauth.Parse(line)
			label := ""
			if err != nil {
				label = fmt.Sprintf("line %d", n)
			}
			l.add(label, a, warnings, err)
		}
	})
	if err != nil {
		return nil, err
	}
	return l.list, nil
}
