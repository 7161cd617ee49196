package bot

import (
	"fmt"
	"maps"
	"time"

	"digiwijzer/bot/admission"
	"digiwijzer/flows"
	"digiwijzer/referral"
)

const (
	maxTries    = 3            // of a turn, before its update is parked
	giveUpAfter = maxTries + 2 // failures after which parking has failed too
)

// try returns the next try of an update: the turn, or after maxTries failures the parking
// with and finally without an apology.
func (d *Dispatcher) try(p *pendingUpdate) func(Tx) error {
	return func(tx Tx) error {
		p.turn, p.duplicate, p.asked, p.uncounted = flows.Turn{}, false, 0, nil
		now := d.clock.Now()
		if p.update.Key != "" {
			seen, err := tx.Seen(p.update.Key, now)
			if err != nil || seen {
				p.duplicate = seen
				return err
			}
		}
		switch {
		case p.tries >= maxTries:
			return d.park(p, tx, now)
		case p.update.Gone:
			return tx.Forget(p.update.Chat)
		case p.update.Staff != nil:
			return staff(tx, p.update, now)
		}
		return d.turn(p, tx, now)
	}
}

// staff carries out the action of a coordinator.
func staff(tx Tx, u Update, now time.Time) error {
	if wish := u.Staff.Digest; wish != flows.Unsaid {
		if err := tx.Subscribe(Subscriber{Chat: u.Chat, Lang: u.Input.Lang}, wish == flows.Yes); err != nil {
			return err
		}
	}
	messages := u.Staff.Messages
	if u.Staff.Subscribed != nil {
		all, err := tx.Subscribers()
		if err != nil {
			return err
		}
		for _, s := range all {
			if s.Chat == u.Chat {
				messages = u.Staff.Subscribed
			}
		}
	}
	return enqueue(tx, messages, now)
}

// visit is one turn in progress.
type visit struct {
	tx     Tx
	now    time.Time
	update Update
	before Conversation
	found  bool // before is stored
	quiet  bool // nothing that this update does is counted
	tryOut bool // nothing of the conversation after this turn is counted
	turn   flows.Turn
	pace   admission.Pace // of the run after this turn
}

// turn makes and stores the turn of an update.
func (d *Dispatcher) turn(p *pendingUpdate, tx Tx, now time.Time) error {
	u := p.update
	before, found, err := tx.Conversation(u.Chat, now)
	if err == nil && !found && u.Beginning != nil {
		before, p.duplicate, err = d.begin(tx, p, now)
		found = true
	}
	if err != nil || p.duplicate {
		return err
	}
	before.Surface = d.correctSurface(before.Surface, u)
	in := d.complement(u, u.Input, now)
	in.ErasedLater = d.leases.shared()
	in.Expired = !found && (in.Kind == flows.Answer || in.Kind == flows.Action && u.Origin.Tap)
	if in.Kind == flows.Action && in.Action == flows.DoMyData {
		if in.FollowUpPending, err = tx.FollowUpScheduled(u.Chat); err != nil {
			return err
		}
	}

	v := &visit{tx: tx, now: now, update: u, before: before, found: found, quiet: in.TryOut, turn: d.step(before.Session, u.Chat, in)}
	if !found && d.room.refuses(u.Chat.Channel) && v.turn.Facts.Started && v.turn.Session.Phase != flows.PhaseIncident {
		v.turn = noRoom(v.turn.Session)
	}
	v.tryOut = v.quiet || !v.turn.Session.Countable()
	d.admit(v, p)
	p.turn = v.turn
	if err := d.facts(v, p); err != nil {
		return err
	}
	messages, err := d.compose(v, u.Origin)
	if err != nil {
		return err
	}
	if err := d.keep(v); err != nil {
		return err
	}
	return enqueue(tx, messages, now)
}

