package screen

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"

	"github.com/jangle-otp/jangle/internal/run"
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
	return run.Output(ctx, run.Command{Argv: append([]string{path}, args...), Output: maxFile, Time: toolTime})
}
