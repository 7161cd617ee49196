package audit

import (
	"cmp"
	"slices"

	"digiwijzer/referral"
)

// offered are the quadrants whose businesses should find more help than a national help line.
var offered = []referral.Quadrant{referral.Vulnerable, referral.Leading, referral.Unhurried}

// WhiteSpots returns every kind of business to which the rules offer no recently verified initiative on
// a day, by quadrant, region, size up to 50 people, wish and sector. It advises the combinations that
// the gate advises. An offer in one phase of digitalisation, or at one readiness only, counts.
// Security is in order in all of them, so that help with it counts for those who ask for it.
func WhiteSpots(c Content, on referral.Date) (spots []referral.WhiteSpot) {
	all := newCombinations(c, on, c.Catalogue)
	all.visitClasses(func(k referral.Case, municipalities, wishes, sectors []string) {
		if wishes[0] == noHelp {
			return
		}
		for _, k.Quadrant = range offered {
			for _, k.Size = range allSizes {
				if !k.Size.SmallEnough() {
					continue
				}
				for _, wish := range wishes {
					spots = append(spots, all.spotsOf(c.Catalogue, k, wish, municipalities, sectors)...)
				}
			}
		}
	})
	return merged(spots, c.Catalogue.Region(), on)
}

// spotsOf returns the white spots of a case for a wish: one per region and sector, with the
// municipalities of the class that lie in it.
func (all combinations) spotsOf(c *referral.Catalogue, k referral.Case, wish string, municipalities, sectors []string) (spots []referral.WhiteSpot) {
	offer := all.bestOffer(c, k, wish)
	if offer == referral.CheckedOffer {
		return nil
	}
	byRegion := map[string][]string{}
	for _, code := range municipalities {
		name := c.Region().RegionOf(code, k.Today)
		byRegion[name] = append(byRegion[name], code)
	}
	for _, name := range []string{referral.RegionUtrecht, referral.RegionGooi} {
		if len(byRegion[name]) == 0 {
			continue
		}
		for _, sector := range sectors {
			spots = append(spots, referral.WhiteSpot{Quadrant: k.Quadrant, Region: name, Municipalities: byRegion[name],
				Size: k.Size, Wish: wish, Sector: sector, Offer: offer})
		}
	}
	return spots
}

// bestOffer returns the best that is offered in any phase at any readiness.
func (all combinations) bestOffer(c *referral.Catalogue, k referral.Case, wish string) referral.Offer {
	best := referral.NoOffer
	k.Cyber = referral.CyberOK
	for _, bound := range all.bounds {
		k.Readiness = float64(bound)
		for _, k.Phase = range allPhases {
			best = max(best, c.Advise(k).OfferFor(wish))
		}
	}
	return best
}

// merged joins the spots that differ in their municipalities only, sorts them and adds the
// numbers of firms.
func merged(spots []referral.WhiteSpot, region *referral.Region, on referral.Date) (all []referral.WhiteSpot) {
	slices.SortStableFunc(spots, compareSpots)
	for _, s := range spots {
		if last := len(all) - 1; last >= 0 && compareSpots(all[last], s) == 0 {
			all[last].Municipalities = append(all[last].Municipalities, s.Municipalities...)
			continue
		}
		s.Municipalities = slices.Clone(s.Municipalities)
		s.Firms, s.Estimate = region.Population(s.Region, s.Sector, referral.Band(s.Region, s.Size))
		all = append(all, s)
	}
	inRegion := map[string]int{}
	for _, m := range region.Municipalities(on) {
		inRegion[m.Region]++
	}
	for i := range all {
		slices.Sort(all[i].Municipalities)
		if len(all[i].Municipalities) == inRegion[all[i].Region] {
			all[i].Municipalities = nil
		}
	}
	return all
}

// compareSpots orders by all that identifies a spot but its municipalities.
func compareSpots(a, b referral.WhiteSpot) int {
	return cmp.Or(
		cmp.Compare(slices.Index(offered, a.Quadrant), slices.Index(offered, b.Quadrant)),
		cmp.Compare(b.Region, a.Region),
		cmp.Compare(slices.Index(allSizes, a.Size), slices.Index(allSizes, b.Size)),
		cmp.Compare(a.Wish, b.Wish),
		cmp.Compare(a.Sector, b.Sector),
		cmp.Compare(a.Offer, b.Offer),
	)
}
