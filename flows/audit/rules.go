package audit

import (
	"fmt"
	"slices"
	"strings"

	"digiwijzer/referral"
)

const rulesFile = "referral/rules.toml"

// checkRules reports rules that fire in none of the outcomes, and proposals that no
// advice shows.
func (g *gate) checkRules(s *survey) {
	for i := range g.Catalogue.Rules() {
		r := &g.Catalogue.Rules()[i]
		switch {
		case s.fires(i, r):
			g.checkRule(i, r, s)
		case s.waiting[i]:
			g.noticeOfWalk("rule.waits", location{file: rulesFile, id: r.ID}, "Initiative", roundsOf(r), "Until", string(g.until()))
		default:
			g.fault("rule.never", location{file: rulesFile, id: r.ID})
		}
	}
}

// fires reports whether rule i fires in some outcome.
func (s *survey) fires(i int, r *referral.Rule) bool {
	for alternative := range r.When {
		if s.fired[firedRule{i, alternative}] {
			return true
		}
	}
	return false
}

// checkRule reports the alternatives and proposals of a rule that have no effect.
func (g *gate) checkRule(i int, r *referral.Rule, s *survey) {
	for alternative := range r.When {
		if !s.fired[firedRule{i, alternative}] {
			g.fault("rule.alternative_never", location{file: rulesFile, id: fmt.Sprintf("%s, when %d", r.ID, alternative+1)})
		}
	}
	for _, p := range r.Propose {
		if !s.shown[r.ID+" "+p.Initiative] && p.As != referral.AsClosing {
			g.noticeOfWalk("proposal.hidden", location{file: rulesFile, id: r.ID + " " + p.Initiative}, "Initiative", p.Initiative)
		}
	}
}

// roundsOf returns the initiatives whose open round a rule requires.
func roundsOf(r *referral.Rule) string {
	var ids []string
	for i := range r.When {
		if id := r.When[i].RoundOpen; id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return strings.Join(ids, ", ")
}
