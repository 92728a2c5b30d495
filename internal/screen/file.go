package screen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// maxFile is the most that is read of a picture file, in bytes: one that does
// not compress at all.
const maxFile = 4*maxPixels + 1<<20

// decodePNG reads a picture after looking at its size.
func decodePNG(data []byte) (image.Image, error) {
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: the picture is no PNG file: %w", ErrNone, err)
	}
	if config.Width*config.Height > maxPixels {
		return nil, fmt.Errorf("%w: %d by %d pixels are too many", ErrNone, config.Width, config.Height)
	}
	return png.Decode(bytes.NewReader(data))
}

// captureGrim has grim write all outputs as one picture to its standard output.
// Level 1 is the least compression: nobody keeps the file.
func captureGrim(ctx context.Context, path string) (image.Image, error) {
	data, err := output(ctx, path, "-l", "1", "-")
	if err != nil {
		return nil, err
	}
	return decodePNG(data)
}

func output(ctx context.Context, path string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, toolTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.WaitDelay = time.Second
	var said bytes.Buffer
	cmd.Stderr = &said
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	data, readErr := io.ReadAll(io.LimitReader(pipe, maxFile))
	err = errors.Join(readErr, cmd.Wait())
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		why, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		return nil, fmt.Errorf("%s: %.200s (%w)", filepath.Base(path), why, err)
	}
	return data, nil
}
