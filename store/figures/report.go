package figures

// Weekly is what happened in one week, or in all weeks of a report together.
// Referrals and Mentions hold every initiative that is not retired, zeros too;
// Stopped and Partners only what occurred.
type Weekly struct {
	Started         int            `json:"started"`
	Completed       int            `json:"completed"`
	Target          int            `json:"target"`
	Gap             int            `json:"gap"`
	Repeat          int            `json:"repeat"`
	Hasty           int            `json:"hasty"` // of Completed and Repeat, faster than anyone can read
	Referrals       map[string]int `json:"referrals"`
	Mentions        map[string]int `json:"mentions"`
	RepeatReferrals map[string]int `json:"repeat_referrals"`
	RepeatMentions  map[string]int `json:"repeat_mentions"`
	Stopped         map[string]int `json:"stopped"`  // by question
	Partners        map[string]int `json:"partners"` // started, by partner code
}

// Week is the figures of one ISO week.
type Week struct {
	Week string `json:"week"`
	Weekly
}

// Period is a range of ISO weeks, both ends included.
type Period struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Report is the weekly figures over a period. Totals include what waits.
type Report struct {
	Period  Period `json:"period"`
	Weeks   []Week `json:"weeks"`
	Totals  Weekly `json:"totals"`
	Waiting *int   `json:"waiting"` // finished conversations of the period not handed over yet; nil: not known without the key
	// Unreadable is how many waiting conversations and events, of whatever week, are
	// damaged and counted nowhere.
	Unreadable int `json:"unreadable,omitempty"`
}

// Figures is what was counted, and what still waits to be.
type Figures struct {
	Counted    []Count
	Waiting    []Count // of the conversations and events not handed over yet
	Unreadable int     // of these, left out because they are damaged
	Hidden     bool    // Waiting could not be read: there was no key
}

// NewReport makes the report of the weeks of a period. Every week appears, and in
// each every one of initiatives, zeros too; an initiative outside that list appears
// where it was counted. The error is about the period.
func NewReport(period Period, initiatives []string, f Figures) (Report, error) {
	names, err := Weeks(period.From, period.To)
	if err != nil {
		return Report{}, err
	}
	r := Report{Period: period, Weeks: make([]Week, len(names)), Totals: blank(initiatives), Unreadable: f.Unreadable}
	place := map[string]*Weekly{}
	for i, name := range names {
		r.Weeks[i] = Week{Week: name, Weekly: blank(initiatives)}
		place[name] = &r.Weeks[i].Weekly
	}
	waiting := 0
	for _, c := range f.Waiting {
		if place[c.Week] != nil && (c.Kind == Completed || c.Kind == Repeat) {
			waiting += c.N
		}
	}
	for _, counts := range [][]Count{f.Counted, f.Waiting} {
		for _, c := range counts {
			if week := place[c.Week]; week != nil {
				week.add(c)
				r.Totals.add(c)
			}
		}
	}
	if !f.Hidden {
		r.Waiting = &waiting
	}
	return r, nil
}

func blank(initiatives []string) Weekly {
	zeros := func() map[string]int {
		m := make(map[string]int, len(initiatives))
		for _, id := range initiatives {
			m[id] = 0
		}
		return m
	}
	return Weekly{
		Referrals: zeros(), Mentions: zeros(),
		RepeatReferrals: zeros(), RepeatMentions: zeros(),
		Stopped: map[string]int{}, Partners: map[string]int{},
	}
}

func (w *Weekly) add(c Count) {
	switch c.Kind {
	case Started:
		w.Started += c.N
	case Partner:
		w.Partners[c.Key] += c.N
	case Completed:
		w.Completed += c.N
	case Target:
		w.Target += c.N
	case Gap:
		w.Gap += c.N
	case Repeat:
		w.Repeat += c.N
	case Referral:
		w.Referrals[c.Key] += c.N
	case Mention:
		w.Mentions[c.Key] += c.N
	case RepeatReferral:
		w.RepeatReferrals[c.Key] += c.N
	case RepeatMention:
		w.RepeatMentions[c.Key] += c.N
	case Stopped:
		w.Stopped[c.Key] += c.N
	case Hasty:
		w.Hasty += c.N
	}
}
