package format

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// totpCLI is yitsushi/totp-cli: its credentials file (JSON in an age file) and
// the YAML that it dumps.
func totpCLI() App {
	return App{
		ID: "totp-cli", Name: "totp-cli",
		HowTo: "totp-cli dump --yes-please --output FILE, or ~/.config/totp-cli/credentials itself",
		Detect: func(in Input) bool {
			p := in.look()
			return isAge(p.text) || isTOTPCLIYAML(p.text) || p.array("name", "accounts")
		},
		Read: readTOTPCLI,
	}
}

func isAge(text []byte) bool {
	return bytes.HasPrefix(text, []byte("-----BEGIN AGE ENCRYPTED FILE-----")) || bytes.HasPrefix(text, []byte("age-encryption.org/v1"))
}

func isTOTPCLIYAML(text []byte) bool {
	head := text[:min(len(text), 4<<10)]
	return bytes.HasPrefix(head, []byte("- name:")) && bytes.Contains(head, []byte("accounts:"))
}

type totpCLINamespace struct {
	Name     string           `json:"name"`
	Accounts []totpCLIAccount `json:"accounts"`
}

// totpCLIAccount: 0 and "" mean the usual value.
type totpCLIAccount struct {
	Name      string   `json:"name"`
	Token     string   `json:"token"`
	Prefix    string   `json:"prefix"` // printed before the code
	Algorithm string   `json:"algorithm"`
	Length    looseInt `json:"length"`
	Period    looseInt `json:"timePeriod"`
}

func readTOTPCLI(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "totp-cli dump, not encrypted", Protection: Plain}
	text := in.look().text
	if isAge(text) {
		plain, err := openAge(ctx, in.Data, o)
		if err != nil {
			return Result{}, err
		}
		inner := Input{Name: in.Name, Data: plain}
		if !totpCLI().Detect(inner) || isAge(inner.look().text) {
			return readInsideAge(ctx, inner, o)
		}
		text, r.Title, r.Protection = inner.look().text, "totp-cli credentials, encrypted", Encrypted
	}
	if len(text) == 0 || text[0] != '[' {
		var err error
		if text, err = dumpToJSON(text); err != nil {
			return Result{}, err
		}
	}
	var raws []strictjson.Value
	if err := decodeJSON(text, &raws); err != nil {
		return Result{}, err
	}
	var l entryList
	err := readList(&l, raws, l.addTOTPCLI)
	r.Entries = l.list
	if err == nil {
		err = full(len(l.list))
	}
	return r, err
}

func (l *entryList) addTOTPCLI(raw strictjson.Value, n totpCLINamespace) {
	for _, e := range n.Accounts {
		if len(l.list) > MaxEntries {
			return
		}
		a, err := parts{Kind: account.TOTP, Issuer: n.Name, Name: e.Name, Base32: e.Token, Algorithm: e.Algorithm,
			Digits: e.Length.zeroMeansAbsent(), Period: e.Period.zeroMeansAbsent()}.account()
		if e.Prefix != "" {
			keepExtra(&a, "totp-cli", map[string]strictjson.Value{"prefix": mustJSON(e.Prefix)})
		}
		l.add(entryName(n.Name, e.Name), a, nil, err)
	}
}

// openAge hands an age file to the program that can open it.
func openAge(ctx context.Context, data []byte, o Options) ([]byte, error) {
	if o.Decrypt == nil {
		return nil, fmt.Errorf("%w: it is an age file; decrypt it with: age --decrypt FILE | jangle import -", ErrUnsupported)
	}
	plain, err := o.Decrypt(ctx, data)
	if err != nil {
		return nil, fmt.Errorf("the age file cannot be decrypted: %w", err)
	}
	return plain, nil
}

// readInsideAge reads any other export that a person encrypted with age.
func readInsideAge(ctx context.Context, inner Input, o Options) (Result, error) {
	if isAge(inner.look().text) {
		return Result{}, fmt.Errorf("%w: an age file inside an age file", ErrUnsupported)
	}
	r, _, err := Read(ctx, inner, "", o)
	if err != nil {
		return Result{}, err
	}
	r.Title, r.Protection = r.Title+", in an age file", Encrypted
	return r, nil
}
