package bot_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
)

// model is the expected result, computed a second time and much more simply: no files, no groups, no crashes,
// every update applied when it is known to be committed. Figures and sessions must equal it at the end.
type model struct {
	engine   *flows.Engine
	accounts map[bot.Chat]*account
	records  []*record
	counts   map[string]int           // "2026-W48 started"
	wished   map[bot.Chat][]time.Time // when each asked for the follow-up, withdrawn or not
	happened map[string]int           // what people's acts came to
}

// account is one chat.
type account struct {
	found   bool
	session flows.Session
	week    string
	pending string
	until   time.Time
	began   time.Time // in whole seconds; zero: not known
	open    *record   // the outcome that can still change
	counted map[string]bool
	last    []flows.Turn // whose replies must be the newest on the phone; one of these
}

// record is a finished conversation.
type record struct {
	chat          bot.Chat
	week, quarter string
	day           referral.Date
	repeat        bool
	frozen, over  bool // over: handed over, so that erasing does not reach it
	steps         []string
	took          string // class of how long the run took until its first result
}

func newModel(e *flows.Engine) *model {
	return &model{engine: e, accounts: map[bot.Chat]*account{}, counts: map[string]int{}, wished: map[bot.Chat][]time.Time{}, happened: map[string]int{}}
}

func (m *model) of(chat bot.Chat) *account {
	a := m.accounts[chat]
	if a == nil {
		a = &account{counted: map[string]bool{}}
		m.accounts[chat] = a
	}
	return a
}

func (m *model) tick(week, what string) { m.counts[week+" "+what]++ }

// through counts a run that came through a partner.
func (m *model) through(partner string, now time.Time) {
	if partner != "" {
		m.tick(referral.WeekOf(now), "partner "+partner)
	}
}

// apply applies an update.
func (m *model) apply(u bot.Update, now time.Time) {
	a := m.of(u.Chat)
	m.expire(a, now)
	switch {
	case u.Gone:
		m.happened["blocked, with update"]++
		m.end(a)
		return
	case u.Input.Text == poison:
		m.happened["poison"]++
		a.last = []flows.Turn{{Replies: []flows.Reply{apologies}}}
		return
	}
	in := u.Input
	in.Channel, in.Today, in.Can = u.Chat.Channel, referral.DayOf(now), flows.Can{Push: true, Quote: true}
	in.Expired = !a.found && (in.Kind == flows.Answer || in.Kind == flows.Action && u.Origin.Tap)
	before := *a
	turn := m.engine.Step(a.session, in)
	last := []flows.Turn{turn}
	if in.Action == flows.DoMyData { // it shows whether a follow-up waits, which is not modelled
		in.FollowUpPending = true
		last = append(last, m.engine.Step(a.session, in))
	}
	m.note(u, turn)
	m.facts(a, u.Chat, turn, now)
	a.last = last
	if turn.Facts.Ended || turn.Facts.Erase {
		a.found, a.session = false, flows.Session{}
		return
	}
	a.found, a.session, a.pending = true, turn.Session, m.engine.Pending(turn.Session)
	if f := turn.Facts; !before.found || f.Started || f.Outcome != nil || !maps.Equal(before.session.Answers, turn.Session.Answers) {
		a.week, a.until = referral.WeekOf(now), now.AddDate(0, 0, 7)
		if turn.Session.Outcome {
			a.until = now.Add(24 * time.Hour)
		}
	}
}

// apologies is the reply to an update that cannot be handled.
var apologies = flows.Reply{Slot: flows.Aside, Fresh: true, Blocks: []flows.Block{{Text: flows.Phrase{ID: "chat.apology"}}}}

// note counts the effects of an input.
func (m *model) note(u bot.Update, turn flows.Turn) {
	f := turn.Facts
	for what, came := range map[string]bool{
		"stop":                  u.Input.Action == flows.DoStop && (f.StoppedAt != "" || f.Freeze),
		"erase":                 f.Erase,
		"restart":               u.Input.Action == flows.DoRestart && f.Started,
		"wish":                  f.FollowUp == flows.Yes,
		"answer to a follow-up": f.Followed != nil,
	} {
		if came {
			m.happened[what]++
		}
	}
}

