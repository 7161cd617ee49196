package main

import (
	"context"
	"fmt"
	"os"

	"digiwijzer/store"
)

type backupCmd struct {
	File string `arg:"" help:"${cli_help_backup_file}"`
}

// Run copies the figures while serve may be running. Nothing personal is in the copy.
func (cmd *backupCmd) Run(ctx context.Context, p *program) error {
	err := store.Backup(ctx, p.config.data, cmd.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, p.say("cli.backed_up", "File", cmd.File))
	return err
}

type restoreCmd struct {
	File string `arg:"" help:"${cli_help_restore_file}"`
}

// Run puts a copy of the figures back; serve must not be running.
func (cmd *restoreCmd) Run(ctx context.Context, p *program) error {
	if _, err := os.Stat(cmd.File); err != nil {
		return badInput{err}
	}
	if err := store.Restore(ctx, p.config.data, cmd.File); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.stdout, p.say("cli.restored", "File", cmd.File, "Dir", p.config.data))
	return err
}

type purgeCmd struct {
	All bool `help:"${cli_help_purge_all}"`
}

// Run deletes all data and the key; serve must not be running.
func (cmd *purgeCmd) Run(p *program) error {
	if !cmd.All {
		return badInputf("%s", p.say("cli.purge_needs_all", "Dir", p.config.data, "Key", p.config.keyFile))
	}
	if err := store.PurgeAll(p.config.data, p.config.keyFile); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.stdout, p.say("cli.purged", "Dir", p.config.data))
	return err
}
