// Command digiwijzer runs the Digiwijzer: a chat assistant that shows small businesses in Regio Utrecht how
// ready they are for digitalisation, how much it will change for them, and which support fits. One binary
// serves the chats, runs a conversation in the terminal, reports to the werkgroep and checks the content.
//
// This package contains the commands and is the only one that reads the environment; bot/app assembles the
// service and bot/settings defines the settings.
package main

import (
	"context"
	"digiwijzer/bot/app"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	app.HardenProcess()
	deferCollection()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(Run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
