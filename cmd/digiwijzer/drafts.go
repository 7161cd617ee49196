package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"digiwijzer/bot/staff"
	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/referral"
	"digiwijzer/store/staffdb"
)

// byFlag says for whom a command works on drafts. Without it that is the command line, which
// may do everything: whoever uses it may read and write the data folder.
type byFlag struct {
	By string `help:"cli.help.content_by" placeholder:"NAAM"`
}

// editing is the service on drafts and editions for one command.
type editing struct {
	*program
	*publishing.Service
	who      publishing.Editor
	accounts map[string]string // names by id
}

// edit runs do on the drafts and editions.
func (f byFlag) edit(ctx context.Context, p *program, do func(editing) error) (err error) {
	service, db, err := p.openEditions(ctx, p.config.Content)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	e := editing{program: p, Service: service, accounts: map[string]string{staffdb.CommandLine: p.say("cli.content.command_line")}}
	if err := f.identify(ctx, db, &e); err != nil {
		return err
	}
	return p.editionError(do(e))
}

// identify finds the account of the flag and what its roles allow.
func (f byFlag) identify(ctx context.Context, db *staffdb.DB, e *editing) error {
	var all []staffdb.Account
	err := db.View(ctx, func(tx *staffdb.Tx) (err error) {
		all, err = tx.Accounts()
		return err
	})
	if err != nil {
		return err
	}
	e.who = publishing.Editor{ID: staffdb.CommandLine, Draft: true, Publish: true}
	var matching []staffdb.Account
	for _, a := range all {
		e.accounts[a.ID] = a.Name
		if f.By != "" && (a.ID == f.By || strings.EqualFold(a.Name, f.By)) {
			matching = append(matching, a)
		}
	}
	switch {
	case f.By == "":
		return nil
	case len(matching) != 1:
		return e.badInput("cli.bad.content_by", "Value", strconv.Quote(f.By), "Count", len(matching))
	}
	e.who = editorOf(personOf(matching[0]))
	return nil
}

// personOf returns an account as a person.
func personOf(a staffdb.Account) staff.Person {
	person := staff.Person{ID: a.ID, Name: a.Name}
	for _, r := range a.Roles {
		person.Roles = append(person.Roles, staff.Role(r))
	}
	return person
}

// editorOf returns what a person may do with content.
func editorOf(p staff.Person) publishing.Editor {
	return publishing.Editor{ID: p.ID, Draft: p.May(staff.Draft), Publish: p.May(staff.Publish)}
}

// name returns who has an id: an account that was deleted is its id.
func (e editing) name(id string) string {
	if name := e.accounts[id]; name != "" {
		return name
	}
	return id
}

