package content

import (
	"slices"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// Guide describes how the advice is made. It is derived from the content, so that a page about it is
// always correct. It holds ids of texts and options; the page renders them.
type Guide struct {
	Questions   []*flows.Query // in the order in which they are asked
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
	Proposes []GuideProposal    // the best rank first
	Evidence []string           // public addresses or titles of documents
}

// GuideProposal is an initiative that a rule proposes.
type GuideProposal struct {
	ID   string
	Name string
}

// GuideCondition is one condition: an input and the values that satisfy it, or with Not
// the values that do not.
type GuideCondition struct {
	Input  string
	Values []string
	Not    bool
}

// GuideInitiative is an initiative that people may be referred to.
type GuideInitiative struct {
	Name     string
	URL      string        // may be empty
	Verified referral.Date // when someone last verified it; may be empty
	Standing bool          // it exists by law
	LastSign string        // when a public source last showed that it runs: a year, a month or a day; may be empty
}

// Guide returns the guide as it is on a day.
func (e *Edition) Guide(today referral.Date) Guide { return NewGuide(e.Questions, e.Catalogue, today) }

// NewGuide derives the guide from questions and catalogue as they are on a day.
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
			if own := (GuideProposal{p.Initiative, name(p.Initiative)}); !slices.Contains(r.Proposes, own) {
				r.Proposes = append(r.Proposes, own)
			}
		}
		g.Rules = append(g.Rules, r)
	}
	for _, i := range c.Initiatives() {
		if i.Kind != referral.KindRetired {
			url, _ := i.Address(today)
			g.Initiatives = append(g.Initiatives, GuideInitiative{Name: i.Name, URL: url, Verified: i.VerifiedOn, Standing: i.Standing, LastSign: i.LastSign})
		}
	}
	return g
}

func byRank(a, b referral.Proposal) int { return a.Rank - b.Rank }

// conditions lists the conditions that are set, in a fixed order.
func conditions(w referral.When) (list []GuideCondition) {
	add := func(input string, allowed []string) {
		if len(allowed) > 0 {
			list = append(list, GuideCondition{Input: input, Values: allowed})
		}
	}
	add("quadrant", texts(w.Quadrant))
	add("cyber", texts(w.Cyber))
	add("phase", texts(w.Phase))
	add("size", texts(w.Size))
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

// texts converts named string types.
func texts[S ~string](values []S) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}
