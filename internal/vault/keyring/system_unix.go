//go:build linux || freebsd || netbsd || openbsd || dragonfly

package keyring

// systemLimit: the Secret Service has no limit on a value; 1 MB works (measured
// on gnome-keyring: 138 ms to write).
const systemLimit = 0

const systemName = "the keyring of the desktop (Secret Service)"

func newRing(o Options, g *guard) ring {
	return &secretService{service: o.Service, bus: o.Bus, noPrompt: o.NoPrompt, asking: o.Asking, guard: g}
}
