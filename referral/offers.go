package referral

import (
	"cmp"
	"slices"
)

// Offers returns the regional help that a business can turn to on the day of the case, whether or
// not a rule proposes it: it works in its municipality and not nationally, takes people, is meant
// for its size, sector and quadrant, and can be reached. The nearest comes first. A step of Offers
// has no rule and no reason.
func (c *Catalogue) Offers(k Case) []Step {
	in := c.region.inputs(&k)
	var open []*Initiative
	for _, i := range c.initiatives {
		if i.Kind == KindRetired || i.Kind == KindIncident || i.Area.Scope == "national" {
			continue
		}
		if i.Live(k.Today) && i.acceptsReferrals(k.Today) && i.suits(&in) && i.reachable(&in) {
			open = append(open, i)
		}
	}
	slices.SortStableFunc(open, func(a, b *Initiative) int {
		return cmp.Or(cmp.Compare(a.Area.reach(), b.Area.reach()), cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.order, b.order))
	})
	steps := make([]Step, 0, len(open))
	for _, i := range open {
		steps = append(steps, in.step(i))
	}
	return steps
}

// suits reports whether an initiative is meant for a business.
func (i *Initiative) suits(in *inputs) bool {
	return i.Area.covers(in.place) && i.Eligibility.admits(in.Size, in.Sector) && oneOf(i.Fit.Quadrants, in.quadrant)
}

// ChangeKind is what changed about an initiative.
type ChangeKind string

// The changes.
const (
	Began       ChangeKind = "began"
	Ended       ChangeKind = "ended"
	RoundOpened ChangeKind = "round_opened"
	RoundClosed ChangeKind = "round_closed"
)

// OfferChange is a change of an initiative and its first day.
type OfferChange struct {
	Initiative *Initiative
	Kind       ChangeKind
	Day        Date
}

// OfferChanges returns the changes, according to the dates in the catalogue, that concern a
// business between a day and the day of the case, both included: the initiatives of its area, size
// and sector that began or ended and their rounds, in order of day. A change without a date in the
// catalogue is not included.
func (c *Catalogue) OfferChanges(k Case, since Date) []OfferChange {
	in := c.region.inputs(&k)
	var list []OfferChange
	for _, i := range c.initiatives {
		if !i.Area.covers(in.place) || !i.Eligibility.admits(in.Size, in.Sector) {
			continue
		}
		add := func(kind ChangeKind, day Date) {
			if day != "" && day.within(since, k.Today) {
				list = append(list, OfferChange{i, kind, day})
			}
		}
		add(Began, i.ValidFrom)
		add(Ended, i.ValidTo.AddDays(1))
		for _, r := range i.Rounds {
			add(RoundOpened, r.From)
			add(RoundClosed, r.To.AddDays(1))
		}
	}
	slices.SortStableFunc(list, func(a, b OfferChange) int { return cmp.Compare(a.Day, b.Day) })
	return list
}
