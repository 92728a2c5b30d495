package format

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// zipOf makes an archive from pairs of names and contents.
func zipOf(t *testing.T, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		f, err := w.Create(pairs[i])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, pairs[i+1])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const passExport = `{"version":"1","vaults":{"v":{"name":"Personal","items":[
 {"state":2,"pinned":true,"createTime":5,"modifyTime":6,"data":{"type":"login","metadata":{"name":"GitHub","note":"n"},"content":{"itemEmail":"ann@example.com","itemUsername":"","password":"hunter2","totpUri":"MFRGGZDFMZTWQ2LK"},"extraFields":[{"fieldName":"Second","type":"totp","data":{"totpUri":"otpauth://totp/GitHub:Proton%20Pass?secret=MFRGGZDFMZTWQ2LK"}},{"fieldName":"x","type":"text","data":{}}]}},
 {"state":1,"data":{"type":"note","metadata":{"name":"x"},"content":{}}}]}}}`

func TestProtonPassArchive(t *testing.T) {
	data := zipOf(t, "Proton Pass/", "", "Proton Pass/files/a.bin", "xx", "Proton Pass/data.json", passExport)
	r := mustRead(t, Input{Data: data}, "proton-pass", Options{})
	if len(r.Entries) != 2 || r.Entries[0].Err != nil || len(r.Notes) != 1 {
		t.Fatalf("got %v, notes %q", r.Entries, r.Notes)
	}
	if second := r.Entries[1].Account; second.Issuer != "GitHub" || second.Name != "Second" {
		t.Errorf("a field's code is called %s", line(second))
	}
	a := r.Entries[0].Account
	if a.Issuer != "GitHub" || a.Name != "ann@example.com" || !a.Trashed || !a.Favourite || a.Groups[0] != "Personal" || a.Note != "n" || a.Created != 5000 {
		t.Errorf("got %s, %+v", line(a), a.Groups)
	}
	if strings.Contains(fmt.Sprint(a.Extra), "hunter2") {
		t.Error("the password was kept")
	}
}

func TestProtonPassEncryptedExport(t *testing.T) {
	data := zipOf(t, "Proton Pass/data.pgp", "-----BEGIN PGP MESSAGE-----")
	_, _, err := Read(t.Context(), Input{Data: data}, "", Options{})
	if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "without encryption") {
		t.Errorf("got %v", err)
	}
	if _, _, err := Read(t.Context(), Input{Data: data[:len(data)-5]}, "proton-pass", Options{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("cut off: %v", err)
	}
}

// The export with attachments is an archive around the JSON.
func TestBitwardenArchive(t *testing.T) {
	data := zipOf(t, "attachments/1/a.pdf", "xx", "data.json", string(fileAround("bitwarden", entryWith("bitwarden", "", "")).Data))
	if r := mustRead(t, Input{Data: data}, "bitwarden", Options{}); len(r.Entries) != 1 || r.Entries[0].Err != nil {
		t.Errorf("got %v", r.Entries)
	}
}

// A bomb is found by what comes out, whatever the archive says of its sizes.
func TestArchiveLimits(t *testing.T) {
	member := func(content string) error {
		z, err := zipReader(zipOf(t, "Proton Pass/data.json", content))
		if err != nil {
			return err
		}
		_, err = zipMember(z, isProtonPassData)
		return err
	}
	random := make([]byte, maxZipBytes+1)
	io.ReadFull(seeded(9), random)
	for name, c := range map[string]struct {
		err  error
		want error
	}{
		"bytes L":       {member(string(random[:maxZipBytes])), nil},
		"bytes L+1":     {member(string(random)), ErrLimit},
		"zeros, 1 MiB":  {member(strings.Repeat("\x00", zipRatioFloor)), nil},
		"zeros, 20 MiB": {member(strings.Repeat("\x00", 20<<20)), ErrLimit},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	for packed, want := range map[int64]error{8 << 10: ErrLimit, 11 << 10: nil} { // 200 times that is less, and more, than 2 MiB
		_, err := readUnpacked(bytes.NewReader(make([]byte, 2<<20)), packed)
		if !errors.Is(err, want) {
			t.Errorf("2 MiB from %d bytes: %v", packed, err)
		}
	}
	for n, want := range map[int]error{maxZipEntries: nil, maxZipEntries + 1: ErrLimit} {
		var pairs []string
		for i := range n {
			pairs = append(pairs, fmt.Sprint(i), "")
		}
		if _, err := zipReader(zipOf(t, pairs...)); !errors.Is(err, want) {
			t.Errorf("%d members: %v", n, err)
		}
	}
}
