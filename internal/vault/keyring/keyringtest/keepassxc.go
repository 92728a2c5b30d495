//go:build linux

package keyringtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

// The root group is the one that is exposed as the default collection. The
// recycle bin is off, as deleted entries in it would be a second copy.
const keepassXML = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<KeePassFile><Meta><Generator>test</Generator><DatabaseName>test</DatabaseName><RecycleBinEnabled>%s</RecycleBinEnabled>
<CustomData><Item><Key>FDO_SECRETS_EXPOSED_GROUP</Key><Value>{01020304-0506-0708-090a-0b0c0d0e0f10}</Value></Item></CustomData></Meta>
<Root><Group><UUID>AQIDBAUGBwgJCgsMDQ4PEA==</UUID><Name>Root</Name></Group></Root></KeePassFile>
`

const keepassConfig = `[General]
ConfigVersion=2
SingleInstance=false
AutoSaveAfterEveryChange=true
[FdoSecrets]
Enabled=true
ConfirmAccessItem=%t
ConfirmDeleteItem=%t
ShowNotification=false
[GUI]
CheckForUpdates=false
`

// KeePassOptions say how KeePassXC behaves.
type KeePassOptions struct {
	Confirm    bool // ask before a program reads or deletes an entry, as it does unless told otherwise
	RecycleBin bool
}

// KeePassXC is a real KeePassXC on a private bus, with an open database.
type KeePassXC struct {
	*Bus
	daemon *process
}

// StartKeePassXC starts KeePassXC without a display. It ends with the test.
func StartKeePassXC(t testing.TB, o KeePassOptions) *KeePassXC {
	t.Helper()
	k := &KeePassXC{Bus: StartBus(t)}
	bin := "False"
	if o.RecycleBin {
		bin = "True"
	}
	k.write(t, "db.xml", fmt.Sprintf(keepassXML, bin))
	k.write(t, "config.ini", fmt.Sprintf(keepassConfig, o.Confirm, o.Confirm))
	importer := exec.Command(tooltest.Path(t, "keepassxc-cli"), "import", "-t", "100", "-p", k.path("db.xml"), k.path("db.kdbx"))
	importer.Env, importer.Stdin = k.Env(), strings.NewReader(password+"\n"+password+"\n")
	if out, err := importer.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	k.Restart(t)
	return k
}

// Restart starts KeePassXC again after Quit.
func (k *KeePassXC) Restart(t testing.TB) {
	t.Helper()
	k.daemon = k.run(t, []byte(password+"\n"), tooltest.Path(t, "keepassxc"), "--config", k.path("config.ini"),
		"--localconfig", k.path("local.ini"), "--pw-stdin", k.path("db.kdbx"))
	k.AwaitOwner(t, true)
	collection := k.Dial(t).Object("org.freedesktop.secrets", "/org/freedesktop/secrets/collection/db")
	await(t, "the database", func() bool { return !locked(collection) })
}

func locked(collection dbus.BusObject) bool {
	v, err := collection.GetProperty("org.freedesktop.Secret.Collection.Locked")
	if err != nil {
		return true
	}
	shut, ok := v.Value().(bool)
	return !ok || shut
}

// Lock locks the database for good: no person is there to type its password.
func (k *KeePassXC) Lock(t testing.TB) {
	t.Helper()
	conn := k.Dial(t)
	const db = dbus.ObjectPath("/org/freedesktop/secrets/collection/db")
	var done []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err := conn.Object("org.freedesktop.secrets", "/org/freedesktop/secrets").
		Call("org.freedesktop.Secret.Service.Lock", 0, []dbus.ObjectPath{db}).Store(&done, &prompt)
	if err == nil && prompt != "/" { // which locks it, without a window
		err = conn.Object("org.freedesktop.secrets", prompt).Call("org.freedesktop.Secret.Prompt.Prompt", 0, "").Err
	}
	if err != nil {
		t.Fatalf("cannot lock the database: %v", err)
	}
	await(t, "the locked database", func() bool { return locked(conn.Object("org.freedesktop.secrets", db)) })
}

// Quit ends KeePassXC as a person does: it writes its database first, which it
// does otherwise some moments after it acknowledged a change.
func (k *KeePassXC) Quit(t testing.TB) {
	t.Helper()
	k.daemon.quit(t)
	k.AwaitOwner(t, false)
}

func (k *KeePassXC) path(name string) string { return filepath.Join(k.Home, name) }

func (k *KeePassXC) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(k.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
