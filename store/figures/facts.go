package figures

import (
	"encoding/json"

	"digiwijzer/referral"
	"digiwijzer/store/figures/disclosure"
)

// Facts are the key figures of a span, from released figures and exact totals only. Each is nil
// if it is not released of that span.
type Facts struct {
	Vulnerable *Share `json:"vulnerable"`         // high impact, low readiness
	OrNear     *Share `json:"vulnerable_or_near"` // those, and those just outside the quadrant
	Target     *Share `json:"target"`             // in the region, up to 50 people
	Lagging    *Share `json:"lagging"`            // construction, hospitality and trade
	Reach      *Share `json:"reach"`              // readiness below 50 in the province, of the businesses that lag behind
	Basis      *Share `json:"basis"`              // basic level of the Digital Intensity Index, certain or probable
	CyberWeak  *Share `json:"cyber_weak"`         // security not in order
	Satisfied  *Share `json:"satisfied"`          // 4 or 5 out of 5, of those who answered
	StepTaken  *Share `json:"step_taken"`         // of those who answered the follow-up
	InTime     *Share `json:"in_time"`            // result within the four minutes that the site promises
	// Median is the class of disclosure.ByDuration that contains the median, by released figures;
	// empty: unknown.
	Median    string `json:"median_duration,omitempty"`
	ReachGoal int    `json:"reach_goal"`         // businesses that lag behind in the province
	BasisGoal int    `json:"basis_goal"`         // percentage of the national ambition
	Previous  *Facts `json:"previous,omitempty"` // of the preceding span of the same kind, if known
}

// BasisAmbition is the national goal for the share of small and medium-sized businesses with
// a basic level of digital intensity, in percent (https://www.nederlanddigitaal.nl).
const BasisAmbition = 95

// Share is a released part of a whole.
type Share struct {
	N  disclosure.Figure
	Of int
}

// shareFloor is the smallest whole of which a percentage is given: below it the rounding error is
// too large a part.
const shareFloor = 30

// Percent returns the share in whole percents, half up; known is false for a whole below 30, or if
// the part is not released.
func (s Share) Percent() (percent int, known bool) {
	n, told := s.N.N()
	if !told || s.Of < shareFloor {
		return 0, false
	}
	return min(100, (n*100+s.Of/2)/s.Of), true
}

// MarshalJSON adds the percentage, null where unknown.
func (s Share) MarshalJSON() ([]byte, error) {
	stored := struct {
		N       disclosure.Figure `json:"n"`
		Of      int               `json:"of"`
		Percent *int              `json:"percent"`
	}{N: s.N, Of: s.Of}
	if percent, known := s.Percent(); known {
		stored.Percent = &percent
	}
	return json.Marshal(stored)
}

func newFacts(r disclosure.Release, region referral.Figures) Facts {
	share := func(d disclosure.Dimension, value string) *Share {
		return shareOf(r.Table(d, "").Figure(value), r.Outcomes)
	}
	f := Facts{
		Vulnerable: share(disclosure.ByQuadrant, "vulnerable"),
		OrNear:     share(disclosure.ByQuadrant, disclosure.VulnerableOrNear),
		Target:     shareOf(r.InTarget(), r.Outcomes),
		Lagging:    share(disclosure.BySector, disclosure.Lagging),
		Reach:      shareOf(r.Table(disclosure.ByRegion, disclosure.ByReadiness).Cell(referral.RegionUtrecht, disclosure.Below50), region.Laggards),
		Basis:      share(disclosure.ByDII, disclosure.Basis),
		CyberWeak:  share(disclosure.ByCyber, "weak"),
		ReachGoal:  region.Laggards, BasisGoal: BasisAmbition,
	}
	verdict := r.Table(disclosure.ByVerdict, "")
	good := verdict.Figure("good")
	if rated, told := disclosure.Add(good, verdict.Figure("not_good")).N(); told && rated > 0 {
		f.Satisfied = shareOf(good, rated)
	}
	f.InTime, f.Median = durations(r)
	if nothing := r.Table(disclosure.ByTaken, "").Figure("niets"); r.Answers > 0 {
		f.StepTaken = shareOf(disclosure.Rest(r.Answers, nothing), r.Answers)
	}
	return f
}

// durations returns how many were within the time that the site promises, and the class of the
// median; nothing if the duration of more than a tenth is unknown.
func durations(r disclosure.Release) (within *Share, median string) {
	t := r.Table(disclosure.ByDuration, "")
	unknown, told := t.Figure("").N()
	if _, few := t.Figure("").Below(); !few && (!told || unknown*10 > r.Outcomes) {
		return nil, ""
	}
	within = shareOf(t.Figure(disclosure.Within4), r.Outcomes)
	if r.Outcomes >= shareFloor {
		median = medianOf(t, r.Outcomes)
	}
	return within, median
}

// medianOf returns the class that contains the median of so many.
func medianOf(t disclosure.Table, outcomes int) string {
	var sofar []disclosure.Figure
	for _, class := range []string{disclosure.Within4, disclosure.Within8, disclosure.Within15} {
		f := t.Figure(class)
		sofar = append(sofar, f)
		sum, told := disclosure.Add(sofar...).N()
		least, nearly := f.Least()
		switch {
		case told && 2*sum >= outcomes, nearly && 2*least > outcomes:
			return class
		case !told:
			return ""
		}
	}
	return disclosure.Longer
}

// shareOf returns the share, or nil if the part is not released.
func shareOf(part disclosure.Figure, of int) *Share {
	_, told := part.N()
	_, below := part.Below()
	if _, nearly := part.Least(); told || below || nearly {
		return &Share{part, of}
	}
	return nil
}
