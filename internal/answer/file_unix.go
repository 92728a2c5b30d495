//go:build unix

package answer

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// MaxFile is the highest descriptor that RunWithFile takes.
const MaxFile = 255

// RunWithFile gives the program a line and the end of the input on a descriptor
// from 3 to MaxFile. Its standard input is ours.
func (p Program) RunWithFile(fd int, line string) (status int, err error) {
	if fd < 3 || fd > MaxFile {
		return 0, fmt.Errorf("descriptor %d is not between 3 and %d", fd, MaxFile)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer read.Close()
	_, err = write.WriteString(line + "\n") // far less than a pipe holds
	if err2 := write.Close(); err == nil {
		err = err2
	}
	if err != nil {
		return 0, err
	}
	cmd := p.command()
	// Fill the places below the descriptor with what the program would have had
	// there without us: what we inherited is not marked close-on-exec, and all
	// that Go opens is.
	for n := 3; n < fd; n++ {
		var f *os.File
		flags, err := unix.FcntlInt(uintptr(n), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			f = os.NewFile(uintptr(n), "inherited")
		}
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	}
	cmd.ExtraFiles = append(cmd.ExtraFiles, read)
	return p.run(cmd)
}

// Signals are those that a command is to get from us.
func Signals() []os.Signal {
	return []os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2}
}
