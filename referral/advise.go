package referral

import (
	"cmp"
	"slices"
)

// maxSteps is the highest number of initiatives that a business is referred to.
const maxSteps = 3

// lead is subtracted from the ranks of a leading rule and is larger than any rank.
const lead = 1000

// Advise applies the rules to a case and selects from what they propose: what is open,
// reachable and meant for this business, sorted by rank, at most three steps. It is
// pure and total: every case has an advice, and equal cases have equal advice.
func (c *Catalogue) Advise(k Case) Advice {
	in := c.region.inputs(&k)
	d := draft{in: &in, candidates: make([]candidate, 0, 16)}
	if r := d.choose(c); r != nil {
		return Advice{Card: r.Card}
	}
	return d.advice()
}

// candidate is a proposal that may become part of the advice.
type candidate struct {
	*compiledProposal
	rank  int // the proposal's own, or a better one
	when  int // index of the condition of the rule that holds
	extra bool
	// verified reports that a person checked the record recently. Standing bodies do not count: a law
	// guarantees the body, not its offer.
	verified bool
}

// draft is an advice under construction.
type draft struct {
	in                    *inputs
	card                  Card
	gap, sizable, outside bool
	silent                bool            // no steps except those of keep, nothing under "meer", no notes
	keep                  []string        // rules
	modifiers             []*compiledRule // rules in force that exclude, re-rank or lead
	candidates            []candidate     // what passed the gates, best first
	steps                 []candidate
	more                  []candidate
	closing               []candidate
	notes                 []candidate
}

// choose applies the rules and selects what the advice shows. It returns the rule whose card is the whole advice, or nil.
func (d *draft) choose(c *Catalogue) *compiledRule {
	for _, r := range c.byQuadrant[d.in.quadrant] {
		if d.apply(r) && r.Stop {
			return r
		}
	}
	d.gate()
	d.arrange()
	if d.in.Extra && !d.silent {
		d.precaution(c.compiled)
	}
	d.addClosing()
	d.addNotes()
	return nil
}

// apply adds the effects of a rule whose conditions hold, and reports whether they do.
func (d *draft) apply(r *compiledRule) bool {
	when := r.match(d.in)
	if when < 0 {
		return false
	}
	if r.Card != NoCard {
		d.card = r.Card
	}
	d.gap = d.gap || r.Gap
	d.sizable = d.sizable || r.Sizable
	d.outside = d.outside || r.Outside
	d.silent = d.silent || r.Silent
	d.keep = append(d.keep, r.Keep...)
	if len(r.Exclude)+len(r.Rerank)+len(r.Lead) > 0 {
		d.modifiers = append(d.modifiers, r)
	}
	d.candidates = r.propose(d.candidates, when, d.in)
	return true
}

// gate drops the candidates that may not be shown and sorts the rest by rank.
func (d *draft) gate() {
	d.candidates = slices.DeleteFunc(d.candidates, func(c candidate) bool { return !d.admits(&c) })
	for i := range d.candidates {
		c := &d.candidates[i]
		c.verified = c.initiative.Verified(d.in.Today)
		if c.as == AsStep {
			d.rerank(c)
		}
	}
	slices.SortStableFunc(d.candidates, before)
}

// rerank applies the ranks that the rules in force give a step.
func (d *draft) rerank(c *candidate) {
	again := 0
	for _, r := range d.modifiers {
		for i := range r.Rerank {
			if other := &r.Rerank[i]; other.Initiative == c.initiative.ID && (again == 0 || other.Rank < again) {
				again = other.Rank
			}
		}
	}
	if again > 0 {
		c.rank = again
	}
	for _, r := range d.modifiers {
		if slices.Contains(r.Lead, c.rule) {
			c.rank -= lead
			return
		}
	}
}

// admits reports whether a candidate may be shown: it runs, can be reached, is not
// excluded by a rule, and its area, sizes and sectors include the business.
func (d *draft) admits(c *candidate) bool {
	i, in := c.initiative, d.in
	if !i.Live(in.Today) || c.as != AsNote && !i.acceptsReferrals(in.Today) {
		return false
	}
	for _, r := range d.modifiers {
		if slices.Contains(r.Exclude, i.Kind) {
			return false
		}
	}
	if !i.reachable(in) {
		return false
	}
	return i.Area.covers(in.place) && i.Eligibility.admits(in.Size, in.Sector)
}

// reachable reports whether there is an address or a number for this business.
func (i *Initiative) reachable(in *inputs) bool {
	if url, _ := i.Address(in.Today); url != "" {
		return true
	}
	_, _, ok := i.In(in.Sector)
	return ok || i.Phone(in.Today) != ""
}

// acceptsReferrals reports whether people can apply on a day; if not it is a note at most.
func (i *Initiative) acceptsReferrals(on Date) bool {
	switch i.Status {
	case StatusInFormation:
		return false
	case StatusClosedRound:
		return i.RoundOpen(on)
	}
	return i.Capacity != CapacityNone
}

