package sqlite

import (
	"database/sql"

	"digiwijzer/store/engine"
)

// Locked implements engine.State.
func (t *tx) Locked(engine.Hash) bool { return true }

// Holds implements engine.State: there is a single process.
func (t *tx) Holds(engine.Lease) (bool, error) { return true, nil }

func (t *tx) MarkSeen(update engine.Hash, day int64) (bool, error) {
	n, err := t.affect("marking an update", "INSERT INTO seen (mark, day) VALUES (?, ?) ON CONFLICT DO NOTHING", update[:], day)
	return n > 0, err
}

func (t *tx) Park(update engine.Hash, class string, day int64) error {
	return t.exec("parking an update",
		"INSERT INTO parked (mark, class, day) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", update[:], class, day)
}

func (t *tx) Session(chat engine.Hash) (body []byte, ok bool, err error) {
	ok, err = t.find("reading a session", "SELECT body FROM session WHERE cid = +?", []any{chat[:]}, blob{&body})
	return body, ok, err
}

func (t *tx) Sessions(chats []engine.Hash) (map[engine.Hash][]byte, error) {
	bodies := map[engine.Hash][]byte{}
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
	// Usually the row exists and the hour is the same, so that no index changes.
	n, err := t.affect("saving a session", "UPDATE session SET body = ? WHERE cid = ? AND hour = ?", body, chat[:], hour)
	if err != nil || n > 0 {
		return err
	}
	return t.exec("saving a session",
		`INSERT INTO session (cid, hour, browser, body) VALUES (?, ?, ?, ?)
		ON CONFLICT (cid) DO UPDATE SET hour = excluded.hour, browser = excluded.browser, body = excluded.body`, chat[:], hour, browser, body)
}

func (t *tx) BrowserSessions() (n int, err error) {
	_, err = t.find("counting sessions", "SELECT count(*) FROM session INDEXED BY session_browser WHERE browser = 1", nil, &n)
	return n, err
}

func (t *tx) OldBrowserSessions(skip, limit int) ([]engine.Hash, error) {
	return t.hashes("reading old sessions",
		"SELECT cid FROM session INDEXED BY session_browser WHERE browser = 1 ORDER BY hour, id LIMIT ? OFFSET ?", limit, skip)
}

func (t *tx) ExpiringSessions(hour int64, after engine.Hash, limit int) ([]engine.Hash, error) {
	return t.hashes("reading expiring sessions",
		"SELECT cid FROM session INDEXED BY session_hour WHERE hour <= ? AND cid > ? ORDER BY cid LIMIT ?", hour, after[:], limit)
}

var deleteChat = map[engine.Table]string{
	engine.Sessions:    "DELETE FROM session WHERE cid = ?",
	engine.Staged:      "DELETE FROM staged WHERE cid = ?",
	engine.Counted:     "DELETE FROM counted WHERE cid = ?",
	engine.FollowUps:   "DELETE FROM followup WHERE cid = ?",
	engine.Subscribers: "DELETE FROM subscriber WHERE cid = ?",
	engine.Outbox:      "DELETE FROM outbox WHERE cid = ?",
	engine.Moves:       "DELETE FROM transition WHERE cid = ?",
}

