package store

import (
	"context"
	"database/sql"
	"time"

	"digiwijzer/flows"
)

// storedMessage is a message apart from its body, which follows as it is.
type storedMessage struct {
	Chat flows.Chat `json:"chat"`
	Slot flows.Slot `json:"slot"`
	Edit bool       `json:"edit"`
}

// Enqueue puts a message at the end of its chat's queue. An edit takes the place of
// an edit of the same slot right before it that nobody has begun to send.
func (t *tx) Enqueue(m flows.Message, now time.Time) error {
	cid := t.s.vault.chat(m.Chat)
	body, err := t.s.vault.seal(tableOutbox, cid, padOutbox, storedMessage{m.Chat, m.Slot, m.Edit}, m.Body...)
	if err != nil {
		return err
	}
	waiting, err := t.waiting(cid)
	if err != nil {
		return err
	}
	head := sql.NullInt64{Int64: now.UnixMilli(), Valid: waiting == 0}
	if m.Edit && waiting > 0 {
		if merged, err := t.supersede(cid, m.Slot, body); merged || err != nil {
			return err
		}
	}
	id := t.s.nextMessage
	t.s.nextMessage++
	err = t.exec("queueing a message",
		"INSERT INTO outbox (id, cid, slot, edit, created, head, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
		id, cid[:], string(m.Slot), m.Edit, now.UnixMilli(), head, body)
	if err == nil {
		t.s.queued[cid] = waiting + 1
	}
	return err
}

// queued is how many messages each chat has in the outbox, as the open transaction
// sees it: asking the file for it twice a message is a tenth of the cost of a turn. It
// is nil when a rollback made it uncertain.
type queued map[mark]int

// waiting tells how many messages of a chat are in the outbox.
func (t *tx) waiting(cid mark) (int, error) {
	if t.s.queued == nil {
		if err := t.countQueued(); err != nil {
			return 0, err
		}
	}
	return t.s.queued[cid], nil
}

func (t *tx) countQueued() error {
	rows, err := t.conn.QueryContext(t.ctx, "SELECT cid, count(*) FROM outbox GROUP BY cid")
	if err != nil {
		return t.note(trouble("reading the queue", err))
	}
	defer rows.Close()
	all := queued{}
	for rows.Next() {
		var cid []byte
		var n int
		if err := rows.Scan(&cid, &n); err != nil {
			return t.note(trouble("reading the queue", err))
		}
		all[mark(cid)] = n
	}
	if err := rows.Err(); err != nil {
		return t.note(trouble("reading the queue", err))
	}
	t.s.queued = all
	return nil
}

// supersede puts body in the place of the last message of the chat, where that may be.
func (t *tx) supersede(cid mark, slot flows.Slot, body []byte) (bool, error) {
	var last int64
	var before string
	var edit bool
	ok, err := t.find("reading the queue",
		"SELECT id, slot, edit FROM outbox WHERE cid = ? ORDER BY id DESC LIMIT 1", []any{cid[:]}, &last, &before, &edit)
	if err != nil || !ok || !edit || before != string(slot) || t.s.handed[cid] == last {
		return false, err
	}
	return true, t.exec("merging an edit", "UPDATE outbox SET body = ? WHERE id = ?", body, last)
}

// Delivered takes a message out of the outbox and keeps its id (0: keep the old one).
func (t *tx) Delivered(d flows.Delivery, id int64) error {
	cid := t.s.vault.chat(d.Message.Chat)
	if id != 0 && d.Message.Slot != "" {
		if err := t.place(cid, d.Message.Slot, id); err != nil {
			return err
		}
	}
	return t.settled(cid, d.ID)
}

// place notes that a slot of the chat's screen now holds the message id.
func (t *tx) place(cid mark, slot flows.Slot, id int64) error {
	stored, ok, err := t.session(cid)
	if err != nil || !ok || stored.Surface[slot] == id {
		return err
	}
	screen := flows.Surface{slot: id}
	for other, shown := range stored.Surface {
		if other != slot {
			screen[other] = shown
		}
	}
	stored.Surface = screen
	return t.saveSession(cid, stored)
}

// Discard drops a message that cannot be sent.
func (t *tx) Discard(d flows.Delivery) error {
	return t.settled(t.s.vault.chat(d.Message.Chat), d.ID)
}

