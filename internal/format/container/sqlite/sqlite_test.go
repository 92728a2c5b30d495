package sqlite

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/format/container/sqlite/sqlitetest"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

func testLimits() Limits { return Limits{Rows: 500, Payload: 64 << 10} }

// fixture has a tree of two levels, a row on three overflow pages, and a column
// that is another name for the row number.
func fixture() []byte {
	people := sqlitetest.Table{Name: "People", SQL: `CREATE TABLE "People" (id INTEGER PRIMARY KEY, [full name] TEXT NOT NULL DEFAULT (''), age, icon BLOB, CONSTRAINT x CHECK (id > 0))`}
	for i := range 100 {
		people.Rows = append(people.Rows, []any{nil, fmt.Sprintf("name %d", i), int64(-i), []byte{byte(i)}})
	}
	people.Rows = append(people.Rows, []any{nil, strings.Repeat("long ", 300), 2.5, nil})
	empty := sqlitetest.Table{Name: "empty", SQL: "CREATE TABLE empty (a)"}
	return sqlitetest.Build(people, empty)
}

func TestRows(t *testing.T) {
	db, err := Open(fixture(), testLimits())
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"people", "empty"}; !reflect.DeepEqual(db.Tables(), want) {
		t.Errorf("tables %q", db.Tables())
	}
	if !db.HasColumns("PEOPLE", "id", "Full Name", "age", "icon") || db.HasColumns("people", "constraint") || db.HasColumns("nobody") {
		t.Error("columns are not found by their names")
	}
	rows, err := db.Rows("people")
	if err != nil || len(rows) != 101 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if r := rows[99]; r["id"] != int64(100) || r.Text("full name") != "name 99" || r["age"] != int64(-99) || !bytes.Equal(r["icon"].([]byte), []byte{99}) {
		t.Errorf("row 100: %v", r)
	}
	if r := rows[100]; r.Text("full name") != strings.Repeat("long ", 300) || r["age"] != 2.5 || r["icon"] != nil {
		t.Errorf("row 101: %.60v", r)
	}
	if rows, err := db.Rows("empty"); err != nil || len(rows) != 0 {
		t.Errorf("the empty table: %v, %v", rows, err)
	}
}

