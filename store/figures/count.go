// Package figures computes every report on what was counted. The command line, the dashboard,
// the coordinators' pages and the Monday digest all go through Service. It reads counts
// through Source, which store implements, and depends on no SQL, HTTP or channel.
//
// The three levels of disclosure.Level get different figures. Exact weekly counts of everything
// are for whoever is accountable only, because a referral to a narrow initiative implies
// attributes of a business. The other levels get exact weekly counts without attributes, and,
// of closed quarters and years, what package disclosure releases; each release is entered in
// the ledger before it is shown.
package figures

import (
	"maps"
	"slices"
	"strings"
)

// Kind is what a Count counts.
type Kind string

// The kinds of counts. Key is empty unless noted.
const (
	Started        Kind = "started"         // conversations started
	Partner        Kind = "partner"         // conversations started through a partner, by link or as answered after part 1; key: its code
	Completed      Kind = "completed"       // first finished conversation of a chat in a half-year
	Target         Kind = "target"          // completed in the target group: in the region, up to 50 people
	Gap            Kind = "gap"             // completed by a business that has no regional desk
	Referral       Kind = "referral"        // initiative shown as a step, completed only; key: its id
	Mention        Kind = "mention"         // initiative mentioned, completed only; key: its id
	Repeat         Kind = "repeat"          // later finished conversations of a chat in a half-year
	RepeatReferral Kind = "repeat_referral" // as Referral, of repeats
	RepeatMention  Kind = "repeat_mention"  // as Mention, of repeats
	Stopped        Kind = "stopped"         // unfinished conversations; key: the question that was not answered
	Asked          Kind = "asked"           // businesses that were asked, after six weeks, what they did
	Opened         Kind = "codes_opened"    // advice codes opened by advisers
	Fast           Kind = "hasty"           // finished conversations, repeats too, that went faster than anyone can read
	Same           Kind = "same"            // finished conversations, repeats too, with the same answers as one within the hour before; not if Fast
	Uncounted      Kind = "uncounted"       // conversations that were served and are in no other count
	Channel        Kind = "channel"         // as Completed; key: the channel
	Duration       Kind = "duration"        // as Completed; key: the class of its duration, see disclosure.ByDuration
)

// Count is how often something occurred in one ISO week ("2026-W47").
type Count struct {
	Week string
	Kind Kind
	Key  string
	N    int
}

// Finished is the part of a finished conversation that the weekly figures count.
type Finished struct {
	Week      string // of the first result
	Repeat    bool
	Target    bool
	Gap       bool
	Channel   string
	Duration  string   // class; empty: unknown
	Referrals []string // initiative ids
	Mentions  []string
}

// Counts returns the counts of a finished conversation. Both the conversations handed over and
// those still waiting are counted here, so that the totals add up.
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
	if f.Channel != "" && !f.Repeat {
		counts = append(counts, Count{f.Week, Channel, f.Channel, 1})
	}
	if f.Duration != "" && !f.Repeat {
		counts = append(counts, Count{f.Week, Duration, f.Duration, 1})
	}
	for _, id := range distinct(f.Referrals) {
		counts = append(counts, Count{f.Week, referral, id, 1})
	}
	for _, id := range distinct(f.Mentions) {
		counts = append(counts, Count{f.Week, mention, id, 1})
	}
	return counts
}

// StartedBy returns the counts of a conversation that started; partner may be empty.
func StartedBy(week, partner string) []Count {
	counts := []Count{{week, Started, "", 1}}
	if partner != "" {
		counts = append(counts, Count{week, Partner, partner, 1})
	}
	return counts
}

// PartnerLearned returns the counts of a conversation that named its partner after it had been
// counted as started without one.
func PartnerLearned(week, partner string) []Count {
	return []Count{{week, Partner, partner, 1}}
}

// StoppedAt returns the counts of an unfinished conversation.
func StoppedAt(week, question string) []Count {
	return []Count{{week, Stopped, question, 1}}
}

// AskedIn returns the counts of a follow-up question that was asked for the first time.
func AskedIn(week string) []Count {
	return []Count{{week, Asked, "", 1}}
}

// OpenedIn returns the counts of an advice code that an adviser opened.
func OpenedIn(week string) []Count { return []Count{{week, Opened, "", 1}} }

// FastIn returns the extra counts of a conversation that was finished faster than anyone can
// read. It is counted as finished as well; see Counts.Flooded.
func FastIn(week string) []Count {
	return []Count{{week, Fast, "", 1}}
}

// SameIn returns the extra counts of a conversation that was finished with the same answers
// as one within the hour before. It is counted as finished as well.
func SameIn(week string) []Count {
	return []Count{{week, Same, "", 1}}
}

// UncountedIn returns the counts of n conversations that are in no other count.
func UncountedIn(week string, n int) []Count {
	return []Count{{week, Uncounted, "", n}}
}

// Sum adds up counts of the same week, kind and key and returns them sorted.
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