// before orders candidates by rank, verified ones first, then by nearness, priority and
// place in the inventory. Of duplicates the one with the lowest rank comes first, then the one of the first rule.
func before(a, b candidate) int {
	if order := cmp.Compare(a.rank, b.rank); order != 0 {
		return order
	}
	i, j := a.initiative, b.initiative
	if i == j {
		return 0
	}
	if a.verified != b.verified {
		if a.verified {
			return -1
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(i.Area.reach(), j.Area.reach()),
		cmp.Compare(j.Priority, i.Priority),
		cmp.Compare(i.order, j.order),
	)
}

// arrange divides the sorted candidates into steps and what is listed under "meer".
func (d *draft) arrange() {
	for _, c := range d.candidates {
		if d.silent && !slices.Contains(d.keep, c.rule) {
			continue
		}
		if c.as == AsStep && !contains(d.steps, c.initiative) && !d.sameURL(c.initiative) {
			d.steps = append(d.steps, c)
		}
	}
	keep := min(len(d.steps), maxSteps)
	if !d.putAvailableFirst() {
		keep = 0
	}
	d.more = append(d.more, d.steps[keep:]...)
	d.steps = d.steps[:keep]
	if d.silent {
		d.more = d.more[:0]
		return
	}
	for _, c := range d.candidates {
		if (c.as == AsMore || c.as == AsStep) && !contains(d.steps, c.initiative) && !contains(d.more, c.initiative) {
			d.more = append(d.more, c)
		}
	}
}

// sameURL reports whether a step already has the same web address. A record that is reached
// through another one has none of its own.
func (d *draft) sameURL(i *Initiative) bool {
	url := i.URL()
	return url != "" && slices.ContainsFunc(d.steps, func(c candidate) bool { return c.initiative.URL() == url })
}

// putAvailableFirst moves the first step that is not oversubscribed to the front. It
// returns false when all are; the advice then has no steps.
func (d *draft) putAvailableFirst() bool {
	for i, c := range d.steps {
		if c.initiative.Capacity != CapacityOversubscribed {
			copy(d.steps[1:i+1], d.steps[:i])
			d.steps[0] = c
			return true
		}
	}
	return len(d.steps) == 0
}

// precaution adds the first step for vulnerable businesses to the advice of one so near
// the border that it may be vulnerable.
func (d *draft) precaution(rules []compiledRule) {
	as := *d.in
	as.quadrant = Vulnerable
	p := draft{in: &as, modifiers: d.modifiers}
	for i := range rules {
		if rules[i].Extra {
			p.apply(&rules[i])
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

// addClosing adds the closing proposals when fewer than two steps are trusted: verified, or of a body
// that exists by law.
func (d *draft) addClosing() {
	trusted := 0
	for _, c := range d.steps {
		if c.initiative.Trusted(d.in.Today) {
			trusted++
		}
	}
	if trusted >= 2 {
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

// without removes an initiative from a list, except as the precautionary step.
func without(list []candidate, i *Initiative) []candidate {
	return slices.DeleteFunc(list, func(c candidate) bool { return c.initiative == i && !c.extra })
}

// addNotes adds the notes on initiatives that are not listed already; none for people who want no help.
func (d *draft) addNotes() {
	for _, c := range d.candidates {
		if c.as == AsNote && !d.silent && !contains(d.steps, c.initiative) && !contains(d.more, c.initiative) && !contains(d.notes, c.initiative) {
			d.notes = append(d.notes, c)
		}
	}
}

// advice returns the finished advice.
func (d *draft) advice() Advice {
	a := Advice{
		Card: d.card, Gap: d.gap, Sizable: d.sizable, Outside: d.outside,
		Steps: d.finish(d.steps), Closing: d.finish(d.closing), More: d.finish(d.more), Notes: d.finish(d.notes),
	}
	d.in.ask(a.Steps, a.Closing, a.More)
	return a
}

func (d *draft) finish(list []candidate) []Step {
	if len(list) == 0 {
		return nil
	}
	steps := make([]Step, 0, len(list))
	for _, c := range list {
		step := d.in.step(c.initiative)
		step.Rule, step.Reason, step.Extra = c.rule, c.reason(), c.extra
		if c.as == AsStep || c.as == AsMore {
			step.Because = d.in.explain(c.because[c.when], c.initiative.Kind)
		}
		steps = append(steps, step)
	}
	return steps
}

// reason returns the text id of why an initiative is proposed.
func (c *candidate) reason() string {
	if c.extra {
		return reasonExtra
	}
	return c.reasons[c.when]
}

// step returns what a business is shown about an initiative on the day of its case.
func (in *inputs) step(i *Initiative) Step {
	url, via := i.Address(in.Today)
	name := i.Name
	if own, of, ok := i.In(in.Sector); ok {
		url, via, name = own, nil, of
	}
	if !i.acceptsReferrals(in.Today) {
		url, via = "", nil // closed: mentioned, but without a link
	}
	return Step{
		Initiative: i, Name: name, Verified: i.Verified(in.Today), Caveat: !i.Trusted(in.Today), URL: url, Via: via,
		Phone: i.Phone(in.Today), Since: i.Since(in.Today),
	}
}
