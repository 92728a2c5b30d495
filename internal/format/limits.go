package format

// The limits that every reader keeps. Beyond one of them a file is hostile or
// damaged: it is refused with ErrLimit before the memory is taken.
const (
	MaxFileBytes = 64 << 20 // of a container (ZIP, KDBX, SQLite), which may hold attachments
	MaxTextBytes = 16 << 20 // of anything parsed as JSON, XML, CSV or lines
	MaxEntries   = 10_000   // of one file, read or rejected
	MaxFiles     = 10_000   // members of a folder source

	maxOldText = 2 << 20 // of text from before UTF-8, which is decoded on a guess

	maxNotes = 100 // on what is missing from a file

	maxLineBytes  = 64 << 10
	maxDepth      = 32        // of JSON and XML
	maxKeyBytes   = 64 << 10  // of the name of a JSON member
	maxElements   = 100_000   // of one JSON array or object
	maxJSONValues = 1_000_000 // of a whole JSON text: memory grows with values, not with bytes

	maxTableColumns = 64        // of CSV
	maxTableField   = 64 << 10  // bytes of one CSV field
	maxTableFields  = 3_000_000 // of all rows

	maxZipEntries = 1_000
	maxZipBytes   = 32 << 20 // unpacked, all members that are read together, counted as they are read
	maxZipRatio   = 200      // unpacked to packed
	zipRatioFloor = 1 << 20  // below it the ratio does not matter

	maxPasswordSlots = 16 // of one file that are tried
	maxPasswordTries = 3  // of a person for one file
)
