//go:build !linux

package asker

import (
	"context"
	"os"
	"strconv"
	"strings"

	"github.com/jangle-otp/jangle/internal/run"
)

// parent asks ps(1), which has no way to tell arguments apart. Without it the
// program stays unknown.
func parent(ctx context.Context) (process, error) {
	out, err := run.Output(ctx, run.Command{
		Argv: []string{"ps", "-o", "comm=", "-p", strconv.Itoa(os.Getppid())}, Time: sshTime, Output: maxGoal})
	return process{name: programName(strings.TrimSpace(string(out)))}, err
}
