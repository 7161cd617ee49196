package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"digiwijzer/bot/app"
	"digiwijzer/bot/dossier"
)

type dossierCmd struct {
	contentFlag
	Output  string `short:"o" required:"" help:"cli.help.dossier_output" placeholder:"DIR"`
	Answers string `help:"cli.help.dossier_answers" placeholder:"FILE.toml"`
	Draft   bool   `help:"cli.help.dossier_draft"`
}

// Run writes the file that a public body needs before it decides. It can run while serve does. What only a
// person can know is marked; it fails while a mark is left, unless --draft is given.
func (cmd *dossierCmd) Run(ctx context.Context, p *program) error {
	if inside, err := p.InData(cmd.Output); err != nil || inside { // which holds nothing else
		return cmp.Or(err, p.BadInput("cli.bad.dossier_in_data", "Dir", cmd.Output))
	}
	answers, err := cmd.readAnswers(p)
	if err != nil {
		return err
	}
	c, err := cmd.load(p)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.stderr, p.Say("cli.dossier.drill", "Dir", p.Settings.Data))
	drill, err := p.RestoreDrill(ctx)
	if err != nil {
		return err
	}
	facts, err := p.DossierFacts(c)
	if err != nil {
		return err
	}
	facts.Draft, facts.Drill = cmd.Draft, drill
	d, err := dossier.New(facts, answers)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(cmd.Output, 0o755); err != nil {
		return app.BadInput{Err: err}
	}
	if err := d.Write(cmd.Output); err != nil {
		return err
	}
	return cmd.report(p, d)
}

// readAnswers reads what people filled in: the file of the flag, or else that of the previous run.
func (cmd *dossierCmd) readAnswers(p *program) (dossier.Answers, error) {
	name := cmp.Or(cmd.Answers, filepath.Join(cmd.Output, dossier.AnswersFile))
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && cmd.Answers == "" {
		return nil, nil
	}
	if err != nil {
		return nil, app.BadInput{Err: err}
	}
	answers, err := dossier.ReadAnswers(text)
	if err != nil {
		var lines []string
		for line := range strings.Lines(err.Error()) {
			lines = append(lines, name+": "+strings.TrimSpace(line))
		}
		return nil, app.BadInput{Err: errors.New(strings.Join(lines, "\n"))}
	}
	return answers, nil
}

// report prints what was made and what is left to fill in.
func (cmd *dossierCmd) report(p *program, d dossier.Dossier) error {
	fmt.Fprintln(p.stdout, p.Say("cli.dossier.made", "N", len(d.Files), "Dir", cmd.Output))
	if d.Complete() {
		id := "cli.dossier.complete"
		if cmd.Draft {
			id = "cli.dossier.draft"
		}
		fmt.Fprintln(p.stdout, p.Say(id, "File", filepath.Join(cmd.Output, dossier.CompleteFile)))
		return nil
	}
	open := d.Unanswered()
	for _, line := range open {
		fmt.Fprintln(p.stdout, line)
	}
	for _, fault := range d.Faults {
		fmt.Fprintln(p.stdout, fault)
	}
	if cmd.Draft {
		fmt.Fprintln(p.stdout, p.Say("cli.dossier.draft", "File", filepath.Join(cmd.Output, dossier.AnswersFile)))
		return nil
	}
	if len(d.Open) == 0 {
		return errors.New(p.Say("cli.dossier.faults"))
	}
	return errors.New(p.Say("cli.dossier.incomplete", "N", len(open), "File", filepath.Join(cmd.Output, dossier.AnswersFile)))
}
