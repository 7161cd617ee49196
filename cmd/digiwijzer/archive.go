package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"digiwijzer/store"
)

type backupCmd struct {
	File string `arg:"" help:"${cli_help_backup_file}"`
}

// Run copies the figures, also while serve is running. The copy names no person, but is
// confidential.
func (cmd *backupCmd) Run(ctx context.Context, p *program) error {
	if err := store.Backup(ctx, p.config.Data, cmd.File); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.stdout, p.say("cli.backed_up", "File", cmd.File)+"\n"+p.say("cli.confidential"))
	return err
}

type restoreCmd struct {
	File string `arg:"" help:"${cli_help_restore_file}"`
}

// Run restores a copy of the figures; serve must not be running. It says which periods were
// told after the copy was made, because the copy may lack rows of them.
func (cmd *restoreCmd) Run(ctx context.Context, p *program) error {
	if _, err := os.Stat(cmd.File); err != nil {
		return badInput{err}
	}
	since, known, err := store.ReleasedSince(ctx, p.config.Data, cmd.File)
	if err != nil {
		return err
	}
	if err := store.Restore(ctx, p.config.Data, cmd.File); err != nil {
		return err
	}
	lines := []string{p.say("cli.restored", "File", cmd.File, "Dir", p.config.Data)}
	switch {
	case !known:
		lines = append(lines, p.say("cli.told_unknown"))
	case len(since) > 0:
		lines = append(lines, p.say("cli.told_since", "Periods", strings.Join(since, ", ")))
	}
	_, err = fmt.Fprintln(p.stdout, strings.Join(lines, "\n"))
	return err
}

type purgeCmd struct {
	All bool `help:"${cli_help_purge_all}"`
}

// Run deletes all data and the key; serve must not be running.
func (cmd *purgeCmd) Run(p *program) error {
	if !cmd.All {
		return p.badInput("cli.purge_needs_all", "Dir", p.config.Data, "Key", p.config.KeyFile)
	}
	if err := store.PurgeAll(p.config.Data, p.config.KeyFile); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.stdout, p.say("cli.purged", "Dir", p.config.Data))
	return err
}