// sqlite3 reads what sqlitetest makes, and we read what sqlite3 makes.
func TestAgainstTheRealSQLite(t *testing.T) {
	cli := tooltest.Path(t, "sqlite3")
	dir := t.TempDir()
	ours := filepath.Join(dir, "ours")
	if err := os.WriteFile(ours, fixture(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(cli, ours, "PRAGMA integrity_check", `SELECT count(*), sum(length("full name")), max(id) FROM People`).CombinedOutput()
	if err != nil || string(out) != "ok\n101|2190|101\n" {
		t.Errorf("sqlite3 says %s, %v", out, err)
	}
	for name, setup := range map[string]string{
		"usual":  "PRAGMA page_size=1024; PRAGMA encoding='UTF-8';",
		"UTF-16": "PRAGMA page_size=65536; PRAGMA encoding='UTF-16le';",
		"big":    "PRAGMA page_size=512; PRAGMA encoding='UTF-16be';",
	} {
		path := filepath.Join(dir, name)
		script := setup + `CREATE TABLE t (a TEXT, b INT); ALTER TABLE t ADD COLUMN late TEXT;
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 400)
			INSERT INTO t (a, b) SELECT 'é' || i || hex(zeroblob(i)), i * 3000000000 FROM n; DELETE FROM t WHERE b = 3000000000;
			CREATE TABLE w (k TEXT PRIMARY KEY) WITHOUT ROWID;`
		if out, err := exec.Command(cli, path, script).CombinedOutput(); err != nil {
			t.Fatalf("%s: %s", err, out)
		}
		checkReal(t, name, path)
	}
}

func checkReal(t *testing.T, name, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(data, testLimits())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	rows, err := db.Rows("t")
	if err != nil || len(rows) != 399 {
		t.Fatalf("%s: %d rows, %v", name, len(rows), err)
	}
	last := rows[398]
	if last.Text("a") != "é400"+strings.Repeat("00", 400) || last["b"] != int64(1200000000000) || last["late"] != nil {
		t.Errorf("%s: the last row is %.60v", name, last)
	}
	if _, err := db.Rows("w"); !errors.Is(err, ErrUnsupported) {
		t.Errorf("%s: a table without row numbers: %v", name, err)
	}
}

func TestDamaged(t *testing.T) {
	good := fixture()
	change := func(at int, b ...byte) []byte { c := bytes.Clone(good); copy(c[at:], b); return c }
	for name, data := range map[string][]byte{
		"empty":         nil,
		"no magic":      change(0, 'X'),
		"page size":     change(16, 3, 3),
		"page size 256": change(16, 1, 0),
		"reserved":      change(20, 200),
		"encoding":      change(56, 0, 0, 0, 9),
		"page kind":     change(100, 0x0a),
		"cell count":    change(103, 0xff, 0xff),
		"cut off":       good[:len(good)-5*512],
	} {
		if err := readAll(data); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func readAll(data []byte) error {
	db, err := Open(data, testLimits())
	if err != nil {
		return err
	}
	for _, name := range db.Tables() {
		if _, err := db.Rows(name); err != nil {
			return err
		}
	}
	return nil
}

// A page that has itself as a child must not be walked for ever.
func TestCycle(t *testing.T) {
	data := fixture()
	for p := 512; p < len(data); p += 512 {
		if data[p] == interiorTable {
			binary.BigEndian.PutUint32(data[p+8:], uint32(p/512+1))
		}
	}
	if err := readAll(data); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

// Nor may two parents share a child: twenty levels of that are 2^20 walks.
func TestSharedPage(t *testing.T) {
	data := fixture()
	for p := 512; p < len(data); p += 512 {
		if data[p] == interiorTable {
			first := p + int(binary.BigEndian.Uint16(data[p+12:]))
			copy(data[p+8:p+12], data[first:first+4])
		}
	}
	if err := readAll(data); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

// Many cells may point to the same bytes.
func TestRowsThatShareTheirBytes(t *testing.T) {
	tab := sqlitetest.Table{Name: "t", SQL: "CREATE TABLE t (a)"}
	for range 60 {
		tab.Rows = append(tab.Rows, []any{"x"})
	}
	tab.Rows = append(tab.Rows, []any{strings.Repeat("y", 400)})
	data := sqlitetest.Build(tab)
	last := data[len(data)-1024 : len(data)-512] // the leaf with the long row
	n := int(binary.BigEndian.Uint16(last[3:]))
	long := binary.BigEndian.Uint16(last[8+2*(n-1):])
	binary.BigEndian.PutUint16(last[3:], 30)
	for i := range 30 {
		binary.BigEndian.PutUint16(last[8+2*i:], long)
	}
	if err := readAll(data); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

func TestLimits(t *testing.T) {
	table := func(rows, size int) []byte {
		tab := sqlitetest.Table{Name: "t", SQL: "CREATE TABLE t (a)"}
		for range rows {
			tab.Rows = append(tab.Rows, []any{strings.Repeat("x", size)})
		}
		return sqlitetest.Build(tab)
	}
	const head = 3 // of a record with one long text
	for name, c := range map[string]struct {
		rows, size int
		want       error
	}{
		"rows L-1":    {9, 1, nil},
		"rows L":      {10, 1, nil},
		"rows L+1":    {11, 1, ErrLimit},
		"payload L-1": {1, 999 - head, nil},
		"payload L":   {1, 1000 - head, nil},
		"payload L+1": {1, 1001 - head, ErrLimit},
	} {
		db, err := Open(table(c.rows, c.size), Limits{Rows: 10, Payload: 1000})
		if err == nil {
			_, err = db.Rows("t")
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// FuzzOpen: no panic, no endless walk, and never more rows than allowed.
func FuzzOpen(f *testing.F) {
	f.Add(fixture())
	f.Add(sqlitetest.Build(sqlitetest.Table{Name: "a", SQL: "CREATE TABLE a (b INTEGER PRIMARY KEY)", Rows: [][]any{{nil}}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		db, err := Open(data, testLimits())
		if err != nil {
			return
		}
		for _, name := range db.Tables() {
			if rows, err := db.Rows(name); err == nil && len(rows) > testLimits().Rows {
				t.Fatalf("%d rows", len(rows))
			}
		}
	})
}
