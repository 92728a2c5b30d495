package backup

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFileName(t *testing.T) {
	name := FileName("k3vaultidentifier", time.Date(2026, 11, 22, 8, 0, 0, 5, time.FixedZone("", 3600)))
	if want := "jangle-k3vaulti-20261122T070000Z.jangle-backup.age"; name != want {
		t.Errorf("%s, want %s", name, want)
	}
	if got, want := FileName("_0A-Z9z!", testTime), stamped("0az9z", "20261122T070000Z"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := FileName("../x", testTime); strings.ContainsAny(got, "/\\") {
		t.Errorf("an id got a path into the name: %s", got)
	}
}

func stamped(kind, stamp string) string { return "jangle-" + kind + "-" + stamp + Extension }

func TestExpired(t *testing.T) {
	newest := stamped("aa", "20261122T070000Z")
	old1, old2, old3 := stamped("aa", "20261101T070000Z"), stamped("aa", "20261110T070000Z"), stamped("aa", "20261121T235959Z")
	future := stamped("aa", "20991231T000000Z")
	strangers := []string{
		stamped("bb", "20200101T000000Z"), // another vault
		"jangle-aa-20200101T000000Z.jangle-backup.age.bak",
		"jangle-aa-20200101T000000.jangle-backup.age",
		"jangle-aa-20201301T000000Z.jangle-backup.age",   // no such month
		"jangle-aa-20200230T000000Z.jangle-backup.age",   // no such day
		"jangle-aa-20200101T000000.5Z.jangle-backup.age", // time.Parse would read it
		"jangle-aa-20200101t000000z.jangle-backup.age",
		"Jangle-aa-20200101T000000Z.jangle-backup.age",
		"jangle-aa-x-20200101T000000Z.jangle-backup.age",
		"-20200101T000000Z.jangle-backup.age", "20200101T000000Z.jangle-backup.age", Extension, "",
		"mother.jpg", "jangle.age",
	}
	for _, c := range []struct {
		name  string
		files []string
		keep  int
		want  []string
	}{
		{"fewer than keep", []string{old3, newest}, 3, nil},
		{"as many as keep", []string{old2, old3, newest}, 3, nil},
		{"the oldest goes", []string{newest, old3, old1, old2}, 3, []string{old1}},
		{"keep one", []string{old1, old2, old3, newest}, 1, []string{old1, old2, old3}},
		{"keep none means one", []string{old1, newest}, 0, []string{old1}},
		{"keep a negative number means one", []string{old1, newest}, -4, []string{old1}},
		{"a wrong clock does not cost the newest", []string{future, old1, newest}, 1, []string{old1, future}},
		{"strangers stay", append(slices.Clone(strangers), old1, newest), 1, []string{old1}},
		{"newest not listed yet", []string{old1, old2}, 2, []string{old1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Expired(c.files, newest, c.keep); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	for _, other := range []string{"mine.age", "-20261122T070000Z.jangle-backup.age"} {
		if got := Expired(append(slices.Clone(strangers), old1, newest), other, 1); got != nil {
			t.Errorf("%s, which is no name of ours, removes %q", other, got)
		}
	}
}

// folder is a Folder in memory; a content of "!" is no regular file.
type folder struct {
	files   map[string]string
	removed []string
	err     error // of Names
}

func (f *folder) Names() ([]string, error) {
	var names []string
	for n := range f.files {
		names = append(names, n)
	}
	return names, f.err
}

func (f *folder) Head(name string, n int) ([]byte, error) {
	content := f.files[name]
	if content == "!" {
		return nil, errors.New("not a regular file")
	}
	return []byte(content[:min(n, len(content))]), nil
}

func (f *folder) Remove(name string) error {
	if strings.HasSuffix(f.files[name], "locked") {
		return errors.New("cannot be removed")
	}
	f.removed = append(f.removed, name)
	return nil
}

func TestRotate(t *testing.T) {
	age := armorLine + "\nYWdl…"
	newest := stamped("aa", "20261122T070000Z")
	names := []string{
		stamped("aa", "20261101T000000Z"), stamped("aa", "20261102T000000Z"), stamped("aa", "20261103T000000Z"),
		stamped("aa", "20261104T000000Z"), stamped("aa", "20261105T000000Z"),
	}
	f := &folder{files: map[string]string{
		names[0]: age, names[1]: "not age", names[2]: "!", names[3]: age + "locked", names[4]: age, newest: age,
	}}
	removed, err := Rotate(f, newest, 1)
	if want := []string{names[0], names[4]}; !slices.Equal(removed, want) || !slices.Equal(f.removed, want) {
		t.Errorf("removed %q, says %q, want %q", f.removed, removed, want)
	}
	for _, says := range []string{"left alone", "not a regular file", "cannot be removed"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v does not say %q", err, says)
		}
	}
}

// A folder that cannot be listed loses nothing, and says so.
func TestRotateUnlisted(t *testing.T) {
	old, newest := stamped("aa", "20261101T000000Z"), stamped("aa", "20261122T070000Z")
	f := &folder{files: map[string]string{old: armorLine}, err: errors.New("no permission")}
	if removed, err := Rotate(f, newest, 1); !errors.Is(err, f.err) || len(removed)+len(f.removed) > 0 {
		t.Errorf("removed %q, %v", removed, err)
	}
}
