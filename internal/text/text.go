// Package text is where a message in English becomes what a person reads. Each
// message comes by here once: in cli's answer, tell, warn and confirm, in package failure
// (usage, failed), in package ask, in a walk over the commands before their help is
// shown, and where a part of a message is made of others. So a translation needs no
// change where a message is written. The errors that other packages make with fmt.Errorf
// do not come by; they are English until they do.
//
// A translation hooks in by T alone: the English format is the key, as in gettext, and
// a catalog of the person's language gives the format in its place; a message that the
// catalog does not have stays English. The verbs of a format may change places there
// (%[2]s). The catalog is to be chosen and read at the first call of T and never before:
// `jangle code` in a pipe prints digits, and calls T not at all.
//
// What a script reads is no message: JSON, digits, ids, the names of commands, flags and
// settings.
package text

import "fmt"

// T is a format with its arguments in the person's language. Without arguments it is
// the format itself, whose verbs are for fmt.Errorf, or a text that is no format.
func T(format string, args ...any) string {
	translated := format // the one place for a catalog
	if len(args) == 0 {
		return translated
	}
	return fmt.Sprintf(translated, args...)
}
