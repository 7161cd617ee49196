package postgres

import (
	"github.com/jackc/pgx/v5"

	"digiwijzer/store/engine"
)

// waitingSQL are the statements on a table of waiting rows.
type waitingSQL struct{ add, list, remove, stamp, stamped, unstamp, clear string }

func statementsOn(table, id, list string) waitingSQL {
	return waitingSQL{
		add:     "INSERT INTO state." + table + " (" + id + ", body) VALUES ($1, $2)",
		list:    list,
		remove:  "DELETE FROM state." + table + " WHERE " + id + " = ANY($1::bytea[])",
		stamp:   "UPDATE state." + table + " SET batch = $1 WHERE " + id + " = ANY($2::bytea[]) AND batch IS NULL",
		stamped: "SELECT DISTINCT batch FROM state." + table + " WHERE batch IS NOT NULL",
		unstamp: "UPDATE state." + table + " SET batch = NULL WHERE batch = $1",
		clear:   "DELETE FROM state." + table + " WHERE batch = $1",
	}
}

var waitingTables = map[engine.Kind]waitingSQL{
	engine.Outcomes:    statementsOn("staged", "sid", "SELECT sid, cid, frozen, batch, body FROM state.staged ORDER BY sid"),
	engine.Ticks:       statementsOn("tick", "id", "SELECT id, NULL::bytea, true, batch, body FROM state.tick ORDER BY id"),
	engine.Answers:     statementsOn("answer", "id", "SELECT id, NULL::bytea, true, batch, body FROM state.answer ORDER BY id"),
	engine.Transitions: statementsOn("transition", "id", "SELECT id, cid, true, batch, body FROM state.transition ORDER BY id"),
}

func (t *tx) AddWaiting(kind engine.Kind, id engine.Hash, body []byte) error {
	return t.write("adding to "+string(kind), waitingTables[kind].add, id[:], body)
}

func (t *tx) AddTransition(id, chat engine.Hash, body []byte) error {
	return t.write("adding a transition", "INSERT INTO state.transition (id, cid, body) VALUES ($1, $2, $3)", id[:], chat[:], body)
}

func (t *tx) Waiting(kind engine.Kind) ([]engine.Waiting, error) {
	return ask(t, "reading "+string(kind), waitingTables[kind].list, nil, func(row pgx.Rows, w *engine.Waiting) error {
		return row.Scan(key{&w.ID}, key{&w.Chat}, &w.Frozen, key{&w.Batch}, &w.Body)
	})
}

func (t *tx) DeleteWaiting(kind engine.Kind, ids []engine.Hash) error {
	return t.write("deleting from "+string(kind), waitingTables[kind].remove, bytesOf(ids))
}

// Stamp implements engine.State. If a row is gone, because another process erased its chat meanwhile,
// the transaction fails: the batch must contain exactly what was read.
func (t *tx) Stamp(kind engine.Kind, ids []engine.Hash, batch engine.Hash) error {
	return t.add(write{"stamping " + string(kind), waitingTables[kind].stamp, []any{batch[:], bytesOf(ids)}, int64(len(ids)), errChanged})
}

func (t *tx) Stamped(kind engine.Kind) ([]engine.Hash, error) {
	return t.hashes("reading batches", waitingTables[kind].stamped)
}

func (t *tx) Unstamp(kind engine.Kind, batch engine.Hash) error {
	return t.write("unstamping "+string(kind), waitingTables[kind].unstamp, batch[:])
}

func (t *tx) ClearBatch(kind engine.Kind, batch engine.Hash) error {
	return t.write("clearing "+string(kind), waitingTables[kind].clear, batch[:])
}

// bodySQL are the statements on a table with encrypted bodies. Rows that are read to be rewritten are
// locked, so that they cannot change in between.
type bodySQL struct{ list, replace, remove string }

func bodiesOf(table, id, columns string) bodySQL {
	return bodySQL{
		list:    "SELECT " + columns + ", body FROM state." + table + " WHERE " + id + " > $1 ORDER BY " + id + " LIMIT $2",
		replace: "UPDATE state." + table + " SET body = $1 WHERE " + id + " = $2",
		remove:  "DELETE FROM state." + table + " WHERE " + id + " = $1",
	}
}

var bodyTables = map[engine.Table]bodySQL{
	engine.Sessions:       bodiesOf("session", "cid", "0::bigint, cid, cid"),
	engine.Staged:         bodiesOf("staged", "sid", "0::bigint, sid, cid"),
	engine.WaitingTicks:   bodiesOf("tick", "id", "0::bigint, id, id"),
	engine.WaitingAnswers: bodiesOf("answer", "id", "0::bigint, id, id"),
	engine.Moves:          bodiesOf("transition", "id", "0::bigint, id, id"),
	engine.FollowUps:      bodiesOf("followup", "cid", "0::bigint, cid, cid"),
	engine.Subscribers:    bodiesOf("subscriber", "cid", "0::bigint, cid, cid"),
	engine.Outbox:         bodiesOf("outbox", "id", "id, NULL::bytea, cid"),
}

func (t *tx) Bodies(table engine.Table, after engine.Row, limit int) ([]engine.Body, error) {
	query := bodyTables[table].list
	if t.updating {
		query += " FOR UPDATE"
	}
	return ask(t, "reading "+string(table), query, []any{keyIn(table, after), limit},
		func(row pgx.Rows, b *engine.Body) error {
			return row.Scan(&b.Row.ID, key{&b.Row.Key}, key{&b.Owner}, &b.Body)
		})
}

func (t *tx) ReplaceBody(table engine.Table, row engine.Row, body []byte) error {
	return t.write("encrypting "+string(table), bodyTables[table].replace, body, keyIn(table, row))
}

func (t *tx) DeleteRow(table engine.Table, row engine.Row) error {
	if table == engine.Outbox {
		chats, err := t.hashes("reading the chat of a message", "SELECT cid FROM state.outbox WHERE id = $1", row.ID)
		if err != nil || len(chats) == 0 {
			return err
		}
		return t.RemoveMessage(chats[0], row.ID)
	}
	return t.write("deleting from "+string(table), bodyTables[table].remove, keyIn(table, row))
}

// keyIn returns the key of a row in the type of its table.
func keyIn(table engine.Table, row engine.Row) any {
	if table == engine.Outbox {
		return row.ID
	}
	return row.Key[:]
}
