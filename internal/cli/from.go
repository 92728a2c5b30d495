package cli

import (
	"context"
	"errors"

	"github.com/spf13/pflag"

	"github.com/jangle-otp/jangle/internal/account"
)

// fromOptions name a backup that codes are to come from instead of the vault.
type fromOptions struct {
	file string
}

func addFromFlags(f *pflag.FlagSet, o *fromOptions) {
	_ = f
	_ = o
}

func (app *App) accountsFromBackup(context.Context, fromOptions) ([]account.Account, error) {
	return nil, errors.New("not yet")
}
