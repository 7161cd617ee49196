package store

import (
	"context"
	"errors"
	"time"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store/engine"
)

// The schedule of a follow-up, in days after each time the question was asked.
const (
	maxReminders = 2                      // times that the question is asked
	daysToRepeat = bot.FollowUpRepeatDays // until it is asked again, without any answer
	daysToAnswer = bot.FollowUpAnswerDays // after the last time, until the row is deleted
	daysToFinish = 3                      // until half an answer counts as complete
)

// storedFollowup is the body of a follow-up: the address and the message to reply to, nothing
// of what was advised.
type storedFollowup struct {
	Chat   bot.Chat        `json:"chat"`
	Advice bot.MessageRef  `json:"advice"`
	Lang   string          `json:"lang,omitempty"`
	Answer *flows.Followed `json:"answer,omitempty"` // the first half of it
}

// FollowUp schedules one question for the day of due, in the language of the conversation;
// a zero due withdraws it.
func (t *tx) FollowUp(chat bot.Chat, due time.Time, advice bot.MessageRef) error {
	cid, err := t.chat(chat)
	if err != nil {
		return err
	}
	if due.IsZero() {
		return t.dropFollowUp(cid)
	}
	session, _, err := t.session(cid)
	if err != nil {
		return err
	}
	stored := storedFollowup{Chat: chat, Advice: advice, Lang: session.Session.Lang}
	return t.saveFollowUp(engine.FollowUp{Chat: cid, Day: string(referral.DayOf(due))}, stored)
}

func (t *tx) saveFollowUp(f engine.FollowUp, stored storedFollowup) (err error) {
	if f.Body, err = t.s.envelope().seal(tableFollowup, f.Chat, padSmall, stored); err != nil {
		return err
	}
	return t.rows.SaveFollowUp(f)
}

// FollowUpScheduled reports whether a follow-up of a chat is scheduled.
func (t *tx) FollowUpScheduled(chat bot.Chat) (bool, error) {
	cid, err := t.chat(chat)
	if err != nil {
		return false, err
	}
	_, ok, err := t.rows.FollowUp(cid)
	return ok, err
}

// dropFollowUp deletes the address, from the logs as well.
func (t *tx) dropFollowUp(cid engine.Hash) error {
	t.erased = true
	return t.rows.DeleteChat(cid, engine.FollowUps)
}

// Remind reschedules a follow-up that is due, and reports whether to ask the question now. Half
// an answer that was not completed counts as it is; after maxReminders the follow-up is dropped.
func (t *tx) Remind(chat bot.Chat, now time.Time) (f bot.FollowUp, ask bool, err error) {
	cid, err := t.chat(chat)
	if err != nil {
		return f, false, err
	}
	today := referral.DayOf(now)
	row, stored, ok, err := t.followUp(cid)
	if err != nil || !ok || row.Day > string(today) {
		return f, false, err
	}
	if stored.Answer != nil {
		return f, false, t.takeAnswer(cid, *stored.Answer, now)
	}
	if row.Tries >= maxReminders {
		return f, false, t.dropFollowUp(cid)
	}
	if row.Tries == 0 {
		if err := t.Tick(bot.TickAsked, "", referral.WeekOf(now)); err != nil {
			return f, false, err
		}
	}
	next := daysToRepeat
	if row.Tries++; row.Tries == maxReminders {
		next = daysToAnswer
	}
	row.Day = string(today.AddDays(next))
	if err := t.rows.SaveFollowUp(row); err != nil {
		return f, false, err
	}
	return bot.FollowUp{Advice: stored.Advice, Lang: stored.Lang}, true, nil
}

// followUp reads the follow-up of a chat; an unreadable one is dropped.
func (t *tx) followUp(cid engine.Hash) (row engine.FollowUp, stored storedFollowup, ok bool, err error) {
	row, ok, err = t.rows.FollowUp(cid)
	if err != nil || !ok {
		return row, stored, false, err
	}
	_, err = t.s.envelope().open(tableFollowup, cid, row.Body, &stored)
	if errors.Is(err, errUnreadable) {
		t.unreadable++
		return row, stored, false, t.dropFollowUp(cid)
	}
	return row, stored, err == nil, err
}

