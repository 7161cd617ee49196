package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"digiwijzer/bot/app"
	"digiwijzer/bot/demo"
)

type serveCmd struct {
	contentFlag
	Demo bool `help:"cli.help.serve_demo"`
}

// Run serves until ctx ends, then shuts down gracefully. A demo leaves no data behind.
func (cmd *serveCmd) Run(ctx context.Context, p *program) error {
	p.Settings.Content = cmd.folder(p)
	if !cmd.Demo {
		return cmd.serve(ctx, p, p.Base)
	}
	if p.Settings.Has("TELEGRAM_BOT_TOKEN") {
		fmt.Fprintln(p.stderr, p.Say("dashboard.demo.telegram"))
	}
	base, remove, err := p.Temporary()
	if err != nil {
		return err
	}
	if err = errors.Join(cmd.serve(ctx, p, base), remove()); err == nil {
		fmt.Fprintln(p.stdout, p.Say("dashboard.demo.gone"))
	}
	return err
}

func (cmd *serveCmd) serve(ctx context.Context, p *program, base app.Base) error {
	app.LimitMemory()
	s, err := app.Open(ctx, app.Options{Base: base, Log: p.logger(), Demo: cmd.Demo})
	if err != nil {
		return err
	}
	if cmd.Demo {
		err = s.FillDemo(ctx, func(done int) {
			fmt.Fprintln(p.stderr, p.Say("dashboard.demo.filling", "N", strconv.Itoa(done), "Of", strconv.Itoa(demo.People)))
		})
	}
	if err == nil {
		for _, line := range s.Announcement() {
			fmt.Fprintln(p.stdout, line)
		}
		app.CollectLess()
		err = s.Run(ctx)
	}
	if err = errors.Join(err, s.Close()); err == nil {
		fmt.Fprintln(p.stdout, p.Say("cli.serve.stopped"))
	}
	return err
}
