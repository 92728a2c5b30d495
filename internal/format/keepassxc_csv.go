package format

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
)

// keePassXCCSV is KeePassXC's table: read as any other, and written, since
// KeePassXC imports it with its codes.
func keePassXCCSV() App {
	can := ability{id: "keepassxc-csv", types: []account.Type{account.TOTP, account.Steam}, algorithms: usualAlgorithms(),
		digits: [2]int{1, 10}, keeps: hasNote | hasOneGroup | hasCreated | hasUpdated, habits: splitsAtColon}
	return App{
		ID: "keepassxc-csv", Name: "KeePassXC (CSV)", Extension: "csv",
		HowTo: "Database > Export > CSV; to import: Database > Import > CSV",
		Detect: func(in Input) bool {
			names := in.look().tableHeader()
			return len(names) >= 7 && slices.Equal(names[:7], lowerNames(keePassXCColumns()[:7]))
		},
		Read: func(ctx context.Context, in Input, o Options) (Result, error) {
			r, err := readGenericCSV(ctx, in, o)
			r.Title = "KeePassXC table, not encrypted"
			return r, err
		},
		Write: writeKeePassXCCSV, CanHold: can.canHold, Loses: can.loses,
	}
}

func keePassXCColumns() []string {
	return []string{"Group", "Title", "Username", "Password", "URL", "Notes", "TOTP", "Icon", "Last Modified", "Created"}
}

func writeKeePassXCCSV(_ context.Context, accounts []account.Account, _ Options) ([]byte, error) {
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	rows := [][]string{keePassXCColumns()}
	app := keePassXCCSV()
	for _, a := range accounts {
		if err := app.CanHold(a); err != nil {
			return nil, fmt.Errorf("%q cannot be written: %w", clip(a.Label()), err)
		}
		rows = append(rows, keePassXCRow(a))
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("cannot write CSV: %w", err)
	}
	return buf.Bytes(), nil
}

func keePassXCRow(a account.Account) []string {
	group := "Root"
	if len(a.Groups) > 0 {
		group += "/" + strings.Trim(a.Groups[0], "/")
	}
	stamp := func(ms int64) string {
		if ms == 0 {
			return ""
		}
		return time.UnixMilli(ms).UTC().Format(time.RFC3339Nano) // no fraction if there is none
	}
	row := []string{group, a.Issuer, a.Name, "", "", a.Note, otpauth.FormatFor(a, otpauth.StyleKeePassXC), "0", stamp(a.Updated), stamp(a.Created)}
	for i := range row {
		row[i] = guardCSV(row[i])
	}
	return row
}
