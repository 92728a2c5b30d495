package format

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// openPGP is not an app: andOTP, Proton Pass and people themselves encrypt their
// files with it. What comes out is detected again.
func openPGP() App {
	return App{
		ID: "openpgp", Name: "OpenPGP message",
		HowTo:  "any export that was encrypted with gpg",
		Detect: func(in Input) bool { return in.isOpenPGP() },
		Read:   readOpenPGP,
	}
}

const openPGPArmor = "-----BEGIN PGP MESSAGE-----"

// isOpenPGP knows the armour, and in binary the packets that a message begins
// with: one session key for a public key (1) or a passphrase (3), with a length
// and version that fit (RFC 9580 sections 4.2, 5.1 and 5.3).
func (in Input) isOpenPGP() bool {
	if bytes.HasPrefix(in.look().text, []byte(openPGPArmor)) {
		return true
	}
	d := in.Data
	if len(d) < 16 || d[0]&0x80 == 0 {
		return false
	}
	tag, header := d[0]&0x3f, 2
	if d[0]&0x40 == 0 { // the old form: two bits of it say how long the length is
		tag, header = d[0]>>2&0x0f, 2+int(d[0]&3)
		if d[0]&3 == 3 {
			return false
		}
	} else if d[1] >= 192 {
		header = 3
	}
	version := d[header]
	return tag == 1 && (version == 3 || version == 6) || tag == 3 && (version == 4 || version == 6)
}

func readOpenPGP(ctx context.Context, in Input, o Options) (Result, error) {
	if o.Decrypt == nil {
		return Result{}, fmt.Errorf("%w: it is an OpenPGP message and gpg is not at hand; decrypt it with: gpg --decrypt FILE | jangle import -", ErrUnsupported)
	}
	plain, err := o.Decrypt(ctx, in.Data)
	switch {
	case errors.Is(err, ErrLimit):
		return Result{}, err
	case err != nil:
		return Result{}, fmt.Errorf("gpg could not decrypt it: %w", err)
	}
	inner := Input{Name: in.Name, Data: plain}
	if inner.isOpenPGP() {
		return Result{}, fmt.Errorf("%w: an OpenPGP message inside an OpenPGP message", ErrUnsupported)
	}
	r, _, err := Read(ctx, inner, "", o)
	if err != nil {
		return Result{}, err
	}
	r.Title, r.Protection = r.Title+", in an OpenPGP message", Encrypted
	return r, nil
}
