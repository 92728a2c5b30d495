package file

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// ownerPermissions let other sessions of the same user find and read the key:
// everything for whoever possesses it, view + read + search for the user.
// Without them a second login finds the key and gets EACCES (measured).
const ownerPermissions = 0x3f0b0000

// kernelWrite puts text into the user's keyring, for the given time. The key is
// made in the thread's own keyring, which ends with the thread, and shown to
// the user's other processes only when its time is set: a crash in between
// leaves no key.
func kernelWrite(name string, text []byte, ttl time.Duration) {
	runtime.LockOSThread() // keyrings of a thread
	defer runtime.UnlockOSThread()
	id, err := unix.AddKey("user", name, text, unix.KEY_SPEC_THREAD_KEYRING)
	if err != nil {
		return
	}
	defer unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_THREAD_KEYRING, 0, 0)
	if _, err := unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, id, seconds(ttl), 0, 0); err != nil {
		return
	}
	if err := unix.KeyctlSetperm(id, ownerPermissions); err != nil {
		return
	}
	_, _ = unix.KeyctlInt(unix.KEYCTL_LINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
}

// kernelRead finds the text under a name and the kernel's number for it.
func kernelRead(name string) (id int, text []byte, ok bool) {
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", name, 0)
	if err != nil {
		return 0, nil, false
	}
	buf := make([]byte, 1024)
	n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, id, buf, 0)
	if err != nil || n > len(buf) {
		return 0, nil, false
	}
	return id, buf[:n], true
}

// kernelKeep lets the time of a key begin anew. Only whoever possesses a key may
// set its time, and a session that was not set up by PAM does not possess the
// user's keyring, so the thread takes hold of it for that moment.
func kernelKeep(id int, ttl time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_, err := unix.KeyctlInt(unix.KEYCTL_LINK, unix.KEY_SPEC_USER_KEYRING, unix.KEY_SPEC_THREAD_KEYRING, 0, 0)
	if err == nil {
		defer unix.KeyctlInt(unix.KEYCTL_UNLINK, unix.KEY_SPEC_USER_KEYRING, unix.KEY_SPEC_THREAD_KEYRING, 0, 0)
	}
	_, _ = unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, id, seconds(ttl), 0, 0)
}

// kernelForget makes the kernel drop the key at once.
func kernelForget(name string) {
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", name, 0)
	if err != nil {
		return
	}
	_, _ = unix.KeyctlInt(unix.KEYCTL_INVALIDATE, id, 0, 0, 0)
	_, _ = unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
}

// seconds rounds up: 0 would mean for ever.
func seconds(d time.Duration) int { return max(1, int((d+time.Second-1)/time.Second)) }
