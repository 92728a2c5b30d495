package format

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
)

func googleAuthenticator() App {
	can := abilities("google-authenticator")
	return App{
		ID: "google-authenticator", Name: "Google Authenticator", Extension: "txt",
		HowTo: "menu > Transfer accounts > Export accounts, then a picture of each QR code",
		Detect: func(in Input) bool {
			p := in.look()
			return p.mayHoldLinks() && bytes.Contains(bytes.ToLower(p.text), []byte("otpauth-migration:"))
		},
		Read: readURIs, Write: writeGoogle, Loses: can.loses,
		CanHold: func(a account.Account) error {
			if err := can.canHold(a); err != nil {
				return err
			}
			return otpauth.CanMigrate(a)
		},
	}
}

// addMigrations appends the accounts of all exports, each in its order, and says
// which parts are missing.
func (r *Result) addMigrations(l *entryList, parts []otpauth.Migration) {
	for _, batch := range otpauth.Batches(parts) {
		for _, part := range batch.Parts {
			for _, e := range part.Accounts {
				l.add(entryName(e.Account.Issuer, e.Account.Name), e.Account, e.Warnings, e.Err)
			}
		}
		for _, n := range batch.Missing {
			r.Incomplete = true
			if len(r.Notes) < maxNotes {
				r.Notes = append(r.Notes, fmt.Sprintf("part %d of %d is missing", n, batch.Size))
			}
		}
	}
}

// GoogleBatches divides accounts into the texts of migration QR codes with at
// most perPage accounts each (1 to 10, as many as fit the screen), all of one
// export. Every account must have passed CanHold. The randomness is for the
// number that the codes of one export share.
func GoogleBatches(accounts []account.Account, perPage int, o Options) ([]string, error) {
	if perPage < 1 || perPage > otpauth.MaxMigrationAccounts {
		return nil, fmt.Errorf("%d accounts in one QR code are not between 1 and %d", perPage, otpauth.MaxMigrationAccounts)
	}
	random, err := o.randomBytes(4)
	if err != nil {
		return nil, err
	}
	id := int32(binary.BigEndian.Uint32(random) >> 1)
	pages := (len(accounts) + perPage - 1) / perPage
	texts := make([]string, pages)
	for i := range texts {
		page := accounts[i*perPage : min((i+1)*perPage, len(accounts))]
		if texts[i], err = otpauth.FormatMigration(page, max(id, 1), i, pages); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

func writeGoogle(_ context.Context, accounts []account.Account, o Options) ([]byte, error) {
	texts, err := GoogleBatches(accounts, otpauth.MaxMigrationAccounts, o)
	if err != nil {
		return nil, err
	}
	return []byte(strings.Join(append(texts, ""), "\n")), nil
}
