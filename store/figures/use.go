package figures

// Use is the weekly figures without any attribute of a business, with the periods to compare them
// with. Everybody but whoever is accountable gets this of single weeks.
type Use struct {
	Period   Period
	Weeks    []WeekOfUse
	Totals   Basic
	Before   Basic // totals of the period of the same length before it
	LastYear Basic // totals of the same weeks a year earlier
	Waiting  *int  // see Weekly
	// Unreadable is the number of damaged conversations; see Weekly.
	Unreadable int
	Running    string   // the week of the period that is not over yet; empty: none
	Flooded    []string // closed weeks in which so many were doubtful that the counts may be too high
	Surges     []Surge  // weeks far above what is usual; not by channel
	Target     YearTarget
}

// WeekOfUse is one ISO week.
type WeekOfUse struct {
	Week string `json:"week"`
	Basic
}

// floodFloor is the number of completed conversations from which a closed week can have a warning
// at this level.
const floodFloor = 10

// Use returns the part of the weekly figures without attributes.
func (t Trend) Use(target YearTarget) *Use {
	u := &Use{Period: t.Period, Totals: t.Totals.Basic, Before: t.Before.Basic, LastYear: t.LastYear.Basic,
		Waiting: t.Waiting, Unreadable: t.Unreadable, Running: t.Running, Target: target}
	for _, s := range t.Surges {
		if s.Of != OfChannel {
			u.Surges = append(u.Surges, s)
		}
	}
	for _, week := range t.Weeks {
		u.Weeks = append(u.Weeks, WeekOfUse{week.Week, week.Basic})
		if week.Week != t.Running && week.Completed >= floodFloor && week.Flooded() {
			u.Flooded = append(u.Flooded, week.Week)
		}
	}
	return u
}

// basicOrNull has the keys of Counts, with null for what is not shown.
type basicOrNull struct {
	Basic
	Target          *int `json:"target"`
	Gap             *int `json:"gap"`
	Hasty           *int `json:"hasty"`
	Same            *int `json:"same"`
	Channels        *int `json:"channels"`
	Durations       *int `json:"durations"`
	Referrals       *int `json:"referrals"`
	Mentions        *int `json:"mentions"`
	RepeatReferrals *int `json:"repeat_referrals"`
	RepeatMentions  *int `json:"repeat_mentions"`
	Stopped         *int `json:"stopped"`
}

type weekOrNull struct {
	Week string `json:"week"`
	basicOrNull
}

// useOrNull has the keys of Trend.
type useOrNull struct {
	Period     Period       `json:"period"`
	Weeks      []weekOrNull `json:"weeks"`
	Totals     basicOrNull  `json:"totals"`
	Waiting    *int         `json:"waiting"`
	Unreadable int          `json:"unreadable,omitempty"`
	Before     basicOrNull  `json:"before"`
	LastYear   basicOrNull  `json:"last_year"`
	Flooded    []string     `json:"flooded,omitempty"`
	Surges     []Surge      `json:"surges,omitempty"`
	Target     YearTarget   `json:"year_target"`
}

// orNull returns the figures with the keys of the exact ones, null for what the level does not
// show.
func (u Use) orNull() *useOrNull {
	weeks := make([]weekOrNull, len(u.Weeks))
	for i, week := range u.Weeks {
		weeks[i] = weekOrNull{week.Week, basicOrNull{Basic: week.Basic}}
	}
	return &useOrNull{u.Period, weeks, basicOrNull{Basic: u.Totals}, u.Waiting, u.Unreadable,
		basicOrNull{Basic: u.Before}, basicOrNull{Basic: u.LastYear}, u.Flooded, u.Surges, u.Target}
}
