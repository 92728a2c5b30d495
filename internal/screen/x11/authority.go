package x11

import (
	"encoding/binary"
	"os"
	"path/filepath"
)

const cookieName = "MIT-MAGIC-COOKIE-1"

// The kinds of addresses in an authority file that can mean this machine.
const (
	familyLocal = 256
	familyWild  = 65535
)

// maxAuthority bounds the file: one entry has some 60 bytes.
const maxAuthority = 1 << 20

// Authority is where the authority file is: XAUTHORITY, else .Xauthority in the
// home directory (Xsecurity(7)); "" without one.
func Authority(getenv func(string) string) string {
	if path := getenv("XAUTHORITY"); path != "" {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".Xauthority")
}

// cookie finds the secret for a display of this machine; nil if the file has
// none or is not there: a server may do without.
func cookie(path, number string) []byte {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxAuthority {
		return nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	host, _ := os.Hostname()
	return findCookie(content, host, number)
}

// findCookie looks through entries of a family, an address, a display's number, a
// name and a secret, each with its length before it, big end first (Xau(3)).
func findCookie(content []byte, host, number string) []byte {
	for len(content) >= 2 {
		family := binary.BigEndian.Uint16(content)
		content = content[2:]
		var fields [4][]byte // address, number, name, secret
		for i := range fields {
			if len(content) < 2 || len(content)-2 < int(binary.BigEndian.Uint16(content)) {
				return nil
			}
			end := 2 + int(binary.BigEndian.Uint16(content))
			fields[i], content = content[2:end], content[end:]
		}
		here := family == familyWild || family == familyLocal && string(fields[0]) == host
		this := len(fields[1]) == 0 || string(fields[1]) == number
		if here && this && string(fields[2]) == cookieName {
			return fields[3]
		}
	}
	return nil
}
