package postgres

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"digiwijzer/store/engine"
)

// tx is a transaction. It implements engine.State on the state and engine.Stats on the figures. On the
// state it answers reads from what it read at the beginning and what was written since, and sends the
// writes together with COMMIT. For anything else it sends the writes and then a query.
type tx struct {
	conn     *pgxpool.Conn
	limit    time.Duration // of a round trip
	open     bool          // BEGIN is sent or queued
	updating bool
	shared   bool
	failed   error     // the first failure, after which nothing can be committed
	batch    pgx.Batch // sent with the next round trip

	noWait      []engine.Hash          // chats that are locked only if nobody else has them
	busy        map[engine.Hash]bool   // of these, those that another transaction has
	epochs      map[string]int64       // of the declared leases
	beforeMarks [][]byte               // to read in the first round trip
	ids         []int64                // of messages, taken and not used
	read        map[engine.Hash][]byte // sessions of the messages that are due; without a body: there is none
	rows
}

// rows is what a transaction has read and what it has to write.
type rows struct {
	chats map[engine.Hash]*chatRows // the declared ones
	seen  map[engine.Hash]bool      // which of the declared updates are marked
	pending
}

// chatRows are the rows of a chat.
type chatRows struct {
	session  *session
	open     *engine.Waiting // the outcome that is not frozen
	counted  []string
	followUp *engine.FollowUp
	last     *engine.Message // without its body; nil: the queue is empty
	first    int64           // id of the first message; unknownFirst where it was removed

	changed bool // the session must be written
	stored  bool // there is a row of it
}

// unknownFirst is a first message that is not the last and was not read.
const unknownFirst = -1

type session struct {
	hour    int64
	browser bool
	body    []byte
}

// pending are the writes that were not sent yet.
type pending struct {
	marks  [][]byte
	days   []int64
	writes []write
	outbox []outboxWrite
	heads  map[engine.Hash]bool // chats whose first message was removed, and not their last
}

// write is a statement. If otherwise is set, it must change so many rows.
type write struct {
	where, query string
	args         []any
	rows         int64
	otherwise    error
}

var (
	_ engine.State = (*tx)(nil)
	_ engine.Stats = (*tx)(nil)
)

// clone returns the state to which a failed savepoint rolls back.
func (r rows) clone() rows {
	c := rows{chats: make(map[engine.Hash]*chatRows, len(r.chats)), seen: maps.Clone(r.seen)}
	for chat, of := range r.chats {
		if of != nil {
			kept := *of
			kept.counted = slices.Clone(of.counted)
			of = &kept
		}
		c.chats[chat] = of
	}
	return c
}

// Savepoint implements engine.State.
func (t *tx) Savepoint(do func() error) (err error) {
	if err := t.flush(); err != nil {
		return err
	}
	t.batch.Queue("SAVEPOINT work")
	if err := t.send("savepoint"); err != nil {
		return err
	}
	before, done := t.rows.clone(), false
	defer func() {
		if done || t.failed != nil && t.conn.Conn().PgConn().TxStatus() != 'T' {
			return
		}
		t.rows = before
		t.failed = nil // an undeclared row, which fails this work only
		t.batch = pgx.Batch{}
		t.batch.Queue("ROLLBACK TO work")
		_ = t.send("rolling back to a savepoint") // keeps the failure
	}()
	if err := do(); err != nil {
		return err
	}
	if err := t.flush(); err != nil {
		return err
	}
	done = true
	return nil
}

// flush sends the writes, in the middle of a transaction.
func (t *tx) flush() error {
	t.queueWrites()
	return t.send("writing")
}

// write queues a statement.
func (t *tx) write(where, query string, args ...any) error {
	return t.add(write{where: where, query: query, args: args})
}

func (t *tx) add(w write) error {
	if t.failed != nil {
		return t.failed
	}
	if !t.updating {
		return errors.New("a write in a transaction for reading")
	}
	t.writes = append(t.writes, w)
	return nil
}

// queueWrites queues what was written.
func (t *tx) queueWrites() {
	if len(t.marks) > 0 {
		t.queue(write{"marking updates", "INSERT INTO state.seen (mark, day) SELECT * FROM unnest($1::bytea[], $2::bigint[])",
			[]any{t.marks, t.days}, int64(len(t.marks)), errRace}) // another transaction was faster: codeDuplicate, and the marks are read again
	}
	t.queueSessions()
	for _, w := range t.writes {
		t.queue(w)
	}
	t.queueOutbox()
	t.pending = pending{}
}

func (t *tx) queue(w write) {
	queued := t.batch.Queue(w.query, w.args...)
	if w.otherwise != nil {
		queued.Exec(func(tag pgconn.CommandTag) error {
			if tag.RowsAffected() != w.rows {
				return w.otherwise
			}
			return nil
		})
	}
}

