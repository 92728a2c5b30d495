package kdbx

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tobischo/gokeepasslib/v3"
	"github.com/tobischo/gokeepasslib/v3/wrappers"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

func testLimits() Limits { return Limits{Unpacked: 1 << 20, Entries: 100} }

func open(data []byte, c Credentials) ([]Entry, error) {
	return Open(context.Background(), data, c, testLimits())
}

func withPassword(p string) Credentials { return Credentials{Passphrase: []byte(p)} }

// judge writes a database with gokeepasslib: two entries, an old version
// between them, and protected values in all three.
func judge(t testing.TB, change func(*gokeepasslib.Database), option gokeepasslib.DatabaseOption) []byte {
	t.Helper()
	db := gokeepasslib.NewDatabase(option)
	db.Credentials = gokeepasslib.NewPasswordCredentials("test")
	value := func(key, text string, protected bool) gokeepasslib.ValueData {
		return gokeepasslib.ValueData{Key: key, Value: gokeepasslib.V{Content: text, Protected: wrappers.NewBoolWrapper(protected)}}
	}
	first := gokeepasslib.NewEntry()
	first.Tags = "work; home"
	first.Values = append(first.Values, value("Title", "GitHub", false), value("otp", "otpauth://totp/x?secret=AAAA", true))
	old := gokeepasslib.NewEntry()
	old.Values = append(old.Values, value("Title", "GitHub", false), value("otp", "older", true))
	first.Histories = []gokeepasslib.History{{Entries: []gokeepasslib.Entry{old}}}
	second := gokeepasslib.NewEntry()
	second.Values = append(second.Values, value("Title", "Mail", true), value("TOTP Seed", "BBBB", true))
	root, sub := gokeepasslib.NewGroup(), gokeepasslib.NewGroup()
	root.Name, sub.Name = "Root", "Sub"
	root.Entries, sub.Entries = []gokeepasslib.Entry{first}, []gokeepasslib.Entry{second}
	root.Groups = []gokeepasslib.Group{sub}
	db.Content.Root.Groups = []gokeepasslib.Group{root}
	if change != nil {
		change(db)
	}
	if err := db.LockProtectedEntries(); err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := gokeepasslib.NewEncoder(&buf).Encode(db); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func checkJudge(t *testing.T, got []Entry, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 {
		t.Fatalf("%d entries, want 2", len(got))
	}
	if got[0].Get("otp") != "otpauth://totp/x?secret=AAAA" || got[1].Get("TOTP Seed") != "BBBB" || got[1].Get("Title") != "Mail" {
		t.Errorf("protected values: %+v", got)
	}
	if !reflect.DeepEqual(got[1].Groups, []string{"Sub"}) || len(got[0].Groups) != 0 {
		t.Errorf("groups: %q and %q", got[0].Groups, got[1].Groups)
	}
	if !reflect.DeepEqual(got[0].Tags, []string{"work", "home"}) {
		t.Errorf("tags: %q", got[0].Tags)
	}
	if time.Since(got[0].Created).Abs() > time.Hour {
		t.Errorf("created: %v", got[0].Created)
	}
}

func TestOpenWhatGokeepasslibWrites(t *testing.T) {
	aesKDF := func(db *gokeepasslib.Database) {
		db.Header.FileHeaders.KdfParameters.UUID = gokeepasslib.KdfAES4
		db.Header.FileHeaders.KdfParameters.Rounds = 100
	}
	for name, c := range map[string]struct {
		option gokeepasslib.DatabaseOption
		change func(*gokeepasslib.Database)
	}{
		"3.1":                     {gokeepasslib.WithDatabaseKDBXVersion3(), nil},
		"4 Argon2d ChaCha20":      {gokeepasslib.WithDatabaseKDBXVersion4(), nil},
		"4 AES-KDF":               {gokeepasslib.WithDatabaseKDBXVersion4(), aesKDF},
		"4 not compressed":        {gokeepasslib.WithDatabaseKDBXVersion4(), func(db *gokeepasslib.Database) { db.Header.FileHeaders.CompressionFlags = 0 }},
		"4 AES cipher":            {gokeepasslib.WithDatabaseKDBXVersion4(), withCipher(gokeepasslib.CipherAES)},
		"4 Twofish cipher":        {gokeepasslib.WithDatabaseKDBXVersion4(), withCipher(gokeepasslib.CipherTwoFish)},
		"3.1 Twofish":             {gokeepasslib.WithDatabaseKDBXVersion3(), withCipher(gokeepasslib.CipherTwoFish)},
		"4 Salsa20 for protected": {gokeepasslib.WithDatabaseKDBXVersion4(), func(db *gokeepasslib.Database) { db.Content.InnerHeader.InnerRandomStreamID = 2 }},
	} {
		t.Run(name, func(t *testing.T) {
			data := judge(t, c.change, c.option)
			got, err := open(data, withPassword("test"))
			checkJudge(t, got, err)
			if _, err := open(data, withPassword("Test")); !errors.Is(err, ErrWrongKey) {
				t.Errorf("wrong passphrase: %v", err)
			}
			if _, err := open(data, Credentials{}); !errors.Is(err, ErrWrongKey) {
				t.Errorf("no passphrase: %v", err)
			}
		})
	}
}

func withCipher(id []byte) func(*gokeepasslib.Database) {
	return func(db *gokeepasslib.Database) {
		db.Header.FileHeaders.CipherID = id
		db.Header.FileHeaders.EncryptionIV = bytes.Repeat([]byte{1}, 16)
	}
}

func TestKeyFiles(t *testing.T) {
	const v1 = `<?xml version="1.0" encoding="utf-8"?><KeyFile><Meta><Version>1.00</Version></Meta><Key><Data>
		AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=</Data></Key></KeyFile>`
	const v2 = `<?xml version="1.0" encoding="utf-8"?><KeyFile><Meta><Version>2.0</Version></Meta><Key><Data Hash="630DCD29">
		00010203 04050607 08090A0B 0C0D0E0F 10111213 14151617 18191A1B 1C1D1E1F</Data></Key></KeyFile>`
	for name, file := range map[string]string{
		"XML 1":     v1,
		"XML 2":     v2,
		"32 bytes":  strings.Repeat("k", 32),
		"64 hex":    strings.Repeat("0f", 32),
		"64 no hex": strings.Repeat("xy", 32),
		"any file":  "a picture of a cat",
	} {
		t.Run(name, func(t *testing.T) {
			credentials, err := gokeepasslib.NewPasswordAndKeyDataCredentials("test", []byte(file))
			if err != nil {
				t.Fatal(err)
			}
			data := judge(t, func(db *gokeepasslib.Database) { db.Credentials = credentials }, gokeepasslib.WithDatabaseKDBXVersion4())
			got, err := open(data, Credentials{Passphrase: []byte("test"), KeyFile: []byte(file)})
			checkJudge(t, got, err)
			if _, err := open(data, withPassword("test")); !errors.Is(err, ErrWrongKey) {
				t.Errorf("without the key file: %v", err)
			}
		})
	}
	broken := strings.Replace(v2, "630DCD29", "630DCD28", 1)
	if _, err := keyFileKey([]byte(broken)); !errors.Is(err, ErrDamaged) {
		t.Errorf("a key file with a false checksum: %v", err)
	}
	challenge := `<data><aes>AA==</aes><hmac>AA==</hmac><challenge>AAAA</challenge></data>`
	if _, err := keyFileKey([]byte(challenge)); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a hardware key's file: %v", err)
	}
}

