//go:build !unix

package process

func harden() {}
