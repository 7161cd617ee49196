package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"digiwijzer/bot/app"
	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/flows/content/publishing/printing"
)

// byFlag selects for whom a command works on drafts. The default is the command line, which may do everything:
// its user may read and write the data folder.
type byFlag struct {
	By string `help:"cli.help.content_by" placeholder:"NAAM"`
}

// editing is the service for drafts and editions for one command.
type editing struct {
	*program
	*app.Editing
}

// edit runs do on the drafts and editions.
func (f byFlag) edit(ctx context.Context, p *program, do func(editing) error) error {
	opened, err := p.OpenEditing(ctx, f.By)
	if err != nil {
		return err
	}
	return errors.Join(p.Refused(do(editing{p, opened})), opened.Close())
}

// printer prints drafts and editions in the language of the terminal.
func (e editing) printer() printing.Printer {
	return printing.Printer{Service: e.Service, Texts: e.Words, Lang: e.Lang, Name: e.Name}
}

// show prints the draft and those of others.
func (e editing) show(ctx context.Context) error {
	lines, err := e.printer().Draft(ctx, e.Who)
	return errors.Join(e.print(lines...), err)
}

type draftCmd struct {
	Take    draftTakeCmd    `cmd:"" default:"withargs" help:"cli.help.draft_take"`
	Show    draftShowCmd    `cmd:"" help:"cli.help.draft_show"`
	Undo    draftUndoCmd    `cmd:"" help:"cli.help.draft_undo"`
	Submit  draftSubmitCmd  `cmd:"" help:"cli.help.draft_submit"`
	Discard draftDiscardCmd `cmd:"" help:"cli.help.draft_discard"`
}

type draftTakeCmd struct {
	byFlag
	From string `help:"cli.help.draft_from" placeholder:"MAP"`
}

// Run takes what was changed in a folder into the draft, or shows it.
func (cmd *draftTakeCmd) Run(ctx context.Context, p *program) error {
	return cmd.edit(ctx, p, func(e editing) error {
		if cmd.From == "" {
			return e.show(ctx)
		}
		files, err := content.EditedFiles(cmd.From)
		if err != nil {
			for _, fault := range audit.Refused(err, content.FolderSources(cmd.From), p.Words, p.Lang) {
				fmt.Fprintln(p.stderr, fault)
			}
			return errFound
		}
		if _, err := e.Change(ctx, e.Who, e.Taking(files)); err != nil {
			return err
		}
		return e.show(ctx)
	})
}

type draftShowCmd struct{ byFlag }

// Run shows a draft and those of others.
func (cmd *draftShowCmd) Run(ctx context.Context, p *program) error {
	return cmd.edit(ctx, p, func(e editing) error { return e.show(ctx) })
}

type draftUndoCmd struct {
	byFlag
	Step int64 `arg:"" optional:"" help:"cli.help.draft_step"`
}

// Run undoes one change of a draft, by default the last one.
func (cmd *draftUndoCmd) Run(ctx context.Context, p *program) error {
	return cmd.edit(ctx, p, func(e editing) error {
		if _, err := e.Undo(ctx, e.Who, cmd.Step); err != nil {
			return err
		}
		return e.show(ctx)
	})
}

type draftSubmitCmd struct {
	byFlag
	Note string `required:"" help:"cli.help.content_note" placeholder:"TEKST"`
}

// Run offers a draft to a second person.
func (cmd *draftSubmitCmd) Run(ctx context.Context, p *program) error {
	return cmd.edit(ctx, p, func(e editing) error {
		d, err := e.Submit(ctx, e.Who, cmd.Note)
		if err != nil {
			return err
		}
		return p.print(p.Say("cli.content.submitted", "Hash", d.Hash()[:12]))
	})
}

type draftDiscardCmd struct{ byFlag }

