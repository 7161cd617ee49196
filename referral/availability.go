package referral

import "slices"

// Live reports whether an initiative runs on a day, according to its record.
func (i *Initiative) Live(on Date) bool {
	return i.Status != StatusEnded && i.Status != StatusSuperseded && on.within(i.ValidFrom, i.ValidTo)
}

// RoundOpen reports whether a day lies in one of the dated rounds.
func (i *Initiative) RoundOpen(on Date) bool {
	return slices.ContainsFunc(i.Rounds, func(r Round) bool { return on.within(r.From, r.To) })
}

// verifiedDays is how long people are told that a record is verified.
const verifiedDays = 180

// Verified reports whether a person checked the record in the last 180 days; a
// verification in the future does not count.
func (i *Initiative) Verified(on Date) bool { return i.checkedWithin(verifiedDays, on) }

// VerifiedUntil returns the last day on which it is verified, if nobody checks it again; "" when
// nobody checked it.
func (i *Initiative) VerifiedUntil() Date {
	if i.VerifiedOn == "" {
		return ""
	}
	return i.VerifiedOn.AddDays(verifiedDays)
}

// Trusted reports whether the record needs no caveat: it is verified, or of a body that exists by
// law.
func (i *Initiative) Trusted(on Date) bool { return i.Standing || i.Verified(on) }

func (i *Initiative) checkedWithin(days int, on Date) bool {
	return i.VerifiedOn != "" && i.VerifiedOn <= on && on <= i.VerifiedOn.AddDays(days)
}

// Since returns the day of the last verification up to a day, or otherwise the last
// public sign: a year, a month or a day, or "" when none is known.
func (i *Initiative) Since(on Date) string {
	if i.VerifiedOn != "" && i.VerifiedOn <= on {
		return max(string(i.VerifiedOn), i.LastSign)
	}
	return i.LastSign
}

// URL returns the record's own web address, or "".
func (i *Initiative) URL() string { return i.contact("web", "").Value }

// Phone returns the telephone number, or "". A number that nobody verified is left out, as it may
// be outdated, unless it is the only way to reach the initiative.
func (i *Initiative) Phone(on Date) string {
	if url, _ := i.Address(on); !i.Trusted(on) && url != "" {
		return ""
	}
	return i.contact("phone", "").Value
}

// Address returns the web address on a day: its own, or that of the record through
// which it is reached, which is then returned too. Without either, url is empty.
func (i *Initiative) Address(on Date) (url string, via *Initiative) {
	if url = i.URL(); url != "" {
		return url, nil
	}
	for via = i.via; via != nil && via.Live(on); via = via.via {
		if url = via.URL(); url != "" {
			return url, via
		}
	}
	return "", nil
}

// In returns the web address and the name for a sector, if both depend on it; ok is false if they
// do not.
func (i *Initiative) In(sector string) (url, name string, ok bool) {
	c := i.contact("web", sector)
	return c.Value, c.Name, len(c.Sectors) > 0
}

// contact returns the first contact of a type for a sector, or for all sectors.
func (i *Initiative) contact(kind, sector string) Contact {
	for n := range i.Contact {
		if c := &i.Contact[n]; c.Type == kind && (len(c.Sectors) == 0 || slices.Contains(c.Sectors, sector)) {
			return *c
		}
	}
	return Contact{}
}

// Check is a reason why an editor must review a record.
type Check string

// The checks.
const (
	CheckNever   Check = "never_verified" // no person checked its page yet
	CheckStale   Check = "stale"          // the last verification is too old
	CheckFuture  Check = "future"         // verified on a day that is still to come
	CheckEnded   Check = "ended"          // its last day has passed
	CheckRound   Check = "round"          // no dated round now or later
	CheckAddress Check = "address"        // no address at all, so it is only shown when a person types its name
)

// NeedsCheck returns what an editor must review on a day, today or later; nothing for retired
// records.
func (i *Initiative) NeedsCheck(on Date) []Check {
	if i.Kind == KindRetired {
		return nil
	}
	var checks []Check
	switch {
	case i.VerifiedOn == "":
		checks = append(checks, CheckNever)
	case i.VerifiedOn > on:
		checks = append(checks, CheckFuture)
	case !i.checkedWithin(i.ReviewDays, on):
		checks = append(checks, CheckStale)
	}
	if !i.Live(on) {
		checks = append(checks, CheckEnded)
	}
	if i.Status == StatusClosedRound && !slices.ContainsFunc(i.Rounds, func(r Round) bool { return on <= r.To }) {
		checks = append(checks, CheckRound)
	}
	if url, _ := i.Address(on); url == "" && len(i.Contact) == 0 {
		checks = append(checks, CheckAddress)
	}
	return checks
}

// reach ranks an area by nearness: local 0, regional 1, national 2.
func (a *Area) reach() int {
	if a.Scope == "national" {
		return 2
	}
	if slices.ContainsFunc(a.Include, isCode) {
		return 0
	}
	return 1
}

// covers reports whether a municipality lies in the area; nil is outside the region.
func (a *Area) covers(m *Municipality) bool {
	if a.Scope == "national" {
		return true
	}
	if m == nil || slices.Contains(a.Exclude, m.Code) || slices.Contains(a.Exclude, m.Region) {
		return false
	}
	return slices.ContainsFunc(a.Include, func(part string) bool {
		return part == m.Code || part == m.Region || slices.Contains(m.Also, part)
	})
}

// admits reports whether size and sector meet the conditions.
func (e *Eligibility) admits(size Size, sector string) bool {
	return (len(e.Sizes) == 0 || slices.Contains(e.Sizes, size)) &&
		(len(e.Sectors) == 0 || slices.Contains(e.Sectors, sector))
}
