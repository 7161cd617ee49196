// Package figures makes the figures of the working group out of counts: what
// happened per ISO week, exact, and without any attribute of a business. It is
// pure; store reads the counts and writes them.
package figures

import (
	"maps"
	"slices"
	"strings"
)

// Kind says what a Count counts.
type Kind string

// The kinds of counts. Key is empty where nothing else is said.
const (
	Started        Kind = "started"         // conversations begun
	Partner        Kind = "partner"         // conversations begun through a partner, by link or as told after part 1; key: its code
	Completed      Kind = "completed"       // first finished conversation of a chat in a half-year
	Target         Kind = "target"          // completed in the target group: in the region, up to 50 people
	Gap            Kind = "gap"             // completed, and no regional desk for the business
	Referral       Kind = "referral"        // initiative shown as a step, completed only; key: its id
	Mention        Kind = "mention"         // initiative mentioned, completed only; key: its id
	Repeat         Kind = "repeat"          // later finished conversations of a chat in a half-year
	RepeatReferral Kind = "repeat_referral" // as Referral, of repeats
	RepeatMention  Kind = "repeat_mention"  // as Mention, of repeats
	Stopped        Kind = "stopped"         // unfinished runs; key: the question they stood at
	Hasty          Kind = "hasty"           // finished conversations, of either kind, that went faster than anyone can read
)

// Count is how often something happened in one ISO week ("2026-W47").
type Count struct {
	Week string
	Kind Kind
	Key  string
	N    int
}

// Finished is what the weekly counts need of a finished conversation.
type Finished struct {
	Week      string // of the first result
	Repeat    bool
	Target    bool
	Gap       bool
	Referrals []string // initiative ids
	Mentions  []string
}

// Counts tells what a finished conversation adds. The figures handed over and the
// figures that still wait both come from here, so that they add up.
func (f Finished) Counts() []Count {
	whole, referral, mention := Completed, Referral, Mention
	if f.Repeat {
		whole, referral, mention = Repeat, RepeatReferral, RepeatMention
	}
	counts := []Count{{f.Week, whole, "", 1}}
	if f.Target && !f.Repeat {
		counts = append(counts, Count{f.Week, Target, "", 1})
	}
	if f.Gap && !f.Repeat {
		counts = append(counts, Count{f.Week, Gap, "", 1})
	}
	for _, id := range distinct(f.Referrals) {
		counts = append(counts, Count{f.Week, referral, id, 1})
	}
	for _, id := range distinct(f.Mentions) {
		counts = append(counts, Count{f.Week, mention, id, 1})
	}
	return counts
}

// StartedBy tells what a conversation begun adds; partner may be empty.
func StartedBy(week, partner string) []Count {
	counts := []Count{{week, Started, "", 1}}
	if partner != "" {
		counts = append(counts, Count{week, Partner, partner, 1})
	}
	return counts
}

// LearntFrom tells what it adds that a conversation, counted as begun without a partner,
// later names one: that partner's share, and not one more begun.
func LearntFrom(week, partner string) []Count {
	return []Count{{week, Partner, partner, 1}}
}

// StoppedAt tells what an unfinished run adds.
func StoppedAt(week, question string) []Count {
	return []Count{{week, Stopped, question, 1}}
}

// HastyIn tells what a conversation adds that was finished faster than anyone can read. It
// counts as finished all the same: this only shows how much a week can be trusted.
func HastyIn(week string) []Count {
	return []Count{{week, Hasty, "", 1}}
}

// Sum adds up the counts of the same week, kind and key, and sorts them.
func Sum(counts []Count) []Count {
	sums := map[Count]int{}
	for _, c := range counts {
		n := c.N
		c.N = 0
		sums[c] += n
	}
	all := make([]Count, 0, len(sums))
	for c, n := range sums {
		c.N = n
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Count) int {
		return strings.Compare(a.order(), b.order())
	})
	return all
}

func (c Count) order() string { return c.Week + "\x00" + string(c.Kind) + "\x00" + c.Key }

func distinct(ids []string) []string {
	set := map[string]bool{}
	for _, id := range ids {
		set[id] = true
	}
	return slices.Sorted(maps.Keys(set))
}