// settled removes a message and lets the next one of the chat go.
func (t *tx) settled(cid mark, id int64) error {
	delete(t.s.handed, cid)
	waiting, err := t.waiting(cid)
	if err != nil {
		return err
	}
	n, err := t.affect("taking from the queue", "DELETE FROM outbox WHERE id = ? AND cid = ?", id, cid[:])
	if err != nil {
		return err
	}
	if waiting -= int(n); waiting <= 0 {
		delete(t.s.queued, cid)
		return nil
	}
	t.s.queued[cid] = waiting
	return t.promote(cid)
}

// promote makes the oldest message of a chat the head of its queue.
func (t *tx) promote(cid mark) error {
	return t.exec("moving the queue up",
		`UPDATE outbox SET head = created WHERE head IS NULL
		AND id = (SELECT min(id) FROM outbox WHERE cid = ?)`, cid[:])
}

// Postpone keeps a message for another try at until.
func (t *tx) Postpone(d flows.Delivery, until time.Time) error {
	cid := t.s.vault.chat(d.Message.Chat)
	delete(t.s.handed, cid)
	return t.exec("postponing", "UPDATE outbox SET tries = tries + 1, head = ? WHERE id = ? AND cid = ?",
		until.UnixMilli(), d.ID, cid[:])
}

// Due returns the messages that may be sent at now, oldest first, at most one per
// chat and at most limit. A message is given out again by every call until it is
// delivered, postponed or discarded.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]flows.Delivery, error) {
	ctx = context.WithoutCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	heads, err := s.heads(ctx, now, limit)
	if err != nil {
		return nil, err
	}
	t := s.tx(ctx)
	due := make([]flows.Delivery, 0, len(heads))
	var damaged []head
	for _, h := range heads {
		d := flows.Delivery{ID: h.id, Tries: h.tries}
		var m storedMessage
		body, err := s.vault.open(tableOutbox, h.cid, h.body, &m)
		if err != nil {
			damaged = append(damaged, h)
			continue
		}
		d.Message = flows.Message{Chat: m.Chat, Slot: m.Slot, Edit: m.Edit, Body: body}
		if d.Surface, err = t.surface(h.cid); err != nil {
			return nil, err
		}
		s.handed[h.cid] = h.id
		due = append(due, d)
	}
	return due, s.dropDamaged(ctx, damaged)
}

// head is the first message of a chat's queue as it is stored.
type head struct {
	id    int64
	cid   mark
	tries int
	body  []byte
}

func (s *Store) heads(ctx context.Context, now time.Time, limit int) (heads []head, err error) {
	rows, err := s.state.conn.QueryContext(ctx,
		"SELECT id, cid, tries, body FROM outbox WHERE head <= ? ORDER BY head, id LIMIT ?", now.UnixMilli(), limit)
	if err != nil {
		return nil, trouble("reading the outbox", err)
	}
	defer rows.Close()
	for rows.Next() {
		var h head
		var cid []byte
		if err := rows.Scan(&h.id, &cid, &h.tries, &h.body); err != nil {
			return nil, trouble("reading the outbox", err)
		}
		h.cid = mark(cid)
		heads = append(heads, h)
	}
	return heads, trouble("reading the outbox", rows.Err())
}

// surface is the screen of a chat; none where the session is gone.
func (t *tx) surface(cid mark) (flows.Surface, error) {
	stored, _, err := t.session(cid)
	return stored.Surface, err
}

// dropDamaged removes messages that cannot be read, so that what comes after them goes.
func (s *Store) dropDamaged(ctx context.Context, damaged []head) error {
	if len(damaged) == 0 {
		return nil
	}
	s.unreadable += len(damaged)
	t := s.tx(ctx)
	return s.state.within(ctx, func() error {
		for _, h := range damaged {
			if err := t.settled(h.cid, h.id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Waiting tells how many finished conversations are not handed over yet, how many
// messages are unsent, and how long the oldest of those has been waiting (0: none is).
func (s *Store) Waiting(ctx context.Context, now time.Time) (staged, unsent int, oldest time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var created sql.NullInt64
	err = s.state.conn.QueryRowContext(context.WithoutCancel(ctx), `SELECT (SELECT count(*) FROM staged),
		(SELECT count(*) FROM outbox), (SELECT created FROM outbox ORDER BY id LIMIT 1)`).Scan(&staged, &unsent, &created)
	if err != nil {
		return 0, 0, 0, trouble("reading what waits", err)
	}
	if created.Valid {
		oldest = max(0, now.Sub(time.UnixMilli(created.Int64)))
	}
	return staged, unsent, oldest, nil
}
