package referral

import (
	"cmp"
	"slices"
)

// maxSteps is how many initiatives a business is referred to at most.
const maxSteps = 3

// lead is how far the proposals of a leading rule come before the others.
const lead = 1000

// Advise applies the rules and the gates to a case. It is pure and total: every
// case gets an advice, and the same case the same.
func (c *Catalogue) Advise(k Case) Advice {
	in := c.region.inputs(&k)
	d := draft{in: &in}
	d.candidates = d.room[:0]
	for i := range c.compiled {
		if r := &c.compiled[i]; d.apply(r) && r.Stop {
			return Advice{Card: r.Card}
		}
	}
	d.gate()
	d.arrange()
	if k.Extra && !d.silent {
		d.precaution(c.compiled)
	}
	d.close()
	return d.advice()
}

// candidate is one proposal on its way to the advice.
type candidate struct {
	initiative *Initiative
	proposal   *compiledProposal
	rule       string
	when       int // which alternative of the rule fired
	rank       int
	as         Place
	extra      bool
}

// draft is an advice in the making.
type draft struct {
	in                  *inputs
	card                Card
	gap, sizable, outer bool
	silent              bool // no steps, nothing under "meer"
	excluded            []Kind
	reranks             []Rerank
	leads               []string
	candidates          []candidate // what passed the gates, best first
	steps               []candidate
	more                []candidate
	closing             []candidate
	room                [32]candidate
}

// apply notes what a rule does, if it fires.
func (d *draft) apply(r *compiledRule) bool {
	when := r.fires(d.in)
	if when < 0 {
		return false
	}
	if r.Card != NoCard {
		d.card = r.Card
	}
	d.gap = d.gap || r.Gap
	d.sizable = d.sizable || r.Sizable
	d.outer = d.outer || r.Outside
	d.silent = d.silent || r.Silent
	d.excluded = append(d.excluded, r.Exclude...)
	d.reranks = append(d.reranks, r.Rerank...)
	d.leads = append(d.leads, r.Lead...)
	d.candidates = r.propose(d.candidates, when, d.in)
	return true
}

// gate drops what may not be shown and sorts the rest, with the ranks that the
// person's wish gives.
func (d *draft) gate() {
	d.candidates = slices.DeleteFunc(d.candidates, func(c candidate) bool { return !d.admits(&c) })
	for i := range d.candidates {
		c := &d.candidates[i]
		if c.as != AsStep {
			continue
		}
		for _, r := range d.reranks {
			if r.Initiative == c.initiative.ID {
				c.rank = min(c.rank, r.Rank)
			}
		}
		if slices.Contains(d.leads, c.rule) {
			c.rank -= lead
		}
	}
	slices.SortStableFunc(d.candidates, before)
}

// admits holds the gates: status and dates, a way to reach it, area and size.
func (d *draft) admits(c *candidate) bool {
	i, in := c.initiative, d.in
	if !i.Live(in.Today) || slices.Contains(d.excluded, i.Kind) {
		return false
	}
	if c.as != AsNote && !i.takesPeople(in.Today) {
		return false
	}
	if url, _ := i.Address(in.Today); url == "" {
		return false
	}
	return i.Area.covers(in.place) && i.Eligibility.admits(in.Size, in.Sector)
}

// takesPeople tells whether one can go there today; otherwise it is a note at most.
func (i *Initiative) takesPeople(on Date) bool {
	switch i.Status {
	case StatusInFormation:
		return false
	case StatusClosedRound:
		return i.RoundOpen(on)
	}
	return i.Capacity != CapacityNone
}

// before orders candidates: rank, then near before far, then priority, then the
// order of the inventory. Of doubles the one with the lowest rank comes first, and
// of equals the one whose rule stands first.
func before(a, b candidate) int {
	if order := cmp.Compare(a.rank, b.rank); order != 0 {
		return order
	}
	i, j := a.initiative, b.initiative
	return cmp.Or(
		cmp.Compare(i.Area.reach(), j.Area.reach()),
		cmp.Compare(j.Priority, i.Priority),
		cmp.Compare(i.order, j.order),
	)
}

// arrange cuts the sorted candidates into steps and what comes under "meer".
func (d *draft) arrange() {
	if d.silent {
		return
	}
	for _, c := range d.candidates {
		if c.as == AsStep && !contains(d.steps, c.initiative) && !d.sameURL(c.initiative) {
			d.steps = append(d.steps, c)
		}
	}
	var cut []candidate
	if !d.unburdenFirst() {
		d.steps, cut = nil, d.steps
	} else if len(d.steps) > maxSteps {
		d.steps, cut = d.steps[:maxSteps:maxSteps], d.steps[maxSteps:]
	}
	d.more = append(d.more, cut...)
	for _, c := range d.candidates {
		if (c.as == AsMore || c.as == AsStep) && !contains(d.steps, c.initiative) && !contains(d.more, c.initiative) {
			d.more = append(d.more, c)
		}
	}
}

