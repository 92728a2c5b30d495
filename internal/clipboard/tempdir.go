//go:build darwin || windows

package clipboard

// ownTempDir: every person has a directory for temporary files here.
const ownTempDir = true
