package sqlite

import (
	"database/sql"

	"digiwijzer/store/engine"
)

// bodySQL holds the statements on a table with encrypted bodies.
type bodySQL struct{ list, replace, remove string }

var bodyTables = map[engine.Table]bodySQL{
	engine.Sessions: {
		"SELECT 0, cid, cid, body FROM session WHERE cid > ? ORDER BY cid LIMIT ?",
		"UPDATE session SET body = ? WHERE cid = ?",
		"DELETE FROM session WHERE cid = ?",
	},
	engine.Staged: {
		"SELECT 0, sid, cid, body FROM staged WHERE sid > ? ORDER BY sid LIMIT ?",
		"UPDATE staged SET body = ? WHERE sid = ?",
		"DELETE FROM staged WHERE sid = ?",
	},
	engine.WaitingTicks: {
		"SELECT 0, id, id, body FROM tick WHERE id > ? ORDER BY id LIMIT ?",
		"UPDATE tick SET body = ? WHERE id = ?",
		"DELETE FROM tick WHERE id = ?",
	},
	engine.WaitingAnswers: {
		"SELECT 0, id, id, body FROM answer WHERE id > ? ORDER BY id LIMIT ?",
		"UPDATE answer SET body = ? WHERE id = ?",
		"DELETE FROM answer WHERE id = ?",
	},
	engine.Moves: {
		"SELECT 0, id, id, body FROM transition WHERE id > ? ORDER BY id LIMIT ?",
		"UPDATE transition SET body = ? WHERE id = ?",
		"DELETE FROM transition WHERE id = ?",
	},
	engine.FollowUps: {
		"SELECT 0, cid, cid, body FROM followup WHERE cid > ? ORDER BY cid LIMIT ?",
		"UPDATE followup SET body = ? WHERE cid = ?",
		"DELETE FROM followup WHERE cid = ?",
	},
	engine.Subscribers: {
		"SELECT 0, cid, cid, body FROM subscriber WHERE cid > ? ORDER BY cid LIMIT ?",
		"UPDATE subscriber SET body = ? WHERE cid = ?",
		"DELETE FROM subscriber WHERE cid = ?",
	},
	engine.Outbox: {
		"SELECT id, NULL, cid, body FROM outbox WHERE id > ? ORDER BY id LIMIT ?",
		"UPDATE outbox SET body = ? WHERE id = ?",
		"DELETE FROM outbox WHERE id = ?",
	},
}

func (t *tx) Bodies(table engine.Table, after engine.Row, limit int) ([]engine.Body, error) {
	return list(t, "reading "+string(table), bodyTables[table].list, []any{keyIn(table, after), limit},
		func(row *sql.Rows, b *engine.Body) error {
			return row.Scan(&b.Row.ID, key{&b.Row.Key}, key{&b.Owner}, &b.Body)
		})
}

func (t *tx) ReplaceBody(table engine.Table, row engine.Row, body []byte) error {
	return t.exec("encrypting "+string(table), bodyTables[table].replace, body, keyIn(table, row))
}

func (t *tx) DeleteRow(table engine.Table, row engine.Row) error {
	return t.exec("deleting from "+string(table), bodyTables[table].remove, keyIn(table, row))
}

// keyIn returns the key of a row in the type that its table uses.
func keyIn(table engine.Table, row engine.Row) any {
	if table == engine.Outbox {
		return row.ID
	}
	return row.Key[:]
}