func (t *tx) DeleteChat(chat engine.Hash, tables ...engine.Table) error {
	for _, table := range tables {
		if err := t.exec("deleting rows of a chat", deleteChat[table], chat[:]); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) CountSessions() (n int, err error) {
	_, err = t.find("counting sessions", "SELECT count(*) FROM session", nil, &n) // reads an index only
	return n, err
}

func (t *tx) OpenOutcome(chat engine.Hash) (o engine.Waiting, ok bool, err error) {
	o.Chat = chat
	ok, err = t.find("reading an outcome", "SELECT sid, body FROM staged WHERE cid = ? AND frozen = 0", []any{chat[:]}, key{&o.ID}, &o.Body)
	return o, ok, err
}

func (t *tx) SaveOutcome(id, chat engine.Hash, body []byte) error {
	return t.exec("saving an outcome",
		`INSERT INTO staged (sid, cid, frozen, body) VALUES (?, ?, 0, ?)
		ON CONFLICT (sid) DO UPDATE SET body = excluded.body`, id[:], chat[:], body)
}

func (t *tx) FreezeOutcome(chat engine.Hash) error {
	return t.exec("freezing an outcome", "UPDATE staged SET frozen = 1 WHERE cid = ? AND frozen = 0", chat[:])
}

func (t *tx) Count(chat engine.Hash, period string) (bool, error) {
	n, err := t.affect("counting a chat", "INSERT INTO counted (cid, period) VALUES (?, ?) ON CONFLICT DO NOTHING", chat[:], period)
	return n > 0, err
}

func (t *tx) FollowUp(chat engine.Hash) (f engine.FollowUp, ok bool, err error) {
	f.Chat = chat
	ok, err = t.find("reading a follow-up", "SELECT day, tries, body FROM followup WHERE cid = ?", []any{chat[:]}, &f.Day, &f.Tries, &f.Body)
	return f, ok, err
}

func (t *tx) SaveFollowUp(f engine.FollowUp) error {
	return t.exec("saving a follow-up",
		`INSERT INTO followup (cid, day, tries, body) VALUES (?, ?, ?, ?)
		ON CONFLICT (cid) DO UPDATE SET day = excluded.day, tries = excluded.tries, body = excluded.body`,
		f.Chat[:], f.Day, f.Tries, f.Body)
}

func (t *tx) DueFollowUps(day string, limit int) ([]engine.FollowUp, error) {
	return list(t, "reading due follow-ups",
		"SELECT cid, day, tries, body FROM followup WHERE day <= ? ORDER BY day, cid LIMIT ?", []any{day, limit},
		func(row *sql.Rows, f *engine.FollowUp) error {
			return row.Scan(key{&f.Chat}, &f.Day, &f.Tries, &f.Body)
		})
}

func (t *tx) Subscribers() ([]engine.Subscriber, error) {
	return list(t, "reading subscribers", "SELECT cid, body FROM subscriber ORDER BY cid", nil,
		func(row *sql.Rows, s *engine.Subscriber) error { return row.Scan(key{&s.Chat}, &s.Body) })
}

func (t *tx) SaveSubscriber(s engine.Subscriber) error {
	return t.exec("saving a subscriber",
		"INSERT INTO subscriber (cid, body) VALUES (?, ?) ON CONFLICT (cid) DO UPDATE SET body = excluded.body", s.Chat[:], s.Body)
}

func (t *tx) Value(name string) (value []byte, ok bool, err error) {
	ok, err = t.find("reading "+name, "SELECT value FROM meta WHERE name = ?", []any{name}, &value)
	return value, ok, err
}

func (t *tx) SetValue(name string, value []byte) error {
	return t.exec("saving "+name,
		"INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
}

func (t *tx) Backlog() (b engine.Backlog, err error) {
	_, err = t.find("counting what waits", `SELECT (SELECT count(*) FROM staged), (SELECT count(*) FROM outbox),
		coalesce((SELECT created FROM outbox ORDER BY id LIMIT 1), 0)`, nil, &b.Staged, &b.Unsent, &b.Oldest)
	return b, err
}

func (t *tx) Expire(r engine.Retention) error {
	if err := t.exec("expiring seen updates", "DELETE FROM seen WHERE day < ?", r.Seen); err != nil {
		return err
	}
	if err := t.exec("expiring parked updates", "DELETE FROM parked WHERE day < ?", r.Parked); err != nil {
		return err
	}
	return t.exec("expiring counted chats", "DELETE FROM counted WHERE period < ?", r.Counted)
}

// waitingSQL holds the statements on a table of waiting rows.
type waitingSQL struct{ add, list, remove, stamp, stamped, unstamp, clear string }

var waitingTables = map[engine.Kind]waitingSQL{
	engine.Outcomes: {
		list:    "SELECT sid, cid, frozen, batch, body FROM staged ORDER BY sid",
		remove:  "DELETE FROM staged WHERE sid = ?",
		stamp:   "UPDATE staged SET batch = ? WHERE sid = ?",
		stamped: "SELECT DISTINCT batch FROM staged WHERE batch IS NOT NULL",
		unstamp: "UPDATE staged SET batch = NULL WHERE batch = ?",
		clear:   "DELETE FROM staged WHERE batch = ?",
	},
	engine.Ticks: {
		add:     "INSERT INTO tick (id, body) VALUES (?, ?)",
		list:    "SELECT id, NULL, 1, batch, body FROM tick ORDER BY id",
		remove:  "DELETE FROM tick WHERE id = ?",
		stamp:   "UPDATE tick SET batch = ? WHERE id = ?",
		stamped: "SELECT DISTINCT batch FROM tick WHERE batch IS NOT NULL",
		unstamp: "UPDATE tick SET batch = NULL WHERE batch = ?",
		clear:   "DELETE FROM tick WHERE batch = ?",
	},
	engine.Answers: {
		add:     "INSERT INTO answer (id, body) VALUES (?, ?)",
		list:    "SELECT id, NULL, 1, batch, body FROM answer ORDER BY id",
		remove:  "DELETE FROM answer WHERE id = ?",
		stamp:   "UPDATE answer SET batch = ? WHERE id = ?",
		stamped: "SELECT DISTINCT batch FROM answer WHERE batch IS NOT NULL",
		unstamp: "UPDATE answer SET batch = NULL WHERE batch = ?",
		clear:   "DELETE FROM answer WHERE batch = ?",
	},
	engine.Transitions: {
		list:    "SELECT id, cid, 1, batch, body FROM transition ORDER BY id",
		remove:  "DELETE FROM transition WHERE id = ?",
		stamp:   "UPDATE transition SET batch = ? WHERE id = ?",
		stamped: "SELECT DISTINCT batch FROM transition WHERE batch IS NOT NULL",
		unstamp: "UPDATE transition SET batch = NULL WHERE batch = ?",
		clear:   "DELETE FROM transition WHERE batch = ?",
	},
}

func (t *tx) AddWaiting(kind engine.Kind, id engine.Hash, body []byte) error {
	return t.exec("adding to "+string(kind), waitingTables[kind].add, id[:], body)
}

func (t *tx) AddTransition(id, chat engine.Hash, body []byte) error {
	return t.exec("adding a transition", "INSERT INTO transition (id, cid, body) VALUES (?, ?, ?)", id[:], chat[:], body)
}

func (t *tx) Waiting(kind engine.Kind) ([]engine.Waiting, error) {
	return list(t, "reading "+string(kind), waitingTables[kind].list, nil, func(row *sql.Rows, w *engine.Waiting) error {
		return row.Scan(key{&w.ID}, key{&w.Chat}, &w.Frozen, key{&w.Batch}, &w.Body)
	})
}

func (t *tx) DeleteWaiting(kind engine.Kind, ids []engine.Hash) error {
	for _, id := range ids {
		if err := t.exec("deleting from "+string(kind), waitingTables[kind].remove, id[:]); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) Stamp(kind engine.Kind, ids []engine.Hash, batch engine.Hash) error {
	for _, id := range ids {
		if err := t.exec("stamping "+string(kind), waitingTables[kind].stamp, batch[:], id[:]); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) Stamped(kind engine.Kind) ([]engine.Hash, error) {
	return t.hashes("reading batches", waitingTables[kind].stamped)
}

func (t *tx) Unstamp(kind engine.Kind, batch engine.Hash) error {
	return t.exec("unstamping "+string(kind), waitingTables[kind].unstamp, batch[:])
}

func (t *tx) ClearBatch(kind engine.Kind, batch engine.Hash) error {
	return t.exec("clearing "+string(kind), waitingTables[kind].clear, batch[:])
}
