//go:build unix

package lock

import "syscall"

// noFollow refuses a symbolic link that another program put in place of the lock.
const noFollow = syscall.O_NOFOLLOW
