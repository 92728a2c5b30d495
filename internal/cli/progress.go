package cli

import (
	"sync"
	"time"
)

// showProgress says on stderr what is going on if it takes longer than a
// second. The returned function ends that.
func (app *App) showProgress(what string) (stop func()) {
	var once sync.Once
	end := make(chan struct{})
	if !app.ErrIsTerminal {
		return func() { once.Do(func() { close(end) }) }
	}
	said := make(chan struct{})
	go func() {
		defer close(said)
		select {
		case <-end:
		case <-time.After(time.Second):
			app.tell("%s: this takes a moment (Ctrl-C stops it)\n", what)
		}
	}()
	return func() {
		once.Do(func() { close(end) })
		<-said
	}
}
