package sshkey

import (
	"encoding/binary"
	"math/big"
)

// reader takes the data types of RFC 4251 §5 off the front of a blob. After one
// that is not there it has failed, and gives zero values; done tells at the end.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) take(n uint64) []byte {
	if r.failed || n > uint64(len(r.rest)) {
		r.failed = true
		return nil
	}
	out := r.rest[:n:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) bytes() []byte { return r.take(uint64(r.uint32())) }

// positive reads an mpint. Leading zero bytes, which it should not have, are
// borne, as OpenSSH and Go do; a negative number is none of a key.
func (r *reader) positive() *big.Int {
	b := r.bytes()
	if len(b) > 0 && b[0]&0x80 != 0 {
		r.failed = true
	}
	return new(big.Int).SetBytes(b)
}

// done: all was there and nothing is left.
func (r *reader) done() bool { return !r.failed && len(r.rest) == 0 }

func appendString[T string | []byte](blob []byte, s T) []byte {
	return append(binary.BigEndian.AppendUint32(blob, uint32(len(s))), s...)
}

// appendInt writes a positive mpint in its shortest form: the highest bit is
// the sign, so a zero byte goes before a number that has it set.
func appendInt(blob []byte, n *big.Int) []byte {
	return appendString(blob, n.FillBytes(make([]byte, n.BitLen()/8+1)))
}
