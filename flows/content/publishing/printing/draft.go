package printing

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"digiwijzer/flows/audit"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// Printer prints the contents of a service.
type Printer struct {
	Service *publishing.Service
	Texts   *locales.Texts
	Lang    string
	Name    func(id string) string // of an account
}

func (p Printer) say(id string, pairs ...any) string { return p.Texts.Text(p.Lang, id, pairs...) }

// when formats a time in the time zone of the Netherlands.
func when(t time.Time) string { return t.In(referral.Netherlands).Format("2006-01-02 15:04") }

// Draft describes the draft of who: what it changes, what can be undone, what conflicts, and the drafts of
// others.
func (p Printer) Draft(ctx context.Context, who publishing.Editor) (lines []string, err error) {
	d, err := p.Service.Draft(ctx, who)
	if err != nil {
		return nil, err
	}
	if d.Empty() {
		lines = append(lines, p.say("cli.content.no_draft"))
	} else {
		lines = append(lines, p.say("cli.content.draft", "Hash", d.Hash()[:12], "Files", len(d.Changed)))
		lines = append(lines, indented(p.texts(p.Service.Differences(d, p.Lang)))...)
	}
	for _, s := range d.Steps {
		lines = append(lines, p.say("cli.content.step", "Step", strconv.FormatInt(s.Seq, 10), "At", when(s.At), "What", strings.TrimSpace(s.File+" "+s.Path)))
	}
	for _, c := range d.Conflicts {
		lines = append(lines, p.say("cli.content.conflict", "What", strings.TrimSpace(c.File+" "+c.Path.String())))
	}
	others, err := p.Service.Others(ctx, who)
	for _, o := range others {
		lines = append(lines, p.say("cli.content.other", "Name", p.Name(o.Owner), "At", when(o.Touched), "Files", strings.Join(o.Files, ", ")))
	}
	return lines, err
}

// texts returns differences in words; never nil.
func (p Printer) texts(differences []publishing.Difference) []string {
	all := []string{}
	for _, d := range differences {
		all = append(all, d.Text(p.Texts, p.Lang))
	}
	return all
}

func indented(lines []string) (all []string) {
	for _, line := range lines {
		all = append(all, "  "+line)
	}
	return all
}

// CheckedDraft is the result of a check of a draft. Its JSON form is part of the command line.
type CheckedDraft struct {
	Hash       string            `json:"hash"`
	Content    string            `json:"content,omitempty"` // empty: it cannot be loaded
	Faults     []audit.Fault     `json:"faults"`
	Notices    []audit.Fault     `json:"notices"`
	Upcoming   []audit.Event     `json:"upcoming"`
	Changes    []string          `json:"changes"`
	Difference *audit.Difference `json:"difference,omitempty"`

	effects publishing.Effects
}

// Check runs the content gate on a draft. effects is whether to compute what publishing it would change too;
// progress is called with the stages, and may be nil.
func (p Printer) Check(ctx context.Context, d publishing.Draft, effects bool, progress func(stage string)) (CheckedDraft, error) {
	f, err := p.Service.AllFindings(ctx, d, p.Lang, progress)
	if err != nil {
		return CheckedDraft{}, err
	}
	found := CheckedDraft{Hash: d.Hash(), Content: f.Content, Faults: faultsOf(f.Faults), Notices: faultsOf(f.Notices), Upcoming: f.Upcoming,
		Changes: p.texts(p.Service.Differences(d, p.Lang))}
	if effects && len(f.Faults) == 0 {
		if found.effects, err = p.Service.AllEffects(ctx, d); err != nil {
			return found, err
		}
		found.Difference = &found.effects.Difference
	}
	return found, nil
}

func faultsOf(findings []publishing.Finding) []audit.Fault {
	all := make([]audit.Fault, len(findings))
	for i, f := range findings {
		all[i] = f.Fault
	}
	return all
}

// CheckedDraft returns the result of a check, the verdict last.
func (p Printer) CheckedDraft(found CheckedDraft) []string {
	lines := indented(found.Changes)
	for _, f := range slices.Concat(found.Notices, found.Faults) {
		lines = append(lines, f.String())
	}
	for _, event := range found.Upcoming {
		lines = append(lines, event.What)
	}
	if found.effects.Complete {
		lines = append(lines, p.effects(found.effects)...)
	}
	return append(lines, verdict(len(found.Faults), found.Content, p.say))
}

// maxShifts is how many kinds of shifts are printed.
const maxShifts = 10

// effects describes who gets other advice after publishing, with examples.
func (p Printer) effects(e publishing.Effects) []string {
	lines := difference(&e.Difference, p.say)
	for _, s := range e.Shifts[:min(len(e.Shifts), maxShifts)] {
		lines = append(lines, p.say("cli.content.shift", "N", strconv.Itoa(s.N), "All", strconv.Itoa(e.Businesses), "Before", e.Outcome(p.Lang, s.Before),
			"After", e.Outcome(p.Lang, s.After), "Example", e.Example(p.Lang, s)))
	}
	for _, i := range e.Gone {
		lines = append(lines, p.say("cli.content.gone", "Name", i.Name, "N", strconv.Itoa(i.Businesses)))
	}
	for _, i := range e.New {
		lines = append(lines, p.say("cli.content.new", "Name", i.Name, "N", strconv.Itoa(i.Businesses)))
	}
	for _, t := range e.Untranslated {
		lines = append(lines, p.say("cli.content.untranslated", "ID", t.ID, "Lang", t.Lang))
	}
	return lines
}