// queueSessions queues the last state of every session that changed.
func (t *tx) queueSessions() {
	var deleted [][]byte
	var added, changed sessionColumns
	for _, chat := range sortedChats(t.chats) {
		c := t.chats[chat]
		switch {
		case c == nil || !c.changed:
			continue
		case c.session == nil:
			deleted = append(deleted, chat[:])
		case c.stored:
			changed.add(chat, c.session)
		default:
			added.add(chat, c.session)
		}
		c.changed, c.stored = false, c.session != nil
	}
	if len(deleted) > 0 {
		t.batch.Queue("DELETE FROM state.session WHERE cid = ANY($1::bytea[])", deleted)
	}
	if n := int64(len(changed.chats)); n > 0 {
		t.queue(write{"saving sessions", `UPDATE state.session s SET hour = v.hour, browser = v.browser, body = v.body
			FROM unnest($1::bytea[], $2::bigint[], $3::boolean[], $4::bytea[]) v (cid, hour, browser, body) WHERE s.cid = v.cid`,
			changed.arrays(), n, errRace})
	}
	if len(added.chats) > 0 {
		t.batch.Queue(`INSERT INTO state.session (cid, hour, browser, body)
			SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::boolean[], $4::bytea[])
			ON CONFLICT (cid) DO UPDATE SET hour = excluded.hour, browser = excluded.browser, body = excluded.body`, added.arrays()...)
	}
}

// sessionColumns are rows of sessions.
type sessionColumns struct {
	chats, bodies [][]byte
	hours         []int64
	browsers      []bool
}

func (c *sessionColumns) add(chat engine.Hash, s *session) {
	c.chats, c.bodies = append(c.chats, chat[:]), append(c.bodies, s.body)
	c.hours, c.browsers = append(c.hours, s.hour), append(c.browsers, s.browser)
}

func (c *sessionColumns) arrays() []any { return []any{c.chats, c.hours, c.browsers, c.bodies} }

// sortedChats returns chats in the order in which every transaction writes them.
func sortedChats(chats map[engine.Hash]*chatRows) []engine.Hash {
	sorted := make([]engine.Hash, 0, len(chats))
	for chat := range chats {
		sorted = append(sorted, chat)
	}
	slices.SortFunc(sorted, func(a, b engine.Hash) int { return slices.Compare(a[:], b[:]) })
	return sorted
}

// chat returns the rows of a declared chat. A transaction that declares the shared rows learns which
// chats they refer to only by reading them.
func (t *tx) chat(chat engine.Hash) (*chatRows, error) {
	if c := t.chats[chat]; c != nil {
		return c, t.failed
	}
	if t.failed != nil {
		return nil, t.failed
	}
	if t.updating && !t.shared {
		return nil, t.undeclared()
	}
	if err := t.load([]engine.Hash{chat}, nil, t.updating); err != nil {
		return nil, err
	}
	return t.chats[chat], nil
}

// ask sends the writes and then a query, and scans its rows.
func ask[T any](t *tx, where, query string, args []any, scan func(row pgx.Rows, into *T) error) (all []T, err error) {
	if t.failed != nil {
		return nil, t.failed
	}
	t.queueWrites()
	t.batch.Queue(query, args...).Query(each(func(row pgx.Rows) error {
		var one T
		if err := scan(row, &one); err != nil {
			return err
		}
		all = append(all, one)
		return nil
	}))
	return all, t.send(where)
}

// find queries one row; ok is false if there is none.
func (t *tx) find(where, query string, args []any, into ...any) (ok bool, err error) {
	rows, err := ask(t, where, query, args, func(row pgx.Rows, _ *struct{}) error { return row.Scan(into...) })
	return len(rows) > 0, err
}

// hashes queries a column of hashes.
func (t *tx) hashes(where, query string, args ...any) ([]engine.Hash, error) {
	return ask(t, where, query, args, func(row pgx.Rows, h *engine.Hash) error { return row.Scan(key{h}) })
}

// key scans a column into a hash; NULL is the zero hash.
type key struct{ into *engine.Hash }

// ScanBytes implements pgtype.BytesScanner.
func (k key) ScanBytes(value []byte) error {
	switch {
	case value == nil:
		*k.into = engine.Hash{}
	case len(value) != len(k.into):
		return errors.New("not a hash")
	default:
		*k.into = engine.Hash(value)
	}
	return nil
}

// bytesOf returns hashes as values of an array.
func bytesOf(hashes []engine.Hash) [][]byte {
	all := make([][]byte, len(hashes))
	for i := range hashes {
		all[i] = hashes[i][:]
	}
	return all
}
