// Package printing describes drafts, editions and checks of content: as lines for people, and as types whose
// JSON is part of the command line.
package printing

import (
	"maps"
	"slices"
	"strconv"

	"digiwijzer/flows/audit"
	"digiwijzer/flows/content/publishing"
)

// Say renders a text with pairs of names and values.
type Say func(id string, pairs ...any) string

// Check returns the result of a check, the verdict last.
func Check(c publishing.Checked, say Say) (lines []string) {
	for _, name := range c.Outdated {
		lines = append(lines, say("cli.check.outdated", "File", name))
	}
	for _, notice := range c.Notices {
		lines = append(lines, notice.String())
	}
	for _, event := range c.Upcoming {
		lines = append(lines, event.What)
	}
	if c.Content != "" {
		lines = append(lines, coverage(c.Coverage, say))
	}
	if c.Played > 0 {
		lines = append(lines, say("cli.check.played", "Count", c.Played))
	}
	if c.Difference != nil {
		lines = append(lines, difference(c.Difference, say)...)
	}
	for _, fault := range c.Faults {
		lines = append(lines, fault.String())
	}
	return append(lines, verdict(len(c.Faults), c.Content, say))
}

func verdict(faults int, id string, say Say) string {
	if faults > 0 {
		return say("cli.check.faults", "Count", faults)
	}
	return say("cli.check.ok", "Content", id)
}

// coverage returns a line about how much was checked.
func coverage(c audit.Coverage, say Say) string {
	seconds := strconv.FormatFloat(c.Duration.Seconds(), 'f', 1, 64)
	if c.Outcomes == 0 {
		return say("cli.check.coverage_texts", "Messages", c.Messages, "Seconds", seconds)
	}
	return say("cli.check.coverage",
		"States", strconv.Itoa(c.States), "Paths", c.Paths, "Outcomes", strconv.Itoa(c.Outcomes), "Days", strconv.Itoa(c.Days),
		"Combinations", strconv.Itoa(c.Combinations), "Messages", strconv.Itoa(c.Messages), "Seconds", seconds)
}

// difference describes what publishing would change: the edits, how many get other advice, and which
// questions are repeated in running conversations.
func difference(d *audit.Difference, say Say) (lines []string) {
	lines = append(lines, say("cli.compare.changes", "Count", len(d.Changes)))
	for _, c := range d.Changes {
		lines = append(lines, "  "+say("cli.compare."+c.Kind)+" "+c.ID+": "+say("cli.compare."+c.How))
	}
	lines = append(lines,
		say("cli.compare.combinations", "Other", strconv.Itoa(d.OtherFirstStep), "All", strconv.Itoa(d.Combinations)),
		say("cli.compare.businesses", "All", strconv.Itoa(d.Businesses), "Quadrant", strconv.Itoa(d.OtherQuadrant), "First", strconv.Itoa(d.OtherFirstAdvised)))
	if len(d.AskedAnew)+len(d.AskedFirst) == 0 {
		return append(lines, say("cli.compare.nobody"))
	}
	for _, part := range []struct {
		id string
		n  map[string]int
	}{{"cli.compare.anew", d.AskedAnew}, {"cli.compare.first", d.AskedFirst}} {
		for _, question := range slices.Sorted(maps.Keys(part.n)) {
			lines = append(lines, say(part.id, "Question", question, "N", strconv.Itoa(part.n[question]), "All", strconv.Itoa(d.Positions)))
		}
	}
	return lines
}
