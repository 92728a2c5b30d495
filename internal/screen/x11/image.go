package x11

import (
	"errors"
	"fmt"
	"io"
)

// maxReply bounds an answer in bytes: rows of 64 K pixels of four bytes.
const maxReply = 256 << 20

var errTooLong = errors.New("its answer is longer than what was asked for")

// Rows returns the pixels of n rows of the root window from row y on, as Screen
// says that they lie.
func (c *Conn) Rows(y, n int) ([]byte, error) {
	if _, err := c.Write(getImage(c.screen, y, n)); err != nil {
		return nil, err
	}
	const isError, isReply = 0, 1
	for {
		head := make([]byte, 32) // every message has as many bytes at least
		if _, err := io.ReadFull(c, head); err != nil {
			return nil, err
		}
		switch head[0] {
		case isError:
			return nil, fmt.Errorf("it refuses the picture (error %d)", head[1])
		case isReply:
			size := 4 * int64(order.Uint32(head[4:]))
			if size > maxReply {
				return nil, errTooLong
			}
			pixels := make([]byte, size)
			_, err := io.ReadFull(c, pixels)
			return pixels, err
		}
		// Something else happened: no concern of ours.
	}
}

// getImage is the request of that name, 73, for whole pixels in all their bits.
func getImage(s Screen, y, n int) []byte {
	const opcode, zPixmap, words = 73, 2, 5
	m := []byte{opcode, zPixmap, words, 0}
	m = order.AppendUint32(m, s.root)
	m = append(m, 0, 0) // x
	m = order.AppendUint16(m, uint16(y))
	m = order.AppendUint16(m, uint16(s.Width))
	m = order.AppendUint16(m, uint16(n))
	return append(m, 0xff, 0xff, 0xff, 0xff)
}
