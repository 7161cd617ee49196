package store

import (
	"context"
	"database/sql"
	"fmt"

	"digiwijzer/store/figures"
)

// waitingOutcome is a staged conversation, decrypted.
type waitingOutcome struct {
	sid    mark
	frozen bool
	batch  []byte // set between the first and the last step of its hand-over
	storedOutcome
}

// waitingTick is a tick, decrypted.
type waitingTick struct {
	id    mark
	batch []byte
	storedTick
}

// querier is a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// outcomesIn reads what is staged. What cannot be read is left out; damaged are its keys.
func outcomesIn(ctx context.Context, q querier, v *vault) (all []waitingOutcome, damaged []mark, err error) {
	rows, err := q.QueryContext(ctx, "SELECT sid, cid, frozen, batch, body FROM staged ORDER BY sid")
	if err != nil {
		return nil, nil, trouble("reading what is staged", err)
	}
	defer rows.Close()
	for rows.Next() {
		var w waitingOutcome
		var sid, cid, body []byte
		if err := rows.Scan(&sid, &cid, &w.frozen, &w.batch, &body); err != nil {
			return nil, nil, trouble("reading what is staged", err)
		}
		w.sid = mark(sid)
		if _, err := v.open(tableStaged, mark(cid), body, &w.storedOutcome); err != nil {
			damaged = append(damaged, w.sid)
			continue
		}
		all = append(all, w)
	}
	return all, damaged, trouble("reading what is staged", rows.Err())
}

// ticksIn reads the ticks, likewise.
func ticksIn(ctx context.Context, q querier, v *vault) (all []waitingTick, damaged []mark, err error) {
	rows, err := q.QueryContext(ctx, "SELECT id, batch, body FROM tick ORDER BY id")
	if err != nil {
		return nil, nil, trouble("reading the ticks", err)
	}
	defer rows.Close()
	for rows.Next() {
		var w waitingTick
		var id, body []byte
		if err := rows.Scan(&id, &w.batch, &body); err != nil {
			return nil, nil, trouble("reading the ticks", err)
		}
		w.id = mark(id)
		if _, err := v.open(tableTick, w.id, body, &w.storedTick); err != nil {
			damaged = append(damaged, w.id)
			continue
		}
		all = append(all, w)
	}
	return all, damaged, trouble("reading the ticks", rows.Err())
}

// massDamage is how many rows of a table may be unreadable at once, whatever their share,
// and still be taken for damage of the file.
const massDamage = 10

// dropOne deletes a row of a table by its key.
var dropOne = map[string]string{
	tableStaged: "DELETE FROM staged WHERE sid = ?",
	tableTick:   "DELETE FROM tick WHERE id = ?",
	tableAnswer: "DELETE FROM answer WHERE id = ?",
}

// dropUnreadable deletes rows of a table that cannot be read, and counts them: they never
// will be readable, and one of them must not stop every report. The key is not the
// reason; Open has verified it. When it is most of the rows, and many, something else is
// wrong: then they are kept, and the error says so.
func (s *Store) dropUnreadable(ctx context.Context, table string, damaged []mark, readable int) error {
	if len(damaged) > massDamage && len(damaged) > readable {
		where := fmt.Sprintf("%d of %d rows of %s, too many to drop", len(damaged), len(damaged)+readable, table)
		return &Error{Where: where, Condition: Corrupt, Err: errUnreadable}
	}
	if len(damaged) == 0 {
		return nil
	}
	t := s.tx(ctx)
	err := s.state.within(ctx, func() error {
		for _, id := range damaged {
			if err := t.exec("dropping what cannot be read", dropOne[table], id[:]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.unreadable += len(damaged)
		s.reach("hand-over: damaged dropped")
	}
	return err
}

// countsOf adds up what conversations and ticks count for.
func countsOf(outcomes []waitingOutcome, ticks []waitingTick) []figures.Count {
	var counts []figures.Count
	for _, o := range outcomes {
		counts = append(counts, o.finished().Counts()...)
	}
	for _, t := range ticks {
		counts = append(counts, t.counts()...)
	}
	return figures.Sum(counts)
}
