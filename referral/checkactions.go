package referral

import (
	"io/fs"
	"maps"
	"slices"
	"strings"

	"digiwijzer/locales/fault"
)

// The closed sets of the actions. The costs are in ascending order.
var (
	actionCosts    = []ActionCost{CostFree, CostLow, CostPaid}
	actionStatuses = []Status{"", StatusEnded}
)

// maxMinutes is the longest action: a working day.
const maxMinutes = 480

// actions reads actions/*.toml, in the order of the file names. A catalogue without
// actions is valid.
func (f *faults) actions(fsys fs.FS, c *Catalogue) {
	files, _ := fs.Glob(fsys, "actions/*.toml") // the pattern is valid
	for _, file := range files {
		var doc struct {
			Actions []*Action `toml:"action"`
		}
		if !f.decode(fsys, file, &doc) {
			continue
		}
		for _, a := range doc.Actions {
			a.File, a.order = file, len(c.actions)
			for _, question := range slices.Sorted(maps.Keys(a.When)) {
				a.conditions = append(a.conditions, condition{question, a.When[question]})
			}
			if c.actionByID[a.ID] != nil {
				f.add(file, a.ID, "is also in %s", c.actionByID[a.ID].File)
			}
			c.actionByID[a.ID] = a
			c.actions = append(c.actions, a)
		}
	}
}

// checkActions checks every action. The content gate checks that its questions exist.
func (f *faults) checkActions(c *Catalogue) {
	for _, a := range c.actions {
		a.check(func(format string, args ...any) { f.add(a.File, a.ID, format, args...) }, c)
	}
}

func (a *Action) check(report report, c *Catalogue) {
	if a.ID == "" || strings.Trim(a.ID, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		report("the id %q must have small letters, digits, hyphens and underscores only", a.ID)
	}
	if a.Topic.Questions() == nil {
		report("unknown topic %q", fault.NewUnknown(a.Topic, topicNames()))
	}
	if len(a.When) == 0 {
		report("when: names no question")
	}
	for question, options := range a.When {
		if len(options) == 0 {
			report("when: no options of question %q", question)
		}
	}
	all(report, "status", actionStatuses, []Status{a.Status})
	all(report, "wishes", wishes, a.Wishes)
	all(report, "obstacles", obstacles, a.Obstacles)
	all(report, "sizes", sizes[:], a.Sizes)
	all(report, "cost", actionCosts, []ActionCost{a.Cost})
	for _, s := range slices.Concat(a.Sectors, a.NotSectors) {
		if c.region.bySector[s] == nil {
			report("unknown sector %q", fault.NewUnknown(s, c.region.sectorIDs()))
		}
	}
	if a.Minutes < 1 || a.Minutes > maxMinutes {
		report("minutes: %d is not 1–%d", a.Minutes, maxMinutes)
	}
	checkDay(report, "look_again", a.LookAgain)
	if len(a.Sources) == 0 {
		report("has no source")
	}
	for _, s := range a.Sources {
		if s.Title == "" || !strings.HasPrefix(s.URL, "https://") && !strings.HasPrefix(s.URL, "http://") {
			report("source %q: needs a title and a web address", s.Title)
		}
		checkDay(report, "seen", s.Seen)
	}
}

func checkDay(report report, what string, d Date) {
	if d == "" {
		return
	}
	if _, err := ParseDate(string(d)); err != nil {
		report("%s: %q is not a date (YYYY-MM-DD)", what, fault.NewUnknown(d, otherwise(d)))
	}
}
