package main

import (
	"context"
	"errors"
	"fmt"

	"digiwijzer/bot/secret"
	"digiwijzer/store"
	"digiwijzer/store/staffdb"
)

type migrateCmd struct {
	To      string `help:"cli.help.migrate_to" placeholder:"postgres://…"`
	Figures string `help:"cli.help.migrate_figures" placeholder:"postgres://…"`
}

// Run copies the data folder, which nobody serves, to a PostgreSQL database that is empty, and
// compares the figures of both. Without --to it is the database of the environment.
func (cmd *migrateCmd) Run(ctx context.Context, p *program) error {
	c := p.config
	for _, flag := range []struct {
		name, text string
		into       *secret.Value
	}{{"--to", cmd.To, &c.Database}, {"--figures", cmd.Figures, &c.StatsDatabase}} {
		if flag.text == "" {
			continue
		}
		address, err := parseDatabase(flag.text)
		if err != nil {
			return badInputf("%s: %s", flag.name, p.say("cli.bad.database"))
		}
		*flag.into = address
	}
	if c.Database.Empty() {
		return p.badInput("cli.migrate.where")
	}
	key, err := p.loadKey()
	if err != nil {
		return err
	}
	moved := *p
	moved.config = c
	if err := moved.migrate(ctx, key); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, p.say("cli.migrate.done", "Name", c.place().String(), "Dir", c.Data))
	return err
}

func (p *program) migrate(ctx context.Context, key *store.Key) error {
	refused, _, err := p.databaseFindings(ctx)
	if err != nil {
		return p.unreachableDatabase(err)
	}
	if err := errors.Join(refused...); err != nil {
		return err
	}
	told := func(table string, rows int64) {
		fmt.Fprintln(p.stdout, p.say("cli.migrate.table", "Table", table, "N", int(rows)))
	}
	err = p.migrateStaff(ctx, told, func() error { return store.Migrate(ctx, p.config.Data, key, p.config.place(), told) })
	if errors.Is(err, store.ErrNotEmpty) || errors.Is(err, staffdb.ErrNotEmpty) {
		return p.badInput("cli.migrate.not_empty", "Name", p.config.place().String())
	}
	return err
}

// migrateStaff copies the data of staff, once all else is copied; where some are in the database
// already, nothing is.
func (p *program) migrateStaff(ctx context.Context, told func(string, int64), rest func() error) error {
	if !staffdb.Exist(p.config.Data) {
		return rest()
	}
	from, err := staffdb.Open(ctx, p.config.Data)
	if err != nil {
		return err
	}
	into, err := p.config.openStaffData(ctx)
	if err != nil {
		return errors.Join(err, from.Close())
	}
	empty, err := into.Empty(ctx)
	if err == nil && !empty {
		err = staffdb.ErrNotEmpty
	}
	if err == nil {
		err = rest()
	}
	if err == nil {
		err = from.CopyTo(ctx, into, func(table string, rows int64) { told("staff."+table, rows) })
	}
	return errors.Join(err, into.Close(), from.Close())
}
