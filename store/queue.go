package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// queue is the outbox of state.db as the open transaction sees it: who has which
// messages, in which order they may go, and what the newest of them say. Asking the file
// for it, and decrypting it anew, was a fifth of the cost of a turn. A rollback makes it
// uncertain; then it is read again.
type queue struct {
	lines  map[mark]*line
	order  []*line // all of them, by when the first of each may go
	count  int     // messages in all
	memory int     // bytes of the messages that are remembered whole
}

// queueMemory bounds the bytes of messages that are remembered whole. Others are read
// when they are due.
const queueMemory = 4 << 20

// line is what waits for one chat, oldest first. It is never empty.
type line struct {
	cid     mark
	due     int64 // when the first may go, in milliseconds since 1970
	waiting []waitingMessage
}

// waitingMessage is a message in the outbox.
type waitingMessage struct {
	id      int64
	slot    flows.Slot
	edit    bool
	created int64
	tries   int
	whole   *bot.Message // nil: only in the file
}

func (l *line) first() *waitingMessage { return &l.waiting[0] }
func (l *line) last() *waitingMessage  { return &l.waiting[len(l.waiting)-1] }

// compareLines orders by when the first may go, then by age.
func compareLines(a, b *line) int {
	return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.first().id, b.first().id))
}

// enter puts a line in its place of the order. New ones belong at the end.
func (q *queue) enter(l *line) {
	at, _ := slices.BinarySearchFunc(q.order, l, compareLines)
	q.order = slices.Insert(q.order, at, l)
}

// leave takes a line out of the order, before its first message or its time changes.
func (q *queue) leave(l *line) {
	at, _ := slices.BinarySearchFunc(q.order, l, compareLines)
	if at == 0 {
		q.order[0] = nil
		q.order = q.order[1:] // mostly it is the oldest
		return
	}
	q.order = slices.Delete(q.order, at, at+1)
}

// remember keeps what a message says, if there is room.
func (q *queue) remember(w *waitingMessage, m bot.Message) {
	if q.memory+len(m.Body) <= queueMemory {
		w.whole = &m
		q.memory += len(m.Body)
	}
}

func (q *queue) forget(w *waitingMessage) {
	if w.whole != nil {
		q.memory -= len(w.whole.Body)
		w.whole = nil
	}
}

// push puts a message at the end of its chat's line. A line begins when its first
// message was made, or at due if that was put off.
func (q *queue) push(cid mark, w waitingMessage, due sql.NullInt64) {
	q.count++
	if l := q.lines[cid]; l != nil {
		l.waiting = append(l.waiting, w)
		return
	}
	l := &line{cid: cid, due: w.created, waiting: []waitingMessage{w}}
	if due.Valid {
		l.due = due.Int64
	}
	q.lines[cid] = l
	q.enter(l)
}

// find gives the place of a message in its line; -1 when it is not there any more.
func (q *queue) find(cid mark, id int64) (*line, int) {
	l := q.lines[cid]
	if l == nil {
		return nil, -1
	}
	return l, slices.IndexFunc(l.waiting, func(w waitingMessage) bool { return w.id == id })
}

// take removes a message and lets the next one of the chat go. It tells whether the
// message was there.
func (q *queue) take(cid mark, id int64) bool {
	l, at := q.find(cid, id)
	if at < 0 {
		return false
	}
	q.count--
	q.forget(&l.waiting[at])
	if at > 0 {
		l.waiting = slices.Delete(l.waiting, at, at+1)
		return true
	}
	q.leave(l)
	if l.waiting = l.waiting[1:]; len(l.waiting) == 0 {
		delete(q.lines, cid)
		return true
	}
	l.due = l.first().created
	q.enter(l)
	return true
}

// putOff lets the first message of a line wait until due. It tells whether it is there.
func (q *queue) putOff(cid mark, id, due int64) bool {
	l, at := q.find(cid, id)
	if at != 0 {
		return false
	}
	q.leave(l)
	l.first().tries++
	l.due = due
	q.enter(l)
	return true
}

// renew makes the last message of a line one that was never tried, and says nothing yet.
func (q *queue) renew(l *line) *waitingMessage {
	w := l.last()
	q.forget(w)
	w.tries = 0
	if len(l.waiting) == 1 { // it may have been put off
		q.leave(l)
		l.due = w.created
		q.enter(l)
	}
	return w
}

// drop removes the whole line of a chat, and gives what was in it.
func (q *queue) drop(cid mark) []waitingMessage {
	l := q.lines[cid]
	if l == nil {
		return nil
	}
	q.leave(l)
	delete(q.lines, cid)
	for i := range l.waiting {
		q.forget(&l.waiting[i])
	}
	q.count -= len(l.waiting)
	return l.waiting
}

// longestWait is more than any message is put off for: the desk waits for at most ten
// minutes and a quarter of that. One that seems to wait longer was made or put off under a
// clock that was ahead, and may go.
const longestWait = 15 * time.Minute

// ready are the lines whose first message may go at now, oldest first, at most limit.
func (q *queue) ready(now time.Time, limit int) []*line {
	due := q.until(now)
	ahead := q.order[q.until(now.Add(longestWait)):]
	if len(ahead) == 0 || due >= limit {
		return q.order[:min(due, limit)]
	}
	return slices.Concat(q.order[:due], ahead[:min(len(ahead), limit-due)])
}

// until is how many lines may go at t.
func (q *queue) until(t time.Time) int {
	n, _ := slices.BinarySearchFunc(q.order, t.UnixMilli()+1, func(l *line, t int64) int { return cmp.Compare(l.due, t) })
	return n
}

// queue gives the outbox as it is in the file and the open transaction.
func (s *Store) queue(ctx context.Context) (*queue, error) {
	if s.queued != nil {
		return s.queued, nil
	}
	q, err := s.readQueue(ctx)
	if err != nil {
		return nil, trouble("reading the outbox", err)
	}
	s.queued = q
	return q, nil
}

func (s *Store) readQueue(ctx context.Context) (*queue, error) {
	rows, err := s.state.conn.QueryContext(ctx, "SELECT id, cid, slot, edit, created, tries, due FROM outbox ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	q := &queue{lines: map[mark]*line{}}
	for rows.Next() {
		var cid []byte
		var w waitingMessage
		var due sql.NullInt64
		if err := rows.Scan(&w.id, &cid, &w.slot, &w.edit, &w.created, &w.tries, &due); err != nil {
			return nil, err
		}
		q.push(mark(cid), w, due)
	}
	return q, rows.Err()
}
