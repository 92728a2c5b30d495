package cli

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// answersAtOnce marks a command that reads, prints and ends. It starts without
// listening for signals, and dies of one as any program does: nothing is half
// done. To listen, the runtime changes threads twice for each signal, and again
// to stop: a millisecond, a fifth of what `jangle code` takes (measured).
const answersAtOnce = "answers at once"

// listen turns Ctrl-C and the system's wish that the process ends into the end of
// the command's context. Commands that answer at once call it before they wait for
// a person, who would find a terminal without echo or a dialog left over, and
// before they change something.
func (app *App) listen() {
	app.listening.Do(func() {
		if app.Signals != nil {
			app.Signals(app.cancel)
		}
	})
}

func (app *App) listenUnlessAtOnce(cmd *cobra.Command, _ []string) {
	if _, quick := cmd.Annotations[answersAtOnce]; !quick {
		app.listen()
	}
}

// onSignal calls f when the process is asked to end. It listens for as long as the
// process lives.
func onSignal(f func()) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-asked
		f()
	}()
}
