package content

import (
	"cmp"
	"slices"

	"digiwijzer/referral"
)

// CatalogueEntry is one initiative, for other programs.
type CatalogueEntry struct {
	ID         string           `json:"id"`
	Name       string           `json:"name"`
	Kind       referral.Kind    `json:"kind"`
	Status     referral.Status  `json:"status"`
	URL        string           `json:"url"`
	VerifiedOn referral.Date    `json:"verified_on"`   // empty: never
	Due        referral.Date    `json:"due,omitempty"` // of DueEntries: the first day on which it needs a check
	NeedsCheck []referral.Check `json:"needs_check"`   // on that day
}

// CatalogueEntries lists the initiatives and what an editor must check on a day.
func (e *Edition) CatalogueEntries(day referral.Date) []CatalogueEntry {
	entries := []CatalogueEntry{}
	for _, i := range e.Catalogue.Initiatives() {
		entries = append(entries, newEntry(i, i.NeedsCheck(day)))
	}
	return entries
}

// DueEntries lists the initiatives that need a check within a number of days, the most urgent first.
func (e *Edition) DueEntries(day referral.Date, days int) []CatalogueEntry {
	entries := []CatalogueEntry{}
	for _, i := range e.Catalogue.Initiatives() {
		if on, checks := due(i, day, days); on != "" {
			entry := newEntry(i, checks)
			entry.Due = on
			entries = append(entries, entry)
		}
	}
	slices.SortStableFunc(entries, func(a, b CatalogueEntry) int { return cmp.Compare(a.Due, b.Due) })
	return entries
}

func newEntry(i *referral.Initiative, checks []referral.Check) CatalogueEntry {
	return CatalogueEntry{ID: i.ID, Name: i.Name, Kind: i.Kind, Status: i.Status, URL: i.URL(),
		VerifiedOn: i.VerifiedOn, NeedsCheck: append([]referral.Check{}, checks...)}
}

// due returns the first of the coming days on which an initiative needs a check, and why;
// empty if it needs none.
func due(i *referral.Initiative, today referral.Date, days int) (referral.Date, []referral.Check) {
	for n := range days + 1 {
		if checks := i.NeedsCheck(today.AddDays(n)); len(checks) > 0 {
			return today.AddDays(n), checks
		}
	}
	return "", nil
}
