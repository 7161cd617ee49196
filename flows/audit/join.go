package audit

import (
	"slices"

	"math/big"

	"digiwijzer/referral"
)

// row is a final state of one or more groups, reduced to what the scoring and the
// rules can still tell apart.
type row struct {
	partial
	paths big.Int
	trail *trail
}

// partial is a position on its way to an assessment. A tally is emptied once its
// score is settled.
type partial struct {
	readiness, cyber, impact tally
	ready, touched           score
	asked, unknown           int16
	phase                    referral.Phase
	safe                     referral.Cyber
	seen                     string // answers the rules look at, as "staffing=c;"
}

// score is where a score lies among the marks, and whether enough was measured.
type score struct {
	settled, enough bool
	at              int8
}

// marks are the scores at which a judgement changes (scoring version 1): the cut-off,
// the narrow and the wide border.
var marks = []float64{40, 45, 50, 55}

// The shares of the scoring; every outcome is assessed again by the scoring itself,
// which would show a difference.
const (
	enoughShare     = 0.6
	indicativeShare = 0.25
	cyberNeeds      = 2
)

// settle gives the place of a mean among the marks: odd on a mark, even between.
func (t tally) settle() score {
	s := score{settled: true, enough: t.measured > 0 && float64(t.measured) >= enoughShare*float64(t.inPlay)}
	mean := t.mean()
	for _, mark := range marks {
		if mean > mark {
			s.at += 2
		} else if mean == mark {
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

// withBlock adds working safely as one item of readiness.
func (t tally) withBlock(block tally) tally {
	if block.inPlay == 0 {
		return t
	}
	t.inPlay++
	if block.measured >= cyberNeeds {
		t.measured++
		t.sum += block.mean()
	}
	return t
}

// table reduces the final states of a group.
func (w *walker) table(states []*state, rules classes) []*row {
	t := newTable()
	for _, s := range states {
		answers, asked := s.trail.answers()
		p := partial{readiness: s.readiness, cyber: s.cyber, impact: s.impact, asked: s.asked, unknown: s.unknown}
		if slices.Contains(w.sets, 0) {
			p.phase = referral.Assess(&referral.Scale{}, answers, nil, false).Phase
		}
		if slices.Contains(w.sets, 1) {
			p.safe = referral.Assess(w.scale, answers, asked, false).Cyber
		}
		for _, query := range w.queries {
			if rules[query.ID] != nil {
				p.seen += query.ID + "=" + rules.of(query.ID, answers[query.ID]) + ";"
			}
		}
		t.add(p, &s.paths, s.trail)
	}
	return t.rows
}

// table collects rows.
type table struct {
	rows  []*row
	index map[partial]*row
}

func newTable() *table { return &table{index: map[partial]*row{}} }

func (t *table) add(p partial, paths *big.Int, way *trail) {
	r := t.index[p]
	if r == nil {
		r = &row{partial: p, trail: way}
		t.index[p] = r
		t.rows = append(t.rows, r)
	}
	r.paths.Add(&r.paths, paths)
}

// join combines the tables of all groups.
func join(groups []*group, tables [][]*row) []*row {
	all := newTable()
	all.add(partial{}, big.NewInt(1), nil)
	rows := all.rows
	for i := range groups {
		done := func(axis referral.Axis) bool {
			return !slices.ContainsFunc(groups[i+1:], func(g *group) bool { return g.has(axis) })
		}
		rows = cross(rows, tables[i], done)
	}
	return rows
}

// cross joins every row of a with every row of b.
func cross(a, b []*row, done func(referral.Axis) bool) []*row {
	readiness := done(referral.AxisReadiness) && done(referral.AxisCyber)
	impact := done(referral.AxisImpact)
	out := newTable()
	var paths big.Int
	for _, x := range a {
		for _, y := range b {
			p := x.with(&y.partial)
			if readiness && !p.ready.settled {
				p.ready = p.readiness.withBlock(p.cyber).settle()
				p.readiness, p.cyber = tally{}, tally{}
			}
			if impact && !p.touched.settled {
				p.touched = p.impact.settle()
				p.impact = tally{}
			}
			r := out.index[p]
			if r == nil {
				r = &row{partial: p, trail: &trail{before: x.trail, beside: y.trail}}
				out.index[p] = r
				out.rows = append(out.rows, r)
			}
			r.paths.Add(&r.paths, paths.Mul(&x.paths, &y.paths))
		}
	}
	return out.rows
}

func (p partial) with(o *partial) partial {
	p.readiness, p.cyber, p.impact = p.readiness.plus(o.readiness), p.cyber.plus(o.cyber), p.impact.plus(o.impact)
	p.asked += o.asked
	p.unknown += o.unknown
	if p.phase == "" {
		p.phase = o.phase
	}
	if p.safe == "" {
		p.safe = o.safe
	}
	p.seen += o.seen
	return p
}
