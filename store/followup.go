package store

import (
	"context"
	"errors"
	"time"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
)

// How a follow-up goes on, in days after each time the question was asked.
const (
	askedTimes   = 2  // then nothing more is asked
	daysToRepeat = 14 // without any answer
	daysToAnswer = 28 // after the last time; then the row goes
	daysToFinish = 3  // an answer of one tap counts as it is after so many days
)

// storedFollowup is the body of a follow-up: the address and the message to reply to,
// and nothing of what was advised.
type storedFollowup struct {
	Chat   bot.Chat        `json:"chat"`
	Advice bot.MessageRef  `json:"advice"`
	Lang   string          `json:"lang,omitempty"`
	Answer *flows.Followed `json:"answer,omitempty"` // the first half of it
}

// FollowUp keeps the wish for one question on the day of due, in the language of the
// conversation, or withdraws it where due is zero.
func (t *tx) FollowUp(chat bot.Chat, due time.Time, advice bot.MessageRef) error {
	cid := t.s.vault.chat(chat)
	if due.IsZero() {
		return t.dropFollowUp(cid)
	}
	talk, _, err := t.session(cid)
	if err != nil {
		return err
	}
	stored := storedFollowup{Chat: chat, Advice: advice, Lang: talk.Session.Lang}
	body, err := t.s.vault.seal(tableFollowup, cid, padSmall, stored)
	if err != nil {
		return err
	}
	return t.exec("noting a follow-up",
		`INSERT INTO followup (cid, day, body) VALUES (?, ?, ?)
		ON CONFLICT (cid) DO UPDATE SET day = excluded.day, tries = 0, body = excluded.body`,
		cid[:], string(referral.DayOf(due)), body)
}

// Waits tells whether a follow-up is kept of a chat.
func (t *tx) Waits(chat bot.Chat) (bool, error) {
	cid, n := t.s.vault.chat(chat), 0
	return t.find("looking for a follow-up", "SELECT 1 FROM followup WHERE cid = ?", []any{cid[:]}, &n)
}

// dropFollowUp takes the address out, and out of the log.
func (t *tx) dropFollowUp(cid mark) error {
	t.erased = true
	return t.exec("dropping a follow-up", "DELETE FROM followup WHERE cid = ?", cid[:])
}

// Remind moves a follow-up that is due on to its next day, and tells whether the
// question goes out now. An answer of one tap that got no second is taken as it is; a
// question asked often enough is dropped.
func (t *tx) Remind(chat bot.Chat, now time.Time) (f bot.FollowUp, ask bool, err error) {
	cid, today := t.s.vault.chat(chat), referral.DayOf(now)
	stored, tries, day, ok, err := t.followUp(cid)
	if err != nil || !ok || day > today {
		return f, false, err
	}
	if stored.Answer != nil {
		return f, false, t.takeAnswer(cid, *stored.Answer, now)
	}
	if tries >= askedTimes {
		return f, false, t.dropFollowUp(cid)
	}
	next := daysToRepeat
	if tries+1 == askedTimes {
		next = daysToAnswer
	}
	err = t.exec("asking again later", "UPDATE followup SET tries = tries + 1, day = ? WHERE cid = ?",
		string(today.AddDays(next)), cid[:])
	return bot.FollowUp{Advice: stored.Advice, Lang: stored.Lang}, err == nil, err
}

// followUp reads the follow-up of a chat; one that cannot be read is dropped.
func (t *tx) followUp(cid mark) (stored storedFollowup, tries int, day referral.Date, ok bool, err error) {
	var body []byte
	ok, err = t.find("reading a follow-up", "SELECT day, tries, body FROM followup WHERE cid = ?", []any{cid[:]}, &day, &tries, &body)
	if err != nil || !ok {
		return stored, 0, "", false, err
	}
	_, err = t.s.vault.open(tableFollowup, cid, body, &stored)
	if errors.Is(err, errUnreadable) {
		t.s.unreadable++
		return stored, 0, "", false, t.dropFollowUp(cid)
	}
	return stored, tries, day, err == nil, err
}

// Followed takes the answer of a chat that was asked: with both halves at once, and
// with one in three days, unless the other comes. Of a chat that was not asked, or has
// answered, nothing is kept.
func (t *tx) Followed(chat bot.Chat, answer flows.Followed, now time.Time) error {
	cid := t.s.vault.chat(chat)
	stored, tries, _, ok, err := t.followUp(cid)
	if err != nil || !ok || tries == 0 {
		return err
	}
	if answer.Whole() {
		return t.takeAnswer(cid, answer, now)
	}
	stored.Answer = &answer
	body, err := t.s.vault.seal(tableFollowup, cid, padSmall, stored)
	if err != nil {
		return err
	}
	return t.exec("keeping half an answer", "UPDATE followup SET body = ?, day = ? WHERE cid = ?",
		body, string(referral.DayOf(now).AddDays(daysToFinish)), cid[:])
}

// takeAnswer parts an answer from whoever gave it.
func (t *tx) takeAnswer(cid mark, answer flows.Followed, now time.Time) error {
	if err := t.dropFollowUp(cid); err != nil {
		return err
	}
	return t.keepAnswer(answer, now)
}

// storedAnswer is the body of an answer that waits to be handed over.
type storedAnswer struct {
	flows.Followed
	Quarter string        `json:"quarter"`
	Day     referral.Date `json:"day"`
}

func (t *tx) keepAnswer(answer flows.Followed, now time.Time) error {
	id := random()
	body, err := t.s.vault.seal(tableAnswer, id, padSmall,
		storedAnswer{Followed: answer, Quarter: referral.QuarterOf(now), Day: referral.DayOf(now)})
	if err != nil {
		return err
	}
	return t.exec("keeping an answer", "INSERT INTO answer (id, body) VALUES (?, ?)", id[:], body)
}

// FollowUps lists chats whose follow-up is due at now, at most limit. Remind moves
// each of them on.
func (s *Store) FollowUps(ctx context.Context, now time.Time, limit int) ([]bot.Chat, error) {
	ctx = context.WithoutCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	cids, err := marksIn(ctx, s.state.conn, "SELECT cid FROM followup WHERE day <= ? ORDER BY day, cid LIMIT ?",
		string(referral.DayOf(now)), limit)
	if err != nil {
		return nil, err
	}
	t := s.tx(ctx)
	chats := make([]bot.Chat, 0, len(cids))
	for _, cid := range cids {
		stored, _, _, ok, err := t.followUp(cid)
		if err != nil {
			return nil, err
		}
		if ok {
			chats = append(chats, stored.Chat)
		}
	}
	return chats, nil
}