func (m *model) facts(a *account, chat bot.Chat, turn flows.Turn, now time.Time) {
	f, second := turn.Facts, now.Truncate(time.Second)
	if f.StoppedAt != "" {
		week := a.week
		if !a.found {
			week = referral.WeekOf(now)
		}
		m.tick(week, "stopped "+f.StoppedAt)
	}
	if f.Erase {
		m.erase(a, chat)
	}
	if f.Freeze && f.Started {
		a.freeze()
	}
	if f.Started {
		m.tick(referral.WeekOf(now), "started")
		m.through(turn.Session.Partner, now)
		a.began = second
	} else if answered(a.session) == 0 && answered(turn.Session) > 0 {
		a.began = second
	}
	m.through(f.PartnerLearned, now)
	if f.Outcome != nil && !a.session.Outcome && !a.began.IsZero() && second.Sub(a.began) < 20*time.Second && !second.Before(a.began) {
		m.tick(referral.WeekOf(now), "hasty")
	}
	if f.Outcome != nil {
		m.stage(a, chat, f.Outcome.Referrals, now)
		if !a.session.Outcome {
			a.open.took = a.took(second)
		}
	}
	if f.Freeze && !f.Started {
		a.freeze()
	}
	if f.FollowUp == flows.Yes {
		m.wished[chat] = append(m.wished[chat], now)
	}
}

// took is the class of how long the run has taken.
func (a *account) took(now time.Time) string {
	if a.began.IsZero() || now.Before(a.began) {
		return ""
	}
	minutes := int(now.Sub(a.began).Minutes())
	for _, class := range []struct {
		below int
		name  string
	}{{4, "0-3min"}, {8, "4-7min"}, {15, "8-14min"}, {24 * 60, "15+min"}} {
		if minutes < class.below {
			return class.name
		}
	}
	return "day"
}

// answered is how many answers a person gave: a place may have come with the link.
func answered(s flows.Session) (n int) {
	for question := range s.Answers {
		if question != "municipality" || !s.Place {
			n++
		}
	}
	return n
}

func (m *model) stage(a *account, chat bot.Chat, steps []string, now time.Time) {
	if a.open == nil {
		half := referral.HalfYearOf(now)
		a.open = &record{chat: chat, week: referral.WeekOf(now), quarter: referral.QuarterOf(now), day: referral.DayOf(now), repeat: a.counted[half]}
		a.counted[half] = true
		m.records = append(m.records, a.open)
	}
	if a.open.steps != nil && !slices.Equal(a.open.steps, steps) {
		m.happened["advice changed afterwards"]++
	}
	a.open.steps = slices.Clone(steps)
}

func (a *account) freeze() {
	if a.open != nil {
		a.open.frozen, a.open = true, nil
	}
}

// end ends a session that was abandoned.
func (m *model) end(a *account) {
	if a.found && a.pending != "" && !a.session.Outcome {
		m.tick(a.week, "stopped "+a.pending)
	}
	a.freeze()
	a.found, a.session, a.last = false, flows.Session{}, nil
}

// forget ends the session of a person who blocked the bot, for which there is no update.
func (m *model) forget(chat bot.Chat) { m.end(m.of(chat)) }

func (m *model) expire(a *account, now time.Time) {
	if a.found && a.until.Unix() <= now.Unix() {
		last := a.last
		m.end(a)
		a.last = last // what was said stays said
		m.happened["session expired"]++
	}
}

func (m *model) erase(a *account, chat bot.Chat) {
	m.records = slices.DeleteFunc(m.records, func(r *record) bool { return r.chat == chat && !r.over })
	*a = account{counted: map[string]bool{}}
}

// sweep ends what has expired.
func (m *model) sweep(now time.Time) {
	for _, a := range m.accounts {
		m.expire(a, now)
	}
	for _, a := range m.accounts {
		maps.DeleteFunc(a.counted, func(half string, _ bool) bool { return half < referral.HalfYearOf(now) })
	}
}

// handOver hands over what is frozen: at least five first outcomes of a quarter, or what
// has waited for four weeks.
func (m *model) handOver(now time.Time) {
	firsts := map[string]int{}
	for _, r := range m.records {
		if r.frozen && !r.over && !r.repeat {
			firsts[r.quarter]++
		}
	}
	for _, r := range m.records {
		if r.frozen && !r.over && (firsts[r.quarter] >= 5 || r.day <= referral.DayOf(now).AddDays(-28)) {
			r.over = true
		}
	}
}

// figures are all counts that a report should show now.
func (m *model) figures() map[string]int {
	all := maps.Clone(m.counts)
	for _, r := range m.records {
		finished, step := " completed", " referral "
		if r.repeat {
			finished, step = " repeat", " repeat referral "
		}
		all[r.week+finished]++
		if r.took != "" && !r.repeat {
			all[r.week+" duration "+r.took]++
		}
		for _, id := range r.steps {
			all[r.week+step+id]++
		}
	}
	return all
}

func (r *record) String() string { return fmt.Sprintf("%s %s %v", r.chat.ID, r.week, r.steps) }
