package format

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	stdzip "archive/zip"

	"github.com/tobischo/gokeepasslib/v3"

	"github.com/jangle-otp/jangle/internal/format/container/sqlite/sqlitetest"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

// No input of bombSize takes more than this, whatever the reader. What a person's
// own passphrase costs is left out: Ente and KeePass write files that take 1 GiB.
const bombSize = 16 << 20

func bombLimits() tooltest.Usage { return tooltest.Usage{Memory: 300e6, CPU: 10 * time.Second} }

// bomb is a hostile file for one reader, or for all that detection asks.
type bomb struct {
	name, app string
	make      func() Input
}

// bombs are one for each way in which a file can be more than it looks.
func bombs() []bomb {
	var all []bomb
	add := func(name, app string, text func() string) {
		all = append(all, bomb{name, app, func() Input { return Input{Data: []byte(text())} }})
	}
	fill := func(name, app, head, unit, tail string) {
		add(name, app, func() string {
			return head + strings.Repeat(unit, (bombSize-len(head)-len(tail))/len(unit)) + tail
		})
	}
	// What every reader may be handed, as detection sees it.
	for _, c := range [][]string{
		{"zeros", "\x00"}, {"blanks", " "}, {"lines", "\n"}, {"one line", "a"}, {"base64", "AAAA"}, {"short lines", "a\n"},
		{"JSON depth", "["}, {"JSON object depth", `{"a":`}, {"JSON width", "0,", "["}, {"JSON objects", "{},", "["},
		{"JSON strings", `"",`, "["}, {"JSON string", "a", `"`}, {"JSON escapes", `\u0041`, `["`}, {"JSON number", "1", "[1"},
		{"JSON long name", "a", `{"`}, {"JSON escaped names", `"\u0000":{},`, "{"}, {"JSON blanks", " ", "["}, {"JSON lines", "{}\n"},
		{"XML depth", "<a>", "<?xml version='1.0'?>"}, {"XML width", "<a/>", "<?xml version='1.0'?><map>"}, {"XML attributes", ` a="b"`, "<?xml version='1.0'?><a"},
		{"XML entities", "&amp;", "<?xml version='1.0'?><a>"}, {"XML comments", "<!---->", "<?xml version='1.0'?>"},
		{"XML declared entities", `<!ENTITY a "&b;&b;">`, "<?xml version='1.0'?><!DOCTYPE a ["},
		{"columns", ",", "name,otpauth"}, {"rows", "a,b\n", "name,totp\n"}, {"quoted field", "a\n", "name,totp\n\""}, {"quotes", `"`, "name,totp\n"},
		{"HTML depth", "<div>", "<html>otpauth://totp/a?secret=AA"}, {"HTML pictures", `<img src="data:image/png;base64,AAAA">`, "<html>"},
		{"HTML attributes", " a=b", "<html><p"}, {"HTML entities", "&lt;", "<html>otpauth:"},
		{"YAML depth", "- ", "- name: a\n  accounts: "}, {"YAML anchors", "- &a [*a,*a]\n"}, {"YAML flow", "[", "- "},
		{"links on one line", "otpauth://totp/a?secret=AA "}, {"links", "otpauth://totp/a?secret=AA\n"}, {"link starts", "otpauth:"}, {"links of nothing", "otpauth:/"},
		{"long link", "a", "otpauth://totp/"}, {"parameters", "&a=b", "otpauth://totp/a?secret=AA"}, {"percents", "%41", "otpauth://totp/a?secret=AA&issuer="},
		{"export links", "otpauth-migration://offline?data=CgA\n"}, {"export link", "A", "otpauth-migration://offline?data="},
		{"prefs", `<string name="a">b</string>`, "<?xml version='1.0' encoding='utf-8' standalone='yes' ?><map>"},
		{"OpenPGP armour", "A", openPGPArmor + "\n\n"}, {"PNG", "\x00", "\x89PNG\r\n\x1a\n"}, {"bplist", "\xff", "bplist00"}, {"SQLite", "\xff", "SQLite format 3\x00"},
		{"Java", "t\x00\x01a", "\xac\xed\x00\x05"}, {"KDBX", "\xff", "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\x00\x00\x04\x00"}, {"ZIP", "PK\x01\x02", "PK\x03\x04"},
	} {
		head := ""
		if len(c) == 3 {
			head = c[2]
		}
		fill(c[0], "", head, c[1], "")
	}
	// Each app's own file, with as many entries as fit: good ones, empty ones, odd ones.
	wide := func(app string, of func(n int) []byte, units ...string) {
		none, one := string(of(0)), string(of(1))
		cut := 0
		for cut < len(none) && none[cut] == one[cut] {
			cut++
		}
		head, tail := none[:cut], none[cut:]
		own := one[cut : len(one)-len(tail)]
		fill(app+", many entries", app, head, strings.TrimSuffix(own, ",")+separatorOf(own), tail)
		for _, unit := range units {
			fill(app+" of "+unit, app, head, unit+",", "0"+tail)
		}
	}
	for _, app := range []string{"aegis", "2fas", "andotp", "stratum", "proton", "bitwarden", "ente"} {
		wide(app, func(n int) []byte {
			entries := make([]string, n)
			for i := range entries {
				entries[i] = entryWith(app, "", "")
			}
			return fileAround(app, entries...).Data
		}, "{}", `{"a":{"b":[]}}`)
	}
	for _, app := range []string{"lastpass", "duo", "2fauth", "cotp", "otpclient", "raivo", "authy", "freeotp-plus",
		"enpass", "keeper", "passman", "otp-manager", "cxf"} {
		wide(app, func(n int) []byte { return manyEntries(app, n) }, "{}")
	}
	for _, app := range []string{"totp-cli", "rsc-2fa", "gauth", "winauth", "csv", "keepass-xml"} {
		wide(app, func(n int) []byte { return manyEntries(app, n) })
	}
	fill("extension, many entries", "authenticator-extension", "{", `"h":{"account":"a","encrypted":false,"hash":"h","index":0,"type":"totp","secret":"`+rfcKey+`"},`, `"i":{}}`)
	fill("Proton Pass, many items", "proton-pass", `{"version":"1","vaults":{"v":{"name":"v","items":[`, `{"data":{"type":"login","metadata":{"name":"a"},"content":{"totpUri":"`+rfcKey+`"}}},`, `{}]}}}`)
	// As many as one list may have.
	full := func(name, app, head, unit, tail string) {
		add(name, app, func() string { return head + strings.Repeat(unit, maxElements-1) + tail })
	}
	long := strings.Repeat("x", 500)
	full("Enpass folders", "enpass", `{"items":[],"folders":[{"uuid":"","title":"`+long+`"},`, `{"parent_uuid":"","uuid":"a","title":"a"},`, `{}]}`)
	full("Enpass codes", "enpass", `{"items":[{"title":"a","category":"b","fields":[`, `{"type":"totp","value":"AA"},`, `{}]}]}`)
	full("Keeper codes", "keeper", `{"records":[{"title":"a","$type":"b","custom_fields":{"$oneTimeCode":[`, `"AA",`, `""]}}]}`)
	full("Passman fields", "passman", `[{"label":"a","username":"b","otp":{},"custom_fields":[`, `{"value":"otpauth://totp/a?secret=AA"},`, `{}]}]`)
	full("CXF codes", "cxf", `{"collections":[],"email":"","items":[{"credentials":[`, `{"type":"totp","secret":"AA"},`, `{}]}]}`)
	full("CXF groups", "cxf", `{"items":[{"id":"a","credentials":[{"type":"totp","secret":"AA"}]}],"email":"","collections":[{"title":"`+long+`","subCollections":[`, `{"title":"a","items":[{"item":"a"}]},`, `{}]}]}`)
	full("CXF groups of many items", "cxf", `{"email":"","items":[`+strings.Repeat(`{"id":"a","credentials":[{"type":"totp","secret":"AA"}]},`, 9999)+`{}],"collections":[{"title":"a","items":[`, `{"item":"a"},`, `{}]}]}`)
	fill("KeePass groups", "keepass-xml", "<KeePassFile><Root>", "<Group>", "")
	fill("KeePass fields", "keepass-xml", "<KeePassFile><Root><Group><Entry>", "<String><Key>a</Key><Value>b</Value></String>", "</Entry></Group></Root></KeePassFile>")
	fill("KeePass value", "keepass-xml", "<KeePassFile><Root><Group><Entry><String><Key>otp</Key><Value>", "&#65;", "</Value></String></Entry></Group></Root></KeePassFile>")
	fill("totp-cli YAML", "totp-cli", "", "- name: a\n  accounts:\n  - name: b\n    token: "+rfcKey+"\n", "")
	for _, app := range []string{"steam", "totp-authenticator", "battlenet", "bitwarden-csv", "keepassxc-csv", "microsoft", "freeotp2", "html"} {
		fill("columns for "+app, app, "name,totp,login_totp,TOTP,Title,type\n", ",", "")
		fill("wide rows for "+app, app, "name,totp,login_totp,TOTP,Title,type\n", "aaaaaaa"+strings.Repeat(",a", 30)+strings.Repeat("a", 110)+"\n", "")
		fill("JSON objects for "+app, app, "[", "{},", "0]")
		fill("rows for "+app, app, "name,totp,login_totp,TOTP,Title,type\n", "a,"+rfcKey+",,,,\n", "")
	}
	add("migration links of one batch", "uri", func() string {
		return migrationLinks(50_000, func(i int) []byte {
			return fmt.Appendf(nil, "\x0a\x0b\x0a\x01a\x12\x06%06d\x18\x02\x28\x01", i)
		})
	})
	add("migration links without a batch", "uri", func() string {
		return migrationLinks(9_999, func(i int) []byte { return fmt.Appendf(nil, "\x0a\x0b\x0a\x01a\x12\x06%06d\x18\x64", i) })
	})
	add("migration links of empty entries", "uri", func() string {
		return migrationLinks(6_000, func(i int) []byte {
			return append(bytes.Repeat([]byte("\x0a\x00"), 500), fmt.Appendf(nil, "\x28%c", 1+i%100)...)
		})
	})
	add("page of pictures", "html", func() string {
		return "<html>" + strings.Repeat(`<img src="data:image/png;base64,`+base64.StdEncoding.EncodeToString(make([]byte, 1200))+`">`, 9_999)
	})
	for _, app := range []string{"1password", "bitwarden", "proton-pass", "authenticator-plus", "stratum-database", "cxf", ""} {
		all = append(all,
			bomb{"ZIP of zeros for " + app, app, func() Input {
				return Input{Data: zipBomb("export.data", "data.json", "other.json", "Proton Pass/data.json")}
			}},
			bomb{"ZIP of members for " + app, app, func() Input { return Input{Data: zipOfMembers()} }})
	}
	all = append(all,
		bomb{"SQLite rows", "google-database", func() Input {
			row := []any{nil, strings.Repeat("a", 250_000), rfcKey, int64(0)}
			return Input{Data: sqlitetest.Build(sqlitetest.Table{Name: "accounts", SQL: "CREATE TABLE accounts (_id INTEGER PRIMARY KEY, email TEXT, secret TEXT, type INTEGER)",
				Rows: slices.Repeat([][]any{row}, 60)})}
		}},
		bomb{"KDBX of much text", "keepass", func() Input { return Input{Data: keePassBomb(10, 10<<20)} }},
		bomb{"KDBX of many entries", "keepass", func() Input { return Input{Data: keePassBomb(20_000, 1)} }},
		bomb{"1PUX of many fields", "1password", func() Input { return Input{Data: manyEntries("1password", 200_000)} }},
		bomb{"plist that doubles", "otp-auth", func() Input { return Input{Data: plistBomb(60, 2)} }},
		bomb{"plist of references", "otp-auth", func() Input { return Input{Data: plistBomb(4, 1_000_000)} }},
		bomb{"Android settings", "freeotp", func() Input { return Input{Data: manyEntries("freeotp", 150_000)} }},
		bomb{"gpg prints much", "openpgp", func() Input { return Input{Data: []byte(openPGPArmor + "\n\nhF4D\n")} }},
		bomb{"pass store", "pass", func() Input {
			return Input{Files: map[string][]byte{".gpg-id": nil, "a.gpg": {1}, "b.gpg": {1}}}
		}},
		bomb{"folder", "", func() Input {
			files := map[string][]byte{}
			for i := range MaxFiles {
				files[fmt.Sprintf("a/%d.gpg", i)] = make([]byte, bombSize/MaxFiles)
			}
			return Input{Files: files}
		}})
	return all
}

