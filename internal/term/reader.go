package term

import "os"

// reader reads a terminal from a goroutine of its own, and only when asked: a
// read cannot be called off on every system (kqueue and Windows do not poll a
// console), so one that nobody waits for any more is kept, and its bytes go to
// the next question instead of to nobody.
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

func newReader(in *os.File) *reader {
	return &reader{in: in, ask: make(chan struct{}, 1), got: make(chan chunk, 1)}
}

// next returns the channel on which the next bytes arrive. Who receives from it
// calls received.
func (r *reader) next() <-chan chunk {
	if !r.started {
		r.started = true
		go r.run()
	}
	if !r.waiting {
		r.waiting = true
		r.ask <- struct{}{}
	}
	return r.got
}

func (r *reader) received() { r.waiting = false }

func (r *reader) run() {
	buf := make([]byte, 4096)
	for range r.ask {
		n, err := r.in.Read(buf)
		c := chunk{append([]byte(nil), buf[:n]...), err}
		clear(buf[:n])
		r.got <- c
	}
}

func (r *reader) stop() { close(r.ask) }
