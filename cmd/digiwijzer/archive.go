package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"digiwijzer/bot/app"
	"digiwijzer/flows/content"
	"digiwijzer/store"
)

type backupCmd struct {
	File        string `arg:"" help:"cli.help.backup_file"`
	WithWaiting bool   `help:"cli.help.backup_waiting"`
}

// Run copies the figures, also while serve is running. The copy identifies no person, but is
// confidential. It reports what the copy lacks.
func (cmd *backupCmd) Run(ctx context.Context, p *program) error {
	if err := p.requireFolder("cli.bad.backup_database"); err != nil {
		return err
	}
	var key *store.Key
	if cmd.WithWaiting {
		var err error
		if key, err = store.LoadKey(p.Settings.KeyFile); errors.Is(err, fs.ErrNotExist) {
			return p.BadInput("cli.backup_needs_key", "Key", p.Settings.KeyFile)
		} else if err != nil {
			return err
		}
	}
	b, err := store.Backup(ctx, p.Settings.Data, cmd.File, key)
	if err != nil {
		return err
	}
	if err := store.MarkBackup(p.Settings.Data, p.Clock.Now()); err != nil { // the copy is complete
		fmt.Fprintln(p.stderr, p.Say("cli.backup_unmarked", "Error", err.Error()))
	}
	lines := []string{p.Say("cli.backed_up", "File", cmd.File), p.Say("cli.confidential")}
	if cmd.WithWaiting {
		lines = append(lines, p.Say("cli.backed_up_waiting", "File", cmd.File+store.WaitingSuffix, "N", b.Carried, "Days", store.KeepWaitingDays))
	}
	if b.Staff {
		lines = append(lines, p.Say("cli.backed_up_staff", "File", cmd.File+store.StaffSuffix))
	}
	if b.Missing > 0 {
		lines = append(lines, p.Say("cli.backup_lacks", "N", b.Missing, "All", b.Finished))
	}
	return p.print(lines...)
}

type restoreCmd struct {
	File string `arg:"" help:"cli.help.restore_file"`
}

// Run restores a copy of the figures, and what was waiting if that is next to it; serve must not be
// running. It lists the periods that were released after the copy was made, because the copy may lack rows
// of them.
func (cmd *restoreCmd) Run(ctx context.Context, p *program) error {
	if err := p.requireFolder("cli.bad.restore_database"); err != nil {
		return err
	}
	if _, err := os.Stat(cmd.File); err != nil {
		return app.BadInput{Err: err}
	}
	key, err := store.LoadKey(p.Settings.KeyFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	r, err := store.Restore(ctx, p.Settings.Data, cmd.File, key)
	if err != nil {
		return err
	}
	if r.Staff {
		if err := p.RecordRestore(ctx); err != nil {
			return err
		}
	}
	lines := []string{p.Say("cli.restored", "File", cmd.File, "Dir", p.Settings.Data)}
	if r.Carried > 0 {
		lines = append(lines, p.Say("cli.restored_waiting", "N", r.Carried))
	}
	if r.Kept != "" {
		lines = append(lines, p.Say("cli.kept_before", "File", r.Kept))
	}
	if r.Staff {
		lines = append(lines, p.Say("cli.restored_staff", "File", cmd.File+store.StaffSuffix))
	}
	if r.KeptStaff != "" {
		lines = append(lines, p.Say("cli.kept_before", "File", r.KeptStaff))
	}
	switch {
	case !r.SinceKnown:
		lines = append(lines, p.Say("cli.told_unknown"))
	case len(r.Since) > 0:
		lines = append(lines, p.Say("cli.told_since", "Periods", strings.Join(r.Since, ", ")))
	}
	return p.print(lines...)
}

type purgeCmd struct {
	All           bool `xor:"what" help:"cli.help.purge_all"`
	Conversations bool `xor:"what" help:"cli.help.purge_conversations"`
	Yes           bool `help:"cli.help.purge_yes"`
}

// Run deletes the conversations and the key, or all data; serve must not be running.
func (cmd *purgeCmd) Run(ctx context.Context, p *program) error {
	switch {
	case cmd.Conversations:
		if err := p.Settings.Place().PurgeConversations(ctx, p.Settings.KeyFile); err != nil {
			return err
		}
		fmt.Fprintln(p.stdout, p.Say("cli.purged_conversations", "Dir", p.Settings.Place().String()))
		return nil
	case !cmd.All:
		return p.BadInput("cli.purge_needs_all", "Dir", p.Settings.Place().String(), "Key", p.Settings.KeyFile)
	case !cmd.Yes:
		if err := p.confirmPurge(); err != nil {
			return err
		}
	}
	if err := p.Settings.Place().PurgeAll(ctx, p.Settings.KeyFile); err != nil {
		return err
	}
	if err := content.PurgeVerdicts(p.Settings.Data); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, p.Say("cli.purged", "Dir", p.Settings.Place().String()))
	return nil
}

// requireFolder fails for a command that works on a data folder only.
func (p *program) requireFolder(refusal string) error {
	if p.Settings.Place().IsFolder() {
		return nil
	}
	return p.BadInput(refusal)
}

// confirmPurge requires the name of the data folder to be typed. Without a terminal it fails: a script needs
// --yes.
func (p *program) confirmPurge() error {
	dir := p.Settings.Place().String()
	if p.Settings.Place().IsFolder() {
		var err error
		if dir, err = filepath.Abs(dir); err != nil {
			return err
		}
	}
	if _, ok := terminalOf(p.stdin); !ok {
		return p.BadInput("cli.purge_needs_yes", "Dir", dir)
	}
	name := filepath.Base(dir)
	fmt.Fprint(p.stdout, p.Say("cli.purge_confirm", "Dir", dir, "Key", p.Settings.KeyFile, "Name", name)+" ")
	typed, err := bufio.NewReader(p.stdin).ReadString('\n')
	if err == nil && strings.TrimSpace(typed) != name {
		err = p.BadInput("cli.purge_not_confirmed", "Name", name)
	}
	return err
}
