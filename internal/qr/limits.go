package qr

import "time"

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