// keePassBomb has entries with a long note each, which compresses to nothing.
func keePassBomb(entries, note int) []byte {
	db := gokeepasslib.NewDatabase(gokeepasslib.WithDatabaseKDBXVersion3())
	db.Credentials = gokeepasslib.NewPasswordCredentials("x")
	root := gokeepasslib.NewGroup()
	text := strings.Repeat("a", note)
	for range entries {
		e := gokeepasslib.NewEntry()
		e.Values = []gokeepasslib.ValueData{{Key: "Notes", Value: gokeepasslib.V{Content: text}}, {Key: "otp", Value: gokeepasslib.V{Content: rfcKey}}}
		root.Entries = append(root.Entries, e)
	}
	db.Content.Root.Groups = []gokeepasslib.Group{root}
	var buf bytes.Buffer
	must(0, gokeepasslib.NewEncoder(&buf).Encode(db))
	return buf.Bytes()
}

// plistBomb is lists of lists: each holds the one before it so many times.
func plistBomb(levels, times int) []byte {
	out := []byte("bplist00")
	offsets := []int{len(out)}
	out = append(out, 0x51, 'a')
	for level := range levels {
		offsets = append(offsets, len(out))
		out = append(out, plistHead(0xa0, times)...)
		out = append(out, bytes.Repeat(binary.BigEndian.AppendUint32(nil, uint32(level)), times)...)
	}
	table := len(out)
	for _, at := range offsets {
		out = binary.BigEndian.AppendUint32(out, uint32(at))
	}
	out = append(out, 0, 0, 0, 0, 0, 0, 4, 4)
	for _, n := range []int{len(offsets), levels, table} {
		out = binary.BigEndian.AppendUint64(out, uint64(n))
	}
	key := sha256.Sum256([]byte("Authenticator"))
	return must(sealCBC(key[:], make([]byte, 16), out))
}

