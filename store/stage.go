package store

import (
	"errors"
	"fmt"
	"time"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

// storedOutcome is the body of a staged conversation. Outcome is generalised already
// and never held a municipality.
type storedOutcome struct {
	Week    string        `json:"week"`    // of the first result
	Quarter string        `json:"quarter"` // likewise
	Day     referral.Date `json:"day"`     // likewise: it waits no more than 28 days from here
	Repeat  bool          `json:"repeat"`  // not the first of this chat in the half-year
	Outcome flows.Outcome `json:"outcome"`
}

// finished is what the weekly counts need of it.
func (o storedOutcome) finished() figures.Finished {
	return figures.Finished{
		Week: o.Week, Repeat: o.Repeat, Target: o.Outcome.Target, Gap: o.Outcome.Gap,
		Referrals: o.Outcome.Referrals, Mentions: o.Outcome.Mentions,
	}
}

// Stage keeps the outcome of a conversation, made so coarse that it fits at least a
// hundred businesses. One that is staged and not frozen is replaced, and keeps its week
// and whether it is a repeat.
func (t *tx) Stage(chat bot.Chat, o flows.Outcome, now time.Time) error {
	if o.ReadinessBand < 0 || o.ReadinessBand > 9 || o.ImpactBand < 0 || o.ImpactBand > 9 {
		return fmt.Errorf("store: bands run from 0 to 9, not %d and %d", o.ReadinessBand, o.ImpactBand)
	}
	o.Sector, o.Size = t.s.region.Generalise(o.Region, o.Sector, o.Size)
	cid := t.s.vault.chat(chat)
	sid, stored, err := t.openOutcome(cid)
	if err != nil {
		return err
	}
	if sid == (mark{}) {
		sid = random()
		if stored, err = t.firstOutcome(cid, now); err != nil {
			return err
		}
	}
	stored.Outcome = o
	body, err := t.s.vault.seal(tableStaged, cid, padStaged, stored)
	if err != nil {
		return err
	}
	return t.exec("staging",
		`INSERT INTO staged (sid, cid, frozen, body) VALUES (?, ?, 0, ?)
		ON CONFLICT (sid) DO UPDATE SET body = excluded.body`, sid[:], cid[:], body)
}

// openOutcome reads the outcome of a chat that can still change; the key is zero when
// there is none.
func (t *tx) openOutcome(cid mark) (sid mark, stored storedOutcome, err error) {
	var id, body []byte
	ok, err := t.find("reading what is staged",
		"SELECT sid, body FROM staged WHERE cid = ? AND frozen = 0", []any{cid[:]}, &id, &body)
	if err != nil || !ok {
		return mark{}, stored, err
	}
	_, err = t.s.vault.open(tableStaged, cid, body, &stored)
	if errors.Is(err, errUnreadable) {
		t.s.unreadable++
		return mark{}, storedOutcome{}, t.exec("dropping what cannot be read", "DELETE FROM staged WHERE sid = ?", id)
	}
	return mark(id), stored, err
}

// firstOutcome dates a new outcome, and counts the chat in this half-year if it was
// not counted yet.
func (t *tx) firstOutcome(cid mark, now time.Time) (storedOutcome, error) {
	n, err := t.affect("counting a chat",
		"INSERT INTO counted (cid, period) VALUES (?, ?) ON CONFLICT DO NOTHING", cid[:], referral.HalfYearOf(now))
	return storedOutcome{
		Week: referral.WeekOf(now), Quarter: referral.QuarterOf(now), Day: referral.DayOf(now), Repeat: n == 0,
	}, err
}

// Known marks a chat as counted in this half-year, so that its first outcome is a
// repeat. An outcome that is staged already stays what it is.
func (t *tx) Known(chat bot.Chat, now time.Time) error {
	cid := t.s.vault.chat(chat)
	return t.exec("counting a chat", "INSERT INTO counted (cid, period) VALUES (?, ?) ON CONFLICT DO NOTHING",
		cid[:], referral.HalfYearOf(now))
}

// Freeze makes the staged outcome of a chat final.
func (t *tx) Freeze(chat bot.Chat) error { return t.freeze(t.s.vault.chat(chat)) }

func (t *tx) freeze(cid mark) error {
	return t.exec("freezing", "UPDATE staged SET frozen = 1 WHERE cid = ? AND frozen = 0", cid[:])
}

// storedTick is the body of a tick.
type storedTick struct {
	Kind   bot.TickKind `json:"kind"`
	Detail string       `json:"detail"`
	Week   string       `json:"week"`
}

func (k storedTick) counts() []figures.Count {
	switch k.Kind {
	case bot.TickStarted:
		return figures.StartedBy(k.Week, k.Detail)
	case bot.TickLearnt:
		return figures.LearntFrom(k.Week, k.Detail)
	case bot.TickHasty:
		return figures.FastIn(k.Week)
	}
	return figures.StoppedAt(k.Week, k.Detail)
}

// Tick keeps an event that is counted without a person; week is an ISO week.
func (t *tx) Tick(kind bot.TickKind, detail, week string) error {
	switch kind {
	case bot.TickStarted, bot.TickStopped, bot.TickLearnt, bot.TickHasty:
	default:
		return fmt.Errorf("store: %q is no tick", kind)
	}
	if _, err := referral.Monday(week); err != nil {
		return fmt.Errorf("store: tick: %w", err)
	}
	id := random()
	body, err := t.s.vault.seal(tableTick, id, padSmall, storedTick{kind, detail, week})
	if err != nil {
		return err
	}
	return t.exec("noting a tick", "INSERT INTO tick (id, body) VALUES (?, ?)", id[:], body)
}
