//go:build !unix

package lock

// noFollow does not exist on Windows, where making links is a privilege.
const noFollow = 0
