package store

import (
	"context"
	"database/sql"
	"fmt"

	"digiwijzer/store/monitor"
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

// outcomesIn reads what is staged. What cannot be read is left out and spoken of in
// damage.
func outcomesIn(ctx context.Context, q querier, v *vault) (all []waitingOutcome, damage, err error) {
	rows, err := q.QueryContext(ctx, "SELECT sid, cid, frozen, batch, body FROM staged ORDER BY sid")
	if err != nil {
		return nil, nil, trouble("reading what is staged", err)
	}
	defer rows.Close()
	unreadable := 0
	for rows.Next() {
		var w waitingOutcome
		var sid, cid, body []byte
		if err := rows.Scan(&sid, &cid, &w.frozen, &w.batch, &body); err != nil {
			return nil, nil, trouble("reading what is staged", err)
		}
		w.sid = mark(sid)
		if _, err := v.open(tableStaged, mark(cid), body, &w.storedOutcome); err != nil {
			unreadable++
			continue
		}
		all = append(all, w)
	}
	return all, unreadableRows(unreadable, "finished conversations"), trouble("reading what is staged", rows.Err())
}

// ticksIn reads the ticks, likewise.
func ticksIn(ctx context.Context, q querier, v *vault) (all []waitingTick, damage, err error) {
	rows, err := q.QueryContext(ctx, "SELECT id, batch, body FROM tick ORDER BY id")
	if err != nil {
		return nil, nil, trouble("reading the ticks", err)
	}
	defer rows.Close()
	unreadable := 0
	for rows.Next() {
		var w waitingTick
		var id, body []byte
		if err := rows.Scan(&id, &w.batch, &body); err != nil {
			return nil, nil, trouble("reading the ticks", err)
		}
		w.id = mark(id)
		if _, err := v.open(tableTick, w.id, body, &w.storedTick); err != nil {
			unreadable++
			continue
		}
		all = append(all, w)
	}
	return all, unreadableRows(unreadable, "ticks"), trouble("reading the ticks", rows.Err())
}

func unreadableRows(n int, what string) error {
	if n == 0 {
		return nil
	}
	return &Error{Where: fmt.Sprintf("%d %s", n, what), Condition: Corrupt, Err: errUnreadable}
}

// countsOf adds up what conversations and ticks count for.
func countsOf(outcomes []waitingOutcome, ticks []waitingTick) []monitor.Count {
	var counts []monitor.Count
	for _, o := range outcomes {
		counts = append(counts, o.finished().Counts()...)
	}
	for _, t := range ticks {
		counts = append(counts, t.counts()...)
	}
	return monitor.Sum(counts)
}
