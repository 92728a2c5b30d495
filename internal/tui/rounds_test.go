//go:build !race

package tui

// rounds is how often each way out is tried.
const rounds = 20
