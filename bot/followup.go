package bot

import (
	"context"
	"errors"
	"time"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// Follow-ups are sent between these hours in the Netherlands, when people are at work.
const (
	followUpFrom  = 10
	followUpUntil = 20
)

// daytime is due at the hour from which follow-ups are sent.
func daytime(last, now time.Time) bool { return passed(atDutch(now, followUpFrom, 0), last, now) }

// askFollowUps sends the follow-up question to every chat for which it is due. Rescheduling and
// sending are one transaction, so that a crash cannot send it twice.
func (d *Dispatcher) askFollowUps(ctx context.Context, now time.Time) (asked int, err error) {
	if now.Before(atDutch(now, followUpFrom, 0)) || !now.Before(atDutch(now, followUpUntil, 0)) {
		return 0, nil
	}
	for {
		chats, err := d.store.FollowUps(ctx, now, batch)
		if err != nil || len(chats) == 0 {
			return asked, err
		}
		for _, chat := range chats {
			err := d.commitJob(ctx, []Chat{chat}, func(tx Tx) error { return d.remind(tx, chat, now) })
			if err == nil {
				asked++
				continue
			}
			if err := d.skipFollowUp(ctx, chat, now, err); err != nil {
				return asked, err
			}
		}
	}
}

// skipFollowUp reschedules the follow-up of a chat that could not be asked, so that it does
// not block the others. A storage error is returned instead.
func (d *Dispatcher) skipFollowUp(ctx context.Context, chat Chat, now time.Time, err error) error {
	if isStorage(err) || errors.Is(err, ErrClosed) || errors.Is(err, ErrLeaseLost) || ctx.Err() != nil {
		return err
	}
	d.counts.failures.Add(1)
	d.log.Error("follow-up failed", "class", failureClass(err))
	return d.commitJob(ctx, []Chat{chat}, func(tx Tx) error {
		_, _, err := tx.Remind(chat, now)
		return err
	})
}

// remind sends the question to one chat. Where the channel cannot push, people are reminded by
// their own calendar: then it only opens the follow-up for their answer.
func (d *Dispatcher) remind(tx Tx, chat Chat, now time.Time) error {
	f, ask, err := tx.Remind(chat, now)
	channel := d.channels[chat.Channel]
	if err != nil || !ask || channel == nil {
		return err
	}
	session := flows.Session{Lang: f.Lang, Channel: chat.Channel}
	turn := d.step(session, chat, flows.Input{Kind: flows.Remind, Lang: f.Lang, Today: referral.DayOf(now)})
	messages, err := channel.Compose(chat, turn, Origin{}, Surface{flows.Advice: {Ref: f.Advice}})
	if err != nil {
		return err
	}
	return enqueue(tx, messages, now)
}

// CodeOpened counts that an adviser opened an advice code, and nothing else about it.
func (d *Dispatcher) CodeOpened(ctx context.Context) error {
	week := referral.WeekOf(d.clock.Now())
	return d.commitTask(ctx, nil, func(tx Tx) error { return tx.Tick(TickOpened, "", week) })
}

// ScheduleFollowUp schedules the follow-up of a chat for the day of due; a zero due withdraws it. It
// is for a channel where people are reminded by their own calendar. The answer is accepted once,
// from that day on.
func (d *Dispatcher) ScheduleFollowUp(ctx context.Context, chat Chat, due time.Time) error {
	return d.commitTask(ctx, []Chat{chat}, func(tx Tx) error { return tx.FollowUp(chat, due, "") })
}

// HasFollowUp reports whether a chat has a follow-up that has not been answered yet.
func (d *Dispatcher) HasFollowUp(ctx context.Context, chat Chat) (bool, error) {
	return resultOf(func(do func(Tx) error) error { return d.commitTask(ctx, []Chat{chat}, do) },
		func(tx Tx) (bool, error) { return tx.FollowUpScheduled(chat) })
}
