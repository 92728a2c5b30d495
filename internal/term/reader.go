package term

import (
	"bytes"
	"os"
)

// reader reads a terminal from a goroutine of its own, and only when asked: a
// read cannot be called off on every system (kqueue and Windows do not poll a
// console), so one that is not waited for any more is kept, and its bytes go to
// the next question instead of getting lost.
type reader struct {
	in      *os.File
	ask     chan struct{}
	got     chan chunk
	waiting bool // asked, not yet received
	started bool
}

type chunk struct {
	bytes []byte
	err   error
}

// next returns the channel on which the next bytes arrive. Who receives from it
// calls received.
func (r *reader) next() <-chan chunk {
	if !r.started {
		r.started = true
		go func() {
			buf := make([]byte, 4096)
			for range r.ask {
				n, err := r.in.Read(buf)
				c := chunk{bytes.Clone(buf[:n]), err}
				clear(buf[:n])
				r.got <- c
			}
		}()
	}
	if !r.waiting {
		r.waiting = true
		r.ask <- struct{}{}
	}
	return r.got
}

func (r *reader) received() { r.waiting = false }
