package postgres

import (
	"slices"

	"github.com/jackc/pgx/v5"

	"digiwijzer/store/engine"
)

func (t *tx) MarkSeen(update engine.Hash, day int64) (bool, error) {
	marked, declared := t.seen[update]
	switch {
	case t.failed != nil:
		return false, t.failed
	case !declared:
		return false, t.undeclared()
	case marked:
		return false, nil
	}
	t.seen[update] = true
	t.marks, t.days = append(t.marks, update[:]), append(t.days, day)
	return true, nil
}

func (t *tx) Park(update engine.Hash, class string, day int64) error {
	if _, declared := t.seen[update]; !declared {
		return t.undeclared()
	}
	return t.write("parking an update", "INSERT INTO state.parked (mark, class, day) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", update[:], class, day)
}

func (t *tx) Session(chat engine.Hash) (body []byte, ok bool, err error) {
	c, err := t.chat(chat)
	if err != nil || c.session == nil {
		return nil, false, err
	}
	return c.session.body, true, nil
}

func (t *tx) Sessions(chats []engine.Hash) (map[engine.Hash][]byte, error) {
	bodies := make(map[engine.Hash][]byte, len(chats))
	if !t.updating {
		chats = slices.DeleteFunc(slices.Clone(chats), func(chat engine.Hash) bool {
			body, read := t.read[chat]
			if body != nil {
				bodies[chat] = body
			}
			return read
		})
		if len(chats) == 0 {
			return bodies, t.failed
		}
		_, err := ask(t, "reading sessions", "SELECT cid, body FROM state.session WHERE cid = ANY($1::bytea[])", []any{bytesOf(chats)},
			func(row pgx.Rows, _ *struct{}) error {
				var chat engine.Hash
				var body []byte
				err := row.Scan(key{&chat}, &body)
				bodies[chat] = body
				return err
			})
		return bodies, err
	}
	for _, chat := range chats {
		body, ok, err := t.Session(chat)
		if err != nil {
			return nil, err
		}
		if ok {
			bodies[chat] = body
		}
	}
	return bodies, nil
}

func (t *tx) SaveSession(chat engine.Hash, hour int64, browser bool, body []byte) error {
	c, err := t.chat(chat)
	if err != nil {
		return err
	}
	c.session, c.changed = &session{hour, browser, body}, true
	return nil
}

func (t *tx) BrowserSessions() (n int, err error) {
	_, err = t.find("counting sessions", "SELECT count(*) FROM state.session WHERE browser", nil, &n)
	return n, err
}

func (t *tx) OldBrowserSessions(skip, limit int) ([]engine.Hash, error) {
	return t.hashes("reading old sessions", "SELECT cid FROM state.session WHERE browser ORDER BY hour, cid LIMIT $1 OFFSET $2", limit, skip)
}

func (t *tx) ExpiringSessions(hour int64, after engine.Hash, limit int) ([]engine.Hash, error) {
	return t.hashes("reading expiring sessions",
		"SELECT cid FROM state.session WHERE hour <= $1 AND cid > $2 ORDER BY cid LIMIT $3", hour, after[:], limit)
}

var deleteChat = map[engine.Table]string{
	engine.Staged:      "DELETE FROM state.staged WHERE cid = $1",
	engine.Counted:     "DELETE FROM state.counted WHERE cid = $1",
	engine.FollowUps:   "DELETE FROM state.followup WHERE cid = $1",
	engine.Subscribers: "DELETE FROM state.subscriber WHERE cid = $1",
	engine.Moves:       "DELETE FROM state.transition WHERE cid = $1",
}

