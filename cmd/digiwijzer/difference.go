package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"digiwijzer/flows/audit"
)

// printDifference prints what publishing would change: the edits, how many get other
// advice, and which questions are repeated in running conversations.
func (p *program) printDifference(d *audit.Difference) {
	fmt.Fprintln(p.stdout, p.say("cli.compare.changes", "Count", len(d.Changes)))
	for _, c := range d.Changes {
		fmt.Fprintf(p.stdout, "  %s %s: %s\n", p.say("cli.compare."+c.Kind), c.ID, p.say("cli.compare."+c.How))
	}
	fmt.Fprintln(p.stdout, p.say("cli.compare.combinations", "Other", strconv.Itoa(d.OtherFirstStep), "All", strconv.Itoa(d.Combinations)))
	fmt.Fprintln(p.stdout, p.say("cli.compare.businesses", "All", strconv.Itoa(d.Businesses),
		"Quadrant", strconv.Itoa(d.OtherQuadrant), "First", strconv.Itoa(d.OtherFirstAdvised)))
	if len(d.AskedAnew)+len(d.AskedFirst) == 0 {
		fmt.Fprintln(p.stdout, p.say("cli.compare.nobody"))
		return
	}
	for _, part := range []struct {
		id string
		n  map[string]int
	}{{"cli.compare.anew", d.AskedAnew}, {"cli.compare.first", d.AskedFirst}} {
		for _, question := range slices.Sorted(maps.Keys(part.n)) {
			fmt.Fprintln(p.stdout, p.say(part.id, "Question", question, "N", strconv.Itoa(part.n[question]), "All", strconv.Itoa(d.Positions)))
		}
	}
}