func separatorOf(entry string) string {
	if strings.HasSuffix(entry, "}") {
		return ","
	}
	return ""
}

func migrationLinks(n int, payload func(i int) []byte) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("otpauth-migration://offline?data=" + base64.URLEncoding.EncodeToString(payload(i)) + "\n")
	}
	return b.String()
}

// zipBomb holds members of 2 GiB of zeros each.
func zipBomb(names ...string) []byte {
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestSpeed)
	zeros := make([]byte, 1<<20)
	const size = 256 << 20
	sum := crc32.NewIEEE()
	for range size / len(zeros) {
		_, _ = w.Write(zeros)
		_, _ = sum.Write(zeros)
	}
	_ = w.Close()
	var out bytes.Buffer
	z := stdzip.NewWriter(&out)
	for _, name := range names {
		m, _ := z.CreateRaw(&stdzip.FileHeader{Name: name, Method: stdzip.Deflate, CRC32: sum.Sum32(), CompressedSize64: uint64(packed.Len()), UncompressedSize64: size})
		_, _ = m.Write(packed.Bytes())
	}
	_ = z.Close()
	return out.Bytes()
}

func zipOfMembers() []byte {
	var out bytes.Buffer
	z := stdzip.NewWriter(&out)
	for i := range 60_000 {
		_, _ = z.Create(fmt.Sprintf("%0200d", i))
	}
	_ = z.Close()
	return out.Bytes()
}

