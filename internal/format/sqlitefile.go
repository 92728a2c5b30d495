package format

import (
	"errors"

	"github.com/jangle-otp/jangle/internal/format/container/sqlite"
)

// isSQLite reports whether the file is an SQLite database with a table that has
// all these columns.
func (in Input) isSQLite(table string, columns ...string) bool {
	if !in.prefix(sqlite.Magic) {
		return false
	}
	db, err := openSQLite(in.Data)
	return err == nil && db.HasColumns(table, columns...)
}

// maxRowBytes bounds one row: a picture of the largest size, and the rest.
const maxRowBytes = 2 << 20

func openSQLite(data []byte) (*sqlite.DB, error) {
	db, err := sqlite.Open(data, sqlite.Limits{Rows: MaxEntries, Payload: maxRowBytes})
	return db, sqliteError(err)
}

func sqliteRows(db *sqlite.DB, table string) ([]sqlite.Row, error) {
	rows, err := db.Rows(table)
	return rows, sqliteError(err)
}

func sqliteError(err error) error {
	switch {
	case errors.Is(err, sqlite.ErrLimit):
		return &meaning{err, ErrLimit}
	case errors.Is(err, sqlite.ErrUnsupported):
		return &meaning{err, ErrUnsupported}
	case errors.Is(err, sqlite.ErrDamaged):
		return &meaning{err, ErrDamaged}
	}
	return err
}

// walNotes warns of changes that are in a second file. "sqlite3 FILE .dump" on a
// copy of both joins them.
func walNotes(db *sqlite.DB) []string {
	if !db.InWAL() {
		return nil
	}
	return []string{"newer changes may be in the file of the same name with -wal at its end; copy both and run: sqlite3 FILE 'PRAGMA journal_mode=DELETE'"}
}

// column turns a number in a row into what parts takes.
func column(r sqlite.Row, name string) looseInt {
	if n, ok := r.Int(name); ok {
		return looseNumber(n)
	}
	return looseInt{r.Text(name)}
}