// Followed records the answer of a chat that was asked. A complete answer is final at once;
// half an answer after three days, unless the other half comes. The answer of a chat that was
// not asked, or has already answered, is ignored.
func (t *tx) Followed(chat bot.Chat, answer flows.Followed, now time.Time) error {
	cid, err := t.chat(chat)
	if err != nil {
		return err
	}
	row, stored, ok, err := t.followUp(cid)
	if err != nil || !ok || row.Tries == 0 {
		return err
	}
	if answer.Complete() {
		return t.takeAnswer(cid, answer, now)
	}
	stored.Answer = &answer
	row.Day = string(referral.DayOf(now).AddDays(daysToFinish))
	return t.saveFollowUp(row, stored)
}

// storedAnswer is the body of an answer that waits to be handed over.
type storedAnswer struct {
	flows.Followed
	Quarter string        `json:"quarter"`
	Day     referral.Date `json:"day"`
}

func (a storedAnswer) counted() (quarter string, since referral.Date) { return a.Quarter, a.Day }

// enterAnswers adds a batch to the statistics in random order under new random keys. A reason
// alone could identify a business, so an answer that has waited too long loses it.
func enterAnswers(stats engine.Stats, b unlinkedBatch[storedAnswer]) error {
	var rows []engine.FollowUpResult
	for _, row := range b.rows {
		id, a := random(), row.value
		if b.stripped {
			a.Reason = ""
		}
		rows = append(rows, engine.FollowUpResult{
			ID: id, Key: engine.RecordKey(id), Quarter: a.Quarter, Initiative: a.Initiative, Result: a.Result, Reason: a.Reason,
		})
	}
	shuffle(rows)
	if err := stats.AddAnswerBatch(engine.Batch{ID: b.id, N: len(rows), Stripped: b.stripped}); err != nil {
		return err
	}
	return stats.AddResults(rows)
}

// takeAnswer separates an answer from the chat that gave it.
func (t *tx) takeAnswer(cid engine.Hash, answer flows.Followed, now time.Time) error {
	if err := t.dropFollowUp(cid); err != nil {
		return err
	}
	id := random()
	body, err := t.s.envelope().seal(tableAnswer, id, padSmall,
		storedAnswer{Followed: answer, Quarter: referral.QuarterOf(now), Day: referral.DayOf(now)})
	if err != nil {
		return err
	}
	return t.rows.AddWaiting(engine.Answers, id, body)
}

// FollowUps returns chats whose follow-up is due at now, at most limit; Remind reschedules
// each of them. Unreadable ones are dropped.
func (s *Store) FollowUps(ctx context.Context, now time.Time, limit int) ([]bot.Chat, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due []engine.FollowUp
	err := s.rows.View(ctx, func(rows engine.State) (err error) {
		due, err = rows.DueFollowUps(string(referral.DayOf(now)), limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	chats := make([]bot.Chat, 0, len(due))
	var damaged []engine.Hash
	for _, f := range due {
		var stored storedFollowup
		switch _, err := s.envelope().open(tableFollowup, f.Chat, f.Body, &stored); {
		case errors.Is(err, errUnreadable):
			damaged = append(damaged, f.Chat)
		case err != nil:
			return nil, err
		default:
			chats = append(chats, stored.Chat)
		}
	}
	return chats, s.dropFollowUps(ctx, damaged)
}

func (s *Store) dropFollowUps(ctx context.Context, damaged []engine.Hash) error {
	if len(damaged) == 0 {
		return nil
	}
	err := s.update(ctx, engine.Touch{Chats: damaged}, func(t *tx) error {
		t.unreadable = len(damaged)
		for _, cid := range damaged {
			if err := t.rows.DeleteChat(cid, engine.FollowUps); err != nil {
				return err
			}
		}
		return nil
	})
	s.memory.Lock()
	s.scrubPending = true
	s.memory.Unlock()
	if err == nil {
		s.crashPoint("follow-ups: damaged dropped")
	}
	return err
}
