package audit

import (
	"cmp"
	"maps"
	"slices"

	"digiwijzer/flows/advicecode"
	"digiwijzer/referral"
)

// Event is a change that takes effect on a date without a change of the content.
type Event struct {
	Day  referral.Date `json:"day"` // the first day of the new situation
	ID   string        `json:"id"`  // the initiative or municipality
	Kind string        `json:"kind"`
	What string        `json:"what"`
}

// changeDays returns the first day and every later one with an event.
func (g *gate) changeDays() []referral.Date {
	days := map[referral.Date]bool{g.o.From: true}
	for _, e := range g.report.Upcoming {
		days[e.Day] = true
	}
	return slices.Sorted(maps.Keys(days))
}

// event records a change on a day, if that day is within the days checked.
func (g *gate) event(kind string, day referral.Date, id, name string) {
	if day <= g.o.From || day > g.until() {
		return
	}
	g.report.Upcoming = append(g.report.Upcoming, Event{Day: day, ID: id, Kind: kind,
		What: g.Texts.Text(g.o.Lang, "check.event."+kind, "Name", name, "Day", string(day))})
}

// checkRecords checks the dates of every record and lists the upcoming events.
func (g *gate) checkRecords() {
	for _, i := range g.Catalogue.Initiatives() {
		g.checkRecord(i)
	}
	for _, m := range g.Catalogue.Region().AllMunicipalities() {
		g.checkMunicipality(&m)
	}
	slices.SortStableFunc(g.report.Upcoming, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Kind, b.Kind))
	})
	incident := func(i *referral.Initiative) bool { return i.Kind == referral.KindIncident && i.Live(g.o.From) }
	if !slices.ContainsFunc(g.Catalogue.Initiatives(), incident) {
		g.fault("incident.empty", location{file: "referral/catalogue"})
	}
}

// checkLayout reports questions or options that differ from those published under the same number:
// earlier answers could then no longer be read.
func (g *gate) checkLayout() {
	layout := g.Questions.Layout()
	at := location{file: questionsFile, id: "question_set"}
	switch published, ok := g.Questions.Layouts.Find(layout.Number); {
	case ok && published.Fingerprint != layout.Fingerprint:
		g.fault("layout.changed", at, "Number", layout.Number)
	case !ok && len(g.Questions.Layouts) > 0 && layout.Number < advicecode.FirstLocalSet:
		g.notice("layout.unknown", at, "Number", layout.Number, "First", advicecode.FirstLocalSet)
	}
}

func (g *gate) checkRecord(i *referral.Initiative) {
	at := location{file: "referral/catalogue/" + i.ID + ".toml", id: i.ID}
	over := i.Status == referral.StatusEnded || i.Status == referral.StatusSuperseded
	if !over {
		g.event("begins", i.ValidFrom, i.ID, i.Name)
		g.event("ends", i.ValidTo.AddDays(1), i.ID, i.Name)
		if i.ValidTo != "" && i.ValidTo < g.o.From {
			g.notice("initiative.past", at, "Day", string(i.ValidTo), "Status", string(i.Status))
		}
	}
	if i.VerifiedOn > g.o.From {
		g.fault("initiative.verified_later", at, "Day", string(i.VerifiedOn))
	}
	if i.VerifiedOn != "" {
		review := i.VerifiedOn.AddDays(i.ReviewDays + 1)
		g.event("verification_lapses", review, i.ID, i.Name)
		if unverified := i.VerifiedUntil().AddDays(1); unverified != review {
			g.event("unverified", unverified, i.ID, i.Name)
		}
		if !over && i.VerifiedOn.AddDays(i.ReviewDays) < g.o.From {
			g.notice("initiative.stale", at, "Day", string(i.VerifiedOn))
		}
	}
	for n, r := range i.Rounds {
		g.event("round_opens", r.From, i.ID, i.Name)
		g.event("round_closes", r.To.AddDays(1), i.ID, i.Name)
		for _, other := range i.Rounds[:n] {
			if r.From <= other.To && other.From <= r.To {
				g.fault("initiative.rounds_overlap", at, "Day", string(max(r.From, other.From)))
			}
		}
	}
	if len(i.Rounds) > 0 && i.Status != referral.StatusClosedRound && !over {
		g.fault("initiative.rounds_unused", at, "Status", string(i.Status))
	}
	for _, id := range i.Instead {
		if other, ok := g.Catalogue.Initiative(id); ok && over && !other.Live(g.o.From) {
			g.notice("initiative.instead_gone", at, "Other", id) // only its dates passed: Load rejects others
		}
	}
	if via, ok := g.Catalogue.Initiative(i.Via); ok && !over && !via.Live(g.o.From) {
		g.gone(via, "initiative.via_gone", at, "Other", i.Via)
	}
}

// gone reports that another record no longer runs: as a fault if somebody ended it, as a notice if
// only its dates passed, since nothing was changed then.
func (g *gate) gone(other *referral.Initiative, kind string, at location, args ...any) {
	if other.Status == referral.StatusEnded || other.Status == referral.StatusSuperseded {
		g.fault(kind, at, args...)
		return
	}
	g.notice(kind, at, args...)
}

// checkMunicipality lists the changes of a municipality, and reports a last day that is
// only planned.
func (g *gate) checkMunicipality(m *referral.Municipality) {
	g.event("municipality_begins", m.ValidFrom, m.Code, m.Name)
	g.event("municipality_ends", m.ValidTo.AddDays(1), m.Code, m.Name)
	if m.Planned != "" && m.ValidTo <= g.until() {
		g.notice("municipality.planned", location{file: "referral/region.toml", id: m.Code}, "Name", m.Name, "Day", string(m.ValidTo), "Why", m.Planned)
	}
}
