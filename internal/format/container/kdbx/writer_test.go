package kdbx

import (
	"bytes"
	"compress/gzip"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20"
)

// A small writer of KDBX 4: what gokeepasslib cannot make (Argon2id, any XML,
// odd headers). That it writes real databases is for keepassxc-cli to say; see
// TestKeePassXCReadsOurFixtures.

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

type spec struct {
	kdf      []byte // VariantDictionary
	key      func(composite []byte) []byte
	doc      string
	cut      int // leave out so many bytes at the end
	inner    []byte
	password string
}

func variantDict(items ...any) []byte {
	out := []byte{0, 1}
	for i := 0; i < len(items); i += 2 {
		name, kind, value := items[i].(string), byte(0x42), []byte(nil)
		switch v := items[i+1].(type) {
		case uint32:
			kind, value = 4, binary.LittleEndian.AppendUint32(nil, v)
		case uint64:
			kind, value = 5, binary.LittleEndian.AppendUint64(nil, v)
		case []byte:
			value = v
		}
		out = append(out, kind)
		out = appendSized(out, []byte(name))
		out = appendSized(out, value)
	}
	return append(out, 0)
}

func appendSized(out, b []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(b))), b...)
}

func argon2Dict(uuid string, passes, memory uint64, lanes uint32) []byte {
	return variantDict("$UUID", unhex(uuid), "S", salt(), "I", passes, "M", memory, "P", lanes, "V", uint32(0x13))
}

func aesDict(rounds uint64) []byte {
	return variantDict("$UUID", unhex(uuidAES3), "S", salt(), "R", rounds)
}

func salt() []byte { return bytes.Repeat([]byte{7}, 32) }

func argon2idSpec(doc string) spec {
	return spec{
		kdf:      argon2Dict(uuidArgon2id, 2, 1<<20, 2),
		key:      func(c []byte) []byte { return argon2.IDKey(c, salt(), 2, 1024, 2, 32) },
		doc:      doc,
		password: "test",
	}
}

func (s spec) write(t testing.TB) []byte {
	t.Helper()
	seed := bytes.Repeat([]byte{9}, 32)
	iv := bytes.Repeat([]byte{3}, 16)
	head := append([]byte{0x03, 0xd9, 0xa2, 0x9a, 0x67, 0xfb, 0x4b, 0xb5, 0, 0, 4, 0}, 2)
	head = append(appendSized(head, unhex(string(cipherAES))), 3)
	head = append(appendSized(head, []byte{1, 0, 0, 0}), 4)
	head = append(appendSized(head, seed), 7)
	head = append(appendSized(head, iv), 11)
	head = append(appendSized(head, s.kdf), 0)
	head = appendSized(head, []byte("\r\n\r\n"))

	pass := sha256.Sum256([]byte(s.password))
	composite := sha256.Sum256(pass[:])
	transformed := s.key(composite[:])
	base := sha512.Sum512(append(append(append([]byte(nil), seed...), transformed...), 1))
	sum := sha256.Sum256(head)
	out := append(append(append([]byte(nil), head...), sum[:]...), blockMAC(base[:], ^uint64(0), head)...)

	sealed := s.seal(t, append(append([]byte(nil), seed...), transformed...), iv)
	for i, block := range [][]byte{sealed, nil} {
		index := binary.LittleEndian.AppendUint64(nil, uint64(i))
		size := binary.LittleEndian.AppendUint32(nil, uint32(len(block)))
		out = append(out, blockMAC(base[:], uint64(i), index, size, block)...)
		out = append(append(out, size...), block...)
	}
	return out[:len(out)-s.cut]
}

func (s spec) seal(t testing.TB, keyText, iv []byte) []byte {
	inner := s.inner
	if inner == nil {
		inner = append(appendSized([]byte{1}, []byte{3, 0, 0, 0}), 2)
		inner = append(appendSized(inner, streamKey()), 0)
		inner = appendSized(inner, nil)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(inner)
	z.Write([]byte(s.doc))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	pad := 16 - packed.Len()%16
	packed.Write(bytes.Repeat([]byte{byte(pad)}, pad))
	key := sha256.Sum256(keyText)
	block, err := aes.NewCipher(key[:])
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(packed.Bytes(), packed.Bytes())
	return packed.Bytes()
}

func streamKey() []byte { return bytes.Repeat([]byte{5}, 64) }

// document is XML with its protected values locked in the order in which they
// stand there: {{lock:TEXT}}.
func lock(doc string) string {
	sum := sha512.Sum512(streamKey())
	s, err := chacha20.NewUnauthenticatedCipher(sum[:32], sum[32:44])
	if err != nil {
		panic(err)
	}
	parts := strings.Split(doc, "{{lock:")
	for i, p := range parts[1:] {
		value, rest, _ := strings.Cut(p, "}}")
		raw := []byte(value)
		s.XORKeyStream(raw, raw)
		parts[i+1] = fmt.Sprintf(`<Value Protected="True">%s</Value>%s`, base64.StdEncoding.EncodeToString(raw), rest)
	}
	return strings.Join(parts, "")
}
