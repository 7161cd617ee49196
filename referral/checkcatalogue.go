package referral

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"digiwijzer/locales/fault"
)

// seedRows is the number of initiatives for small businesses in the inventory of 2022.
const seedRows = 20

// The closed sets of the records.
var (
	kinds      = []Kind{KindDirect, KindCyber, KindEmerging, KindKnowledge, KindInnovation, KindNational, KindSubsidy, KindIncident, KindBranch, KindRetired}
	statuses   = []Status{StatusActive, StatusUnverified, StatusInFormation, StatusClosedRound, StatusEnded, StatusSuperseded}
	capacities = []Capacity{"", CapacityOpen, CapacityLimited, CapacityWaitlist, CapacityOversubscribed, CapacityNone, CapacityUnknown}
	contacts   = []string{"web", "phone", "email", "visit"}
	costs      = []string{"", "free", "subsidy"}
	categories = []string{
		"Hulp bij digitalisering",
		"Hulp bij cyber security",
		"Zou zich kunnen ontwikkelen naar directe hulp voor mkb'ers",
		"Dragen bij aan kennis en samenwerking",
		"Geen relevantie meer voor de regio",
	}
)

// checkCatalogue checks every record, and the relations between records.
func (f *faults) checkCatalogue(c *Catalogue) {
	rows := map[int]string{}
	for _, i := range c.initiatives {
		file := "catalogue/" + i.ID + ".toml"
		report := func(format string, args ...any) { f.add(file, i.ID, format, args...) }
		i.checkBasics(report)
		i.checkFilled(report)
		i.checkSeed(report, rows)
		i.checkReach(report, c.region)
		i.checkEvidence(report)
		i.checkLinks(report, c)
		f.period(file, i.ID, i.ValidFrom, i.ValidTo)
		f.period(file, i.ID, i.VerifiedOn, "")
		for _, r := range i.Rounds {
			f.period(file, i.ID, r.From, r.To)
			if r.From == "" || r.To == "" {
				report("a round needs both dates")
			}
		}
		for _, name := range append([]string{i.Name}, i.Aliases...) {
			key := nameKey(name)
			switch other := c.byName[key]; {
			case key == "":
				report("a name or alias is empty")
			case other != nil && other != i:
				twice := fault.New(file, i.ID, "the name %q belongs to %q already", name, other.ID)
				twice.Other = "catalogue/" + other.ID + ".toml"
				*f = append(*f, twice)
			}
			c.byName[key] = i
		}
	}
	for row := 1; row <= seedRows; row++ {
		if rows[row] == "" {
			f.add("catalogue", "", "row %d of the inventory has no record", row)
		}
	}
}

type report func(format string, args ...any)

func (i *Initiative) checkBasics(report report) {
	if !isID(i.ID) {
		report("the id must be lower-case letters, digits and hyphens")
	}
	if !slices.Contains(kinds, i.Kind) {
		report("unknown kind %q", fault.NewUnknown(i.Kind, kinds))
	}
	if !slices.Contains(statuses, i.Status) {
		report("unknown status %q", fault.NewUnknown(i.Status, statuses))
	}
	if !slices.Contains(capacities, i.Capacity) {
		report("unknown capacity %q", fault.NewUnknown(i.Capacity, capacities))
	}
	over := i.Status == StatusEnded || i.Status == StatusSuperseded
	if over != (i.Kind == KindRetired) {
		report("kind %q and status %q contradict each other", i.Kind, i.Status)
	}
	if i.Priority < 0 || i.Priority > 100 {
		report("priority %d is not 0–100", i.Priority)
	}
	if i.ReviewDays < 1 || i.ReviewDays > 366 {
		report("review_days %d is not 1–366", i.ReviewDays)
	}
	if (i.VerifiedOn == "") != (i.VerifiedBy == "") {
		report("verified_on and verified_by belong together")
	}
	if !isVariant(i.Ask) {
		report("ask %q: letters and digits only", i.Ask)
	}
	if i.LastSign != "" && !slices.ContainsFunc(i.Evidence, func(e Evidence) bool { return e.PageDate == i.LastSign }) {
		report("last_sign %q: no evidence has this page_date", i.LastSign)
	}
	for _, q := range i.Fit.Quadrants {
		if !slices.Contains(quadrants, q) {
			report("fit: unknown quadrant %q", fault.NewUnknown(q, quadrants))
		}
	}
}

