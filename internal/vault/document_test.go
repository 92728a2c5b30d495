package vault

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

func TestAbsentStoreIsAnEmptyDocument(t *testing.T) {
	v, _ := filled(t)
	d, err := New(v.Store()).Load(t.Context())
	if err != nil || d.Len() != 0 || d.Revision() != 1 || d.ID() == "" {
		t.Errorf("len %d, revision %d, id %q, err %v", d.Len(), d.Revision(), d.ID(), err)
	}
}

func TestChangesArriveInTheStore(t *testing.T) {
	v, ids := filled(t, acc("A", "a", "1111"), acc("B", "b", "2222"), acc("C", "c", "3333"))
	update(t, v, "several", func(d *Document) error {
		b, err := d.ByID(ids[1])
		if err != nil {
			return err
		}
		b.Note = "a <note> & \"more\""
		return errors.Join(d.Replace(ids[1], b), d.Remove(ids[0]), d.Move(ids[2], 0))
	})
	d := load(t, v)
	if got := labels(d); !slices.Equal(got, []string{"C (c)", "B (b)"}) {
		t.Errorf("labels = %v", got)
	}
	if b, err := d.ByID(ids[1]); err != nil || b.Note != "a <note> & \"more\"" || b.ID != ids[1] {
		t.Errorf("ByID = %v (note %q), %v", b, b.Note, err)
	}
	if _, err := d.ByID(ids[0]); !errors.Is(err, ErrNoAccount) {
		t.Errorf("removed account: %v", err)
	}
}

func TestIDs(t *testing.T) {
	d := NewDocument()
	seen := map[string]bool{}
	for _, a := range many(500) {
		b, err := d.Add(a)
		if err != nil || !regexp.MustCompile(`^[a-z2-7]{8}$`).MatchString(b.ID) || seen[b.ID] {
			t.Fatalf("id %q, err %v", b.ID, err)
		}
		seen[b.ID] = true
	}
	wanted := acc("X", "x", "secret")
	wanted.ID = "abcdefg2"
	if b, err := d.Add(wanted); err != nil || b.ID != "abcdefg2" {
		t.Errorf("a free id is not kept: %q, %v", b.ID, err)
	}
	if b, err := d.Add(wanted); err != nil || b.ID == "abcdefg2" {
		t.Errorf("a taken id is given twice: %q, %v", b.ID, err)
	}
	wanted.ID = "../../etc"
	if b, _ := d.Add(wanted); !regexp.MustCompile(`^[a-z2-7]{8}$`).MatchString(b.ID) {
		t.Errorf("a malformed id is kept: %q", b.ID)
	}
}

func TestAddRefusesWhatIsNoAccount(t *testing.T) {
	d := NewDocument()
	bad := acc("X", "x", "secret")
	bad.Digits = 11
	if _, err := d.Add(bad); err == nil || d.Len() != 0 {
		t.Errorf("Add = %v, %d records", err, d.Len())
	}
}

const sample = `{"format":"jangle-vault","version":1,"min_reader":1,"vault_id":"v","accounts":[
{"id":"aaaaaaaa","type":"totp","issuer":"Good","account":"g","secret":"GEZDGNBVGY3TQOJQ","algorithm":"SHA1","digits":6,"period":30,"colour":"red"},
{"id":"bbbbbbbb",  "type":"totp","issuer":"Bad","account":"b","secret":"MARKMARK1","algorithm":"SHA1","digits":6,"period":30},
17,
{"id":"cccccccc","type":"totp","issuer":"Future","account":"f","secret":"GEZDGNBVGY3TQOJQ","algorithm":"SHA3","digits":6,"period":30}
],"later":{"x":[1, 2]}}
`

