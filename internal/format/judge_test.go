package format

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/jangle-otp/jangle/internal/strictjson"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

// TestJudge opens what the writers sealed with OpenSSL and libsodium, through a
// script that shares no code with this package (testdata/judge.py).
func TestJudge(t *testing.T) {
	python, err := judgePython()
	if err != nil {
		tooltest.Missing(t, fmt.Sprintf("python3 with cryptography, and libsodium, are not installed: %v", err))
	}
	for _, id := range []string{"aegis", "2fas", "andotp", "bitwarden", "ente", "proton"} {
		t.Run(id, func(t *testing.T) { t.Parallel(); judge(t, python, id) })
	}
}

// judgePython is the first Python that has what the script needs: the one in
// the path may be another than the system's.
func judgePython() (python string, err error) {
	for _, python = range []string{"python3", "/usr/bin/python3"} {
		err = exec.Command(python, "-c", "import cryptography, ctypes; ctypes.CDLL('libsodium.so.23')").Run()
		if err == nil {
			break
		}
	}
	return python, err
}

func judge(t *testing.T, python, id string) {
	app, _ := ByID(id)
	fits, _ := app.Fit(generate(100))
	data, err := writeQuickly(app, fits, writerOptions(No))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "sealed")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), python, "testdata/judge.py", id, file, "correct horse")
	cmd.Stderr = &stderr
	plain, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.Bytes())
	}
	if id == "2fas" { // what is sealed there is the list of services alone
		plain = mustJSON(map[string]strictjson.Value{"schemaVersion": mustJSON(4), "groups": mustJSON([]string{}), "services": plain})
	}
	r := mustRead(t, Input{Data: plain}, id, Options{})
	if len(r.Entries) != len(fits) {
		t.Fatalf("%d entries of %d", len(r.Entries), len(fits))
	}
	for i, e := range r.Entries {
		if e.Err != nil || e.Account.Key() != kept(fits[i], app.Loses(fits[i])).Key() {
			t.Errorf("entry %d: %v", i+1, e.Err)
		}
	}
}
