package figures

import (
	"maps"
	"slices"

	"digiwijzer/referral"
)

// A count of a week is a surge if it is at least surgeFactor times what is usual, and at least
// surgeFloor more: that needs an explanation, such as a fair, a campaign or somebody who inflates
// the figures. What is usual is the median of the surgeWeeks before; with fewer than surgeKnown
// weeks of service among these nothing is usual.
const (
	surgeFactor = 3
	surgeFloor  = 15
	surgeWeeks  = 8
	surgeKnown  = 4
)

// SurgeOf is what is far above what is usual.
type SurgeOf string

// What can surge.
const (
	OfAll     SurgeOf = "completed"
	OfChannel SurgeOf = "channel" // completed through one channel
	OfPartner SurgeOf = "partner" // started through one partner
)

// Surge is a count of a week that is far above what is usual.
type Surge struct {
	Week  string  `json:"week"`
	Of    SurgeOf `json:"of"`
	Key   string  `json:"key,omitempty"` // the channel, or the partner's code
	N     int     `json:"n"`
	Usual int     `json:"usual"`
}

// surgesIn returns the surges in the weeks of a period. history holds them, with the
// surgeWeeks before the first.
func surgesIn(history []Week, p Period) (all []Surge) {
	for i, week := range history {
		if !p.Contains(week.Week) {
			continue
		}
		before := history[max(0, i-surgeWeeks):i]
		begun := slices.IndexFunc(history, func(w Week) bool { return w.Started+w.Completed > 0 })
		if begun < 0 || begun > i-surgeKnown {
			continue // the service has only just begun
		}
		add := func(of SurgeOf, key string, count func(Week) int) {
			var counts []int
			for _, w := range before {
				counts = append(counts, count(w))
			}
			if n, usual := count(week), median(counts); n >= surgeFactor*usual && n >= usual+surgeFloor {
				all = append(all, Surge{week.Week, of, key, n, usual})
			}
		}
		add(OfAll, "", func(w Week) int { return w.Completed })
		if channelsKnown(before) {
			for _, key := range slices.Sorted(maps.Keys(week.Channels)) {
				add(OfChannel, key, func(w Week) int { return w.Channels[key] })
			}
		}
		for _, key := range slices.Sorted(maps.Keys(week.Partners)) {
			add(OfPartner, key, func(w Week) int { return w.Partners[key] })
		}
	}
	return all
}

// channelsKnown reports whether all these weeks were counted by channel.
func channelsKnown(weeks []Week) bool {
	return !slices.ContainsFunc(weeks, func(w Week) bool {
		n := 0
		for _, of := range w.Channels {
			n += of
		}
		return n < w.Completed
	})
}

// median returns the middle one of counts, the lower of two.
func median(counts []int) int {
	if len(counts) == 0 {
		return 0
	}
	slices.Sort(counts)
	return counts[(len(counts)-1)/2]
}

// withUsual returns the period with the preceding weeks from which the usual counts are computed.
func withUsual(p Period) Period {
	monday, err := referral.Monday(p.From)
	if err != nil {
		return p // NewWeekly returns the error
	}
	return Period{From: referral.WeekOf(monday.AddDate(0, 0, -7*surgeWeeks)), To: p.To}
}