// Run discards a draft.
func (cmd *draftDiscardCmd) Run(ctx context.Context, p *program) error {
	return cmd.edit(ctx, p, func(e editing) error {
		if err := e.Discard(ctx, e.Who); err != nil {
			return err
		}
		return p.print(p.Say("cli.content.discarded"))
	})
}

type contentCheckCmd struct {
	byFlag
	Of      string `help:"cli.help.content_of" placeholder:"NAAM"`
	Against string `help:"cli.help.content_against" enum:"live,none" default:"none"`
	Format  string `help:"cli.help.format" enum:"table,json" default:"table"`
}

// Run runs the content gate on a draft, and lists what publishing it would change.
func (cmd *contentCheckCmd) Run(ctx context.Context, p *program) error {
	return cmd.edit(ctx, p, func(e editing) error {
		_, d, err := e.named(ctx, cmd.Of)
		if err != nil {
			return err
		}
		var stages func(string)
		if cmd.Format != "json" {
			stages = func(stage string) { fmt.Fprintln(p.stderr, stage) }
		}
		found, err := e.printer().Check(ctx, d, cmd.Against == "live", stages)
		if err != nil {
			return err
		}
		if cmd.Format == "json" {
			err = p.json(found)
		} else {
			err = p.print(e.printer().CheckedDraft(found)...)
		}
		if err == nil && len(found.Faults) > 0 {
			err = errFound
		}
		return err
	})
}

// named returns the draft of the account that a flag names, and the id of that account.
func (e editing) named(ctx context.Context, flag string) (owner string, d publishing.Draft, err error) {
	if owner, err = e.Owner(flag); err != nil {
		return "", d, err
	}
	d, err = e.DraftOf(ctx, owner)
	return owner, d, err
}

type contentPublishCmd struct {
	byFlag
	Of   string `help:"cli.help.content_of" placeholder:"NAAM"`
	Note string `required:"" help:"cli.help.content_note" placeholder:"TEKST"`
}

// Run publishes a draft. A running server uses it within two minutes.
func (cmd *contentPublishCmd) Run(ctx context.Context, p *program) error {
	return cmd.edit(ctx, p, func(e editing) error {
		owner, d, err := e.named(ctx, cmd.Of)
		if err != nil {
			return err
		}
		edition, _, err := e.Publish(ctx, e.Who, owner, d.Hash(), cmd.Note)
		if err != nil {
			return err
		}
		return e.printPublished(edition)
	})
}

func (e editing) printPublished(edition publishing.Edition) error {
	minutes := strconv.Itoa(int(content.InUseWithin.Minutes()))
	return e.print(e.Say("cli.content.published", "ID", strconv.FormatInt(edition.ID, 10), "Minutes", minutes))
}

type contentHistoryCmd struct {
	byFlag
	Limit  int    `help:"cli.help.content_limit" default:"20"`
	Format string `help:"cli.help.format" enum:"table,json" default:"table"`
}

// Run lists what was published, the latest first, with what changed in words.
func (cmd *contentHistoryCmd) Run(ctx context.Context, p *program) error {
	if cmd.Limit < 1 {
		return p.BadInput("cli.bad.content_limit", "Value", strconv.Itoa(cmd.Limit))
	}
	return cmd.edit(ctx, p, func(e editing) error {
		past, err := e.printer().History(ctx, cmd.Limit)
		if err != nil {
			return err
		}
		if cmd.Format == "json" {
			return p.json(past)
		}
		return p.print(e.printer().Published(past)...)
	})
}

type contentRollbackCmd struct {
	byFlag
	ID   int64  `arg:"" help:"cli.help.content_edition"`
	Note string `required:"" help:"cli.help.content_note" placeholder:"TEKST"`
}

// Run publishes an earlier edition again.
func (cmd *contentRollbackCmd) Run(ctx context.Context, p *program) error {
	return cmd.edit(ctx, p, func(e editing) error {
		edition, _, err := e.Rollback(ctx, e.Who, cmd.ID, cmd.Note)
		if err != nil {
			return err
		}
		return e.printPublished(edition)
	})
}
