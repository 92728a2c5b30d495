package file

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// maxUnlocked is how long a key may stay in the kernel after the passphrase was
// typed, however often it is used.
const maxUnlocked = 8 * time.Hour

// keyCache is a place in the kernel's keyring for one unlocked key. Where the
// kernel has none (containers may forbid it, other systems lack it) nothing is
// ever found there and the passphrase is asked for each time.
type keyCache struct {
	name string
	ttl  time.Duration // from the last use; 0: the cache is off
	now  func() time.Time
}

// errStillThere: the kernel would not let go of the key.
var errStillThere = errors.New("the key is still in the kernel's keyring")

// The stored text is "UNIXTIME KEY": when the passphrase was typed, and the key.

// load returns the key, and lets its time begin anew.
func (c keyCache) load() ([]byte, bool) {
	if c.ttl <= 0 {
		return nil, false
	}
	id, text, ok := kernelRead(c.name)
	if !ok {
		return nil, false
	}
	stamp, key, found := bytes.Cut(text, []byte(" "))
	typed, err := strconv.ParseInt(string(stamp), 10, 64)
	left := maxUnlocked - c.now().Sub(time.Unix(typed, 0))
	if !found || err != nil || left <= 0 || left > maxUnlocked+time.Minute {
		clear(text)
		_ = c.forget()
		return nil, false
	}
	kernelKeep(id, min(c.ttl, left))
	return key, true
}

// store keeps the key. A failure means only that the passphrase is asked for
// again.
func (c keyCache) store(key []byte) {
	if c.ttl <= 0 {
		return
	}
	text := fmt.Appendf(nil, "%d %s", c.now().Unix(), key)
	defer clear(text)
	kernelWrite(c.name, text, min(c.ttl, maxUnlocked))
}

// forget removes the key and looks whether it has gone.
func (c keyCache) forget() error {
	kernelForget(c.name)
	if _, text, ok := kernelRead(c.name); ok {
		clear(text)
		return errStillThere
	}
	return nil
}

// CacheWorks tells whether this system can keep an unlocked key between two
// commands.
func CacheWorks() bool {
	const probe = "jangle:probe"
	defer kernelForget(probe)
	kernelWrite(probe, []byte("probe"), time.Minute)
	_, text, ok := kernelRead(probe)
	return ok && string(text) == "probe"
}
