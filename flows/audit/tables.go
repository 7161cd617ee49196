package audit

import (
	"math/big"
	"slices"

	"digiwijzer/referral"
)

// row is a final state of one or more groups, reduced to what the scoring and the rules
// can still distinguish, with the number of paths to it and one of them.
type row struct {
	reduced
	paths big.Int
	trail *trail
}

// reduced is a position in which tallies are replaced by scores as these become final.
type reduced struct {
	readiness, cyber, impact    tally
	readinessScore, impactScore score
	asked, unknown              int16
	phase                       referral.Phase
	cyberResult                 referral.Cyber
	ruleAnswers                 string // answers that the rules compare, as "staffing=c;"
}

// score is the position of a score among the thresholds, and whether enough was
// measured for it.
type score struct {
	final, enough bool
	at            int8
	reached       int // the highest bound of the rules that it reaches
}

// thresholds are the scores at which a judgement changes: the
// cut-off, the narrow and the wide border.
var thresholds = []float64{40, 45, 50, 55}

// reached returns the highest of the bounds that a score reaches, or 0.
func reached(bounds []int, score float64) (highest int) {
	for _, b := range bounds {
		if score >= float64(b) {
			highest = b
		}
	}
	return highest
}

// readinessBounds returns the scores of readiness that the rules compare, lowest first.
func readinessBounds(c *referral.Catalogue) (bounds []int) {
	add := func(w *referral.When) {
		for _, b := range []int{w.ReadinessFrom, w.ReadinessBelow} {
			if b > 0 {
				bounds = append(bounds, b)
			}
		}
	}
	for _, r := range c.Rules() {
		for i := range r.When {
			add(&r.When[i])
		}
		for i := range r.Propose {
			if r.Propose[i].When != nil {
				add(r.Propose[i].When)
			}
		}
	}
	slices.Sort(bounds)
	return slices.Compact(bounds)
}

// Constants of the scoring. Every row is assessed again by the scoring itself, which
// reports a difference.
const (
	enoughShare     = 0.6
	indicativeShare = 0.25
	cyberNeeds      = 2
)

// score returns the position of the mean: odd on a threshold, even between two.
func (t tally) score() score {
	s := score{final: true, enough: t.measured > 0 && float64(t.measured) >= enoughShare*float64(t.inPlay)}
	mean := t.mean()
	for _, threshold := range thresholds {
		if mean > threshold {
			s.at += 2
		} else if mean == threshold {
			s.at++
		}
	}
	return s
}

func (t tally) mean() float64 {
	if t.measured == 0 {
		return 0
	}
	return t.sum / float64(t.measured)
}

func (t tally) plus(o tally) tally {
	return tally{t.inPlay + o.inPlay, t.measured + o.measured, t.sum + o.sum}
}

// withCyber adds working safely as one item of readiness.
func (t tally) withCyber(cyber tally) tally {
	if cyber.inPlay == 0 {
		return t
	}
	t.inPlay++
	if cyber.measured >= cyberNeeds {
		t.measured++
		t.sum += cyber.mean()
	}
	return t
}

// table collects rows, one for each reduced position.
type table struct {
	rows  []*row
	index map[reduced]*row
}

func newTable() *table { return &table{index: map[reduced]*row{}} }

func (t *table) add(p reduced, paths *big.Int, trail func() *trail) {
	r := t.index[p]
	if r == nil {
		r = &row{reduced: p, trail: trail()}
		t.index[p] = r
		t.rows = append(t.rows, r)
	}
	r.paths.Add(&r.paths, paths)
}

// table reduces the final states of a group.
func (e *explorer) table(states []*state, rules classes) []*row {
	t := newTable()
	var path reading
	for _, s := range states {
		path.read(s.trail)
		answers, asked := path.answers, path.asked
		p := reduced{readiness: s.readiness, cyber: s.cyber, impact: s.impact, asked: s.asked, unknown: s.unknown}
		if slices.Contains(e.sets, phaseSet) {
			p.phase = referral.Assess(&referral.Scale{}, answers, nil, false).Phase
		}
		if slices.Contains(e.sets, cyberSet) {
			p.cyberResult = referral.Assess(e.scale, answers, asked, false).Cyber
		}
		for _, query := range e.queries {
			if rules[query.ID] != nil {
				p.ruleAnswers += query.ID + "=" + rules.of(query.ID, answers[query.ID]) + ";"
			}
		}
		t.add(p, &s.paths, func() *trail { return s.trail })
	}
	return t.rows
}

// join combines the tables of all groups.
func join(groups []*group, tables [][]*row, bounds []int) []*row {
	rows := []*row{{}}
	rows[0].paths.SetInt64(1)
	for i := range groups {
		complete := func(axis referral.Axis) bool {
			return !slices.ContainsFunc(groups[i+1:], func(g *group) bool { return g.has(axis) })
		}
		rows = cross(rows, tables[i], complete, bounds)
	}
	return rows
}

// cross joins every row of a with every row of b. complete reports whether no later
// table adds to an axis, bounds are the scores of readiness that the rules compare.
func cross(a, b []*row, complete func(referral.Axis) bool, bounds []int) []*row {
	readiness := complete(referral.AxisReadiness) && complete(referral.AxisCyber)
	impact := complete(referral.AxisImpact)
	out := newTable()
	var paths big.Int
	for _, x := range a {
		for _, y := range b {
			p := x.with(&y.reduced)
			if readiness && !p.readinessScore.final {
				whole := p.readiness.withCyber(p.cyber)
				p.readinessScore = whole.score()
				p.readinessScore.reached = reached(bounds, whole.mean())
				p.readiness, p.cyber = tally{}, tally{}
			}
			if impact && !p.impactScore.final {
				p.impactScore = p.impact.score()
				p.impact = tally{}
			}
			out.add(p, paths.Mul(&x.paths, &y.paths), func() *trail { return &trail{previous: x.trail, joined: y.trail} })
		}
	}
	return out.rows
}

func (p reduced) with(o *reduced) reduced {
	p.readiness, p.cyber, p.impact = p.readiness.plus(o.readiness), p.cyber.plus(o.cyber), p.impact.plus(o.impact)
	p.asked += o.asked
	p.unknown += o.unknown
	if p.phase == "" {
		p.phase = o.phase
	}
	if p.cyberResult == "" {
		p.cyberResult = o.cyberResult
	}
	p.ruleAnswers += o.ruleAnswers
	return p
}
