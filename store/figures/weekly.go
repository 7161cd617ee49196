package figures

import "digiwijzer/referral"

// Basic is what was counted in one week, or in all weeks of a period together, as far as it reveals
// nothing about a business: it is exact at every level but External.
type Basic struct {
	Started   int            `json:"started"`
	Completed int            `json:"completed"`
	Repeat    int            `json:"repeat"`
	Uncounted int            `json:"uncounted"` // served, and in no other count
	Partners  map[string]int `json:"partners"`  // started, by partner code; only what occurred
}

// Counts is all that was counted in one week, or in all weeks of a period together. The rules of
// referral are public, so a referral to a narrow initiative implies attributes of a business: only
// disclosure.Accountable sees it. Referrals and Mentions have every initiative that is not
// retired, also with zero; Stopped only what occurred.
type Counts struct {
	Basic
	Target          int            `json:"target"`
	Gap             int            `json:"gap"`
	Fast            int            `json:"hasty"`                  // of Completed and Repeat, faster than anyone can read
	Same            int            `json:"same"`                   // of the others, with the same answers as one within the hour before
	Channels        map[string]int `json:"channels"`               // completed, by channel; only what occurred, and not before this was counted
	Durations       map[string]int `json:"durations"`              // completed, by duration, see disclosure.ByDuration; likewise
	Opened          int            `json:"codes_opened,omitempty"` // by advisers
	Referrals       map[string]int `json:"referrals"`
	Mentions        map[string]int `json:"mentions"`
	RepeatReferrals map[string]int `json:"repeat_referrals"`
	RepeatMentions  map[string]int `json:"repeat_mentions"`
	Stopped         map[string]int `json:"stopped"` // by question
	asked           int            // see Asked; shown of closed spans only
}

// Week is the counts of one ISO week.
type Week struct {
	Week string `json:"week"`
	Counts
}

// Weekly is the exact counts of a period, per week and in total. Totals include what is
// waiting to be handed over.
type Weekly struct {
	Period  Period `json:"period"`
	Weeks   []Week `json:"weeks"`
	Totals  Counts `json:"totals"`
	Waiting *int   `json:"waiting"` // finished conversations of the period that are not handed over yet; nil: unknown without the key
	// Unreadable is the number of waiting conversations and events, of any week, that are
	// damaged and therefore not counted.
	Unreadable int `json:"unreadable,omitempty"`
}

// Trend is the weekly figures with the periods to compare them with.
type Trend struct {
	Weekly
	// Before and LastYear are the totals of the same number of weeks right before, and of the
	// same weeks a year earlier. A week that is not over is not compared, unless it is the only one.
	Before   Counts   `json:"before"`
	LastYear Counts   `json:"last_year"`
	Progress Progress `json:"progress"`
	Surges   []Surge  `json:"surges,omitempty"` // weeks far above what is usual
	Running  string   `json:"-"`                // the week of the period that is not over yet; empty: none
}

// Snapshot is everything counted in a period as of one moment.
type Snapshot struct {
	Counted    []Count // handed over
	Waiting    []Count // of the conversations and events not handed over yet, of any week
	Unreadable int     // of Waiting, left out because they are damaged
	NoKey      bool    // Waiting could not be decrypted
}

// NewWeekly selects the weeks of a period from a snapshot that covers it. Every week has every one
// of initiatives, also with zero; other initiatives are there if they were counted. It returns an
// error if the period is not valid.
func NewWeekly(period Period, initiatives []string, s Snapshot) (Weekly, error) {
	names, err := referral.Weeks(period.From, period.To)
	if err != nil {
		return Weekly{}, err
	}
	w := Weekly{Period: period, Weeks: make([]Week, len(names)), Totals: zeros(initiatives), Unreadable: s.Unreadable}
	byName := map[string]*Counts{}
	for i, name := range names {
		w.Weeks[i] = Week{Week: name, Counts: zeros(initiatives)}
		byName[name] = &w.Weeks[i].Counts
	}
	waiting := 0
	for _, c := range s.Waiting {
		if byName[c.Week] != nil && (c.Kind == Completed || c.Kind == Repeat) {
			waiting += c.N
		}
	}
	for _, counts := range [][]Count{s.Counted, s.Waiting} {
		for _, c := range counts {
			if week := byName[c.Week]; week != nil {
				week.add(c)
				w.Totals.add(c)
			}
		}
	}
	if !s.NoKey {
		w.Waiting = &waiting
	}
	return w, nil
}

func zeros(initiatives []string) Counts {
	each := func() map[string]int {
		m := make(map[string]int, len(initiatives))
		for _, id := range initiatives {
			m[id] = 0
		}
		return m
	}
	return Counts{
		Basic:     Basic{Partners: map[string]int{}},
		Referrals: each(), Mentions: each(),
		RepeatReferrals: each(), RepeatMentions: each(),
		Stopped: map[string]int{}, Channels: map[string]int{}, Durations: map[string]int{},
	}
}

func (c *Counts) add(n Count) {
	switch n.Kind {
	case Started:
		c.Started += n.N
	case Partner:
		c.Partners[n.Key] += n.N
	case Completed:
		c.Completed += n.N
	case Target:
		c.Target += n.N
	case Gap:
		c.Gap += n.N
	case Repeat:
		c.Repeat += n.N
	case Referral:
		c.Referrals[n.Key] += n.N
	case Mention:
		c.Mentions[n.Key] += n.N
	case RepeatReferral:
		c.RepeatReferrals[n.Key] += n.N
	case RepeatMention:
		c.RepeatMentions[n.Key] += n.N
	case Stopped:
		c.Stopped[n.Key] += n.N
	case Fast:
		c.Fast += n.N
	case Same:
		c.Same += n.N
	case Uncounted:
		c.Uncounted += n.N
	case Channel:
		c.Channels[n.Key] += n.N
	case Duration:
		c.Durations[n.Key] += n.N
	case Opened:
		c.Opened += n.N
	case Asked:
		c.asked += n.N
	}
}