const fixture = `<?xml version="1.0" encoding="utf-8"?>
<KeePassFile><Meta><Generator>test</Generator><RecycleBinEnabled>True</RecycleBinEnabled>
<RecycleBinUUID>AAAAAAAAAAAAAAAAAAAABQ==</RecycleBinUUID>
<CustomIcons><Icon><UUID>AAAAAAAAAAAAAAAAAAAACQ==</UUID><Data>aWNvbg==</Data></Icon></CustomIcons></Meta>
<Root><Group><UUID>AAAAAAAAAAAAAAAAAAAAAQ==</UUID><Name>Root</Name>
<Entry><UUID>AAAAAAAAAAAAAAAAAAABAA==</UUID><IconID>3</IconID><CustomIconUUID>AAAAAAAAAAAAAAAAAAAACQ==</CustomIconUUID>
<String><Key>Title</Key><Value>one</Value></String>
<String><Key>Password</Key>{{lock:old and gold}}</String>
<History><Entry><String><Key>Password</Key>{{lock:older}}</String></Entry></History>
<String><Key>otp</Key>{{lock:otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQ}}</String></Entry>
<Group><UUID>AAAAAAAAAAAAAAAAAAAABA==</UUID><Name>In</Name>
<Group><UUID>AAAAAAAAAAAAAAAAAAAABg==</UUID><Name>Inner</Name>
<Entry><UUID>AAAAAAAAAAAAAAAAAAABAQ==</UUID><String><Key>Title</Key>{{lock:two}}</String></Entry></Group></Group>
<Group><UUID>AAAAAAAAAAAAAAAAAAAABQ==</UUID><Name>Bin</Name>
<Entry><UUID>AAAAAAAAAAAAAAAAAAABAg==</UUID><String><Key>Title</Key><Value>three</Value></String></Entry></Group>
</Group><DeletedObjects/></Root></KeePassFile>`

