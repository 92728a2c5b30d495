// Package process makes the running program a harder place to steal secrets
// from: it turns off core files and, on Linux, the reading of its memory and
// environment by other processes of the same user.
//
// It raises the cost, no more: malware of the same user can still ask the
// unlocked keyring itself.
package process

// Harden asks the system not to write core files and not to let other processes
// of the same user look inside. It is called before the first secret is read.
// A system that cannot do it is no reason to refuse a code, so nothing is
// returned.
func Harden() { harden() }
