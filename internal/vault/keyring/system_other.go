//go:build !(linux || freebsd || netbsd || openbsd || dragonfly || darwin || windows)

package keyring

import (
	"context"
	"fmt"
	"runtime"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

const (
	systemLimit = 0
	systemName  = "no keyring"
)

var errNone = fmt.Errorf("%w: jangle knows no keyring on %s", store.ErrUnreachable, runtime.GOOS)

func newRing(Options, *guard) ring { return none{} }

// none is the ring of a system without a keyring.
type none struct{}

func (none) read(context.Context, ...string) (map[string][]string, error)   { return nil, errNone }
func (none) write(context.Context, string, string, func(string) bool) error { return errNone }
func (none) remove(context.Context, string) error                           { return errNone }

// Available returns store.ErrUnreachable.
func Available(context.Context) error { return errNone }

// Provider returns store.ErrUnreachable.
func Provider(context.Context) (string, error) { return "", errNone }
