//go:build !darwin && !windows

package screen

import (
	"context"
	"image"
)

// captureNative is not asked for here.
func captureNative(context.Context, System) ([]image.Image, error) { return nil, ErrNone }
