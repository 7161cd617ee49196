package store

import (
	"errors"
	"fmt"
	"time"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store/engine"
	"digiwijzer/store/figures"
)

// storedOutcome is the body of a staged conversation. Its Outcome is already generalised and
// never held a municipality.
type storedOutcome struct {
	Week    string        `json:"week"`    // of the first result
	Quarter string        `json:"quarter"` // of the first result
	Day     referral.Date `json:"day"`     // of the first result; it waits at most 28 days from here
	Repeat  bool          `json:"repeat"`  // not the first of this chat in the half-year
	Outcome flows.Outcome `json:"outcome"`
	Moved   bool          `json:"moved,omitempty"` // a transition was counted with it
}

// finished returns what the weekly counts need from an outcome.
func (o storedOutcome) finished() figures.Finished {
	return figures.Finished{
		Week: o.Week, Repeat: o.Repeat, Target: o.Outcome.Target, Gap: o.Outcome.Gap, Channel: o.Outcome.Channel,
		Duration: o.Outcome.Duration, Referrals: o.Outcome.Referrals, Mentions: o.Outcome.Mentions,
	}
}

// row returns the outcome as stored in the statistics, under a new random key.
func (o storedOutcome) row() engine.Outcome {
	f, id := o.Outcome, random()
	return engine.Outcome{
		ID: id, Key: engine.RecordKey(id), Quarter: o.Quarter, Sector: f.Sector, Region: f.Region, Size: f.Size, SelfImage: f.SelfImage,
		ReadinessBand: f.ReadinessBand, ImpactBand: f.ImpactBand, DIIBasis: f.DIIBasis, Quadrant: f.Quadrant,
		Border: f.Border, Extra: f.Extra, Indicative: f.Indicative, Cyber: f.Cyber, Phase: f.Phase,
		Obstacle: f.Obstacle, HelpWanted: f.HelpWanted, Satisfaction: f.Satisfaction, Partner: f.Partner,
		Channel: f.Channel, Lang: f.Lang, Duration: f.Duration, QuestionSet: f.QuestionSet, Scoring: f.Scoring, Content: f.Content,
		Referrals: f.Referrals,
	}
}

// Stage keeps the outcome of a conversation, generalised so that at least a hundred businesses
// share its sector and size. A staged outcome that is not frozen is replaced, and keeps its week,
// whether it is a repeat, and how long it took.
func (t *tx) Stage(chat bot.Chat, o flows.Outcome, now time.Time) error {
	if o.ReadinessBand < 0 || o.ReadinessBand > 9 || o.ImpactBand < 0 || o.ImpactBand > 9 {
		return fmt.Errorf("store: bands run from 0 to 9, not %d and %d", o.ReadinessBand, o.ImpactBand)
	}
	o.Sector, o.Size = t.s.region.Generalise(o.Region, o.Sector, o.Size)
	cid, err := t.chat(chat)
	if err != nil {
		return err
	}
	sid, stored, err := t.openOutcome(cid)
	if err != nil {
		return err
	}
	if sid == (engine.Hash{}) {
		sid = random()
		if stored, err = t.firstOutcome(cid, now); err != nil {
			return err
		}
	} else {
		o.Duration = stored.Outcome.Duration
	}
	stored.Outcome = o
	body, err := t.s.envelope().seal(tableStaged, cid, padStaged, stored)
	if err != nil {
		return err
	}
	return t.rows.SaveOutcome(sid, cid, body)
}

// openOutcome reads the outcome of a chat that can still change; the key is zero if there is
// none.
func (t *tx) openOutcome(cid engine.Hash) (sid engine.Hash, stored storedOutcome, err error) {
	row, ok, err := t.rows.OpenOutcome(cid)
	if err != nil || !ok {
		return engine.Hash{}, stored, err
	}
	_, err = t.s.envelope().open(tableStaged, cid, row.Body, &stored)
	if errors.Is(err, errUnreadable) {
		t.unreadable++
		return engine.Hash{}, storedOutcome{}, t.rows.DeleteWaiting(engine.Outcomes, []engine.Hash{row.ID})
	}
	return row.ID, stored, err
}

