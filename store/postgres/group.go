package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"digiwijzer/store/engine"
)

// background is the context of work that must not be interrupted; see engine.Rows.Update.
var background = context.Background()

// Limits of a transaction. A round trip that takes longer counts as a broken connection.
const (
	tripLimit = 10 * time.Second
	longTrip  = 2 * time.Minute // of a job
	retryFor  = 4 * time.Second // since the first failure

	firstPause   = 10 * time.Millisecond
	longestPause = 500 * time.Millisecond
)

// limits are the timeouts of a transaction: two seconds for a lock, and ten for which a process may
// stall before it loses the transaction, so that what it locked is not blocked.
const limits = "set_config('lock_timeout', '2s', true), set_config('idle_in_transaction_session_timeout', '10s', true)"

// indexes makes every statement of a transaction on the state use an index. The plans of statements
// are kept as long as a connection, and one that was made while a table was empty would always scan
// the whole table. A bitmap index scan would find deleted rows again and again, because it does not
// mark them in the index.
const indexes = `set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
	set_config('enable_bitmapscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`

// setLimits and setIndexes are the statements that set them for one transaction.
const (
	setLimits  = "SELECT " + limits
	setIndexes = "SELECT " + indexes
)

// errRace is returned at commit if another transaction was first.
var errRace = errors.New("another transaction was faster")

// errChanged is returned at commit if rows that the transaction was to change are gone. It is of no
// use to retry it.
var errChanged = errors.New("rows were changed by another program")

// errUndeclared is the use of a row of a chat or an update that the transaction did not declare.
var errUndeclared = errors.New("a row that the transaction did not declare")

// Update implements engine.Rows.
func (db *DB) Update(ctx context.Context, touch engine.Touch, do func(engine.State) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	started := time.Now()
	var repeats int
	err := retry(retryable, func() error {
		err := db.attempt(touch, do)
		repeats++
		return err
	})
	if db.config.Committed != nil && err == nil {
		db.config.Committed(len(touch.Chats)+len(touch.NoWait), time.Since(started), repeats-1)
	}
	return err
}

// retry repeats do while it fails with an error that may pass.
func retry(retryable func(error) bool, do func() error) error {
	var since time.Time
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := do()
		if err == nil || !retryable(err) && !errors.Is(err, errRace) {
			return err
		}
		if since.IsZero() {
			since = time.Now()
		}
		if time.Since(since) > retryFor {
			return err
		}
		time.Sleep(pause/2 + rand.N(pause))
	}
}

// attempt is one transaction.
func (db *DB) attempt(touch engine.Touch, do func(engine.State) error) error {
	conn, err := acquire(db.state)
	if err != nil {
		return err
	}
	defer conn.Release()
	t := newTx(conn, touch)
	defer t.rollback() // also after a panic; nothing after a commit
	if err := t.begin(); err != nil {
		return err
	}
	if err := do(t); err != nil && t.failed == nil {
		return err
	}
	if t.failed != nil {
		return t.failed
	}
	return t.commit()
}

// View implements engine.Rows.
func (db *DB) View(ctx context.Context, do func(engine.State) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if db.noState {
		return fmt.Errorf("no schema %s in the database: %w", stateSchema, fs.ErrNotExist)
	}
	return retry(retryable, func() error { return view(db.state, func(t *tx) error { return do(t) }) })
}

// view runs do on one snapshot.
func view(pool *pgxpool.Pool, do func(*tx) error) error {
	conn, err := acquire(pool)
	if err != nil {
		return err
	}
	defer conn.Release()
	t := &tx{conn: conn, limit: longTrip}
	defer t.rollback()
	t.batch.Queue("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") // sent together with the first query
	t.open = true
	if err := do(t); err != nil && t.failed == nil {
		return err
	}
	return t.failed
}

// UpdateStats implements engine.Rows. If it is unknown whether the transaction was committed, it is not
// retried: the counts would be added twice.
func (db *DB) UpdateStats(ctx context.Context, do func(engine.Stats) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	committing := false
	certain := func(err error) bool {
		return !committing && retryable(err) || serverError(err) != nil && retryable(err)
	}
	return retry(certain, func() error {
		committing = false
		conn, err := acquire(db.figures)
		if err != nil {
			return err
		}
		defer conn.Release()
		t := &tx{conn: conn, limit: longTrip, updating: true}
		defer t.rollback()
		t.batch.Queue("BEGIN")
		t.batch.Queue(setLimits)
		t.open = true
		if err := do(t); err != nil && t.failed == nil {
			return err
		}
		if t.failed != nil {
			return t.failed
		}
		committing = true
		return t.commit()
	})
}

// ViewStats implements engine.Rows.
func (db *DB) ViewStats(ctx context.Context, do func(engine.Stats) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return retry(retryable, func() error { return view(db.figures, func(t *tx) error { return do(t) }) })
}

