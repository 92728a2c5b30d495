package kdbx

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"strings"
)

// keyFileKey takes the key from a key file: XML of version 1 or 2, 32 raw
// bytes, 64 hex digits, or the hash of any other file.
func keyFileKey(data []byte) ([]byte, error) {
	const maxXML = 64 << 10 // a key file in XML has about 200 bytes
	var f struct {
		XMLName xml.Name
		Version string `xml:"Meta>Version"`
		Data    struct {
			Hash  string `xml:"Hash,attr"`
			Value string `xml:",chardata"`
		} `xml:"Key>Data"`
		Challenge string `xml:"challenge"` // the KeeChallenge plug-in
	}
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	isXML := len(data) <= maxXML && bytes.HasPrefix(trimmed, []byte("<")) && xml.Unmarshal(trimmed, &f) == nil
	text := strings.Join(strings.Fields(f.Data.Value), "")
	switch {
	case isXML && f.Challenge != "":
		return nil, fmt.Errorf("%w: the key file belongs to a hardware key (KeeChallenge)", ErrUnsupported)
	case isXML && f.XMLName.Local == "KeyFile" && !strings.HasPrefix(f.Version, "2"):
		key, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(key) == 0 {
			return nil, fmt.Errorf("%w: the key in the key file is not base64", ErrDamaged)
		}
		return key, nil
	case isXML && f.XMLName.Local == "KeyFile":
		key, err := hex.DecodeString(text)
		if err != nil || len(key) == 0 {
			return nil, fmt.Errorf("%w: the key in the key file is not hex", ErrDamaged)
		}
		sum := sha256.Sum256(key)
		if want, err := hex.DecodeString(f.Data.Hash); err != nil || len(want) != 4 || subtle.ConstantTimeCompare(want, sum[:4]) != 1 {
			return nil, fmt.Errorf("%w: the key file fails its own checksum", ErrDamaged)
		}
		return key, nil
	case len(data) == 32:
		return data, nil
	case len(data) == 64:
		if key, err := hex.DecodeString(string(data)); err == nil {
			return key, nil
		}
	}
	sum := sha256.Sum256(data)
	return sum[:], nil
}
