package store

import (
	"errors"
	"slices"
	"time"

	"digiwijzer/bot"
	"digiwijzer/bot/admission"
	"digiwijzer/referral"
	"digiwijzer/store/engine"
)

const (
	secondsPerDay  = 24 * 60 * 60
	secondsPerHour = 60 * 60
)

func dayNumber(t time.Time) int64 { return t.Unix() / secondsPerDay }

// storedSession is the body of a session. The exact moment of expiry is in here; the
// table shows the hour only.
type storedSession struct {
	bot.Conversation
	Expires int64 `json:"expires"` // seconds since 1970

	sealed []byte // the stored body that belongs to it
}

// Seen marks an update and reports whether it was marked before. An empty key is never
// marked.
func (t *tx) Seen(key string, now time.Time) (bool, error) {
	if key == "" {
		return false, nil
	}
	mark, err := t.update(key)
	if err != nil {
		return false, err
	}
	fresh, err := t.rows.MarkSeen(mark, dayNumber(now))
	return err == nil && !fresh, err
}

// Park records that an update could not be handled: its keyed hash and the class of
// the error, no content.
func (t *tx) Park(key, class string, now time.Time) error {
	mark, err := t.update(key)
	if err != nil {
		return err
	}
	return t.rows.Park(mark, class, dayNumber(now))
}

// Conversation loads what is stored of a chat. An expired session is closed here, exactly as
// Sweep would; an unreadable one is dropped, so that the person can continue.
func (t *tx) Conversation(chat bot.Chat, now time.Time) (bot.Conversation, bool, error) {
	cid, err := t.chat(chat)
	if err != nil {
		return bot.Conversation{}, false, err
	}
	stored, ok, err := t.session(cid)
	if err != nil || !ok {
		return bot.Conversation{}, false, err
	}
	if stored.Expires <= now.Unix() {
		return bot.Conversation{}, false, t.closeSession(cid, stored)
	}
	return detached(stored.Conversation), true, nil
}

// session reads the session of a chat, expired or not. The result is shared: its maps must
// not be changed.
func (t *tx) session(cid engine.Hash) (stored storedSession, ok bool, err error) {
	if s, known := t.sessions[cid]; known {
		if s == nil {
			return stored, false, nil
		}
		return *s, true, nil
	}
	if stored, ok := t.s.recent[cid]; ok {
		return stored, true, nil
	}
	body, ok, err := t.rows.Session(cid)
	if err != nil || !ok {
		return stored, false, err
	}
	if opened, ok := t.s.openedBefore(cid, body); ok {
		return opened, true, nil
	}
	t.s.setSealed(&stored, body)
	_, err = t.s.envelope().open(tableSession, cid, body, &stored)
	if errors.Is(err, errUnreadable) {
		t.unreadable++
		return storedSession{}, false, t.dropSession(cid)
	}
	if err == nil {
		t.sessions[cid] = &stored
	}
	return stored, err == nil, err
}

// Save keeps a conversation until expires.
func (t *tx) Save(chat bot.Chat, c bot.Conversation, expires time.Time) error {
	cid, err := t.chat(chat)
	if err != nil {
		return err
	}
	return t.saveSession(cid, storedSession{Conversation: detached(c), Expires: expires.Unix()})
}

func (t *tx) saveSession(cid engine.Hash, stored storedSession) error {
	body, err := t.s.envelope().seal(tableSession, cid, padSession, stored)
	if err != nil {
		return err
	}
	t.s.setSealed(&stored, body)
	t.sessions[cid] = &stored
	return t.rows.SaveSession(cid, stored.Expires/secondsPerHour, stored.Session.Channel == bot.Browser, body)
}

func (t *tx) dropSession(cid engine.Hash) error {
	t.sessions[cid] = nil
	return t.rows.DeleteChat(cid, engine.Sessions)
}

// Drop deletes the session, but nothing staged or counted.
func (t *tx) Drop(chat bot.Chat) error {
	cid, err := t.chat(chat)
	if err != nil {
		return err
	}
	return t.dropSession(cid)
}

// closeSession ends a session that nobody will continue: an unfinished run becomes a tick,
// a staged outcome is frozen.
func (t *tx) closeSession(cid engine.Hash, stored storedSession) error {
	if stored.Pending != "" && !stored.Session.Outcome && stored.Session.Countable() {
		if stored.Pace != (admission.Pace{}) { // its start is not counted yet
			if err := t.Tick(bot.TickStarted, stored.Session.Partner, referral.WeekOf(stored.Pace.Start())); err != nil {
				return err
			}
		}
		if err := t.Tick(bot.TickStopped, stored.Pending, stored.Week); err != nil {
			return err
		}
	}
	if err := t.rows.FreezeOutcome(cid); err != nil {
		return err
	}
	return t.dropSession(cid)
}

// Forget removes session, outbox, follow-up and subscription of someone who blocked the
// bot or left. An unfinished run becomes a tick; a staged outcome is frozen and stays.
func (t *tx) Forget(chat bot.Chat) error {
	cid, err := t.chat(chat)
	if err != nil {
		return err
	}
	stored, ok, err := t.session(cid)
	if err != nil {
		return err
	}
	if ok {
		err = t.closeSession(cid, stored)
	} else {
		err = t.rows.FreezeOutcome(cid)
	}
	if err != nil {
		return err
	}
	return t.erase(cid, engine.FollowUps, engine.Subscribers)
}

// Erase removes every trace of a chat, also what is staged or counted. What was handed over can
// no longer be found.
func (t *tx) Erase(chat bot.Chat) error {
	cid, err := t.chat(chat)
	if err != nil {
		return err
	}
	return t.erase(cid, engine.Sessions, engine.Staged, engine.Counted, engine.FollowUps, engine.Subscribers, engine.Moves)
}

// erase deletes rows and messages of a chat, from the logs as well.
func (t *tx) erase(cid engine.Hash, tables ...engine.Table) error {
	t.erased = true
	t.settled = append(t.settled, cid)
	t.fresh.drop(cid)
	if slices.Contains(tables, engine.Sessions) {
		t.sessions[cid] = nil
	}
	return t.rows.DeleteChat(cid, append(tables, engine.Outbox)...)
}
