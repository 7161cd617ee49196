package referral

import (
	"maps"
	"slices"
	"strings"

	"digiwijzer/locales/fault"
)

const rulesTOML = "rules.toml"

// The closed sets of the rules.
var (
	quadrants = []Quadrant{Vulnerable, Leading, Unhurried, InOrder, NoQuadrant}
	cybers    = []Cyber{CyberWeak, CyberUnknown, CyberOK, CyberIncident}
	phases    = []Phase{AdHoc, Engaged, Later}
	cards     = []Card{NoCard, CardIncident, CardNothing, CardTooLittle}
	places    = []Place{"", AsStep, AsMore, AsNote, AsClosing}
	wishes    = []string{"klanten", "papier", "data", "veilig", "nieuw", "leren", "twijfel", "geen"}
	obstacles = []string{"tijd", "geld", "kennis", "begin", "team", "nut", "veilig", "regels", "techniek", "niets", DontKnow}
	shortages = []string{"a", "b", "c", DontKnow}
)

// checkRules checks every rule, and the relations between rules.
func (f *faults) checkRules(c *Catalogue) {
	seen := map[string]bool{}
	for i := range c.rules {
		seen[c.rules[i].ID] = true
	}
	defined := map[string]bool{}
	fallback := false
	for i := range c.rules {
		r := &c.rules[i]
		report := func(format string, args ...any) { f.add(rulesTOML, r.ID, format, args...) }
		if len(r.ID) != 3 || r.ID[0] != 'R' || strings.Trim(r.ID[1:], "0123456789") != "" || defined[r.ID] {
			report("the id must be R and two digits, and nobody else's")
		}
		defined[r.ID] = true
		if len(r.When) == 0 {
			report("no conditions: say when = [{}] for a rule that always fires")
		}
		for w := range r.When {
			r.When[w].check(report, c)
		}
		for p := range r.Propose {
			fallback = r.checkProposal(report, &r.Propose[p], c) || fallback
		}
		r.checkEffects(report, c, seen)
	}
	if !fallback {
		f.add(rulesTOML, "", "no rule proposes a standing national desk as the closing line for everybody")
	}
}

// checkProposal checks one proposal. fallback reports that it is a standing national service
// proposed to everybody as the closing step.
func (r *Rule) checkProposal(report report, p *Proposal, c *Catalogue) (fallback bool) {
	i := c.byID[p.Initiative]
	if i == nil {
		report("proposes the unknown initiative %q", fault.NewUnknown(p.Initiative, c.ids()))
		return false
	}
	if i.Kind == KindRetired {
		report("proposes %s, which is retired", i.ID)
	}
	if !slices.Contains(places, p.As) {
		report("proposes %s as %q", i.ID, fault.NewUnknown(p.As, places))
	}
	if p.Rank < 1 || p.Rank >= lead {
		report("rank %d of %s is not 1–%d", p.Rank, i.ID, lead-1)
	}
	if !isVariant(p.Variant) {
		report("variant %q: letters and digits only", p.Variant)
	}
	if p.When != nil {
		p.When.check(report, c)
		if p.When.Variant != "" {
			report("a proposal has its variant outside its condition")
		}
	}
	for w := range r.When {
		r.checkFit(report, p, &r.When[w], i)
	}
	url, _ := i.Address(MaxDate)
	everybody := len(r.When) == 1 && p.When == nil && r.When[0].always()
	return p.As == AsClosing && everybody && i.Standing && i.Area.Scope == "national" && url != "" && i.ValidTo == ""
}

// checkFit rejects proposing an initiative to quadrants that it is not meant for.
func (r *Rule) checkFit(report report, p *Proposal, w *When, i *Initiative) {
	if len(i.Fit.Quadrants) == 0 || p.As == AsNote {
		return
	}
	to := w.Quadrant
	if p.When != nil && len(p.When.Quadrant) > 0 {
		to = p.When.Quadrant
	}
	if len(to) == 0 {
		report("proposes %s to all, but it fits %v", i.ID, i.Fit.Quadrants)
	}
	for _, q := range to {
		if !slices.Contains(i.Fit.Quadrants, q) {
			report("proposes %s to %s, but it fits %v", i.ID, q, i.Fit.Quadrants)
		}
	}
}