// toFill marks what must be filled in, in sjabloon.md.
const toFill = "WIJZIG"

// checkFilled reports what is still as in the template.
func (i *Initiative) checkFilled(report report) {
	values := map[string]string{"id": i.ID, "name": i.Name, "provider": i.Provider}
	for _, c := range i.Contact {
		values["contact"] += c.Value
	}
	for _, e := range i.Evidence {
		values["evidence"] += e.Title + e.URL + e.Says
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if strings.Contains(values[key], toFill) {
			report("%s is still as in the template", key)
		}
	}
}

func (i *Initiative) checkSeed(report report, rows map[int]string) {
	if i.Seed == nil {
		return
	}
	switch row := i.Seed.Row; {
	case row < 1 || row > seedRows:
		report("seed row %d is not 1–%d", row, seedRows)
	case rows[row] != "":
		report("seed row %d belongs to %s already", row, rows[row])
	default:
		rows[row] = i.ID
	}
	if !slices.Contains(categories, i.Seed.Category) {
		report("unknown seed category %q", fault.NewUnknown(i.Seed.Category, categories))
	}
}

// checkReach checks area and eligibility.
func (i *Initiative) checkReach(report report, r *Region) {
	switch a := i.Area; a.Scope {
	case "national":
		if len(a.Include)+len(a.Exclude) > 0 {
			report("a national area has no list")
		}
	case "list":
		if len(a.Include) == 0 {
			report("the area includes nothing")
		}
		for _, part := range append(slices.Clone(a.Include), a.Exclude...) {
			if !slices.Contains(regionIDs, part) && r.byCode[part] == nil {
				report("area: unknown region or municipality %q", fault.NewUnknown(part, append(r.codes(), regionIDs...)))
			}
		}
	default:
		report("area scope %q must be national or list", a.Scope)
	}
	for _, s := range i.Eligibility.Sizes {
		if !slices.Contains(sizes[:], s) {
			report("eligibility: unknown size %q", fault.NewUnknown(s, sizes[:]))
		}
	}
	for _, s := range i.Eligibility.Sectors {
		if r.bySector[s] == nil {
			report("eligibility: unknown sector %q", fault.NewUnknown(s, r.sectorIDs()))
		}
	}
	for _, c := range i.Contact {
		for _, s := range c.Sectors {
			if r.bySector[s] == nil || len(i.Eligibility.Sectors) > 0 && !slices.Contains(i.Eligibility.Sectors, s) {
				report("contact %q: unknown sector %q, or one that eligibility leaves out", c.Value, fault.NewUnknown(s, r.sectorIDs()))
			}
		}
	}
	if i.Eligibility.TurnoverMaxEUR < 0 {
		report("eligibility: turnover below zero")
	}
}

// checkEvidence checks that contacts, rounds and costs have a public source.
func (i *Initiative) checkEvidence(report report) {
	known := map[string]bool{}
	for _, e := range i.Evidence {
		switch {
		case e.ID == "" || known[e.ID]:
			report("evidence %q: no id of its own", e.ID)
		case e.URL == "" && e.Title == "":
			report("evidence %q: neither address nor title", e.ID)
		case e.URL != "" && !isWeb(e.URL):
			report("evidence %q: %q is no web address", e.ID, e.URL)
		case e.Says == "":
			report("evidence %q: does not say what it shows", e.ID)
		}
		known[e.ID] = true
	}
	if len(known) == 0 {
		report("no evidence")
	}
	for _, c := range i.Contact {
		if !known[c.Evidence] {
			report("contact %q: no evidence %q", c.Value, fault.NewUnknown(c.Evidence, i.evidenceIDs()))
		}
		if (len(c.Sectors) > 0) != (c.Name != "") || len(c.Sectors) > 0 && c.Type != "web" {
			report("contact %q: a name and sectors belong together, with a web address", c.Value)
		}
		switch {
		case !slices.Contains(contacts, c.Type):
			report("contact: unknown type %q", fault.NewUnknown(c.Type, contacts))
		case c.Value == "":
			report("contact %q has no value", c.Type)
		case c.Type == "web" && !isWeb(c.Value):
			report("contact: %q is no web address", c.Value)
		}
	}
	for _, r := range i.Rounds {
		if !known[r.Evidence] {
			report("round %s: no evidence %q", r.From, fault.NewUnknown(r.Evidence, i.evidenceIDs()))
		}
	}
	switch {
	case !slices.Contains(costs, i.Cost.Kind):
		report("cost: unknown kind %q", fault.NewUnknown(i.Cost.Kind, costs))
	case i.Cost.Kind != "" && !known[i.Cost.Evidence]:
		report("cost %q: no evidence %q", i.Cost.Kind, fault.NewUnknown(i.Cost.Evidence, i.evidenceIDs()))
	}
}