// begin carries out the first input of a conversation, which is counted and dated as of
// now. ended reports that it was carried out before: the conversation is over, and the
// beginning that its channel still keeps starts no other.
func (d *Dispatcher) begin(tx Tx, p *pendingUpdate, now time.Time) (c Conversation, ended bool, err error) {
	u := p.update
	if d.room.refuses(u.Chat.Channel) {
		return c, false, ErrFull
	}
	if ended, err = tx.Seen(u.Beginning.Key, now); err != nil || ended {
		return c, ended, err
	}
	in := d.complement(u, u.Beginning.Input, now)
	v := &visit{tx: tx, now: now, update: Update{Chat: u.Chat, Input: in}, quiet: in.TryOut, turn: d.step(flows.Session{}, u.Chat, in)}
	v.tryOut = v.quiet || !v.turn.Session.Countable()
	if d.room.add() {
		signal(d.jobs.wake)
	}
	d.admit(v, p)
	return Conversation{
		Session: v.turn.Session, Began: u.Beginning.At.Unix(), Pace: v.pace, Week: referral.WeekOf(now), Until: now.Add(RunRetention),
	}, false, d.facts(v, p)
}

// complement adds to an input what its chat and the day determine.
func (d *Dispatcher) complement(u Update, in flows.Input, now time.Time) flows.Input {
	in.Channel = u.Chat.Channel
	in.TryOut = in.TryOut || d.tryOut(u)
	in.Today = referral.DayOf(now)
	return in
}

// correctSurface returns the surface corrected by the message that was tapped, which certainly
// exists. A message older than the one in its slot changes nothing.
func (d *Dispatcher) correctSurface(s Surface, u Update) Surface {
	tapped, shown := u.Origin.Message, s[u.Origin.Slot].Ref
	if u.Origin.Slot == "" || tapped == "" || tapped == shown {
		return s
	}
	if o, ok := d.channels[u.Chat.Channel].(MessageOrderer); ok && shown != "" && !o.Newer(tapped, shown) {
		return s
	}
	return s.with(u.Origin.Slot, Shown{Ref: tapped, Digest: s[u.Origin.Slot].Digest})
}

// facts stores what a turn adds to the figures. The order matters: what ends the old run
// comes before what begins a new one.
func (d *Dispatcher) facts(v *visit, p *pendingUpdate) error {
	if err := v.endRun(); err != nil {
		return err
	}
	if err := v.beginRun(); err != nil {
		return err
	}
	if err := d.stage(v, p); err != nil {
		return err
	}
	f := v.turn.Facts
	if f.Transition != nil && !v.tryOut {
		if err := v.tx.Transition(v.chat(), *f.Transition, v.now); err != nil {
			return err
		}
	}
	if f.Freeze && !f.Started { // after stage: it freezes this run
		if err := v.tx.Freeze(v.chat()); err != nil {
			return err
		}
	}
	return d.followUp(v)
}

// endRun counts, erases or freezes the run before this turn.
func (v *visit) endRun() error {
	f := v.turn.Facts
	if f.StoppedAt != "" && !v.quiet && v.before.Session.Counted() {
		if err := v.countDeferredStart(v.before.Session.Partner); err != nil {
			return err
		}
		if err := v.tx.Tick(TickStopped, f.StoppedAt, v.week()); err != nil {
			return err
		}
	}
	if f.Erase {
		if err := v.tx.Erase(v.chat()); err != nil {
			return err
		}
	}
	if f.Freeze && f.Started {
		return v.tx.Freeze(v.chat())
	}
	return nil
}

// beginRun counts the start of a run and the partner it came through.
func (v *visit) beginRun() error {
	f, week := v.turn.Facts, referral.WeekOf(v.now)
	if !v.counted() || v.pace != (admission.Pace{}) { // not counted, or not yet
		return nil
	}
	if f.Started {
		if err := v.tx.Tick(TickStarted, v.turn.Session.Partner, week); err != nil {
			return err
		}
	}
	if f.PartnerLearned != "" {
		return v.tx.Tick(TickPartner, f.PartnerLearned, week)
	}
	return nil
}

