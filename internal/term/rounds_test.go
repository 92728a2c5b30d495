//go:build !race

package term

// rounds is how often each way out is tried.
const rounds = 20