// checkLinks checks the references to other records.
func (i *Initiative) checkLinks(report report, c *Catalogue) {
	for _, id := range append([]string{i.Via, i.Successor}, i.Instead...) {
		if id != "" && (c.byID[id] == nil || id == i.ID) {
			report("names %q, which is not another record", fault.NewUnknown(id, c.ids()))
		}
	}
	if i.Kind == KindRetired && i.Successor == "" && len(i.Instead) == 0 {
		report("retired without a successor or something instead")
	}
	for _, id := range i.Instead {
		if other := c.byID[id]; other != nil && other.Kind == KindRetired {
			report("instead: %s is retired itself", id)
		}
	}
	next := func(link func(*Initiative) string) func(string) string {
		return func(id string) string {
			if other := c.byID[id]; other != nil {
				return link(other)
			}
			return ""
		}
	}
	if loops(i.ID, next(func(o *Initiative) string { return o.Successor })) {
		report("the successors go round in a circle")
	}
	if loops(i.ID, next(func(o *Initiative) string { return o.Via })) {
		report("via goes round in a circle")
	}
}

// loops reports whether following the links from start never ends.
func loops(start string, next func(string) string) bool {
	seen := map[string]bool{}
	for id := start; id != ""; id = next(id) {
		if seen[id] {
			return true
		}
		seen[id] = true
	}
	return false
}

// period checks two dates that may be empty.
func (f *faults) period(file, id string, from, to Date) {
	for _, d := range []Date{from, to} {
		if d == "" {
			continue
		}
		if _, err := ParseDate(string(d)); err != nil {
			f.add(file, id, "%q is not a date (YYYY-MM-DD)", fault.NewUnknown(string(d), otherwise(d)))
			to = ""
		}
	}
	if from != "" && to != "" && to < from {
		f.add(file, id, "%s comes before %s", to, from)
	}
}

// otherwise returns the possible ISO dates of a date in another format, such as 31-12-2026.
func otherwise(d Date) []Date {
	for _, form := range []string{"2-1-2006", "2/1/2006", "2006/1/2", "2006-1-2", "2.1.2006", "20060102"} {
		if t, err := time.Parse(form, strings.TrimSpace(string(d))); err == nil {
			return []Date{Date(t.Format(time.DateOnly))}
		}
	}
	return nil
}

// evidenceIDs returns the ids of the sources of a record.
func (i *Initiative) evidenceIDs() (ids []string) {
	for _, e := range i.Evidence {
		ids = append(ids, e.ID)
	}
	return ids
}

// ids returns the ids of all records.
func (c *Catalogue) ids() (ids []string) {
	for _, i := range c.initiatives {
		ids = append(ids, i.ID)
	}
	return ids
}

// sectorIDs returns the ids of all sectors.
func (r *Region) sectorIDs() (ids []string) {
	for _, s := range r.sectors {
		ids = append(ids, s.ID)
	}
	return ids
}

// codes returns the codes of all municipalities.
func (r *Region) codes() (codes []string) {
	for _, m := range r.municipalities {
		codes = append(codes, m.Code)
	}
	return codes
}

func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

func isID(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && s[0] != '-'
}