func (r *Rule) checkEffects(report report, c *Catalogue, rules map[string]bool) {
	all(report, "exclude", kinds, r.Exclude)
	all(report, "card", cards, []Card{r.Card})
	for _, again := range r.Rerank {
		if c.byID[again.Initiative] == nil {
			report("rerank: unknown initiative %q", fault.NewUnknown(again.Initiative, c.ids()))
		}
		if again.Rank < 1 || again.Rank >= lead {
			report("rank %d of %s is not 1–%d", again.Rank, again.Initiative, lead-1)
		}
	}
	for _, id := range slices.Concat(r.Lead, r.Keep) {
		if !rules[id] {
			report("lead or keep: unknown rule %q", fault.NewUnknown(id, slices.Collect(maps.Keys(rules))))
		}
	}
	if len(r.Keep) > 0 && !r.Silent {
		report("keep: only a silent rule keeps the steps of others")
	}
	if r.Extra && !slices.ContainsFunc(r.Propose, func(p Proposal) bool { return p.As == "" || p.As == AsStep }) {
		report("extra: proposes no step")
	}
	if r.Stop && r.Card == NoCard {
		report("stop: without a card there would be nothing left")
	}
	if len(r.Propose)+len(r.Exclude)+len(r.Rerank)+len(r.Lead) == 0 && r.Card == NoCard && !r.Silent && !r.Gap && !r.Sizable && !r.Outside {
		report("does nothing")
	}
	if slices.Contains(r.Evidence, "") {
		report("empty evidence")
	}
}

func (w *When) check(report report, c *Catalogue) {
	all(report, "quadrant", quadrants, w.Quadrant)
	all(report, "cyber", cybers, w.Cyber)
	all(report, "phase", phases, w.Phase)
	all(report, "size", sizes[:], w.Size)
	all(report, "region", []string{RegionUtrecht, RegionGooi, RegionOutside}, w.Region)
	all(report, "help_wanted", wishes, w.HelpWanted)
	all(report, "obstacle", obstacles, w.Obstacle)
	all(report, "staffing", shortages, w.Staffing)
	all(report, "because", selectors[:], w.Because)
	for _, s := range w.Sector {
		if c.region.bySector[s] == nil {
			report("unknown sector %q", fault.NewUnknown(s, c.region.sectorIDs()))
		}
	}
	for _, m := range w.Municipality {
		if c.region.byCode[m] == nil {
			report("unknown municipality %q", fault.NewUnknown(m, c.region.codes()))
		}
	}
	if w.RoundOpen != "" && c.byID[w.RoundOpen] == nil {
		report("round_open: unknown initiative %q", fault.NewUnknown(w.RoundOpen, c.ids()))
	}
	for _, bound := range []int{w.ReadinessFrom, w.ReadinessBelow} {
		if bound < 0 || bound > 100 {
			report("readiness: %d is not 1–100", bound)
		}
	}
	if !isVariant(w.Variant) {
		report("variant %q: letters and digits only", w.Variant)
	}
}

// always reports whether there are no conditions.
func (w *When) always() bool {
	return len(w.Quadrant)+len(w.Cyber)+len(w.Phase)+len(w.Size)+len(w.Sector)+len(w.Region)+len(w.Municipality)+
		len(w.HelpWanted)+len(w.Obstacle)+len(w.Staffing)+w.ReadinessFrom+w.ReadinessBelow == 0 && w.Lagging == nil && w.EDIHSector == nil && w.RoundOpen == ""
}

// all rejects values outside a closed set.
func all[T ~string](report report, what string, known, values []T) {
	for _, v := range values {
		if !slices.Contains(known, v) {
			report("%s: unknown value %q", what, fault.NewUnknown(v, known))
		}
	}
}

func isVariant(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}
