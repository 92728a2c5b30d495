// Command jangle keeps the secrets behind one-time codes in the operating
// system's keyring and shows the codes. Package cli has the commands.
package main

import (
	"os"

	"github.com/jangle-otp/jangle/internal/cli"
)

func main() { os.Exit(int(cli.Main(cli.FromOS()))) }
