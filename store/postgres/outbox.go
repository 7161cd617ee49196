package postgres

import (
	"github.com/jackc/pgx/v5"

	"digiwijzer/store/engine"
)

// outboxWrite is a write to the outbox. Consecutive ones of one kind are one statement.
type outboxWrite struct {
	kind    outboxKind
	chat    engine.Hash     // of clearQueue
	id      int64           // of all but addMessage and clearQueue
	message *engine.Message // of addMessage
	isHead  bool            // of addMessage: it is the first of its chat
	newID   int64           // of replaceMessage
	due     int64           // of postponeMessage
	body    []byte          // of replaceMessage
}

type outboxKind int

const (
	addMessage outboxKind = iota
	removeMessage
	clearQueue
	replaceMessage
	postponeMessage
)

// AddMessage implements engine.State. The column due is set on the first message of each chat only;
// here when it is added, or when the one before it is removed.
func (t *tx) AddMessage(m engine.Message) error {
	c, err := t.chat(m.Chat)
	if err != nil {
		return err
	}
	if m.ID, err = t.nextID(); err != nil {
		return err
	}
	isHead := c.last == nil
	if isHead {
		c.first = m.ID
	}
	t.outbox = append(t.outbox, outboxWrite{kind: addMessage, message: &m, isHead: isHead})
	last := m
	last.Body = nil
	c.last = &last
	return nil
}

// nextID returns an id that was taken, and takes more if there are none.
func (t *tx) nextID() (id int64, err error) {
	if len(t.ids) == 0 {
		if t.failed == nil {
			t.queueWrites()
			t.queueIDs(64)
		}
		if err := t.send("taking ids"); err != nil {
			return 0, err
		}
	}
	id, t.ids = t.ids[0], t.ids[1:]
	return id, nil
}

func (t *tx) LastMessage(chat engine.Hash) (m engine.Message, ok bool, err error) {
	c, err := t.chat(chat)
	if err != nil || c.last == nil {
		return engine.Message{Chat: chat}, false, err
	}
	return *c.last, true, nil
}

// ReplaceMessage implements engine.State. The message gets a new id, so that another process that is
// sending the old one removes that and not this.
func (t *tx) ReplaceMessage(id int64, body []byte) error {
	for i := range t.outbox {
		switch w := &t.outbox[i]; {
		case w.kind == addMessage && w.message.ID == id:
			w.message.Body = body
			return t.failed
		case w.kind == replaceMessage && w.newID == id: // one statement replaces a message once
			w.body = body
			return t.failed
		}
	}
	w := outboxWrite{kind: replaceMessage, id: id, body: body}
	var err error
	if w.newID, err = t.nextID(); err != nil {
		return err
	}
	for _, c := range t.chats {
		if c != nil && c.last != nil && c.last.ID == id {
			last := *c.last
			last.ID, last.Tries = w.newID, 0
			if c.first == id {
				c.first = w.newID
			}
			c.last = &last
		}
	}
	t.outbox = append(t.outbox, w)
	return nil
}

func (t *tx) PostponeMessage(id, due int64) error {
	t.outbox = append(t.outbox, outboxWrite{kind: postponeMessage, id: id, due: due})
	return t.failed
}

func (t *tx) RemoveMessage(chat engine.Hash, id int64) error {
	t.outbox = append(t.outbox, outboxWrite{kind: removeMessage, id: id})
	switch c := t.chats[chat]; {
	case c != nil && c.last == nil: // it was removed before
	case c != nil && id == c.first && id == c.last.ID:
		c.last, c.first = nil, 0
	case c != nil && id == c.last.ID: // the new last one is read again when it is needed
		delete(t.chats, chat)
		if err := t.flush(); err != nil {
			return err
		}
		return t.load([]engine.Hash{chat}, nil, false)
	default:
		if c != nil && id == c.first {
			c.first = unknownFirst
		}
		if t.heads == nil {
			t.heads = map[engine.Hash]bool{}
		}
		t.heads[chat] = true
	}
	return t.failed
}

// queueOutbox queues the writes to the outbox, consecutive ones of a kind together.
func (t *tx) queueOutbox() {
	for rest := t.outbox; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].kind == rest[0].kind {
			n++
		}
		t.queueRun(rest[:n])
		rest = rest[n:]
	}
	if len(t.heads) > 0 {
		var chats [][]byte
		for chat := range t.heads {
			chats = append(chats, chat[:])
		}
		t.batch.Queue(`UPDATE state.outbox SET due = created WHERE due IS NULL AND id IN
			(SELECT min(id) FROM state.outbox WHERE cid = ANY($1::bytea[]) GROUP BY cid)`, chats)
	}
}

