package format

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// unlock asks for the passphrase of what until try opens it. A wrong one is
// asked for again, up to three times and only while the answers differ: a
// passphrase from a file does not get better by being tried again.
func unlock(ctx context.Context, o Options, what string, try func(passphrase []byte) error) error {
	if o.Passphrase == nil {
		return fmt.Errorf("%s is encrypted: %w", what, ErrPassphraseNeeded)
	}
	var last []byte
	err := error(nil)
	for n := range maxPasswordTries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		passphrase, askErr := o.Passphrase(what)
		if askErr != nil {
			return errors.Join(err, askErr)
		}
		if n > 0 && bytes.Equal(passphrase, last) {
			return err
		}
		if err = try(passphrase); !errors.Is(err, ErrWrongPassphrase) {
			return err
		}
		last = bytes.Clone(passphrase)
	}
	return err
}

// unlocked is unlock for what opens to bytes.
func unlocked(ctx context.Context, o Options, what string, open func(passphrase []byte) ([]byte, error)) (plain []byte, err error) {
	err = unlock(ctx, o, what, func(passphrase []byte) error {
		plain, err = open(passphrase)
		return err
	})
	return plain, err
}