func TestDamagedAndUnknownAreKept(t *testing.T) {
	d, err := Decode([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(d.Encode(), []byte(sample)) {
		t.Errorf("re-encoded:\n%s\nwant\n%s", d.Encode(), sample)
	}
	damaged := d.Damaged()
	if len(damaged) != 3 || damaged[0].Label != "Bad (b)" || damaged[0].ID != "bbbbbbbb" || damaged[1].Index != 2 {
		t.Fatalf("damaged = %+v", damaged)
	}
	if len(d.Warnings()) != 3 || strings.Contains(strings.Join(d.Warnings(), ""), "MARK") {
		t.Errorf("warnings = %q", d.Warnings())
	}
	if got := labels(d); !slices.Equal(got, []string{"Good (g)"}) {
		t.Errorf("labels = %v", got)
	}
}

func TestChangeKeepsDamagedNeighboursByteEqual(t *testing.T) {
	d, err := Decode([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	good, _ := d.ByID("aaaaaaaa")
	good.Name = "renamed"
	if err := d.Replace("aaaaaaaa", good); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(sample, "\n")
	out := string(d.Encode())
	for _, kept := range append(lines[2:5], `"colour":"red"`, `"later":{"x":[1, 2]}`) {
		if !strings.Contains(out, strings.TrimSuffix(kept, ",")) {
			t.Errorf("lost: %s", kept)
		}
	}
	if err := d.Remove("bbbbbbbb"); err != nil || len(d.Damaged()) != 2 {
		t.Errorf("a damaged record cannot be removed by its id: %v", err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":        {``, store.ErrDamaged},
		"half":           {sample[:200], store.ErrDamaged},
		"no object":      {`[]`, store.ErrDamaged},
		"other format":   {`{"format":"other","min_reader":1,"vault_id":"v"}`, store.ErrDamaged},
		"no vault id":    {`{"format":"jangle-vault","min_reader":1}`, store.ErrDamaged},
		"accounts text":  {`{"format":"jangle-vault","min_reader":1,"vault_id":"v","accounts":"x"}`, store.ErrDamaged},
		"member twice":   {`{"format":"jangle-vault","min_reader":1,"vault_id":"v","accounts":[],"accounts":[]}`, store.ErrDamaged},
		"newer":          {`{"format":"jangle-vault","version":9,"min_reader":2,"vault_id":"v"}`, store.ErrNewer},
		"not a number":   {`{"format":"jangle-vault","min_reader":"1","vault_id":"v"}`, store.ErrDamaged},
		"reader missing": {`{"format":"jangle-vault","vault_id":"v"}`, store.ErrDamaged},
	} {
		if _, err := Decode([]byte(c.text)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestNewerVersionThatLetsUsRead(t *testing.T) {
	text := strings.Replace(sample, `"version":1`, `"version":7`, 1)
	d, err := Decode([]byte(text))
	if err != nil || string(d.Encode()) != text {
		t.Errorf("err %v, encoded %s", err, d.Encode())
	}
}

func TestNewerIsNeverWritten(t *testing.T) {
	v, _ := filled(t)
	newer := []byte(`{"format":"jangle-vault","version":2,"min_reader":2,"vault_id":"v","accounts":[]}`)
	if _, err := v.Store().Save(t.Context(), newer, 1); err != nil {
		t.Fatal(err)
	}
	_, err := v.Update(t.Context(), "x", func(d *Document) error { return nil })
	state, _ := v.Store().Load(t.Context())
	if !errors.Is(err, store.ErrNewer) || !bytes.Equal(state.Data, newer) {
		t.Errorf("err %v, stored %s", err, state.Data)
	}
}

func TestFindDecodesOnlyWhatFits(t *testing.T) {
	v, ids := filled(t, many(100)...)
	d := load(t, v)
	found, damaged := d.Find("site 42")
	if len(found) != 1 || found[0].ID != ids[42] || found[0].Secret.IsZero() || len(damaged) != 0 {
		t.Fatalf("found %v, damaged %v", found, damaged)
	}
	decoded := 0
	for _, e := range d.entries {
		if e.value != nil {
			decoded++
		}
	}
	if decoded != 1 {
		t.Errorf("%d records were decoded", decoded)
	}
	all, _ := d.Find()
	if len(all) != 100 {
		t.Errorf("no query finds %d", len(all))
	}
}

func TestFindReportsDamaged(t *testing.T) {
	d, _ := Decode([]byte(sample))
	found, damaged := d.Find("bad")
	if len(found) != 0 || len(damaged) != 1 || damaged[0].ID != "bbbbbbbb" {
		t.Errorf("found %v, damaged %v", found, damaged)
	}
}

func TestAccountsAreCopies(t *testing.T) {
	a := acc("A", "a", "1111")
	a.Tags = []string{"kept"}
	v, ids := filled(t, a)
	d := load(t, v)
	d.Accounts()[0].Tags[0] = "changed"
	if b, _ := d.ByID(ids[0]); b.Tags[0] != "kept" {
		t.Error("a caller changed the document through Accounts")
	}
}

func TestNamesAgreeWithTheWholeRecord(t *testing.T) {
	a := acc(`Quo"te\`, "ü\u202e\n", "secret")
	a.Note = `"issuer":"no"`
	e, err := newEntry(a)
	if err != nil {
		t.Fatal(err)
	}
	n := storedEntry(e.raw).names()
	if n.Issuer != a.Issuer || n.Name != a.Name {
		t.Errorf("names = %q %q", n.Issuer, n.Name)
	}
	if _, err := account.UnmarshalRecord(e.raw); err != nil {
		t.Error(err)
	}
}

// The vault takes as many accounts as it says, and not one more.
func TestFullVault(t *testing.T) {
	if !strings.Contains(ErrFull.Error(), "100,000") || MaxAccounts != 100_000 {
		t.Errorf("%q does not name %d", ErrFull, MaxAccounts)
	}
	d := NewDocument()
	for len(d.entries) < MaxAccounts-1 {
		d.entries = append(d.entries, storedEntry([]byte("{}")))
	}
	if _, err := d.Add(acc("A", "a", "1111")); err != nil {
		t.Errorf("the last one: %v", err)
	}
	if _, err := d.Add(acc("B", "b", "2222")); !errors.Is(err, ErrFull) || d.Len() != MaxAccounts {
		t.Errorf("one more: %v, want ErrFull", err)
	}
}

// What was put away is no part of what is in use, whether the record was decoded
// or not.
func TestFindPutAway(t *testing.T) {
	old, bin := acc("Old", "ann", "1111"), acc("Bin", "ann", "2222")
	old.Archived, bin.Trashed = true, true
	v, ids := filled(t, old, acc("New", "bo", "3333"), bin)
	for _, prepare := range []func(*Document){func(*Document) {}, func(d *Document) { d.Accounts() }} {
		for query, want := range map[string]string{"": "[New (bo)]", "ol": "[]", "ann": "[Old (ann) Bin (ann)]", "old": "[Old (ann)]", ids[2]: "[Bin (ann)]"} {
			d := load(t, v)
			prepare(d)
			if found, _ := d.Find(query); fmt.Sprint(found) != want {
				t.Errorf("%q: %v, want %s", query, found, want)
			}
		}
	}
}

// A record in which a name is there twice has no one meaning: it is damaged, locks
// nobody out of the others, and is kept byte for byte by every change, by undo too.
func TestRecordWithANameTwiceIsKept(t *testing.T) {
	const bad = `{"id":"twice","type":"totp","issuer":"Twice","account":"t","secret":"JBSWY3DPEHPK3PXP","ſecret":"MFRGGZDF","x":1,"x":2,"algorithm":"SHA1","digits":6,"period":30}`
	d, err := Decode([]byte(strings.Replace(sample, `"accounts":[`, `"accounts":[`+bad+`,`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	before := len(d.Accounts())
	if found, damaged := d.Find("twice"); len(found) != 0 || len(damaged) != 1 || !strings.Contains(damaged[0].Reason, "twice") ||
		strings.Contains(damaged[0].Reason, "MFRGGZDF") {
		t.Fatalf("found %v, damaged %v", found, damaged)
	}
	if err := d.Remove("twice"); err != nil {
		t.Fatal(err)
	}
	if err := d.record("remove"); err != nil {
		t.Fatal(err)
	}
	if d, err = Decode(d.Encode()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Undo(); err != nil || !strings.Contains(string(d.Encode()), bad) || len(d.Accounts()) != before {
		t.Errorf("%v\n%s", err, d.Encode())
	}
}

// An account that is not valid takes the place of none.
func TestReplaceRefuses(t *testing.T) {
	v, ids := filled(t, acc("A", "a", "secret"))
	d := load(t, v)
	before := string(d.Encode())
	if err := d.Replace(ids[0], account.Account{Issuer: "No secret"}); err == nil || string(d.Encode()) != before {
		t.Errorf("an account without a secret: %v", err)
	}
}