func TestProtectedValuesFollowTheDocument(t *testing.T) {
	got, err := open(argon2idSpec(lock(fixture)).write(t), withPassword("test"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 {
		t.Fatalf("%d entries, want 3 and no history", len(got))
	}
	if got[0].Get("otp") != "otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQ" || got[0].Get("Password") != "old and gold" || got[1].Get("Title") != "two" {
		t.Errorf("protected values: %+v", got)
	}
	if string(got[0].Icon) != "icon" || got[0].IconID != "3" {
		t.Errorf("icons: %q %q", got[0].Icon, got[0].IconID)
	}
	if !reflect.DeepEqual(got[1].Groups, []string{"In", "Inner"}) {
		t.Errorf("groups: %q", got[1].Groups)
	}
	if got[0].Place != Ordinary || got[2].Place != RecycleBin {
		t.Errorf("places: %v, %v", got[0].Place, got[2].Place)
	}
}

// keepassxc-cli is the judge of the writer above, and so of Argon2id here.
func TestKeePassXCReadsOurFixtures(t *testing.T) {
	cli := tooltest.Path(t, "keepassxc-cli")
	path := filepath.Join(t.TempDir(), "a.kdbx")
	if err := os.WriteFile(path, argon2idSpec(lock(fixture)).write(t), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(cli, "show", "-q", "-s", "-a", "Password", path, "one")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "QT_QPA_PLATFORM=offscreen")
	cmd.Stdin = strings.NewReader("test\n")
	out, err := cmd.Output()
	if err != nil || strings.TrimSpace(string(out)) != "old and gold" {
		t.Errorf("keepassxc-cli says %q, %v", out, err)
	}
}

func TestRefused(t *testing.T) {
	good := argon2idSpec(lock(fixture)).write(t)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"empty":      {nil, ErrDamaged},
		"KeePass 1":  {[]byte{0x03, 0xd9, 0xa2, 0x9a, 0x65, 0xfb, 0x4b, 0xb5, 0, 0, 0, 0}, ErrUnsupported},
		"version 5":  {[]byte{0x03, 0xd9, 0xa2, 0x9a, 0x67, 0xfb, 0x4b, 0xb5, 0, 0, 5, 0}, ErrUnsupported},
		"no header":  {good[:12], ErrDamaged},
		"cut off":    {good[:len(good)-40], ErrDamaged},
		"a flip":     {flip(good, len(good)-100), ErrDamaged},
		"header":     {flip(good, 60), ErrDamaged},
		"header MAC": {flip(good, headerSize(good)+40), ErrWrongKey},
		"DOCTYPE":    {argon2idSpec(`<!DOCTYPE x><KeePassFile></KeePassFile>`).write(t), ErrDamaged},
		"not XML":    {argon2idSpec(`hello`).write(t), ErrDamaged},
		"other XML":  {argon2idSpec(`<html></html>`).write(t), ErrDamaged},
		"no stream":  {spec{kdf: argon2idSpec("").kdf, key: argon2idSpec("").key, password: "test", inner: []byte{1, 9}}.write(t), ErrDamaged},
	} {
		if _, err := open(c.data, withPassword("test")); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func headerSize(data []byte) int {
	h, err := parseHeader(data)
	if err != nil {
		panic(err)
	}
	return len(h.raw)
}

func flip(data []byte, at int) []byte {
	out := bytes.Clone(data)
	out[at] ^= 1
	return out
}

// The numbers are refused from the header, before a passphrase is asked for and
// before memory is taken.
func TestKDFBounds(t *testing.T) {
	for name, c := range map[string]struct {
		kdf  []byte
		want error
	}{
		"rounds L-1":     {aesDict(maxRounds - 1), nil},
		"rounds L":       {aesDict(maxRounds), nil},
		"rounds L+1":     {aesDict(maxRounds + 1), ErrLimit},
		"memory L":       {argon2Dict(uuidArgon2id, 1, maxMemory, 2), nil},
		"memory L+1":     {argon2Dict(uuidArgon2id, 1, maxMemory+1, 2), ErrLimit},
		"memory 4 TiB":   {argon2Dict(uuidArgon2d, 1, 4<<40, 2), ErrLimit},
		"memory least":   {argon2Dict(uuidArgon2d, 1, 2*minMemory, 2), nil},
		"memory least-1": {argon2Dict(uuidArgon2d, 1, 2*minMemory-1, 2), ErrLimit},
		"passes 0":       {argon2Dict(uuidArgon2d, 0, 1<<20, 2), ErrLimit},
		"passes L":       {argon2Dict(uuidArgon2d, maxPasses, 1<<20, 2), nil},
		"passes L+1":     {argon2Dict(uuidArgon2d, maxPasses+1, 1<<20, 2), ErrLimit},
		"passes 2^32":    {argon2Dict(uuidArgon2d, 1<<32, 1<<20, 2), ErrLimit},
		"work L":         {argon2Dict(uuidArgon2d, 64, 1<<30, 2), nil},
		"work L+1":       {argon2Dict(uuidArgon2d, 65, 1<<30, 2), ErrLimit},
		"lanes 0":        {argon2Dict(uuidArgon2d, 1, 1<<20, 0), ErrLimit},
		"lanes L":        {argon2Dict(uuidArgon2d, 1, 1<<20, maxParallelism), nil},
		"lanes L+1":      {argon2Dict(uuidArgon2d, 1, 1<<20, maxParallelism+1), ErrLimit},
		"old version":    {variantDict("$UUID", unhex(uuidArgon2d), "S", salt(), "I", uint64(2), "M", uint64(1<<20), "P", uint32(2), "V", uint32(0x10)), ErrUnsupported},
		"secret key":     {variantDict("$UUID", unhex(uuidArgon2d), "S", salt(), "I", uint64(2), "M", uint64(1<<20), "P", uint32(2), "V", uint32(0x13), "K", []byte{1}), ErrUnsupported},
		"unknown":        {variantDict("$UUID", salt()), ErrUnsupported},
		"empty":          {nil, ErrDamaged},
		"short salt":     {variantDict("$UUID", unhex(uuidAES3), "S", []byte{1}, "R", uint64(1)), ErrDamaged},
	} {
		_, err := parseKDF(c.kdf)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestDocumentLimits(t *testing.T) {
	entries := func(n int) string {
		return "<KeePassFile><Root><Group>" + strings.Repeat("<Entry></Entry>", n) + "</Group></Root></KeePassFile>"
	}
	nested := func(n int) string {
		return "<KeePassFile>" + strings.Repeat("<a>", n-1) + strings.Repeat("</a>", n-1) + "</KeePassFile>"
	}
	for name, c := range map[string]struct {
		doc    string
		limits Limits
		want   error
	}{
		"entries L":   {entries(5), Limits{1 << 20, 5}, nil},
		"entries L+1": {entries(6), Limits{1 << 20, 5}, ErrLimit},
		"depth L":     {nested(maxDepth), testLimits(), nil},
		"depth L+1":   {nested(maxDepth + 1), testLimits(), ErrLimit},
		"size L":      {entries(1), Limits{len(entries(1)), 5}, nil},
		"size L+1":    {entries(1), Limits{len(entries(1)) - 1, 5}, ErrLimit},
	} {
		if _, err := ReadXML([]byte(c.doc), c.limits); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	bomb := argon2idSpec(strings.Repeat(" ", 2<<20)).write(t)
	if _, err := open(bomb, withPassword("test")); !errors.Is(err, ErrLimit) {
		t.Errorf("2 MiB of blanks in %d bytes: %v", len(bomb), err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	start := tooltest.CPU()
	k, err := newAESKDF(salt(), maxRounds)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.derive(ctx, salt()); !errors.Is(err, context.Canceled) || tooltest.CPU()-start > 5*time.Second {
		t.Errorf("got %v after %v", err, tooltest.CPU()-start)
	}
}

// FuzzOpen: no panic, and what a header allows is within the bounds. The
// derivation itself is not fuzzed: a mutation can ask for a minute of it.
func FuzzOpen(f *testing.F) {
	f.Add(argon2idSpec(lock(fixture)).write(f))
	f.Add(judge(f, nil, gokeepasslib.WithDatabaseKDBXVersion3()))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := parseHeader(data)
		if err != nil {
			return
		}
		if h.kdf.rounds > maxRounds || uint64(h.kdf.memory)<<10 > maxMemory || h.kdf.passes > maxPasses {
			t.Fatalf("parameters beyond the bounds: %+v", h.kdf)
		}
		key := bytes.Repeat([]byte{1}, 32)
		openV3(h, data[len(h.raw):], key, testLimits())
		openV4(h, data[len(h.raw):], key, testLimits())
	})
}

// FuzzXML: no panic, and no more entries than allowed.
func FuzzXML(f *testing.F) {
	f.Add([]byte(fixture))
	f.Add([]byte(lock(fixture)))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := ReadXML(data, testLimits())
		if err == nil && len(entries) > testLimits().Entries {
			t.Fatalf("%d entries", len(entries))
		}
	})
}
