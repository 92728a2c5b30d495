package otpauth

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
)

// sample reads a file that another program wrote. The files are not ours to
// keep in the project.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	dir := os.Getenv("JANGLE_SAMPLES")
	if dir == "" {
		t.Skip("JANGLE_SAMPLES is not set: files of other programs are not read")
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSampleGoogleExport(t *testing.T) {
	var want []struct{ Name, Secret, Issuer, Type string }
	if err := json.Unmarshal(sample(t, "google-authenticator/scito_example_output.json"), &want); err != nil {
		t.Fatal(err)
	}
	var got []account.Account
	for _, uri := range FindURIs(string(sample(t, "google-authenticator/scito_example_export.txt"))) {
		m, err := ParseMigration(uri)
		if err != nil || m.BatchSize != 1 {
			t.Fatalf("%+v %v", m, err)
		}
		for _, e := range m.Accounts {
			if e.Err != nil {
				t.Fatal(e.Err)
			}
			got = append(got, e.Account)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d accounts, want %d", len(got), len(want))
	}
	for i, w := range want {
		a := got[i]
		if a.Name != w.Name || a.Issuer != w.Issuer || string(a.Type) != w.Type || a.Secret.Base32() != w.Secret {
			t.Errorf("%d: %+v, want %+v", i, a, w)
		}
	}
}

func TestSamplePlusProblem(t *testing.T) {
	m, err := ParseMigration(string(sample(t, "google-authenticator/scito_test_plus_problem_export.txt")))
	if err != nil || len(m.Accounts) != 4 {
		t.Fatalf("%+v %v", m, err)
	}
	for _, e := range m.Accounts {
		if e.Err != nil || e.Account.Issuer != "SerenityLabs" || e.Account.Secret.Len() != 20 {
			t.Errorf("%+v", e)
		}
	}
}

func TestSampleAegisText(t *testing.T) {
	uris := FindURIs(string(sample(t, "otpauth-uri/aegis_plain.txt")))
	if len(uris) != 7 {
		t.Fatalf("%d links", len(uris))
	}
	for _, uri := range uris {
		a, warnings, err := Parse(uri)
		if err != nil || len(warnings) > 0 {
			t.Errorf("%v %q", err, warnings)
		}
		if again := Format(a); a.Issuer != "Air Canada" && again != uri {
			t.Errorf("%s\nwritten as %s", uri, again)
		}
	}
}
