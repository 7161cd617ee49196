package bot

import (
	"cmp"
	"fmt"
	"maps"
	"time"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// How long a conversation is kept without an answer.
const (
	keepRun    = 7 * 24 * time.Hour // before the result
	keepResult = 24 * time.Hour     // after it
)

// A follow-up is due after followUpDays and at most followUpSpread-1 more, so that its
// day does not tell the day of the conversation.
const (
	followUpDays   = 42
	followUpSpread = 14
)

// hastySeconds is how soon after its beginning nobody can have come to a result: there are
// some twenty questions, and reading one and tapping takes a second at the very least.
const hastySeconds = 20

// maxTries is how often a turn is tried before its update is parked.
const maxTries = 3

// giveUp is the number of failures after which not even parking works.
const giveUp = maxTries + 2

// try returns the next try of a job: the turn, or after maxTries failures the parking
// with and finally without an apology.
func (d *Dispatcher) try(j *job) func(Tx) error {
	return func(tx Tx) error {
		j.turn, j.twice = flows.Turn{}, false
		now := d.Clock.Now()
		if j.update.Key != "" {
			seen, err := tx.Seen(j.update.Key, now)
			if err != nil || seen {
				j.twice = seen
				return err
			}
		}
		switch {
		case j.tries >= maxTries:
			return d.park(j, tx, now)
		case j.update.Gone:
			return tx.Forget(j.update.Chat)
		case j.update.Errand != nil:
			messages, err := j.update.Errand(tx, now)
			if err != nil {
				return err
			}
			return enqueue(tx, messages, now)
		}
		return d.turn(j, tx, now)
	}
}

// count counts what a committed job came to.
func (d *Dispatcher) count(j *job) {
	switch {
	case j.twice:
		d.counts.duplicates.Add(1)
	case j.tries >= maxTries:
		d.counts.parked.Add(1)
		d.Log.Error("an update was put aside", "update", j.update.Key, "class", j.class)
	case j.update.Gone:
		d.counts.gone.Add(1)
	default:
		d.counts.updates.Add(1)
	}
}

// visit is one turn being made.
type visit struct {
	tx     Tx
	now    time.Time
	chat   Chat
	before Conversation
	found  bool // before is stored
	tryOut bool // nothing of this turn is counted
	update Update
	turn   flows.Turn
}

// turn makes and stores the turn of a job.
func (d *Dispatcher) turn(j *job, tx Tx, now time.Time) error {
	u := j.update
	before, found, err := tx.Conversation(u.Chat, now)
	if err != nil {
		return err
	}
	before.Surface = seenOn(before.Surface, u.Origin)
	in := u.Input
	in.Channel = u.Chat.Channel
	in.TryOut = in.TryOut || d.TryOut(u)
	in.Expired = !found && (in.Kind == flows.Answer || in.Kind == flows.Action && u.Origin.Tap)
	in.Today = referral.DayOf(now)
	if in.Kind == flows.Action && in.Action == flows.DoMyData {
		if in.Waits, err = tx.Waits(u.Chat); err != nil {
			return err
		}
	}

	v := &visit{tx: tx, now: now, chat: u.Chat, update: u, before: before, found: found, turn: d.step(before.Session, in)}
	v.tryOut = in.TryOut || isTryOut(v.turn.Session)
	j.turn = v.turn
	return inOrder(
		func() error { return d.facts(v) },
		func() error { return d.keep(v) },
		func() error { return d.reply(v, u.Origin) },
	)
}

// isTryOut tells whether a conversation is never counted.
func isTryOut(s flows.Session) bool { return s.TryOut || s.Partner == flows.TestPartner }

// seenOn returns the surface with the message that was tapped: it is certainly there.
// An older one than the surface knows of is not what the slot holds now. A channel may
// mark a message that is closed by a negative id.
func seenOn(s Surface, o Origin) Surface {
	if o.Slot == "" || o.MessageID <= max(s[o.Slot], -s[o.Slot]) {
		return s
	}
	s = maps.Clone(s)
	if s == nil {
		s = Surface{}
	}
	s[o.Slot] = o.MessageID
	return s
}

// facts does what a turn's facts ask for. What ends the old run comes before what
// begins a new one.
func (d *Dispatcher) facts(v *visit) error {
	f := v.turn.Facts
	return inOrder(
		when(f.StoppedAt != "" && !v.tryOut && !isTryOut(v.before.Session), func() error {
			return v.tx.Tick(TickStopped, f.StoppedAt, v.week())
		}),
		when(f.Erase, func() error { return v.tx.Erase(v.chat) }),
		when(f.Freeze && f.Started, func() error { return v.tx.Freeze(v.chat) }),
		when(f.Started && !v.tryOut, func() error {
			return v.tx.Tick(TickStarted, v.turn.Session.Partner, referral.WeekOf(v.now))
		}),
		when(f.Learnt != "" && !v.tryOut, func() error {
			return v.tx.Tick(TickLearnt, f.Learnt, referral.WeekOf(v.now))
		}),
		when(f.Outcome != nil && v.update.Counted && !v.tryOut && !f.Erase, func() error {
			return v.tx.Known(v.chat, v.now)
		}),
		when(f.Outcome != nil && !v.tryOut && !f.Erase, func() error {
			return v.tx.Stage(v.chat, *f.Outcome, v.now)
		}),
		when(f.Outcome != nil && !v.tryOut && !f.Erase && v.hasty(), func() error {
			return v.tx.Tick(TickHasty, "", referral.WeekOf(v.now))
		}),
		when(f.Freeze && !f.Started, func() error { return v.tx.Freeze(v.chat) }),
		when(f.FollowUp == flows.Yes && !f.Erase && !v.tryOut, func() error {
			due := v.now.AddDate(0, 0, followUpDays+d.Random(followUpSpread))
			return v.tx.FollowUp(v.chat, due, v.before.Surface[flows.Advice])
		}),
		when(f.FollowUp == flows.No, func() error { return v.tx.FollowUp(v.chat, time.Time{}, 0) }),
		when(f.Followed != nil && !v.tryOut, func() error { return v.tx.Followed(v.chat, *f.Followed, v.now) }),
	)
}

// when gives step if it is wanted, and otherwise nothing.
func when(wanted bool, step func() error) func() error {
	if wanted {
		return step
	}
	return nil
}

// inOrder takes the steps there are, until one fails.
func inOrder(steps ...func() error) error {
	for _, step := range steps {
		if step == nil {
			continue
		}
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// week is the week in which the run was last answered.
func (v *visit) week() string {
	if v.before.Week != "" {
		return v.before.Week
	}
	return referral.WeekOf(v.now)
}

// began is the second in which the run began; 0 where that measures nothing: of a run that
// has its result, or that an earlier version began, or since which the clock was set back.
func (v *visit) began() int64 {
	now, last := v.now.Unix(), v.before.Until.Add(-cmp.Or(v.update.Idle, keepRun)).Unix()
	switch {
	case v.turn.Facts.Started:
		return now
	case now < v.before.Began || now < last: // last: when it was answered before
		return 0
	}
	return v.before.Began
}

// hasty tells whether the result comes sooner than anyone can read.
func (v *visit) hasty() bool {
	began := v.began()
	return began != 0 && v.now.Unix()-began < hastySeconds
}

// keep stores the session, or drops it when it has ended.
func (d *Dispatcher) keep(v *visit) error {
	switch f := v.turn.Facts; {
	case f.Erase:
		return nil
	case f.Ended:
		return v.tx.Drop(v.chat)
	}
	c := Conversation{
		Session: v.turn.Session,
		Surface: v.before.Surface,
		Week:    v.before.Week,
		Until:   v.before.Until,
	}
	if v.answered() {
		c.Week, c.Until = referral.WeekOf(v.now), v.now.Add(keepRun)
		if c.Session.Outcome {
			c.Until = v.now.Add(keepResult)
		}
	}
	if v.update.Idle > 0 { // any sign of life keeps it
		c.Until = v.now.Add(v.update.Idle)
	}
	if !v.tryOut {
		c.Stands = d.stands(c.Session)
		if !c.Session.Outcome { // afterwards nothing needs it
			c.Began = v.began()
		}
	}
	return v.tx.Save(v.chat, c, c.Until)
}

// answered tells whether the turn counts as an answer, which moves the expiry on. Only
// looking around does not.
func (v *visit) answered() bool {
	f := v.turn.Facts
	return !v.found || f.Started || f.Outcome != nil ||
		!maps.Equal(v.before.Session.Answers, v.turn.Session.Answers)
}

// reply puts the replies in the outbox, if the chat's channel has one.
func (d *Dispatcher) reply(v *visit, o Origin) error {
	channel := d.channels[v.chat.Channel]
	if channel == nil {
		return nil
	}
	messages, err := channel.Compose(v.chat, v.turn, o, v.before.Surface)
	if err != nil {
		return fmt.Errorf("compose: %w", err)
	}
	return enqueue(v.tx, messages, v.now)
}
