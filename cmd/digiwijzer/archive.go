package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"digiwijzer/bot/staff/people"
	"digiwijzer/flows/content"
	"digiwijzer/store"
	"digiwijzer/store/staffdb"
)

type backupCmd struct {
	File        string `arg:"" help:"cli.help.backup_file"`
	WithWaiting bool   `help:"cli.help.backup_waiting"`
}

// Run copies the figures, also while serve is running. The copy names no person, but is
// confidential. It says what the copy lacks.
func (cmd *backupCmd) Run(ctx context.Context, p *program) error {
	if err := p.requireFolder("cli.bad.backup_database"); err != nil {
		return err
	}
	var key *store.Key
	if cmd.WithWaiting {
		var err error
		if key, err = store.LoadKey(p.config.KeyFile); errors.Is(err, fs.ErrNotExist) {
			return p.badInput("cli.backup_needs_key", "Key", p.config.KeyFile)
		} else if err != nil {
			return err
		}
	}
	b, err := store.Backup(ctx, p.config.Data, cmd.File, key)
	if err != nil {
		return err
	}
	if err := store.MarkBackup(p.config.Data, p.clock.Now()); err != nil { // the copy is whole
		fmt.Fprintln(p.stderr, p.say("cli.backup_unmarked", "Error", err.Error()))
	}
	lines := []string{p.say("cli.backed_up", "File", cmd.File), p.say("cli.confidential")}
	if cmd.WithWaiting {
		lines = append(lines, p.say("cli.backed_up_waiting", "File", cmd.File+store.WaitingSuffix, "N", b.Carried, "Days", store.KeepWaitingDays))
	}
	if b.Staff {
		lines = append(lines, p.say("cli.backed_up_staff", "File", cmd.File+store.StaffSuffix))
	}
	if b.Missing > 0 {
		lines = append(lines, p.say("cli.backup_lacks", "N", b.Missing, "All", b.Finished))
	}
	_, err = fmt.Fprintln(p.stdout, strings.Join(lines, "\n"))
	return err
}

type restoreCmd struct {
	File string `arg:"" help:"cli.help.restore_file"`
}

// Run restores a copy of the figures, and what waited where that lies beside it; serve must
// not be running. It says which periods were told after the copy was made, because the copy
// may lack rows of them.
func (cmd *restoreCmd) Run(ctx context.Context, p *program) error {
	if err := p.requireFolder("cli.bad.restore_database"); err != nil {
		return err
	}
	if _, err := os.Stat(cmd.File); err != nil {
		return badInput{err}
	}
	key, err := store.LoadKey(p.config.KeyFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	r, err := store.Restore(ctx, p.config.Data, cmd.File, key)
	if err != nil {
		return err
	}
	if r.Staff {
		if err := p.recordRestore(ctx); err != nil {
			return err
		}
	}
	lines := []string{p.say("cli.restored", "File", cmd.File, "Dir", p.config.Data)}
	if r.Carried > 0 {
		lines = append(lines, p.say("cli.restored_waiting", "N", r.Carried))
	}
	if r.Kept != "" {
		lines = append(lines, p.say("cli.kept_before", "File", r.Kept))
	}
	if r.Staff {
		lines = append(lines, p.say("cli.restored_staff", "File", cmd.File+store.StaffSuffix))
	}
	if r.KeptStaff != "" {
		lines = append(lines, p.say("cli.kept_before", "File", r.KeptStaff))
	}
	switch {
	case !r.SinceKnown:
		lines = append(lines, p.say("cli.told_unknown"))
	case len(r.Since) > 0:
		lines = append(lines, p.say("cli.told_since", "Periods", strings.Join(r.Since, ", ")))
	}
	_, err = fmt.Fprintln(p.stdout, strings.Join(lines, "\n"))
	return err
}

// recordRestore notes in the audit trail that what follows comes after a restore.
func (p *program) recordRestore(ctx context.Context) error {
	db, err := p.config.openStaffData(ctx)
	if err != nil {
		return err
	}
	return errors.Join(db.Update(ctx, func(tx *staffdb.Tx) error {
		return tx.Record(staffdb.Entry{When: p.clock.Now(), Who: staffdb.CommandLine, What: people.Restored})
	}), db.Close())
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
		if err := p.config.place().PurgeConversations(ctx, p.config.KeyFile); err != nil {
			return err
		}
		fmt.Fprintln(p.stdout, p.say("cli.purged_conversations", "Dir", p.config.place().String()))
		return nil
	case !cmd.All:
		return p.badInput("cli.purge_needs_all", "Dir", p.config.place().String(), "Key", p.config.KeyFile)
	case !cmd.Yes:
		if err := p.confirmPurge(); err != nil {
			return err
		}
	}
	if err := p.config.place().PurgeAll(ctx, p.config.KeyFile); err != nil {
		return err
	}
	if err := content.PurgeVerdicts(p.config.Data); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, p.say("cli.purged", "Dir", p.config.place().String()))
	return nil
}

