package x11

import (
	"encoding/binary"
	"errors"
)

// order is the one that we ask the server to write in.
var order = binary.LittleEndian

var errSetup = errors.New("its description of the screen cannot be read")

// parseSetup reads of the server's description what pictures of screen n need.
func parseSetup(body []byte, n int) (Screen, error) {
	r := reader{rest: body}
	r.skip(16) // release, resource ids, motion buffer
	vendor := int(r.u16())
	r.skip(2) // longest request
	screens, formats := int(r.u8()), int(r.u8())
	bigEndian := r.u8() == 1
	r.skip(9 + (vendor+3)/4*4) // bitmaps, key codes, the vendor's name
	layouts := map[int][2]int{}
	for range formats {
		depth, bits, pad := int(r.u8()), int(r.u8()), int(r.u8())
		layouts[depth] = [2]int{bits, pad}
		r.skip(5)
	}
	for i := range screens {
		s := r.screen()
		if i == n && !r.short {
			layout := layouts[s.Depth]
			s.BitsPerPixel, s.RowPad, s.BigEndian = layout[0], layout[1], bigEndian
			return s, nil
		}
	}
	return Screen{}, errSetup
}

// screen reads one screen with its depths and their visuals, of which the root
// window has one.
func (r *reader) screen() Screen {
	s := Screen{root: r.u32()}
	r.skip(16) // colour map, white, black, event mask
	s.Width, s.Height = int(r.u16()), int(r.u16())
	r.skip(8) // millimetres, colour maps
	visual := r.u32()
	r.skip(2) // backing store, save-unders
	s.Depth = int(r.u8())
	for range r.u8() {
		r.skip(2)
		visuals := r.u16()
		r.skip(4)
		for range visuals {
			id := r.u32()
			r.skip(4) // class, bits of a colour, size of the colour map
			red, green, blue := r.u32(), r.u32(), r.u32()
			r.skip(4)
			if id == visual {
				s.Red, s.Green, s.Blue = red, green, blue
			}
		}
	}
	return s
}

// reader takes numbers from the front; past the end it gives zeros and says so.
type reader struct {
	rest  []byte
	short bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		r.rest, r.short = nil, true
		return make([]byte, 4)
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) skip(n int) {
	if n > len(r.rest) {
		r.rest, r.short = nil, true
		return
	}
	r.rest = r.rest[n:]
}

func (r *reader) u8() uint8   { return r.take(1)[0] }
func (r *reader) u16() uint16 { return order.Uint16(r.take(2)) }
func (r *reader) u32() uint32 { return order.Uint32(r.take(4)) }
