package screen

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"

	"github.com/jangle-otp/jangle/internal/run"
)

// maxDisplays is how many files screencapture is offered: it writes one for each
// display and leaves the rest alone.
const maxDisplays = 8

// captureNative has screencapture write into a directory that only the person
// can read, removed afterwards. Without the permission "Screen Recording" macOS
// gives the desktop without its windows and no error.
func captureNative(ctx context.Context, s System) ([]image.Image, error) {
	path, err := s.LookPath("screencapture")
	if err != nil {
		return nil, fmt.Errorf("%w: screencapture is missing", ErrNone)
	}
	dir, err := os.MkdirTemp("", "jangle")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	args := []string{"-x", "-t", "png"} // no sound
	for i := range maxDisplays {
		args = append(args, filepath.Join(dir, fmt.Sprintf("%d.png", i)))
	}
	if _, err := run.Output(ctx, run.Command{Argv: append([]string{path}, args...), Output: maxFile, Time: toolTime}); err != nil {
		return nil, fmt.Errorf("%w; allow the terminal in System Settings, Privacy & Security, Screen Recording: %w", ErrDeclined, err)
	}
	var all []image.Image
	for _, file := range args[3:] {
		data, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, err
		}
		img, err := decodePNG(data)
		if err != nil {
			return nil, err
		}
		all = append(all, img)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: screencapture wrote nothing", ErrNone)
	}
	return all, nil
}