// TestBombs reads each bomb in a process of its own, which stops itself before a
// fault takes the machine's memory. Peak memory and processor time are the
// kernel's figures; no clock is looked at.
func TestBombs(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestBombsHere$", "-test.v")
	cmd.Env = append(os.Environ(), "FORMAT_TEST_BOMBS=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestBombsHere")) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestBombsHere(t *testing.T) {
	if os.Getenv("FORMAT_TEST_BOMBS") == "" {
		t.Skip("it is run by TestBombs")
	}
	o := withPassphrase("x")
	o.Decrypt = func(context.Context, []byte) ([]byte, error) { // as much as gpg may print
		return bytes.Repeat([]byte("totp: A\n"), MaxTextBytes/8), nil
	}
	o.ScanQR = func(context.Context, []byte) ([]string, error) { return []string{strings.Repeat("otpauth:", 100)}, nil }
	most, only := bombLimits(), os.Getenv("FORMAT_TEST_BOMB")
	for _, b := range bombs() {
		if !strings.Contains(b.name, only) {
			continue
		}
		if _, ok := ByID(b.app); !ok && b.app != "" {
			t.Errorf("%s: there is no app %q", b.name, b.app)
		}
		in := b.make()
		var err error
		took := tooltest.Measure(b.name, most, func() { _, _, err = Read(t.Context(), in, b.app, o) })
		said := "read"
		if err != nil {
			said = fmt.Sprintf("%.100s", err)
		}
		t.Logf("%-40s %4d MB %6.2f s  %s", b.name, took.Memory>>20, took.CPU.Seconds(), said)
		if took.Memory > most.Memory || took.CPU > most.CPU {
			t.Errorf("%s takes %d MB and %v of CPU", b.name, took.Memory>>20, took.CPU)
		}
	}
}