// requireFolder refuses a command that is for a data folder only.
func (p *program) requireFolder(refusal string) error {
	if p.config.place().IsFolder() {
		return nil
	}
	return p.badInput(refusal)
}

// confirmPurge asks for the name of the data folder to be typed. Where nobody can type, it
// refuses: a script that means it says --yes.
func (p *program) confirmPurge() error {
	dir := p.config.place().String()
	if p.config.place().IsFolder() {
		var err error
		if dir, err = filepath.Abs(dir); err != nil {
			return err
		}
	}
	if _, ok := terminalOf(p.stdin); !ok {
		return p.badInput("cli.purge_needs_yes", "Dir", dir)
	}
	name := filepath.Base(dir)
	fmt.Fprint(p.stdout, p.say("cli.purge_confirm", "Dir", dir, "Key", p.config.KeyFile, "Name", name)+" ")
	typed, err := bufio.NewReader(p.stdin).ReadString('\n')
	if err == nil && strings.TrimSpace(typed) != name {
		err = p.badInput("cli.purge_not_confirmed", "Name", name)
	}
	return err
}

// dataError returns in the language of the terminal what can be done about data or a key that
// is refused; any other error is returned as it is.
func (p *program) dataError(err error) error {
	var lost *store.LostKeyError
	var missing *store.MissingKeyError
	var failure *store.Error
	switch {
	case errors.As(err, &failure) && failure.File != "":
		id := "cli.bad.damaged_figures"
		if failure.File == "state.db" {
			id = "cli.bad.damaged_state"
		}
		return errors.New(p.say(id, "File", failure.File, "Dir", p.config.place().String()))
	case store.ConditionOf(err) == store.Unwritable:
		return errors.New(p.say("cli.bad.unwritable", "Dir", p.config.place().String(), "Error", failure.Err.Error()))
	case errors.As(err, &lost):
		return errors.New(p.say("cli.bad.lost_key", "Key", lost.Key, "State", lost.State))
	case errors.As(err, &missing):
		return errors.New(p.say("cli.bad.missing_key", "Key", p.config.KeyFile, "ID", strconv.Itoa(missing.ID)))
	case errors.Is(err, store.ErrOpenKey):
		return errors.New(p.say("cli.bad.key_open", "Key", p.config.KeyFile))
	case errors.Is(err, store.ErrNoKeyFile):
		return errors.New(p.say("cli.bad.key_form", "Key", p.config.KeyFile))
	case errors.Is(err, store.ErrWrongKey):
		return errors.New(p.say("cli.bad.wrong_key", "Key", p.config.KeyFile, "Dir", p.config.place().String()))
	case errors.Is(err, store.ErrInUse):
		return errors.New(p.say("cli.bad.data_in_use", "Dir", p.config.place().String()))
	case errors.Is(err, store.ErrNewer):
		return errors.New(p.say("cli.bad.data_newer", "Dir", p.config.place().String()))
	case errors.Is(err, store.ErrOpenFolder):
		return errors.New(p.say("cli.bad.data_open", "Dir", p.config.Data, "Own", filepath.Join(p.config.Data, "digiwijzer")))
	case errors.Is(err, store.ErrNoKey):
		return errors.New(p.say("cli.bad.waiting_no_key", "Key", p.config.KeyFile, "Suffix", store.WaitingSuffix))
	case errors.Is(err, store.ErrOtherCopy):
		return errors.New(p.say("cli.bad.waiting_other", "Suffix", store.WaitingSuffix))
	}
	return err
}
