package referral

import (
	"cmp"
	"slices"
)

// reasonExtra is the reason of the step added as a precaution.
const reasonExtra = "reason.extra"

// compiledRule is a rule with its initiatives and text ids looked up.
type compiledRule struct {
	*Rule
	index     int // in Catalogue.Rules
	proposals []compiledProposal
}

type compiledProposal struct {
	rule       string
	initiative *Initiative
	rank       int
	as         Place
	when       *When
	reasons    []string   // text id per condition of the rule
	because    [][]string // inputs that the reason names, per condition of the rule
}

// compile prepares the checked rules for Advise.
func (c *Catalogue) compile() {
	c.compiled = make([]compiledRule, len(c.rules))
	c.byQuadrant = map[Quadrant][]*compiledRule{}
	for i := range c.rules {
		r := &c.rules[i]
		for w := range r.When {
			r.When[w].round = c.byID[r.When[w].RoundOpen]
		}
		c.compiled[i] = compiledRule{Rule: r, index: i, proposals: make([]compiledProposal, len(r.Propose))}
		for j := range r.Propose {
			c.compiled[i].proposals[j] = c.compileProposal(r, &r.Propose[j])
		}
		for _, q := range quadrants {
			if slices.ContainsFunc(r.When, func(w When) bool { return oneOf(w.Quadrant, q) }) {
				c.byQuadrant[q] = append(c.byQuadrant[q], &c.compiled[i])
			}
		}
	}
}

func (c *Catalogue) compileProposal(r *Rule, p *Proposal) compiledProposal {
	if p.As == "" {
		p.As = AsStep
	}
	out := compiledProposal{rule: r.ID, initiative: c.byID[p.Initiative], rank: p.Rank, as: p.As, when: p.When}
	if p.When != nil {
		p.When.round = c.byID[p.When.RoundOpen]
	}
	for _, w := range r.When {
		out.reasons = append(out.reasons, reasonID(r.ID, p.As, w.Variant, p.Variant))
		because := w.Because
		if p.When != nil && len(p.When.Because) > 0 {
			because = p.When.Because
		}
		out.because = append(out.because, because)
	}
	return out
}

// reasonID returns the text id of a reason or note.
func reasonID(rule string, as Place, variants ...string) string {
	id := "reason." + rule
	if as == AsNote {
		id = "note." + rule
	}
	for _, v := range variants {
		if v != "" {
			id += "." + v
		}
	}
	return id
}

// inputs is a case with the region looked up.
type inputs struct {
	*Case
	quadrant Quadrant // that of the case, except for the precaution
	place    *Municipality
	region   string
	lagging  bool
	edih     bool
	help     string
}

func (r *Region) inputs(k *Case) inputs {
	in := inputs{Case: k, quadrant: k.Quadrant, region: RegionOutside, help: cmp.Or(k.Answers[qHelpWanted], noIdea)}
	if in.place = r.municipality(k.Municipality, k.Today); in.place != nil {
		in.region = in.place.Region
	}
	if s := r.bySector[k.Sector]; s != nil {
		in.lagging, in.edih = s.Lagging, s.EDIH != ""
	}
	return in
}

// match returns the index of the first condition that holds, or -1.
func (r *compiledRule) match(in *inputs) int {
	for i := range r.When {
		if r.When[i].holds(in) {
			return i
		}
	}
	return -1
}

// propose appends the proposals of the rule, fired by its condition when.
func (r *compiledRule) propose(list []candidate, when int, in *inputs) []candidate {
	for i := range r.proposals {
		p := &r.proposals[i]
		if p.when == nil || p.when.holds(in) {
			list = append(list, candidate{compiledProposal: p, rank: p.rank, when: when})
		}
	}
	return list
}

// holds reports whether all conditions hold.
func (w *When) holds(in *inputs) bool {
	return oneOf(w.Quadrant, in.quadrant) &&
		oneOf(w.Cyber, in.Cyber) &&
		oneOf(w.Region, in.region) &&
		oneOf(w.Phase, in.Phase) &&
		oneOf(w.Size, in.Size) &&
		oneOf(w.Sector, in.Sector) &&
		oneOf(w.HelpWanted, in.help) &&
		(len(w.Municipality) == 0 || in.place != nil && slices.Contains(w.Municipality, in.place.Code)) &&
		(w.Lagging == nil || *w.Lagging == in.lagging) &&
		(w.EDIHSector == nil || *w.EDIHSector == in.edih) &&
		(len(w.Obstacle) == 0 || slices.Contains(w.Obstacle, in.Answers[qObstacle])) &&
		(len(w.Staffing) == 0 || slices.Contains(w.Staffing, in.Answers[qStaffing])) &&
		(w.ReadinessFrom == 0 || in.Readiness >= float64(w.ReadinessFrom)) &&
		(w.ReadinessBelow == 0 || in.Readiness < float64(w.ReadinessBelow)) &&
		(w.round == nil || w.round.RoundOpen(in.Today))
}

// oneOf reports whether value is allowed; an empty list allows all.
func oneOf[T comparable](allowed []T, value T) bool {
	return len(allowed) == 0 || slices.Contains(allowed, value)
}
