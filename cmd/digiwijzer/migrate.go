package main

import (
	"context"
	"fmt"

	"digiwijzer/bot/secret"
	"digiwijzer/bot/settings"
)

type migrateCmd struct {
	To      string `help:"cli.help.migrate_to" placeholder:"postgres://…"`
	Figures string `help:"cli.help.migrate_figures" placeholder:"postgres://…"`
}

// Run copies the data folder, which no server may be using, to an empty PostgreSQL database, and compares
// the figures of both. Without --to it is the database of the environment.
func (cmd *migrateCmd) Run(ctx context.Context, p *program) error {
	c := p.Settings
	for _, flag := range []struct {
		name, text string
		into       *secret.Value
	}{{"--to", cmd.To, &c.Database}, {"--figures", cmd.Figures, &c.StatsDatabase}} {
		if flag.text == "" {
			continue
		}
		address, err := settings.ParseDatabase(flag.text)
		if err != nil {
			return badInputf("%s: %s", flag.name, p.Say("cli.bad.database"))
		}
		*flag.into = address
	}
	if c.Database.Empty() {
		return p.BadInput("cli.migrate.where")
	}
	key, err := p.loadKey()
	if err != nil {
		return err
	}
	moved := p.Base
	moved.Settings = c
	err = moved.Migrate(ctx, key, func(table string, rows int64) {
		fmt.Fprintln(p.stdout, p.Say("cli.migrate.table", "Table", table, "N", int(rows)))
	})
	if err != nil {
		return err
	}
	return p.print(p.Say("cli.migrate.done", "Name", c.Place().String(), "Dir", c.Data))
}
