package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime/debug"

	"digiwijzer/bot/app"
	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/flows/content/publishing/printing"
)

// gatePercent makes the collector run less often while the gate runs, which retains little of what it
// allocates: a tenth less processor time for some 60 MB more.
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

// Run runs the content gate: it lists every fault, and fails if there are any. With --against it also lists
// what publishing that folder would change.
func (cmd *checkCmd) Run(ctx context.Context, p *program) error {
	if cmd.Days < 0 {
		return p.BadInput("cli.bad.days", "Value", cmd.Days)
	}
	debug.SetGCPercent(gatePercent)
	from, err := p.today(cmd.Date)
	if err != nil {
		return err
	}
	checkedFolder := cmp.Or(cmd.Against, cmd.folder(p))
	found, c, err := publishing.CheckFolder(ctx, checkedFolder, cmd.Full, p.Words, audit.Options{From: from, Days: ahead(cmd.Days), Lang: p.Lang, Progress: p.progress()})
	if err != nil {
		return err
	}
	if c != nil && cmd.Transcripts != "" {
		if err := cmd.replay(p, &found, c); err != nil {
			return err
		}
	}
	if c != nil && cmd.Against != "" {
		before, err := cmd.load(p)
		if err != nil {
			return err
		}
		if err := found.Compare(before, c, from); err != nil {
			return err
		}
	}
	return cmd.print(p, found)
}

// print prints the result. With faults it returns errFound.
func (cmd *checkCmd) print(p *program, found publishing.Checked) (err error) {
	if cmd.Format == "json" {
		err = p.json(found)
	} else {
		err = p.print(printing.Check(found, p.Say)...)
	}
	if err == nil && len(found.Faults) > 0 {
		err = errFound
	}
	return err
}

// replay replays the editor's transcripts.
func (cmd *checkCmd) replay(p *program, found *publishing.Checked, e *content.Edition) error {
	if info, err := os.Stat(cmd.Transcripts); err != nil || !info.IsDir() {
		return p.BadInput("cli.bad.transcripts_folder", "Dir", cmd.Transcripts)
	}
	recorded, err := content.ReadTexts(cmd.Transcripts)
	if err != nil {
		return app.BadInput{Err: err}
	}
	err = found.Replay(e, recorded, p.Lang)
	if err == nil && found.Played == 0 {
		return p.BadInput("cli.bad.transcripts_none", "Dir", cmd.Transcripts)
	}
	return err
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

// ahead converts the flag --days to the option of audit, where 0 means the default.
func ahead(days int) int {
	if days == 0 {
		return -1
	}
	return days
}
