package qr

import (
	"errors"
	"fmt"
	"time"
)

// Limits on pictures, all in one place. They bound time and memory for any
// input; a picture beyond them is refused before it is decoded.
const (
	maxFile   = 20 << 20   // bytes of a picture file
	maxSide   = 8192       // pixels
	maxPixels = 40_000_000 // width times height
	maxDecode = 165 << 20  // bytes the decoded picture may take, by format
	maxFrames = 64         // of an animation; later ones are not looked at
	maxCodes  = 32         // read from one picture
	maxWork   = 8_500_000  // pixels of the plane that is searched
	maxHeld   = 40 << 20   // bytes of a decoded picture that is kept while it is searched
	maxDerive = 2_000_000  // pixels of the planes for colour and transparency

	// defaultBudget is how long a picture is looked at when nothing is found;
	// with opening it and the step under way at the end it stays below 6 s.
	defaultBudget = 5 * time.Second
)

// What can be wrong with a picture. None of them carries any of its content.
var (
	// ErrNotImage: the data does not begin like any picture format.
	ErrNotImage = errors.New("not a picture in a known format")
	// ErrTruncated: the picture ends before it is complete. A part of a
	// picture is never read as if it were the whole.
	ErrTruncated = errors.New("the picture is cut off or damaged")
	// ErrUnsupported: a picture, but in a format that cannot be opened here.
	ErrUnsupported = errors.New("picture format cannot be read")
	// ErrNoCode: the picture was searched in every way and holds no code that
	// can be read.
	ErrNoCode = errors.New("no readable QR code in the picture")
	// ErrBudget: the time ran out before the search was finished and nothing
	// was found until then.
	ErrBudget = errors.New("gave up looking for a QR code: out of time")
	// ErrTooLong: the text does not fit the largest code.
	ErrTooLong = errors.New("text is too long for a QR code")
)

// TooLargeError says that a picture is over a limit. It is returned before
// any pixel is decoded.
type TooLargeError struct {
	W, H      int   // pixels
	MaxSide   int   // pixels
	MaxPixels int   // W times H
	Bytes     int64 // size of the file, when that is what is over MaxBytes
	MaxBytes  int64
}

func (e *TooLargeError) Error() string {
	switch {
	case e.Bytes > e.MaxBytes && e.MaxBytes > 0:
		return fmt.Sprintf("picture file is too large: %d bytes, at most %d", e.Bytes, e.MaxBytes)
	case e.W > e.MaxSide || e.H > e.MaxSide:
		return fmt.Sprintf("picture is too large: %d by %d pixels, at most %d a side", e.W, e.H, e.MaxSide)
	default:
		return fmt.Sprintf("picture is too large: %d by %d pixels, at most %d million in this format",
			e.W, e.H, e.MaxPixels/1_000_000)
	}
}