// queueRun queues writes of one kind.
func (t *tx) queueRun(run []outboxWrite) {
	switch run[0].kind {
	case addMessage:
		t.queueMessages(run)
	case removeMessage:
		ids := make([]int64, len(run))
		for i, w := range run {
			ids[i] = w.id
		}
		t.batch.Queue("DELETE FROM state.outbox WHERE id = ANY($1::bigint[])", ids)
	case clearQueue:
		chats := make([][]byte, len(run))
		for i := range run {
			chats[i] = run[i].chat[:]
		}
		t.batch.Queue("DELETE FROM state.outbox WHERE cid = ANY($1::bytea[])", chats)
	case replaceMessage:
		ids, newIDs, bodies := make([]int64, len(run)), make([]int64, len(run)), make([][]byte, len(run))
		for i, w := range run {
			ids[i], newIDs[i], bodies[i] = w.id, w.newID, w.body
		}
		t.batch.Queue(`UPDATE state.outbox o SET id = r.new, body = r.body, tries = 0, due = CASE WHEN o.due IS NULL THEN NULL ELSE o.created END
			FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) r (old, new, body) WHERE o.id = r.old`, ids, newIDs, bodies)
	case postponeMessage:
		for _, w := range run {
			t.batch.Queue("UPDATE state.outbox SET tries = tries + 1, due = $1 WHERE id = $2 AND due IS NOT NULL", w.due, w.id)
		}
	}
}

func (t *tx) queueMessages(run []outboxWrite) {
	n := len(run)
	ids, created, dues := make([]int64, n), make([]int64, n), make([]*int64, n)
	chats, bodies := make([][]byte, n), make([][]byte, n)
	slots, edits := make([]string, n), make([]bool, n)
	for i, w := range run {
		m := w.message
		ids[i], chats[i], slots[i], edits[i], created[i], bodies[i] = m.ID, m.Chat[:], m.Slot, m.Edit, m.Created, m.Body
		if w.isHead {
			dues[i] = &m.Created
		}
	}
	t.batch.Queue(`INSERT INTO state.outbox (id, cid, slot, edit, created, due, body)
		SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::text[], $4::boolean[], $5::bigint[], $6::bigint[], $7::bytea[])`,
		ids, chats, slots, edits, created, dues, bodies)
}

// DueMessages implements engine.State. A message that was never tried is due whatever its time: the
// clock of the process that added it may be ahead of that of the one that sends it. The sessions of the
// chats are read along for Sessions. As the first and only query of a read transaction it needs no
// BEGIN, and is one round trip.
//
// The chats in flight are looked up in a hash table. They are left out by chat, because a message in
// flight may have been replaced by another one.
func (t *tx) DueMessages(now, ahead int64, limit int, shards []int, except []int64, busy []engine.Hash) ([]engine.Message, error) {
	if len(shards) == 0 {
		return nil, t.failed
	}
	if !t.updating && t.conn.Conn().PgConn().TxStatus() == 'I' {
		begun := t.batch
		t.batch = pgx.Batch{}
		t.batch.Queue(setIndexes)          // one round trip is one transaction
		defer func() { t.batch = begun }() // sent together with the next query, if there is one
	}
	t.read = map[engine.Hash][]byte{}
	return ask(t, "reading due messages",
		`SELECT id, cid, slot, edit, created, tries, body, (SELECT s.body FROM state.session s WHERE s.cid = o.cid) FROM state.outbox o
		WHERE due IS NOT NULL AND (tries = 0 OR due <= $1 OR due > $2) AND NOT id IN (SELECT unnest($4::bigint[]))
			AND NOT cid IN (SELECT unnest($6::bytea[])) AND get_byte(cid, 0) >> 4 = ANY($5::int[]) ORDER BY due, id LIMIT $3`,
		[]any{now, ahead, limit, append([]int64{}, except...), shards, bytesOf(busy)},
		func(row pgx.Rows, m *engine.Message) error {
			var session []byte
			err := row.Scan(&m.ID, key{&m.Chat}, &m.Slot, &m.Edit, &m.Created, &m.Tries, &m.Body, &session)
			t.read[m.Chat] = session
			return err
		})
}

func (t *tx) OldMessages(before int64, limit int) ([]engine.Message, error) {
	return ask(t, "reading old messages", "SELECT id, cid, created FROM state.outbox WHERE created < $1 ORDER BY created, id LIMIT $2", []any{before, limit},
		func(row pgx.Rows, m *engine.Message) error { return row.Scan(&m.ID, key{&m.Chat}, &m.Created) })
}
