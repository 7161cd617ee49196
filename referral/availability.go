package referral

import "slices"

// Live tells whether an initiative runs on a day, as far as the record knows.
func (i *Initiative) Live(on Date) bool {
	return i.Status != StatusEnded && i.Status != StatusSuperseded && on.within(i.ValidFrom, i.ValidTo)
}

// RoundOpen tells whether a day lies in one of the dated rounds.
func (i *Initiative) RoundOpen(on Date) bool {
	return slices.ContainsFunc(i.Rounds, func(r Round) bool { return on.within(r.From, r.To) })
}

// Verified tells whether a person found the record true lately enough, or the body
// exists by law.
func (i *Initiative) Verified(on Date) bool {
	return i.Standing || i.checked(on)
}

// checked tells whether a person's verification still holds; one from the future is
// a slip of the pen.
func (i *Initiative) checked(on Date) bool {
	return i.VerifiedOn != "" && i.VerifiedOn <= on && on <= i.VerifiedOn.AddDays(i.ReviewDays)
}

// URL returns the own web address, or nothing.
func (i *Initiative) URL() string { return i.contact("web") }

// Phone returns the telephone number where it may be shown: only of a record that
// counts as verified.
func (i *Initiative) Phone(on Date) string {
	if !i.Verified(on) {
		return ""
	}
	return i.contact("phone")
}

// Address returns the web address on a day: the own one, or that of the record it
// is reached through, which is then returned as well. Both are empty where there is
// no way to reach it.
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

func (i *Initiative) contact(kind string) string {
	for _, c := range i.Contact {
		if c.Type == kind {
			return c.Value
		}
	}
	return ""
}

// Check is one thing that an editor must look at.
type Check string

// The checks.
const (
	CheckNever   Check = "never_verified" // nobody opened its page yet
	CheckStale   Check = "stale"          // the last verification is too old
	CheckFuture  Check = "future"         // verified on a day that is still to come
	CheckEnded   Check = "ended"          // its last day is past: what now?
	CheckRound   Check = "round"          // no dated round now or later: is there a new one?
	CheckAddress Check = "address"        // no way to reach it, so never shown unasked
)

// NeedsCheck lists what an editor must look at on a day; a later day tells what is
// coming. Retired records need nothing.
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
	case !i.checked(on):
		checks = append(checks, CheckStale)
	}
	if !i.Live(on) {
		checks = append(checks, CheckEnded)
	}
	if i.Status == StatusClosedRound && !slices.ContainsFunc(i.Rounds, func(r Round) bool { return on <= r.To }) {
		checks = append(checks, CheckRound)
	}
	if url, _ := i.Address(on); url == "" {
		checks = append(checks, CheckAddress)
	}
	return checks
}

// reach orders by nearness: local, regional, national.
func (a *Area) reach() int {
	if a.Scope == "national" {
		return 2
	}
	if slices.ContainsFunc(a.Include, isCode) {
		return 0
	}
	return 1
}

// covers tells whether a municipality lies in the area; nil is outside the region.
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

// admits tells whether the hard conditions let a business in.
func (e *Eligibility) admits(size Size, sector string) bool {
	return (len(e.Sizes) == 0 || slices.Contains(e.Sizes, size)) &&
		(len(e.Sectors) == 0 || slices.Contains(e.Sectors, sector))
}
