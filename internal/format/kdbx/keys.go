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

// compositeKey joins what the person has: each part hashed, in the order
// passphrase, key file; a part that is not there is left out.
func compositeKey(c Credentials) ([]byte, error) {
	h := sha256.New()
	if c.Passphrase != nil {
		sum := sha256.Sum256(c.Passphrase)
		h.Write(sum[:])
	}
	if c.KeyFile != nil {
		key, err := keyFileKey(c.KeyFile)
		if err != nil {
			return nil, err
		}
		h.Write(key)
	}
	return h.Sum(nil), nil
}

// keyFileKey takes the key from a key file: XML of version 1 or 2, 32 raw
// bytes, 64 hex digits, or the hash of any other file.
func keyFileKey(data []byte) ([]byte, error) {
	if key, ok, err := xmlKey(data); ok {
		return key, err
	}
	if len(data) == 32 {
		return data, nil
	}
	if len(data) == 64 {
		if key, err := hex.DecodeString(string(data)); err == nil {
			return key, nil
		}
	}
	sum := sha256.Sum256(data)
	return sum[:], nil
}

// maxXMLKey bounds what is tried as XML; a key file of that kind has 200 bytes.
const maxXMLKey = 64 << 10

type xmlKeyFile struct {
	XMLName xml.Name
	Version string `xml:"Meta>Version"`
	Data    struct {
		Hash  string `xml:"Hash,attr"`
		Value string `xml:",chardata"`
	} `xml:"Key>Data"`
	Challenge string `xml:"challenge"` // the KeeChallenge plug-in
}

func xmlKey(data []byte) (key []byte, isXML bool, err error) {
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	if len(data) > maxXMLKey || !bytes.HasPrefix(trimmed, []byte("<")) {
		return nil, false, nil
	}
	var f xmlKeyFile
	if xml.Unmarshal(trimmed, &f) != nil {
		return nil, false, nil
	}
	if f.Challenge != "" {
		return nil, true, fmt.Errorf("%w: the key file belongs to a hardware key (KeeChallenge)", ErrUnsupported)
	}
	if f.XMLName.Local != "KeyFile" {
		return nil, false, nil
	}
	key, err = f.key()
	return key, true, err
}

func (f *xmlKeyFile) key() ([]byte, error) {
	text := strings.Join(strings.Fields(f.Data.Value), "")
	if !strings.HasPrefix(f.Version, "2") {
		key, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(key) == 0 {
			return nil, fmt.Errorf("%w: the key in the key file is not base64", ErrDamaged)
		}
		return key, nil
	}
	key, err := hex.DecodeString(text)
	if err != nil || len(key) == 0 {
		return nil, fmt.Errorf("%w: the key in the key file is not hex", ErrDamaged)
	}
	sum := sha256.Sum256(key)
	if want, err := hex.DecodeString(f.Data.Hash); err != nil || len(want) != 4 || subtle.ConstantTimeCompare(want, sum[:4]) != 1 {
		return nil, fmt.Errorf("%w: the key file fails its own checksum", ErrDamaged)
	}
	return key, nil
}
