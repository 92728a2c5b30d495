//go:build !unix || darwin

package screen

import (
	"context"
	"image"
)

// capturePortal is not there: only free desktops have portals.
func capturePortal(context.Context, System) (image.Image, error) { return nil, ErrNone }
