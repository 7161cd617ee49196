package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"

	"digiwijzer/flows/audit"
)

type checkCmd struct {
	Content     string `help:"${cli_help_check_content}" placeholder:"DIR"`
	Date        string `help:"${cli_help_date}" placeholder:"YYYY-MM-DD"`
	Days        int    `help:"${cli_help_check_days}" default:"90" placeholder:"90"`
	Against     string `help:"${cli_help_check_against}" placeholder:"DIR"`
	Transcripts string `help:"${cli_help_check_transcripts}" placeholder:"DIR"`
	Format      string `help:"${cli_help_format}" enum:"table,json" default:"table"`
}

// checked is all that a check found, as other programs read it.
type checked struct {
	audit.Report
	Content    string            `json:"content,omitempty"` // id; empty: the content cannot be loaded
	Outdated   []string          `json:"outdated,omitempty"`
	Played     int               `json:"transcripts,omitempty"`
	Difference *audit.Difference `json:"difference,omitempty"`
}

// Run is the content gate: it walks every path, lists every fault and fails if there
// is any. With --against it also tells what publishing that folder would change.
func (cmd *checkCmd) Run(ctx context.Context, p *program) error {
	running := cmd.Content
	if running == "" {
		running = p.config.content
	}
	looked := running
	if cmd.Against != "" {
		looked = cmd.Against
	}
	if cmd.Days < 0 {
		return badInputf("--days: %d days from now lie in the past", cmd.Days)
	}
	from, err := p.today(cmd.Date)
	if err != nil {
		return err
	}
	found, c, err := p.gate(ctx, looked, audit.Options{From: from, Days: ahead(cmd.Days), Lang: p.config.terminal.lang})
	if err != nil {
		return err
	}
	if c != nil && cmd.Transcripts != "" {
		if err := found.replay(c, cmd.Transcripts, p.config.terminal.lang); err != nil {
			return err
		}
	}
	if c != nil && cmd.Against != "" {
		before, err := loadContent(running)
		if err != nil {
			return err
		}
		difference, err := audit.Compare(before.audited(), c.audited(), from)
		if err != nil {
			return err
		}
		found.Difference = &difference
	}
	return p.tell(found, cmd.Format)
}

// audited is the content as the gate takes it.
func (c *content) audited() audit.Content {
	return audit.Content{Questions: c.questions, Catalogue: c.catalogue, Texts: c.texts, Engine: c.engine}
}

// gate checks an overlay; the content is nil where it cannot be loaded.
func (p *program) gate(ctx context.Context, overlay string, o audit.Options) (found checked, c *content, err error) {
	c, refused := loadContent(overlay)
	if refused != nil {
		found.Faults = audit.Refused(refused, p.words, o.Lang)
		return found, nil, nil
	}
	found.Report = audit.Check(ctx, c.audited(), o)
	if ctx.Err() != nil {
		return found, nil, ctx.Err()
	}
	audit.Locate(found.Faults, c.file(overlay))
	audit.Locate(found.Notices, c.file(overlay))
	found.Content = c.id
	if overlay != "" {
		found.Outdated, err = outdated(overlay)
	}
	return found, c, err
}

// file reads a file of the content by its name, the overlay's where it has one.
func (c *content) file(overlay string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if overlay != "" {
			if text, err := fs.ReadFile(os.DirFS(overlay), name); err == nil {
				return text, nil
			}
		}
		for _, part := range contentParts() {
			if dir, rest := split(name, part.dir); dir {
				return fs.ReadFile(part.embedded, rest)
			}
		}
		return nil, fs.ErrNotExist
	}
}

// split tells whether a name lies in a folder, and its path there.
func split(name, dir string) (in bool, rest string) {
	if len(name) <= len(dir)+1 || name[:len(dir)+1] != dir+"/" {
		return false, ""
	}
	return true, path.Clean(name[len(dir)+1:])
}

// replay plays the editor's own transcripts.
func (found *checked) replay(c *content, dir, lang string) error {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return badInputf("--transcripts: %s is not a folder", dir)
	}
	faults, played, err := audit.Replay(c.engine, c.texts, os.DirFS(dir), lang)
	if err == nil && played == 0 {
		return badInputf("--transcripts: there is no transcript (*.txt) in %s", dir)
	}
	found.Faults, found.Played = append(found.Faults, faults...), played
	return err
}

// tell says what was found; faults make the command fail.
func (p *program) tell(found checked, format string) error {
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
		p.tellDifference(found.Difference)
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

// coverage says in one line how much was looked at.
func (p *program) coverage(c audit.Coverage) string {
	return p.say("cli.check.coverage",
		"States", strconv.Itoa(c.States), "Paths", c.Paths, "Outcomes", strconv.Itoa(c.Outcomes), "Days", strconv.Itoa(c.Days),
		"Combinations", strconv.Itoa(c.Combinations), "Messages", strconv.Itoa(c.Messages),
		"Seconds", strconv.FormatFloat(c.Duration.Seconds(), 'f', 1, 64))
}

// ahead turns the flag into what audit takes, where 0 means "the usual".
func ahead(days int) int {
	if days == 0 {
		return -1
	}
	return days
}