// sharedLock is the key of the lock of subscribers and values. It is the smallest, so that it is taken
// before those of chats.
const sharedLock = math.MinInt64

// lockKey returns the key of the lock of a chat. Two chats with the same key wait for each other
// needlessly.
func lockKey(chat engine.Hash) int64 { return int64(binary.BigEndian.Uint64(chat[:8])) }

// newTx returns a transaction on rows that are declared.
func newTx(conn *pgxpool.Conn, touch engine.Touch) *tx {
	t := &tx{conn: conn, limit: tripLimit, updating: true, shared: touch.Shared}
	t.chats = make(map[engine.Hash]*chatRows, len(touch.Chats)+len(touch.NoWait))
	t.seen = make(map[engine.Hash]bool, len(touch.Updates))
	for _, chat := range touch.Chats {
		t.chats[chat] = nil
	}
	for _, chat := range touch.NoWait {
		if _, waits := t.chats[chat]; !waits {
			t.noWait = append(t.noWait, chat)
		}
	}
	for _, update := range touch.Updates {
		t.seen[update] = false
	}
	if len(touch.Leases) > 0 {
		t.epochs = map[string]int64{}
		for _, l := range touch.Leases {
			t.epochs[l.Name] = 0
		}
	}
	return t
}

// begin is the first round trip: it locks the chats and reads their rows and the marks. The reads are
// statements after the one that locks, so that they see what was committed before it.
func (t *tx) begin() error {
	t.batch.Queue("BEGIN")
	t.batch.Queue("SELECT " + limits + ", " + indexes)
	t.open = true
	if len(t.seen) > 0 {
		defer func() { t.beforeMarks = nil }()
		t.beforeMarks = make([][]byte, 0, len(t.seen))
		for mark := range t.seen {
			t.beforeMarks = append(t.beforeMarks, mark[:])
		}
	}
	chats := make([]engine.Hash, 0, len(t.chats))
	for chat := range t.chats {
		chats = append(chats, chat)
	}
	return t.load(chats, t.noWait, true)
}

// Locked implements engine.State.
func (t *tx) Locked(chat engine.Hash) bool { return !t.busy[chat] }

// load locks chats, if requested, and reads their rows. It first waits for the required ones, in
// the same order in every transaction, and never for the others, so that there is no deadlock.
func (t *tx) load(chats, noWait []engine.Hash, lock bool) error {
	keys := lockKeys(chats)
	if t.shared {
		keys = append(keys, sharedLock)
	}
	slices.Sort(keys)
	b := &t.batch
	if lock && len(keys) > 0 {
		b.Queue("SELECT count(pg_advisory_xact_lock(k)) FROM unnest($1::bigint[]) k", slices.Compact(keys))
	}
	busy := map[int64]bool{}
	if lock && len(noWait) > 0 {
		b.Queue("SELECT k FROM unnest($1::bigint[]) k WHERE NOT pg_try_advisory_xact_lock(k)", lockKeys(noWait)).Query(each(func(row pgx.Rows) error {
			var key int64
			err := row.Scan(&key)
			busy[key] = true
			return err
		}))
		chats = slices.Concat(chats, noWait)
	}
	ids := bytesOf(chats)
	if len(t.beforeMarks) > 0 {
		b.Queue("SELECT mark FROM state.seen WHERE mark = ANY($1::bytea[])", t.beforeMarks).Query(each(func(row pgx.Rows) error {
			var mark engine.Hash
			err := row.Scan(key{&mark})
			t.seen[mark] = true
			return err
		}))
	}
	if lock && len(t.epochs) > 0 {
		t.queueEpochs()
	}
	if len(chats) == 0 {
		return t.send("reading")
	}
	rows := make(map[engine.Hash]*chatRows, len(chats))
	for _, chat := range chats {
		rows[chat] = &chatRows{}
	}
	t.queueReads(ids, rows)
	if err := t.send("reading chats"); err != nil {
		return err
	}
	if t.chats == nil {
		t.chats = map[engine.Hash]*chatRows{}
	}
	for chat, row := range rows {
		if busy[lockKey(chat)] {
			if t.busy == nil {
				t.busy = map[engine.Hash]bool{}
			}
			t.busy[chat] = true // what was read of it may change, so it counts as undeclared
			continue
		}
		t.chats[chat] = row
	}
	return nil
}

func lockKeys(chats []engine.Hash) []int64 {
	keys := make([]int64, len(chats), len(chats)+1)
	for i, chat := range chats {
		keys[i] = lockKey(chat)
	}
	return keys
}