func (t *tx) DeleteChat(chat engine.Hash, tables ...engine.Table) error {
	c, err := t.chat(chat)
	if err != nil {
		return err
	}
	for _, table := range tables {
		switch table {
		case engine.Sessions:
			c.session, c.changed = nil, true
			continue
		case engine.Outbox:
			if c.last != nil {
				c.last, c.first = nil, 0
				t.outbox = append(t.outbox, outboxWrite{kind: clearQueue, chat: chat})
			}
			continue
		case engine.Staged:
			c.open = nil
		case engine.Counted:
			c.counted = nil
		case engine.FollowUps:
			if c.followUp == nil {
				continue
			}
			c.followUp = nil
		}
		if err := t.write("deleting rows of a chat", deleteChat[table], chat[:]); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) CountSessions() (n int, err error) {
	_, err = t.find("counting sessions", "SELECT count(*) FROM state.session", nil, &n)
	return n, err
}

func (t *tx) OpenOutcome(chat engine.Hash) (o engine.Waiting, ok bool, err error) {
	c, err := t.chat(chat)
	if err != nil || c.open == nil {
		return engine.Waiting{Chat: chat}, false, err
	}
	return *c.open, true, nil
}

// SaveOutcome implements engine.State. For a chat that was not declared it only adds a row.
func (t *tx) SaveOutcome(id, chat engine.Hash, body []byte) error {
	if c := t.chats[chat]; c != nil {
		c.open = &engine.Waiting{ID: id, Chat: chat, Body: body}
	}
	return t.write("saving an outcome", `INSERT INTO state.staged (sid, cid, frozen, body) VALUES ($1, $2, false, $3)
		ON CONFLICT (sid) DO UPDATE SET body = excluded.body`, id[:], chat[:], body)
}

func (t *tx) FreezeOutcome(chat engine.Hash) error {
	if c := t.chats[chat]; c != nil {
		if c.open == nil {
			return t.failed
		}
		c.open = nil
	}
	return t.write("freezing an outcome", "UPDATE state.staged SET frozen = true WHERE cid = $1 AND NOT frozen", chat[:])
}

func (t *tx) Count(chat engine.Hash, period string) (bool, error) {
	c, err := t.chat(chat)
	if err != nil || slices.Contains(c.counted, period) {
		return false, err
	}
	c.counted = append(c.counted, period)
	return true, t.write("counting a chat", "INSERT INTO state.counted (cid, period) VALUES ($1, $2) ON CONFLICT DO NOTHING", chat[:], period)
}

func (t *tx) FollowUp(chat engine.Hash) (f engine.FollowUp, ok bool, err error) {
	c, err := t.chat(chat)
	if err != nil || c.followUp == nil {
		return engine.FollowUp{Chat: chat}, false, err
	}
	return *c.followUp, true, nil
}

func (t *tx) SaveFollowUp(f engine.FollowUp) error {
	c, err := t.chat(f.Chat)
	if err != nil {
		return err
	}
	c.followUp = &f
	return t.write("saving a follow-up", `INSERT INTO state.followup (cid, day, tries, body) VALUES ($1, $2, $3, $4)
		ON CONFLICT (cid) DO UPDATE SET day = excluded.day, tries = excluded.tries, body = excluded.body`, f.Chat[:], f.Day, f.Tries, f.Body)
}

func (t *tx) DueFollowUps(day string, limit int) ([]engine.FollowUp, error) {
	return ask(t, "reading due follow-ups",
		"SELECT cid, day, tries, body FROM state.followup WHERE day <= $1 ORDER BY day, cid LIMIT $2", []any{day, limit},
		func(row pgx.Rows, f *engine.FollowUp) error {
			return row.Scan(key{&f.Chat}, &f.Day, &f.Tries, &f.Body)
		})
}

func (t *tx) Subscribers() ([]engine.Subscriber, error) {
	return ask(t, "reading subscribers", "SELECT cid, body FROM state.subscriber ORDER BY cid", nil,
		func(row pgx.Rows, s *engine.Subscriber) error { return row.Scan(key{&s.Chat}, &s.Body) })
}

func (t *tx) SaveSubscriber(s engine.Subscriber) error {
	return t.write("saving a subscriber",
		"INSERT INTO state.subscriber (cid, body) VALUES ($1, $2) ON CONFLICT (cid) DO UPDATE SET body = excluded.body", s.Chat[:], s.Body)
}

func (t *tx) Value(name string) (value []byte, ok bool, err error) {
	ok, err = t.find("reading "+name, "SELECT value FROM state.meta WHERE name = $1", []any{name}, &value)
	return value, ok, err
}

func (t *tx) SetValue(name string, value []byte) error {
	return t.write("saving "+name,
		"INSERT INTO state.meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
}

func (t *tx) Backlog() (b engine.Backlog, err error) {
	_, err = t.find("counting what waits", `SELECT (SELECT count(*) FROM state.staged), (SELECT count(*) FROM state.outbox),
		coalesce((SELECT min(created) FROM state.outbox), 0)`, nil, &b.Staged, &b.Unsent, &b.Oldest)
	return b, err
}

func (t *tx) Expire(r engine.Retention) error {
	if err := t.write("expiring seen updates", "DELETE FROM state.seen WHERE day < $1", r.Seen); err != nil {
		return err
	}
	if err := t.write("expiring parked updates", "DELETE FROM state.parked WHERE day < $1", r.Parked); err != nil {
		return err
	}
	return t.write("expiring counted chats", "DELETE FROM state.counted WHERE period < $1", r.Counted)
}
