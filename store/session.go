package store

import (
	"digiwijzer/bot"
	"errors"
	"maps"
	"time"
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
	Expires int64 `json:"expires"`         // seconds since 1970
	Saved   int64 `json:"saved,omitempty"` // likewise, by the clock of the turn
}

// Seen marks an update and tells whether it was marked before. An empty key is never
// remembered.
func (t *tx) Seen(key string, now time.Time) (bool, error) {
	if key == "" {
		return false, nil
	}
	m := t.s.vault.update(key)
	n, err := t.affect("marking an update",
		"INSERT INTO seen (mark, day) VALUES (?, ?) ON CONFLICT DO NOTHING", m[:], dayNumber(now))
	return err == nil && n == 0, err
}

// Conversation loads what is stored of a chat. One that has expired is settled here
// and now, as Sweep would have done; one that cannot be read is dropped, so that the
// person can go on.
func (t *tx) Conversation(chat bot.Chat, now time.Time) (bot.Conversation, bool, error) {
	cid := t.s.vault.chat(chat)
	t.now = now
	stored, ok, err := t.session(cid)
	if err != nil || !ok {
		return bot.Conversation{}, false, err
	}
	if t.s.sightings.over(stored, now) {
		return bot.Conversation{}, false, t.settle(cid, stored)
	}
	return apart(stored.Conversation), true, nil
}

// session reads the session of a chat, expired or not. What it returns is shared:
// nothing in it may be changed in place.
func (t *tx) session(cid mark) (stored storedSession, ok bool, err error) {
	if stored, ok = t.s.recent[cid]; ok {
		return stored, true, nil
	}
	var body []byte
	ok, err = t.find("reading a session", "SELECT body FROM session WHERE cid = ?", []any{cid[:]}, &body)
	if err != nil || !ok {
		return stored, false, err
	}
	_, err = t.s.vault.open(tableSession, cid, body, &stored)
	if errors.Is(err, errUnreadable) {
		t.s.unreadable++
		return storedSession{}, false, t.dropSession(cid)
	}
	t.s.recent.keep(cid, stored)
	return stored, err == nil, err
}

// recent holds the sessions used last, as they are in the file: reading and decoding
// one is a quarter of the cost of a turn, and the next tap mostly comes soon.
type recent map[mark]storedSession

// recentSessions bounds the memory, to some ten megabytes.
const recentSessions = 4096

func (r recent) keep(cid mark, stored storedSession) {
	if _, ok := r[cid]; !ok && len(r) >= recentSessions {
		for some := range r {
			delete(r, some)
			break
		}
	}
	r[cid] = stored
}

// apart copies what a caller might change.
func apart(c bot.Conversation) bot.Conversation {
	c.Session.Answers, c.Surface = maps.Clone(c.Session.Answers), maps.Clone(c.Surface)
	return c
}

// Save keeps a conversation until expires.
func (t *tx) Save(chat bot.Chat, c bot.Conversation, expires time.Time) error {
	stored := storedSession{Conversation: apart(c), Expires: expires.Unix()}
	if !t.now.IsZero() {
		stored.Saved = t.now.Unix()
	}
	return t.saveSession(t.s.vault.chat(chat), stored)
}

func (t *tx) saveSession(cid mark, stored storedSession) error {
	body, err := t.s.vault.seal(tableSession, cid, padSession, stored)
	if err != nil {
		return err
	}
	t.s.recent.keep(cid, stored)
	hour := stored.Expires / secondsPerHour
	// As a rule the row is there and the hour is the same, so that no index is touched.
	n, err := t.affect("saving a session", "UPDATE session SET body = ? WHERE cid = ? AND hour = ?", body, cid[:], hour)
	if err != nil || n > 0 {
		return err
	}
	return t.exec("saving a session",
		`INSERT INTO session (cid, hour, body) VALUES (?, ?, ?)
		ON CONFLICT (cid) DO UPDATE SET hour = excluded.hour, body = excluded.body`, cid[:], hour, body)
}

// Drop deletes the session, not what is staged or counted.
func (t *tx) Drop(chat bot.Chat) error { return t.dropSession(t.s.vault.chat(chat)) }

func (t *tx) dropSession(cid mark) error {
	delete(t.s.recent, cid)
	return t.exec("dropping a session", "DELETE FROM session WHERE cid = ?", cid[:])
}

// settle ends a session that nobody will go on with: an unfinished run becomes a
// tick, a staged outcome is final.
func (t *tx) settle(cid mark, stored storedSession) error {
	if stored.Pending != "" && !stored.Session.Outcome && !stored.Session.TryOut {
		if err := t.Tick(bot.TickStopped, stored.Pending, stored.Week); err != nil {
			return err
		}
	}
	if err := t.freeze(cid); err != nil {
		return err
	}
	return t.dropSession(cid)
}

// Forget removes session, outbox, follow-up and subscription of someone who blocked the
// bot or left.
// An unfinished run becomes a tick; a staged outcome is frozen and stays.
func (t *tx) Forget(chat bot.Chat) error {
	cid := t.s.vault.chat(chat)
	stored, ok, err := t.session(cid)
	if err != nil {
		return err
	}
	if ok {
		err = t.settle(cid, stored)
	} else {
		err = t.freeze(cid)
	}
	if err != nil {
		return err
	}
	return t.remove(cid, tableFollowup, tableSubscriber)
}

// Erase removes every trace of a chat: staged and counted too. What was handed over
// can no longer be found.
func (t *tx) Erase(chat bot.Chat) error {
	return t.remove(t.s.vault.chat(chat), tableSession, tableStaged, "counted", tableFollowup, tableSubscriber)
}

// remove deletes the rows of a chat and its messages, and sees to it that they leave the
// log as well.
func (t *tx) remove(cid mark, tables ...string) error {
	for _, table := range tables {
		if err := t.exec("removing a chat", "DELETE FROM "+table+" WHERE cid = ?", cid[:]); err != nil {
			return err
		}
	}
	delete(t.s.recent, cid)
	t.erased = true
	return t.removeMessages(cid)
}

// Park remembers that an update could not be handled: its keyed hash and the class of
// the error, no content.
func (t *tx) Park(key, class string, now time.Time) error {
	m := t.s.vault.update(key)
	return t.exec("parking an update",
		"INSERT INTO parked (mark, class, day) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", m[:], class, dayNumber(now))
}
