package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"text/tabwriter"

	"digiwijzer/store"
)

type keyCmd struct {
	Add    keyAddCmd    `cmd:"" help:"cli.help.key_add"`
	List   keyListCmd   `cmd:"" help:"cli.help.key_list"`
	Retire keyRetireCmd `cmd:"" help:"cli.help.key_retire"`
}

type keyAddCmd struct{}

// Run adds a key, which encrypts everything from then on, or makes the key file if there is none.
func (cmd *keyAddCmd) Run(ctx context.Context, p *program) error {
	id, err := store.AddKey(p.Settings.KeyFile, p.Clock.Now())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := p.Settings.Place().CreateKey(ctx, p.Settings.KeyFile); err != nil {
			return err
		}
		fmt.Fprintln(p.stdout, p.Say("cli.key.made", "File", p.Settings.KeyFile))
		return nil
	case err != nil:
		return err
	}
	fmt.Fprintln(p.stdout, p.Say("cli.key.added", "ID", strconv.Itoa(id), "File", p.Settings.KeyFile))
	return nil
}

type keyListCmd struct{}

// Run lists the keys, never their secrets.
func (cmd *keyListCmd) Run(p *program) error {
	key, err := p.loadKey()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, p.Say("cli.key.head.id")+"\t"+p.Say("cli.key.head.made")+"\t"+p.Say("cli.key.head.use"))
	for _, k := range key.Keys() {
		use := "cli.key.old"
		if k.InUse {
			use = "cli.key.in_use"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\n", k.ID, cmp.Or(k.Made, "–"), p.Say(use))
	}
	return w.Flush()
}

// loadKey loads a key file that must exist.
func (p *program) loadKey() (*store.Key, error) {
	key, err := store.LoadKey(p.Settings.KeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, p.BadInput("cli.key.none", "File", p.Settings.KeyFile)
	}
	return key, err
}

type keyRetireCmd struct {
	ID int `arg:"" help:"cli.help.key_id"`
}

// Run deletes an old key, once nothing is encrypted with it.
func (cmd *keyRetireCmd) Run(ctx context.Context, p *program) error {
	id := strconv.Itoa(cmd.ID)
	err := p.Settings.Place().RetireKey(ctx, p.Settings.KeyFile, cmd.ID)
	var needed *store.KeyNeededError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return p.BadInput("cli.key.none", "File", p.Settings.KeyFile)
	case errors.Is(err, store.ErrUnknownKey):
		return p.BadInput("cli.key.unknown", "ID", id)
	case errors.Is(err, store.ErrKeyInUse):
		return p.BadInput("cli.key.is_in_use", "ID", id)
	case errors.As(err, &needed) && needed.NotTaken:
		return errors.New(p.Say("cli.key.not_taken", "ID", id))
	case errors.As(err, &needed):
		return errors.New(p.Say("cli.key.needed", "ID", id, "N", needed.Rows))
	case err != nil:
		return err
	}
	fmt.Fprintln(p.stdout, p.Say("cli.key.retired", "ID", id, "Days", store.KeepWaitingDays))
	return nil
}
