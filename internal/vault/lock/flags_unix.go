//go:build unix

package lock

import "syscall"

// noFollow refuses a symbolic link that somebody put in the lock's place.
const noFollow = syscall.O_NOFOLLOW