// sameURL tells whether a step leads to the same page already. Records reached
// through another one do not count.
func (d *draft) sameURL(i *Initiative) bool {
	url := i.URL()
	return url != "" && slices.ContainsFunc(d.steps, func(c candidate) bool { return c.initiative.URL() == url })
}

// unburdenFirst moves the first initiative with room to the front; false when every
// step is oversubscribed, and then there is no step at all.
func (d *draft) unburdenFirst() bool {
	for i, c := range d.steps {
		if c.initiative.Capacity != CapacityOversubscribed {
			copy(d.steps[1:i+1], d.steps[:i])
			d.steps[0] = c
			return true
		}
	}
	return len(d.steps) == 0
}

// precaution adds the first step for vulnerable businesses to the advice of one that
// is so near to the border that it may be one of them.
func (d *draft) precaution(rules []compiledRule) {
	as := *d.in
	as.quadrant = Vulnerable
	p := draft{in: &as, excluded: d.excluded}
	p.candidates = p.room[:0]
	for i := range rules {
		if r := &rules[i]; r.Extra {
			if when := r.fires(&as); when >= 0 {
				p.candidates = r.propose(p.candidates, when, &as)
			}
		}
	}
	p.gate()
	first := slices.IndexFunc(p.candidates, func(c candidate) bool { return c.as == AsStep })
	if first < 0 || contains(d.steps, p.candidates[first].initiative) {
		return
	}
	c := p.candidates[first]
	c.extra = true
	d.more = without(d.more, c.initiative)
	if len(d.steps) < maxSteps {
		d.steps = append(d.steps, c)
	} else {
		d.more = slices.Insert(d.more, 0, c)
	}
}

// close adds the human desk when too little verified help remains.
func (d *draft) close() {
	verified := 0
	for _, c := range d.steps {
		if c.initiative.Verified(d.in.Today) {
			verified++
		}
	}
	if verified >= 2 {
		return
	}
	for _, c := range d.candidates {
		if c.as == AsClosing && !contains(d.steps, c.initiative) && !contains(d.closing, c.initiative) {
			d.closing = append(d.closing, c)
			d.more = without(d.more, c.initiative)
		}
	}
}

func contains(list []candidate, i *Initiative) bool {
	return slices.ContainsFunc(list, func(c candidate) bool { return c.initiative == i })
}

func without(list []candidate, i *Initiative) []candidate {
	return slices.DeleteFunc(list, func(c candidate) bool { return c.initiative == i })
}

// advice puts the draft into its final form. A note about an initiative that stands
// elsewhere in the advice would say it twice.
func (d *draft) advice() Advice {
	var remarks []candidate
	for _, c := range d.candidates {
		if c.as == AsNote && !contains(d.steps, c.initiative) && !contains(d.more, c.initiative) && !contains(remarks, c.initiative) {
			remarks = append(remarks, c)
		}
	}
	f := finish{in: d.in}
	f.steps = make([]Step, 0, len(d.steps)+len(d.closing)+len(d.more)+len(remarks))
	f.because = make([]Because, 0, maxBecause*cap(f.steps))
	return Advice{
		Card: d.card, Gap: d.gap, Sizable: d.sizable, Outside: d.outer,
		Steps: f.take(d.steps), Closing: f.take(d.closing), More: f.take(d.more), Notes: f.take(remarks),
	}
}

// finish turns candidates into steps; all of one advice share two arrays.
type finish struct {
	in      *inputs
	steps   []Step
	because []Because
}

func (f *finish) take(list []candidate) []Step {
	if len(list) == 0 {
		return nil
	}
	from := len(f.steps)
	for _, c := range list {
		f.steps = append(f.steps, f.step(c))
	}
	return f.steps[from:len(f.steps):len(f.steps)]
}

func (f *finish) step(c candidate) Step {
	url, via := c.initiative.Address(f.in.Today)
	reason := c.proposal.reasons[c.when]
	if c.extra {
		reason = reasonExtra
	}
	from := len(f.because)
	f.because = f.in.explain(f.because, c.proposal.because[c.when])
	return Step{
		Initiative: c.initiative, Rule: c.rule, Reason: reason,
		Because: f.because[from:len(f.because):len(f.because)],
		Extra:   c.extra, Caveat: !c.initiative.Verified(f.in.Today),
		URL: url, Via: via,
	}
}