// editionError returns a refusal in the language of the terminal.
func (p *program) editionError(err error) error {
	r, ok := publishing.IsRefusal(err)
	if !ok {
		return err
	}
	lines := []string{r.Text(p.words, p.config.terminal.lang)}
	for _, f := range r.Faults {
		lines = append(lines, f.String())
	}
	return badInput{errors.New(strings.Join(lines, "\n"))}
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
			for _, fault := range audit.Refused(err, content.FolderSources(cmd.From), p.words, p.config.terminal.lang) {
				fmt.Fprintln(p.stderr, fault)
			}
			return errFound
		}
		if _, err := e.Change(ctx, e.who, e.Taking(files)); err != nil {
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

// Run takes back one change of a draft, the last one without a number.
func (cmd *draftUndoCmd) Run(ctx context.Context, p *program) error {
	return cmd.edit(ctx, p, func(e editing) error {
		if _, err := e.Undo(ctx, e.who, cmd.Step); err != nil {
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
		d, err := e.Submit(ctx, e.who, cmd.Note)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.stdout, p.say("cli.content.submitted", "Hash", d.Hash()[:12]))
		return err
	})
}

type draftDiscardCmd struct{ byFlag }

// Run discards a draft.
func (cmd *draftDiscardCmd) Run(ctx context.Context, p *program) error {
	return cmd.edit(ctx, p, func(e editing) error {
		if err := e.Discard(ctx, e.who); err != nil {
			return err
		}
		_, err := fmt.Fprintln(p.stdout, p.say("cli.content.discarded"))
		return err
	})
}

// show prints a draft: what it changes, what can be undone, conflicts, and the drafts of
// others.
func (e editing) show(ctx context.Context) error {
	d, err := e.Draft(ctx, e.who)
	if err != nil {
		return err
	}
	if d.Empty() {
		fmt.Fprintln(e.stdout, e.say("cli.content.no_draft"))
	} else {
		fmt.Fprintln(e.stdout, e.say("cli.content.draft", "Hash", d.Hash()[:12], "Files", len(d.Changed)))
		e.lines(e.Differences(d, e.config.terminal.lang))
	}
	for _, s := range d.Steps {
		fmt.Fprintln(e.stdout, e.say("cli.content.step", "Step", strconv.FormatInt(s.Seq, 10), "At", when(s.At), "What", strings.TrimSpace(s.File+" "+s.Path)))
	}
	for _, c := range d.Conflicts {
		fmt.Fprintln(e.stdout, e.say("cli.content.conflict", "What", strings.TrimSpace(c.File+" "+c.Path.String())))
	}
	others, err := e.Others(ctx, e.who)
	for _, o := range others {
		fmt.Fprintln(e.stdout, e.say("cli.content.other", "Name", e.name(o.Owner), "At", when(o.Touched), "Files", strings.Join(o.Files, ", ")))
	}
	return err
}

// when returns a moment as it is printed, in the time of the Netherlands.
func when(t time.Time) string { return t.In(referral.Netherlands).Format("2006-01-02 15:04") }

func (e editing) lines(differences []publishing.Difference) {
	for _, d := range differences {
		fmt.Fprintln(e.stdout, "  "+d.Text(e.words, e.config.terminal.lang))
	}
}

type contentCheckCmd struct {
	byFlag
	Of      string `help:"cli.help.content_of" placeholder:"NAAM"`
	Against string `help:"cli.help.content_against" enum:"live,none" default:"none"`
	Format  string `help:"cli.help.format" enum:"table,json" default:"table"`
}

// checkedDraft is the result of a check of a draft. Its JSON form is part of the command line.
type checkedDraft struct {
	Hash       string            `json:"hash"`
	Content    string            `json:"content,omitempty"` // empty: it cannot be loaded
	Faults     []audit.Fault     `json:"faults"`
	Notices    []audit.Fault     `json:"notices"`
	Upcoming   []audit.Event     `json:"upcoming"`
	Changes    []string          `json:"changes"`
	Difference *audit.Difference `json:"difference,omitempty"`
}

// Run runs the content gate on a draft, and says what publishing it would change.
func (cmd *contentCheckCmd) Run(ctx context.Context, p *program) error {
	return cmd.edit(ctx, p, func(e editing) error {
		_, d, err := e.named(ctx, cmd.Of)
		if err != nil {
			return err
		}
		lang := p.config.terminal.lang
		f, err := e.AllFindings(ctx, d, lang, e.stages(cmd.Format))
		if err != nil {
			return err
		}
		found := checkedDraft{Hash: d.Hash(), Content: f.Content, Faults: faultsOf(f.Faults), Notices: faultsOf(f.Notices), Upcoming: f.Upcoming, Changes: []string{}}
		for _, c := range e.Differences(d, lang) {
			found.Changes = append(found.Changes, c.Text(p.words, lang))
		}
		var effects publishing.Effects
		if cmd.Against == "live" && len(f.Faults) == 0 {
			if effects, err = e.AllEffects(ctx, d); err != nil {
				return err
			}
			found.Difference = &effects.Difference
		}
		return e.printChecked(found, effects, cmd.Format)
	})
}

// stages returns what shows the progress of a check on a terminal.
func (e editing) stages(format string) func(string) {
	if format == "json" {
		return nil
	}
	return func(stage string) { fmt.Fprintln(e.stderr, stage) }
}

func faultsOf(findings []publishing.Finding) []audit.Fault {
	all := make([]audit.Fault, len(findings))
	for i, f := range findings {
		all[i] = f.Fault
	}
	return all
}

func (e editing) printChecked(found checkedDraft, effects publishing.Effects, format string) error {
	if format == "json" {
		if err := e.json(found); err != nil || len(found.Faults) == 0 {
			return err
		}
		return errFound
	}
	for _, change := range found.Changes {
		fmt.Fprintln(e.stdout, "  "+change)
	}
	for _, f := range slices.Concat(found.Notices, found.Faults) {
		fmt.Fprintln(e.stdout, f)
	}
	for _, event := range found.Upcoming {
		fmt.Fprintln(e.stdout, event.What)
	}
	if effects.Complete {
		e.printEffects(effects)
	}
	if n := len(found.Faults); n > 0 {
		fmt.Fprintln(e.stdout, e.say("cli.check.faults", "Count", n))
		return errFound
	}
	_, err := fmt.Fprintln(e.stdout, e.say("cli.check.ok", "Content", found.Content))
	return err
}

// maxShifts is how many kinds of shifts are printed.
const maxShifts = 10

// printEffects prints whom publishing gives other advice, with examples.
func (e editing) printEffects(effects publishing.Effects) {
	lang := e.config.terminal.lang
	e.printDifference(&effects.Difference)
	for _, s := range effects.Shifts[:min(len(effects.Shifts), maxShifts)] {
		fmt.Fprintln(e.stdout, e.say("cli.content.shift", "N", strconv.Itoa(s.N), "All", strconv.Itoa(effects.Businesses), "Before", effects.Outcome(lang, s.Before),
			"After", effects.Outcome(lang, s.After), "Example", effects.Example(lang, s)))
	}
	for _, i := range effects.Gone {
		fmt.Fprintln(e.stdout, e.say("cli.content.gone", "Name", i.Name, "N", strconv.Itoa(i.Businesses)))
	}
	for _, i := range effects.New {
		fmt.Fprintln(e.stdout, e.say("cli.content.new", "Name", i.Name, "N", strconv.Itoa(i.Businesses)))
	}
	for _, t := range effects.Untranslated {
		fmt.Fprintln(e.stdout, e.say("cli.content.untranslated", "ID", t.ID, "Lang", t.Lang))
	}
}

// owner returns the account whose draft a flag means; without the flag, one's own.
func (e editing) owner(flag string) (string, error) {
	if flag == "" {
		return e.who.ID, nil
	}
	for id, name := range e.accounts {
		if id == flag || strings.EqualFold(name, flag) {
			return id, nil
		}
	}
	return "", e.badInput("cli.bad.content_by", "Value", strconv.Quote(flag), "Count", 0)
}

// named returns the draft of the account that a flag names, and the id of that account.
func (e editing) named(ctx context.Context, flag string) (owner string, d publishing.Draft, err error) {
	if owner, err = e.owner(flag); err != nil {
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

// Run publishes a draft. A server that is running uses it within two minutes.
func (cmd *contentPublishCmd) Run(ctx context.Context, p *program) error {
	return cmd.edit(ctx, p, func(e editing) error {
		owner, d, err := e.named(ctx, cmd.Of)
		if err != nil {
			return err
		}
		edition, _, err := e.Publish(ctx, e.who, owner, d.Hash(), cmd.Note)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.stdout, p.say("cli.content.published", "ID", strconv.FormatInt(edition.ID, 10), "Minutes", strconv.Itoa(int(content.PollInterval.Minutes()))))
		return err
	})
}

type contentHistoryCmd struct {
	byFlag
	Limit  int    `help:"cli.help.content_limit" default:"20"`
	Format string `help:"cli.help.format" enum:"table,json" default:"table"`
}

// pastEdition is one line of the history. Its JSON form is part of the command line.
type pastEdition struct {
	ID         int64    `json:"id"`
	At         string   `json:"at"`
	By         string   `json:"by"`
	Drafted    string   `json:"drafted,omitempty"`
	Note       string   `json:"note"`
	RolledBack *int64   `json:"rolled_back_to,omitempty"`
	Hash       string   `json:"hash"`
	Changes    []string `json:"changes"`
	moment     time.Time
}

// Run lists what was published, the latest first, with what changed in words.
func (cmd *contentHistoryCmd) Run(ctx context.Context, p *program) error {
	if cmd.Limit < 1 {
		return p.badInput("cli.bad.content_limit", "Value", strconv.Itoa(cmd.Limit))
	}
	return cmd.edit(ctx, p, func(e editing) error {
		all, err := e.History(ctx, 0, cmd.Limit)
		if err != nil {
			return err
		}
		past := []pastEdition{}
		for _, edition := range all {
			v, err := e.Version(ctx, edition.ID)
			if err != nil {
				return err
			}
			past = append(past, e.past(v))
		}
		if cmd.Format == "json" {
			return p.json(past)
		}
		return e.printHistory(past)
	})
}

func (e editing) past(v publishing.Version) pastEdition {
	one := pastEdition{moment: v.At, ID: v.ID, At: v.At.Format(time.RFC3339), By: e.name(v.By), Drafted: e.name(v.Drafted), Note: v.Note, Hash: v.Hash, Changes: []string{}}
	if v.RolledBack {
		one.RolledBack = &v.Of
	}
	for _, d := range e.DifferencesOf(v, e.config.terminal.lang) {
		one.Changes = append(one.Changes, d.Text(e.words, e.config.terminal.lang))
	}
	return one
}

func (e editing) printHistory(past []pastEdition) error {
	if len(past) == 0 {
		_, err := fmt.Fprintln(e.stdout, e.say("cli.content.no_history"))
		return err
	}
	for _, one := range past {
		id, pairs := "cli.content.edition", []any{"ID", strconv.FormatInt(one.ID, 10), "At", when(one.moment), "By", one.By, "Note", one.Note}
		if one.RolledBack != nil {
			id, pairs = "cli.content.rolled_back", append(pairs, "Of", strconv.FormatInt(*one.RolledBack, 10))
		}
		fmt.Fprintln(e.stdout, e.say(id, pairs...))
		for _, change := range one.Changes {
			fmt.Fprintln(e.stdout, "  "+change)
		}
	}
	return nil
}

type contentRollbackCmd struct {
	byFlag
	ID   int64  `arg:"" help:"cli.help.content_edition"`
	Note string `required:"" help:"cli.help.content_note" placeholder:"TEKST"`
}

// Run publishes an earlier edition again.
func (cmd *contentRollbackCmd) Run(ctx context.Context, p *program) error {
	return cmd.edit(ctx, p, func(e editing) error {
		edition, _, err := e.Rollback(ctx, e.who, cmd.ID, cmd.Note)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.stdout, p.say("cli.content.published", "ID", strconv.FormatInt(edition.ID, 10), "Minutes", strconv.Itoa(int(content.PollInterval.Minutes()))))
		return err
	})
}