// queueEpochs queues reading the epochs of the leases that are declared.
func (t *tx) queueEpochs() {
	names := slices.Collect(maps.Keys(t.epochs))
	query := "SELECT name, epoch FROM state.lease WHERE name = ANY($1::text[])"
	if len(t.chats)+len(t.noWait) == 0 { // nothing else prevents a new owner from writing in between
		query += " FOR SHARE"
	}
	t.batch.Queue(query, names).Query(each(func(row pgx.Rows) error {
		var name string
		var epoch int64
		err := row.Scan(&name, &epoch)
		t.epochs[name] = epoch
		return err
	}))
}

// queueReads queues the queries that read all rows of chats that a turn may need.
func (t *tx) queueReads(ids [][]byte, rows map[engine.Hash]*chatRows) {
	b := &t.batch
	var cid engine.Hash
	b.Queue("SELECT cid, hour, browser, body FROM state.session WHERE cid = ANY($1::bytea[])", ids).Query(each(func(row pgx.Rows) error {
		var s session
		err := row.Scan(key{&cid}, &s.hour, &s.browser, &s.body)
		rows[cid].session, rows[cid].stored = &s, true
		return err
	}))
	b.Queue("SELECT cid, sid, body FROM state.staged WHERE cid = ANY($1::bytea[]) AND NOT frozen", ids).Query(each(func(row pgx.Rows) error {
		var o engine.Waiting
		err := row.Scan(key{&o.Chat}, key{&o.ID}, &o.Body)
		rows[o.Chat].open = &o
		return err
	}))
	b.Queue("SELECT cid, period FROM state.counted WHERE cid = ANY($1::bytea[])", ids).Query(each(func(row pgx.Rows) error {
		var period string
		err := row.Scan(key{&cid}, &period)
		rows[cid].counted = append(rows[cid].counted, period)
		return err
	}))
	b.Queue("SELECT cid, day, tries, body FROM state.followup WHERE cid = ANY($1::bytea[])", ids).Query(each(func(row pgx.Rows) error {
		var f engine.FollowUp
		err := row.Scan(key{&f.Chat}, &f.Day, &f.Tries, &f.Body)
		rows[f.Chat].followUp = &f
		return err
	}))
	b.Queue("SELECT cid, id, slot, edit, created, tries FROM state.outbox WHERE cid = ANY($1::bytea[]) ORDER BY cid, id", ids).Query(each(func(row pgx.Rows) error {
		var m engine.Message
		err := row.Scan(key{&m.Chat}, &m.ID, &m.Slot, &m.Edit, &m.Created, &m.Tries)
		if of := rows[m.Chat]; err == nil {
			if of.last == nil {
				of.first = m.ID
			}
			of.last = &m
		}
		return err
	}))
	t.queueIDs(2 * len(ids))
}

// idsTaken is how many ids a number of the sequence represents: its increment.
const idsTaken = 128

// queueIDs queues taking ids of messages. They are taken after the chats are locked, so that within a
// chat they increase in the order of the commits.
func (t *tx) queueIDs(n int) {
	if !t.updating {
		return
	}
	t.batch.Queue("SELECT nextval('state.message') FROM generate_series(1, $1::int)", (n+idsTaken-1)/idsTaken).Query(each(func(row pgx.Rows) error {
		var first int64
		err := row.Scan(&first)
		for id := range int64(idsTaken) {
			t.ids = append(t.ids, first+id)
		}
		return err
	}))
}

// each returns a function that scans every row of a query in a batch.
func each(scan func(pgx.Rows) error) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		defer rows.Close()
		for rows.Next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}
}

// send makes one round trip with what is queued.
func (t *tx) send(where string) error {
	if t.failed != nil {
		return t.failed
	}
	if t.batch.Len() == 0 {
		return nil
	}
	batch := t.batch
	t.batch = pgx.Batch{}
	ctx, cancel := context.WithTimeout(background, t.limit)
	defer cancel()
	return t.fail(where, t.conn.SendBatch(ctx, &batch).Close())
}

// commit is the last round trip: all writes, and COMMIT.
func (t *tx) commit() error {
	t.queueWrites()
	t.batch.Queue("COMMIT")
	err := t.send("committing")
	if err == nil {
		t.open = false
	}
	return err
}

// rollback ends the transaction if it is open.
func (t *tx) rollback() {
	if !t.open || isClosed(t.conn) || t.conn.Conn().PgConn().TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(background, tripLimit)
	defer cancel()
	_, _ = t.conn.Exec(ctx, "ROLLBACK") // a connection in a transaction is not reused
}

// fail wraps an error of the driver, and keeps the first that is a failure of the storage itself, so
// that the transaction fails even if the caller ignores it.
func (t *tx) fail(where string, err error) error {
	err = wrap(where, err)
	if err != nil && t.failed == nil {
		t.failed = err // after any error PostgreSQL refuses the rest of a transaction
	}
	return err
}

// undeclared is the failure of a transaction that uses a row it did not declare.
func (t *tx) undeclared() error {
	return t.fail("reading", fmt.Errorf("storage: %w", errUndeclared))
}
