package bot

import (
	"slices"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// Guide describes how the advice is made. It is derived from the content, so that the page
// that shows it is never out of date. It holds ids, which the page translates.
type Guide struct {
	Questions   []*flows.Query // in the order they are asked
	Sources     []flows.Source
	Version     int // of the questions
	Scoring     int // of the points
	Rules       []GuideRule
	Initiatives []GuideInitiative
}

// GuideRule is one referral rule that proposes an initiative.
type GuideRule struct {
	ID       string
	When     [][]GuideCondition // alternatives; within one all must hold
	Proposes []string           // names of initiatives, the best rank first
	Evidence []string           // public addresses or titles of documents
}

// GuideCondition is one condition: an input and the values that satisfy it. Not negates
// it.
type GuideCondition struct {
	Input  string
	Values []string
	Not    bool
}

// GuideInitiative is an initiative that people may be referred to.
type GuideInitiative struct {
	Name     string
	URL      string        // may be empty
	Verified referral.Date // when it was last verified; may be empty
}

// NewGuide returns the guide of some content on a day.
func NewGuide(q *flows.Questionnaire, c *referral.Catalogue, today referral.Date) Guide {
	g := Guide{Questions: q.Questions, Sources: q.Sources, Version: q.Version, Scoring: q.Scale().Version}
	name := func(id string) string {
		if i, ok := c.Initiative(id); ok {
			return i.Name
		}
		return id
	}
	for _, rule := range c.Rules() {
		if len(rule.Propose) == 0 {
			continue
		}
		r := GuideRule{ID: rule.ID, Evidence: rule.Evidence}
		for _, when := range rule.When {
			r.When = append(r.When, conditions(when))
		}
		for _, p := range slices.SortedStableFunc(slices.Values(rule.Propose), byRank) {
			if n := name(p.Initiative); !slices.Contains(r.Proposes, n) {
				r.Proposes = append(r.Proposes, n)
			}
		}
		g.Rules = append(g.Rules, r)
	}
	for _, i := range c.Initiatives() {
		if i.Kind != referral.KindRetired {
			url, _ := i.Address(today)
			g.Initiatives = append(g.Initiatives, GuideInitiative{Name: i.Name, URL: url, Verified: i.VerifiedOn})
		}
	}
	return g
}

func byRank(a, b referral.Proposal) int { return a.Rank - b.Rank }

// conditions lists the conditions of a rule, in a fixed order.
func conditions(w referral.When) (list []GuideCondition) {
	add := func(input string, allowed []string) {
		if len(allowed) > 0 {
			list = append(list, GuideCondition{Input: input, Values: allowed})
		}
	}
	add("quadrant", values(w.Quadrant))
	add("cyber", values(w.Cyber))
	add("phase", values(w.Phase))
	add("size", values(w.Size))
	add("region", w.Region)
	add("municipality", w.Municipality)
	add("sector", w.Sector)
	add("help_wanted", w.HelpWanted)
	add("obstacle", w.Obstacle)
	add("staffing", w.Staffing)
	if w.RoundOpen != "" {
		add("round_open", []string{w.RoundOpen})
	}
	if w.Lagging != nil {
		list = append(list, GuideCondition{Input: "lagging", Not: !*w.Lagging})
	}
	if w.EDIHSector != nil {
		list = append(list, GuideCondition{Input: "edih_sector", Not: !*w.EDIHSector})
	}
	return list
}

// values converts named strings.
func values[S ~string](named []S) []string {
	all := make([]string, len(named))
	for i, v := range named {
		all[i] = string(v)
	}
	return all
}
