//go:build !darwin && !windows

package clipboard

// ownTempDir: /tmp is everybody's.
const ownTempDir = false
