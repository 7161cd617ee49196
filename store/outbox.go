package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"time"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// storedMessage is a message apart from its body, which follows as it is.
type storedMessage struct {
	Chat bot.Chat   `json:"chat"`
	Slot flows.Slot `json:"slot"`
	Edit bool       `json:"edit"`
}

// Enqueue puts a message at the end of its chat's queue. An edit takes the place of
// an edit of the same slot right before it that is not being sent, and counts its own tries.
func (t *tx) Enqueue(m bot.Message, now time.Time) error {
	cid := t.s.vault.chat(m.Chat)
	q, err := t.queue()
	if err != nil {
		return err
	}
	body, err := t.s.vault.seal(tableOutbox, cid, padOutbox, storedMessage{m.Chat, m.Slot, m.Edit}, m.Body...)
	if err != nil {
		return err
	}
	if l := t.superseded(q, cid, m); l != nil {
		last := q.renew(l)
		q.remember(last, m)
		return t.exec("merging an edit", "UPDATE outbox SET body = ?, tries = 0, due = NULL WHERE id = ?", body, last.id)
	}
	w := waitingMessage{id: t.s.nextMessage, slot: m.Slot, edit: m.Edit, created: now.UnixMilli()}
	t.s.nextMessage++
	q.remember(&w, m)
	q.push(cid, w, sql.NullInt64{})
	return t.exec("queueing a message",
		"INSERT INTO outbox (id, cid, slot, edit, created, body) VALUES (?, ?, ?, ?, ?, ?)",
		w.id, cid[:], string(w.slot), w.edit, w.created, body)
}

func (t *tx) queue() (*queue, error) {
	q, err := t.s.queue(t.ctx)
	return q, t.note(err)
}

// superseded is the line of the chat if m may take the place of its last message: an edit
// of the same slot that is not being sent.
func (t *tx) superseded(q *queue, cid mark, m bot.Message) *line {
	l := q.lines[cid]
	if l == nil || !m.Edit || !l.last().edit || l.last().slot != m.Slot || t.s.handed[cid] == l.last().id {
		return nil
	}
	return l
}

// Delivered takes a message out of the outbox and records what its slot shows now; an
// empty Ref keeps what it showed before.
func (t *tx) Delivered(d bot.Delivery, shown bot.Shown) error {
	cid := t.s.vault.chat(d.Message.Chat)
	if shown.Ref != "" && d.Message.Slot != "" {
		if err := t.place(cid, d.Message.Slot, shown); err != nil {
			return err
		}
	}
	return t.settled(cid, d.ID)
}

// place records what a slot of the chat's screen shows now.
func (t *tx) place(cid mark, slot flows.Slot, shown bot.Shown) error {
	stored, ok, err := t.session(cid)
	if err != nil || !ok || stored.Surface[slot] == shown {
		return err
	}
	screen := bot.Surface{}
	maps.Copy(screen, stored.Surface)
	screen[slot] = shown
	stored.Surface = screen
	return t.saveSession(cid, stored)
}

// Discard drops a message that cannot be sent.
func (t *tx) Discard(d bot.Delivery) error {
	return t.settled(t.s.vault.chat(d.Message.Chat), d.ID)
}

// settled removes a message and lets the next one of the chat go.
func (t *tx) settled(cid mark, id int64) error {
	t.back = append(t.back, cid)
	q, err := t.queue()
	if err != nil || !q.take(cid, id) {
		return err
	}
	return t.exec("taking from the queue", "DELETE FROM outbox WHERE id = ?", id)
}

// Postpone keeps a message for another try at until.
func (t *tx) Postpone(d bot.Delivery, until time.Time) error {
	cid := t.s.vault.chat(d.Message.Chat)
	t.back = append(t.back, cid)
	q, err := t.queue()
	if err != nil || !q.putOff(cid, d.ID, until.UnixMilli()) {
		return err
	}
	return t.exec("postponing", "UPDATE outbox SET tries = tries + 1, due = ? WHERE id = ?", until.UnixMilli(), d.ID)
}

// removeMessages takes all messages of a chat out of the outbox.
func (t *tx) removeMessages(cid mark) error {
	q, err := t.queue()
	if err != nil {
		return err
	}
	t.back = append(t.back, cid)
	for _, w := range q.drop(cid) {
		if err := t.exec("removing a message", "DELETE FROM outbox WHERE id = ?", w.id); err != nil {
			return err
		}
	}
	return nil
}

// Due returns the messages that may be sent at now, oldest first, at most one per
// chat and at most limit. A message is given out again by every call until it is
// delivered, postponed or discarded.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]bot.Delivery, error) {
	ctx = context.WithoutCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queue(ctx)
	if err != nil {
		return nil, err
	}
	t := s.tx(ctx)
	ready := q.ready(now, limit)
	due := make([]bot.Delivery, 0, len(ready))
	var damaged []*line
	for _, l := range ready {
		m, err := t.message(q, l)
		if errors.Is(err, errUnreadable) {
			damaged = append(damaged, l)
			continue
		}
		if err != nil {
			return nil, err
		}
		d := bot.Delivery{ID: l.first().id, Tries: l.first().tries, Message: m}
		if d.Surface, err = t.surface(l.cid); err != nil {
			return nil, err
		}
		s.handed[l.cid] = d.ID
		due = append(due, d)
	}
	return due, s.dropDamaged(ctx, damaged)
}

// message is what the first message of a line says. It is read from the file if it is
// not remembered, and then remembered.
func (t *tx) message(q *queue, l *line) (bot.Message, error) {
	w := l.first()
	if w.whole != nil {
		return *w.whole, nil
	}
	var sealed []byte
	if _, err := t.find("reading a message", "SELECT body FROM outbox WHERE id = ?", []any{w.id}, &sealed); err != nil {
		return bot.Message{}, err
	}
	var stored storedMessage
	body, err := t.s.vault.open(tableOutbox, l.cid, sealed, &stored)
	if err != nil {
		return bot.Message{}, err
	}
	m := bot.Message{Chat: stored.Chat, Slot: stored.Slot, Edit: stored.Edit, Body: body}
	q.remember(w, m)
	return m, nil
}

// surface is the screen of a chat; none where the session is gone.
func (t *tx) surface(cid mark) (bot.Surface, error) {
	stored, _, err := t.session(cid)
	return stored.Surface, err
}

// dropDamaged removes messages that cannot be read, so that what comes after them goes.
func (s *Store) dropDamaged(ctx context.Context, damaged []*line) error {
	if len(damaged) == 0 {
		return nil
	}
	s.unreadable += len(damaged)
	t := s.tx(ctx)
	err := s.state.within(ctx, func() error {
		for _, l := range damaged {
			if err := t.settled(l.cid, l.first().id); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.reach("outbox: damaged dropped")
	}
	return err
}

// Waiting tells how many finished conversations are not handed over yet, how many
// messages are unsent, and how long the oldest of those has been waiting (0: none is).
func (s *Store) Waiting(ctx context.Context, now time.Time) (staged, unsent int, oldest time.Duration, err error) {
	ctx = context.WithoutCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queue(ctx)
	if err != nil {
		return 0, 0, 0, err
	}
	var created sql.NullInt64
	err = s.state.conn.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM staged),
		(SELECT created FROM outbox ORDER BY id LIMIT 1)`).Scan(&staged, &created)
	if err != nil {
		return 0, 0, 0, trouble("reading what waits", err)
	}
	if created.Valid {
		oldest = max(0, now.Sub(time.UnixMilli(created.Int64)))
	}
	return staged, q.count, oldest, nil
}