// stage stages the outcome of the run.
func (d *Dispatcher) stage(v *visit, p *pendingUpdate) error {
	f := v.turn.Facts
	if f.Outcome == nil || !v.counted() || f.Erase {
		return nil
	}
	first := !v.before.Session.Outcome
	if first {
		if err := v.countDeferredStart(v.turn.Session.Partner); err != nil {
			return err
		}
	}
	if v.update.Counted { // before Stage, which then counts a repeat
		if err := v.tx.Known(v.chat(), v.now); err != nil {
			return err
		}
	}
	o := *f.Outcome
	o.Duration = v.duration()
	if err := v.tx.Stage(v.chat(), o, v.now); err != nil {
		return err
	}
	same := first && d.same(v, p)
	switch {
	case v.hasty():
		return v.tx.Tick(TickHasty, "", referral.WeekOf(v.now))
	case same:
		return v.tx.Tick(TickSame, "", referral.WeekOf(v.now))
	}
	return nil
}

// followUp schedules or withdraws the follow-up, or stores its answer.
func (d *Dispatcher) followUp(v *visit) error {
	f := v.turn.Facts
	if f.FollowUp == flows.Yes && !f.Erase && v.counted() {
		due := v.now.AddDate(0, 0, FollowUpDays+d.random(FollowUpSpreadDays))
		if err := v.tx.FollowUp(v.chat(), due, v.before.Surface[flows.Advice].Ref); err != nil {
			return err
		}
	}
	if f.FollowUp == flows.No {
		if err := v.tx.FollowUp(v.chat(), time.Time{}, ""); err != nil {
			return err
		}
	}
	if f.Followed != nil && !v.tryOut {
		return v.tx.Followed(v.chat(), *f.Followed, v.now)
	}
	return nil
}

func (v *visit) chat() Chat { return v.update.Chat }

// week is the week in which the run was last answered.
func (v *visit) week() string {
	if v.before.Week != "" {
		return v.before.Week
	}
	return referral.WeekOf(v.now)
}

// keep saves the session, or drops it when it has ended.
func (d *Dispatcher) keep(v *visit) error {
	switch f := v.turn.Facts; {
	case f.Erase:
		return nil
	case f.Ended:
		return v.tx.Drop(v.chat())
	}
	c := Conversation{
		Session: v.turn.Session,
		Surface: v.before.Surface,
		Week:    v.before.Week,
		Until:   v.before.Until,
	}
	if v.answered() {
		c.Week, c.Until = referral.WeekOf(v.now), v.now.Add(RunRetention)
		if c.Session.Outcome {
			c.Until = v.now.Add(ResultRetention)
		}
	}
	if v.update.Idle > 0 { // any update extends it
		c.Until = v.now.Add(v.update.Idle)
	}
	if v.counted() {
		c.Pending = d.pending(c.Session)
		if !c.Session.Outcome { // not needed afterwards
			c.Began, c.Pace = v.began(), v.pace
		}
	}
	return v.tx.Save(v.chat(), c, c.Until)
}

// answered reports whether the turn counts as an answer, which extends the expiry. Looking
// at pages does not.
func (v *visit) answered() bool {
	f := v.turn.Facts
	return !v.found || f.Started || f.Outcome != nil ||
		!maps.Equal(v.before.Session.Answers, v.turn.Session.Answers)
}

// compose returns the messages of the replies, if the chat's channel has an outbox, without
// the edits that would change nothing, and notes on the surface what the slots come to show.
func (d *Dispatcher) compose(v *visit, o Origin) ([]Message, error) {
	channel := d.channels[v.chat().Channel]
	if channel == nil {
		return nil, nil
	}
	messages, err := channel.Compose(v.chat(), v.turn, o, v.before.Surface)
	if err != nil {
		return nil, fmt.Errorf("compose: %w", err)
	}
	kept := messages[:0]
	for _, m := range messages {
		shown := v.before.Surface[m.Slot]
		if m.Edit && m.Digest != "" && m.Digest == shown.Digest {
			continue
		}
		kept = append(kept, m)
		if m.Slot != "" && m.Digest != shown.Digest {
			shown.Digest = m.Digest
			v.before.Surface = v.before.Surface.with(m.Slot, shown)
		}
	}
	return kept, nil
}
