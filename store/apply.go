package store

import (
	"context"
	"database/sql"
	"digiwijzer/bot"
	"errors"
	"time"
)

// Apply runs every work as if in its own savepoint of one transaction and commits once;
// it is durable when Apply returns. A work that fails or panics is rolled back alone. It
// returns one error per work, and a second error when the transaction as a whole
// failed, in which case nothing happened. What is erased is then gone from the log too.
//
// Mostly nothing fails, and then nobody needs the savepoints, which are a tenth of the cost
// of a turn. So the works run without them first; when one fails, all is rolled back and
// each runs again, in its savepoint. A work may therefore be called twice.
func (s *Store) Apply(ctx context.Context, works []bot.Work) ([]error, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// Half a transaction is of no use, and a context that can end makes every statement slower.
	ctx = context.WithoutCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()

	unreadable := s.unreadable
	t, each, err := s.group(ctx, works, (*tx).trust)
	if errors.Is(err, errNotAll) {
		s.unreadable = unreadable
		t, each, err = s.group(ctx, works, (*tx).attempt)
	}
	if err != nil {
		return make([]error, len(works)), err
	}
	s.reach("apply: committed")
	t.landed()
	if t.erased || s.residue {
		err = s.scrub(ctx)
		s.reach("apply: scrubbed")
	}
	if err != nil {
		s.residue = true // the turns are committed; what remains in the log goes next time
	}
	return each, nil
}

// group is one transaction of works, each run by do.
func (s *Store) group(ctx context.Context, works []bot.Work, do func(*tx, func(bot.Tx) error) error) (*tx, []error, error) {
	t := s.tx(ctx)
	each := make([]error, len(works))
	err := s.state.within(ctx, func() error {
		for i, work := range works {
			each[i] = do(t, work.Do)
			if t.failed != nil {
				return t.failed
			}
		}
		s.reach("apply: before commit")
		return nil
	})
	return t, each, err
}

// tx is one group of turns; bot.Tx describes its methods.
type tx struct {
	s      *Store
	ctx    context.Context
	conn   *sql.Conn
	now    time.Time // of the conversation that was loaded last; zero: none
	failed error     // the first failure after which the transaction cannot be trusted
	erased bool      // something was deleted that must not linger in the log
	// back are the chats whose message on its way has come back. Only after the commit is
	// that so: until then its row may return, and no other message may take its place.
	back []mark
}

func (s *Store) tx(ctx context.Context) *tx { return &tx{s: s, ctx: ctx, conn: s.state.conn} }

// landed notes what came back, after the commit.
func (t *tx) landed() {
	for _, cid := range t.back {
		delete(t.s.handed, cid)
	}
	t.back = nil
}

// errNotAll says that a work of a group without savepoints failed.
var errNotAll = errors.New("a work failed that must be undone alone")

// trust runs one work without a savepoint.
func (t *tx) trust(work func(bot.Tx) error) error {
	err := guard(t, work)
	if err != nil && t.failed == nil {
		t.failed = errNotAll
	}
	return err
}

// attempt runs one work in a savepoint.
func (t *tx) attempt(work func(bot.Tx) error) error {
	if _, err := t.s.state.savepoint.ExecContext(t.ctx); err != nil {
		return t.note(trouble("savepoint", err))
	}
	before := len(t.back)
	err := guard(t, work)
	if err != nil {
		t.s.doubt() // what is remembered may be rolled back
		t.back = t.back[:before]
	}
	if err != nil && t.failed == nil {
		if undone := t.exec("rolling back a work", "ROLLBACK TO work"); undone != nil {
			t.failed = undone
		}
	}
	if t.failed == nil {
		_, failed := t.s.state.release.ExecContext(t.ctx)
		t.failed = trouble("ending a work", failed)
	}
	return err
}

func guard(t *tx, work func(bot.Tx) error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Trace: bot.Stack()}
		}
	}()
	return work(t)
}

// exec runs a statement.
func (t *tx) exec(where, query string, args ...any) error {
	_, err := t.affect(where, query, args...)
	return err
}

// affect runs a statement and tells how many rows it changed.
func (t *tx) affect(where, query string, args ...any) (int64, error) {
	result, err := t.conn.ExecContext(t.ctx, query, args...)
	if err != nil {
		return 0, t.note(trouble(where, err))
	}
	if !t.s.state.busy { // while only reading: what is dropped because it cannot be read
		t.s.reach("alone: committed")
	}
	return result.RowsAffected()
}

// find reads one row; ok is false when there is none.
func (t *tx) find(where, query string, args []any, into ...any) (ok bool, err error) {
	err = t.conn.QueryRowContext(t.ctx, query, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, t.note(trouble(where, err))
}

// note remembers a failure of the storage itself, even if the work swallows it.
func (t *tx) note(err error) error {
	if c := ConditionOf(err); c != "" && c != Faulty && t.failed == nil {
		t.failed = err
	}
	return err
}
