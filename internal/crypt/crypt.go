// Package crypt reads and writes age files (https://age-encryption.org/v1): with
// a passphrase, or for recipients whose identities open them again. Vault files,
// backups and encrypted exports all go through it, so that stock age opens
// everything we write.
//
// What it adds to the library: limits that are checked before any work is done
// (a header of 64 KiB, 64 recipients, a bounded cost of the passphrase, 64 MiB of
// content), nothing handed out before the file was read and authenticated to its
// end, errors that tell a wrong passphrase from a damaged file, and a deadline.
//
// One property of age to keep in mind: a file for a public recipient proves
// nothing about who wrote it, because everybody who knows the recipient can make
// one. A file for a passphrase, or for a recipient that was never shown to
// anybody, can only come from somebody who knows the secret.
package crypt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// The limits of what is read (security.md 3.7).
const (
	MaxPlaintext = 64 << 20 // bytes of content
	// MaxFile is the largest file worth reading from disk: the content with
	// the overhead of encryption and armor.
	MaxFile    = 96 << 20
	maxHeader  = 64 << 10
	maxStanzas = 64
)

// Work factors are the logarithm of scrypt's cost: 18 takes a second and 256
// MiB, each step more doubles both.
const (
	DefaultWorkFactor = 18 // what we write
	MaxWorkFactor     = 20 // what is read from a file without being asked to
	SlowWorkFactor    = 22 // what is read when the user insists; 4 GiB
)

// Form is how an age file is written down.
type Form int

// Binary is the compact form; Armor is text that survives mail and paste.
const (
	Binary Form = iota
	Armor
)

// PassphraseOptions say how to encrypt with a passphrase.
type PassphraseOptions struct {
	Form       Form
	WorkFactor int // 0 means DefaultWorkFactor; less is for tests
}

// EncryptPassphrase encrypts for everybody who knows the passphrase, which is
// put into NFC first. It takes about a second at the
// default work factor; the context ends the wait.
func EncryptPassphrase(ctx context.Context, plaintext, passphrase []byte, o PassphraseOptions) ([]byte, error) {
	p, err := usable(passphrase)
	if err != nil {
		return nil, err
	}
	if err := typable(p); err != nil {
		return nil, err
	}
	r, err := age.NewScryptRecipient(string(p))
	if err != nil {
		return nil, err
	}
	factor := DefaultWorkFactor
	if o.WorkFactor != 0 {
		factor = o.WorkFactor
	}
	if factor < 1 || factor > SlowWorkFactor {
		return nil, &CostError{Factor: fmt.Sprint(factor), Limit: SlowWorkFactor}
	}
	r.SetWorkFactor(factor)
	return within(ctx, func() ([]byte, error) { return encrypt(plaintext, o.Form, r) })
}

// EncryptTo encrypts for all the recipients. Plugins that they need are run
// and may ask; the context ends the wait for them.
func EncryptTo(ctx context.Context, plaintext []byte, recipients []Recipient, f Form) ([]byte, error) {
	if len(recipients) == 0 {
		return nil, errors.New("there is no recipient to encrypt for")
	}
	inner := make([]age.Recipient, len(recipients))
	for i, r := range recipients {
		inner[i] = r.inner
	}
	return within(ctx, func() ([]byte, error) { return encrypt(plaintext, f, inner...) })
}

func encrypt(plaintext []byte, f Form, recipients ...age.Recipient) ([]byte, error) {
	if len(plaintext) > MaxPlaintext {
		return nil, &LimitError{What: "content", Limit: MaxPlaintext}
	}
	var buf bytes.Buffer
	var dst io.Writer = &buf
	closers := []io.Closer{}
	if f == Armor {
		a := armor.NewWriter(&buf)
		dst, closers = a, append(closers, a)
	}
	w, err := age.Encrypt(dst, recipients...)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plaintext); err != nil {
		return nil, err
	}
	for _, c := range append([]io.Closer{w}, closers...) {
		if err := c.Close(); err != nil {
			return nil, err
		}
	}
	return buf.Bytes(), nil
}

// within runs f in a goroutine, because neither scrypt nor a plugin can be
// interrupted: after the context's end the work runs out unheard.
func within(ctx context.Context, f func() ([]byte, error)) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := f()
		done <- result{data, err}
	}()
	select {
	case r := <-done:
		return r.data, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
