package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"

	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
)

// gatePercent lets the collector run less often while the gate runs, which keeps little of what
// it allocates: a tenth less processor time for some 60 MB more.
const gatePercent = 400

type checkCmd struct {
	contentFlag
	Date        string `help:"cli.help.date" placeholder:"YYYY-MM-DD"`
	Days        int    `help:"cli.help.check_days" default:"90" placeholder:"90"`
	Against     string `help:"cli.help.check_against" placeholder:"DIR"`
	Transcripts string `help:"cli.help.check_transcripts" placeholder:"DIR"`
	Full        bool   `help:"cli.help.check_full"`
	Format      string `help:"cli.help.format" enum:"table,json" default:"table"`
}

// checked is the result of a check. Its JSON form is part of the command line.
type checked struct {
	audit.Report
	Content    string            `json:"content,omitempty"` // id; empty: the content cannot be loaded
	Outdated   []string          `json:"outdated,omitempty"`
	Played     int               `json:"transcripts,omitempty"`
	Difference *audit.Difference `json:"difference,omitempty"`
}

// Run runs the content gate: it lists every fault, and fails if there are any. With
// --against it also lists what publishing that folder would change.
func (cmd *checkCmd) Run(ctx context.Context, p *program) error {
	if cmd.Days < 0 {
		return p.badInput("cli.bad.days", "Value", cmd.Days)
	}
	debug.SetGCPercent(gatePercent)
	from, err := p.today(cmd.Date)
	if err != nil {
		return err
	}
	checkedFolder := cmp.Or(cmd.Against, cmd.folder(p))
	found, c, err := p.gate(ctx, checkedFolder, cmd.Full, audit.Options{From: from, Days: ahead(cmd.Days), Lang: p.config.terminal.lang, Progress: p.progress()})
	if err != nil {
		return err
	}
	if c != nil && cmd.Transcripts != "" {
		if err := found.replay(p, c, cmd.Transcripts); err != nil {
			return err
		}
	}
	if c != nil && cmd.Against != "" {
		before, err := cmd.load(p)
		if err != nil {
			return err
		}
		difference, err := audit.Compare(audited(before), audited(c), from)
		if err != nil {
			return err
		}
		found.Difference = &difference
	}
	return p.printChecked(found, cmd.Format)
}

// audited returns an edition in the form of the gate.
func audited(c *content.Edition) audit.Content {
	return audit.Content{Questions: c.Questions, Catalogue: c.Catalogue, Texts: c.Texts, Engine: c.Engine, Structure: c.Structure()}
}

// progress returns a function that shows what is being done on a terminal; nil elsewhere.
func (p *program) progress() func(string) {
	width, isTerminal := terminalOf(p.stderr)
	if !isTerminal {
		return nil
	}
	return func(stage string) {
		if line := []rune(stage); len(line) > width-2 {
			stage = string(line[:max(width-2, 0)])
		}
		if stage != "" {
			stage += " …"
		}
		fmt.Fprint(p.stderr, "\r\x1b[K"+stage)
	}
}

// check runs the gate on an edition. Of a folder that differs from the embedded content in
// texts only, only the texts are checked, unless full is set.
func check(ctx context.Context, folder string, e *content.Edition, full bool, o audit.Options) (audit.Report, error) {
	if o.Progress != nil {
		defer o.Progress("")
	}
	if folder == "" {
		return audit.Check(ctx, audited(e), o), nil
	}
	embedded, err := content.Load("")
	if err != nil {
		return audit.Report{}, err
	}
	known := content.EmbeddedStructure()
	if full {
		known = ""
	}
	before := audited(embedded)
	return audit.NewGate(known).Check(ctx, &before, audited(e), o), nil
}

// gate checks the content of a folder; the edition is nil if it cannot be loaded.
func (p *program) gate(ctx context.Context, folder string, full bool, o audit.Options) (found checked, e *content.Edition, err error) {
	e, refused := content.Load(folder)
	if refused != nil {
		found.Faults = audit.Refused(refused, content.FolderSources(folder), p.words, o.Lang)
		return found, nil, nil
	}
	found.Report, err = check(ctx, folder, e, full, o)
	if err = cmp.Or(err, ctx.Err()); err != nil {
		return found, nil, err
	}
	audit.Locate(found.Faults, e)
	audit.Locate(found.Notices, e)
	found.Content = e.ID
	if folder != "" {
		found.Outdated, err = content.Outdated(folder)
	}
	return found, e, err
}

// replay replays the editor's transcripts.
func (found *checked) replay(p *program, e *content.Edition, dir string) error {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return p.badInput("cli.bad.transcripts_folder", "Dir", dir)
	}
	recorded, err := content.ReadTexts(dir)
	if err != nil {
		return badInput{err}
	}
	faults, played, err := audit.Replay(e.Engine, e.Texts, recorded, p.config.terminal.lang)
	if err == nil && played == 0 {
		return p.badInput("cli.bad.transcripts_none", "Dir", dir)
	}
	found.Faults, found.Played = append(found.Faults, faults...), played
	return err
}

// printChecked prints the result. With faults it returns errFound.
func (p *program) printChecked(found checked, format string) error {
	if format == "json" {
		if err := p.json(found); err != nil || len(found.Faults) == 0 {
			return err
		}
		return errFound
	}
	for _, name := range found.Outdated {
		fmt.Fprintln(p.stdout, p.say("cli.check.outdated", "File", name))
	}
	for _, notice := range found.Notices {
		fmt.Fprintln(p.stdout, notice)
	}
	for _, event := range found.Upcoming {
		fmt.Fprintln(p.stdout, event.What)
	}
	if found.Content != "" {
		fmt.Fprintln(p.stdout, p.coverage(found.Coverage))
	}
	if found.Played > 0 {
		fmt.Fprintln(p.stdout, p.say("cli.check.played", "Count", found.Played))
	}
	if found.Difference != nil {
		p.printDifference(found.Difference)
	}
	for _, fault := range found.Faults {
		fmt.Fprintln(p.stdout, fault)
	}
	if len(found.Faults) > 0 {
		fmt.Fprintln(p.stdout, p.say("cli.check.faults", "Count", len(found.Faults)))
		return errFound
	}
	_, err := fmt.Fprintln(p.stdout, p.say("cli.check.ok", "Content", found.Content))
	return err
}

// coverage returns a line with how much was checked.
func (p *program) coverage(c audit.Coverage) string {
	if c.Outcomes == 0 {
		return p.say("cli.check.coverage_texts", "Messages", c.Messages, "Seconds", strconv.FormatFloat(c.Duration.Seconds(), 'f', 1, 64))
	}
	return p.say("cli.check.coverage",
		"States", strconv.Itoa(c.States), "Paths", c.Paths, "Outcomes", strconv.Itoa(c.Outcomes), "Days", strconv.Itoa(c.Days),
		"Combinations", strconv.Itoa(c.Combinations), "Messages", strconv.Itoa(c.Messages),
		"Seconds", strconv.FormatFloat(c.Duration.Seconds(), 'f', 1, 64))
}

// ahead converts the flag --days to the option of audit, where 0 means the default.
func ahead(days int) int {
	if days == 0 {
		return -1
	}
	return days
}