// firstOutcome dates a new outcome, and counts the chat in this half-year if it was
// not counted yet.
func (t *tx) firstOutcome(cid engine.Hash, now time.Time) (storedOutcome, error) {
	first, err := t.rows.Count(cid, referral.HalfYearOf(now))
	return storedOutcome{
		Week: referral.WeekOf(now), Quarter: referral.QuarterOf(now), Day: referral.DayOf(now), Repeat: !first,
	}, err
}

// Known marks a chat as counted in this half-year, so that its first outcome is a
// repeat. An outcome that is staged already does not change.
func (t *tx) Known(chat bot.Chat, now time.Time) error {
	cid, err := t.chat(chat)
	if err != nil {
		return err
	}
	_, err = t.rows.Count(cid, referral.HalfYearOf(now))
	return err
}

// Freeze makes the staged outcome of a chat final.
func (t *tx) Freeze(chat bot.Chat) error {
	cid, err := t.chat(chat)
	if err != nil {
		return err
	}
	return t.rows.FreezeOutcome(cid)
}

// storedTick is the body of a tick.
type storedTick struct {
	Kind   bot.TickKind `json:"kind"`
	Detail string       `json:"detail"`
	Week   string       `json:"week"`
	N      int          `json:"n,omitempty"` // conversations; 0: one
}

// tickUncounted is the kind of a tick for conversations that were not counted.
const tickUncounted bot.TickKind = "uncounted"

// counts returns what a tick adds to the weekly counts.
func (k storedTick) counts() []figures.Count {
	switch k.Kind {
	case bot.TickStarted:
		return figures.StartedBy(k.Week, k.Detail)
	case bot.TickPartner:
		return figures.PartnerLearned(k.Week, k.Detail)
	case bot.TickHasty:
		return figures.FastIn(k.Week)
	case bot.TickSame:
		return figures.SameIn(k.Week)
	case bot.TickAsked:
		return figures.AskedIn(k.Week)
	case tickUncounted:
		return figures.UncountedIn(k.Week, k.N)
	case bot.TickOpened:
		return figures.OpenedIn(k.Week)
	}
	return figures.StoppedAt(k.Week, k.Detail)
}

// Tick stores an event that is counted without a person; week is an ISO week.
func (t *tx) Tick(kind bot.TickKind, detail, week string) error {
	switch kind {
	case bot.TickStarted, bot.TickStopped, bot.TickPartner, bot.TickHasty, bot.TickSame, bot.TickAsked, bot.TickOpened:
	default:
		return fmt.Errorf("store: %q is no tick", kind)
	}
	return t.addTick(storedTick{Kind: kind, Detail: detail, Week: week})
}

// Uncounted records how many conversations of an ISO week were not counted.
func (t *tx) Uncounted(n int, week string) error {
	return t.addTick(storedTick{Kind: tickUncounted, Week: week, N: n})
}

func (t *tx) addTick(tick storedTick) error {
	if _, err := referral.Monday(tick.Week); err != nil {
		return fmt.Errorf("store: tick: %w", err)
	}
	id := random()
	body, err := t.s.envelope().seal(tableTick, id, padSmall, tick)
	if err != nil {
		return err
	}
	return t.rows.AddWaiting(engine.Ticks, id, body)
}

// countsOf adds up the counts of conversations and ticks.
func countsOf(outcomes []waiting[storedOutcome], ticks []waiting[storedTick]) []figures.Count {
	var counts []figures.Count
	for _, o := range outcomes {
		counts = append(counts, o.value.finished().Counts()...)
	}
	for _, t := range ticks {
		counts = append(counts, t.value.counts()...)
	}
	return figures.Sum(counts)
}
