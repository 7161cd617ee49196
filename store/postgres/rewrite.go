package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// rewriteLimit is the size in bytes up to which VACUUM FULL writes a table anew, which takes about
// a second and in which turns wait.
const rewriteLimit = 64 << 20

// vacuumed are the tables of the state with rows of people, from which what is deleted must
// disappear. scanned are the others, whose rows name nobody.
var (
	vacuumed = []string{"session", "outbox", "staged", "counted", "tick", "answer", "transition", "followup", "subscriber", "meta"}
	scanned  = []string{"seen", "parked"}
)

// Vacuum makes what was deleted from the state disappear. VACUUM alone frees the space of a
// row in its page and in the pages of indexes, but leaves the bytes there until something
// else needs them; so tables are written anew, while turns go on where they are large. It has
// no effect on the log of the server, which must not be kept.
func (db *DB) Vacuum(ctx context.Context) error { return db.vacuum(ctx, rewriteLimit) }

func (db *DB) vacuum(ctx context.Context, limit int64) error {
	return onConn(db.state, func(conn *pgx.Conn) error {
		if err := awaitOlder(ctx, conn); err != nil {
			return wrap("waiting for older transactions", err)
		}
		var failed error
		for _, table := range vacuumed {
			if err := ctx.Err(); err != nil {
				return err
			}
			name := "state." + table
			var size int64
			if err := conn.QueryRow(ctx, "SELECT pg_total_relation_size($1::regclass)", name).Scan(&size); err != nil {
				return wrap("measuring "+name, err)
			}
			if size <= limit {
				failed = errors.Join(failed, vacuum(ctx, conn, "VACUUM FULL "+name))
			} else {
				failed = errors.Join(failed, rewrite(ctx, conn, table))
			}
		}
		for _, table := range scanned {
			failed = errors.Join(failed, vacuum(ctx, conn, "VACUUM state."+table))
		}
		return failed
	})
}

func vacuum(ctx context.Context, conn *pgx.Conn, statement string) error {
	_, err := conn.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol)
	return wrap("vacuuming", err)
}

// olderLimit is how long Vacuum waits for transactions that began before it.
const olderLimit = 10 * time.Second

// awaitOlder waits until every transaction of the server that began before has ended: as long as one
// might still read a row that was deleted after it began, the row is kept, and copied when its table
// is rewritten. What a longer one keeps is removed the next time.
func awaitOlder(ctx context.Context, conn *pgx.Conn) error {
	_, err := awaitEnd(ctx, conn, `pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8 AND NOT EXISTS (
		SELECT FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND age(backend_xmin) > age($1::text::xid8::xid))`)
	return err
}

// awaitReaders waits until nobody can read the tables as they were before, and reports whether
// that is so.
func awaitReaders(ctx context.Context, conn *pgx.Conn) (ended bool, err error) {
	return awaitEnd(ctx, conn, `NOT EXISTS (SELECT FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND age(backend_xmin) > age($1::text::xid8::xid))`)
}

// awaitEnd waits until a condition on the id of the next transaction, $1, holds.
func awaitEnd(ctx context.Context, conn *pgx.Conn, condition string) (holds bool, err error) {
	var next string
	if err := conn.QueryRow(ctx, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text").Scan(&next); err != nil {
		return false, err
	}
	for began := time.Now(); time.Since(began) < olderLimit && err == nil && !holds; {
		if err = conn.QueryRow(ctx, "SELECT "+condition, next).Scan(&holds); err == nil && !holds {
			time.Sleep(olderLimit / 200)
		}
	}
	return holds, err
}

// move is the copying of a table to a new one, which takes its place.
type move struct {
	conn     *pgx.Conn
	name     string   // of the table, without its schema
	keys     []string // columns of its primary key
	from, to uint32   // the two tables
	pages    int64    // of the old one, when the move began
}

// rewrite copies the rows of a table to a new one while turns go on, puts that in its place, and
// drops the old one with all that was deleted from it. Meanwhile a trigger writes to both.
// VACUUM FULL would lock the table for as long as this takes.
func rewrite(ctx context.Context, conn *pgx.Conn, table string) error {
	m := &move{conn: conn, name: table}
	err := m.begin(ctx)
	if err == nil {
		err = m.copyAll(ctx)
	}
	if err == nil {
		err = m.verify(ctx)
	}
	if err == nil {
		err = m.swap(ctx)
	}
	if err != nil {
		err = errors.Join(err, m.clear(ctx))
	}
	return wrap("writing state."+table+" anew", err)
}

// briefly runs statements in one transaction that locks the table for a moment only, because
// turns wait behind it. The limit is longer than deadlock_timeout, one second by default, after
// which an autovacuum of the table makes way
// (https://www.postgresql.org/docs/15/routine-vacuuming.html#AUTOVACUUM).
func (m *move) briefly(ctx context.Context, do func(pgx.Tx) error) error {
	return retry(m.retryable, func() error {
		return pgx.BeginFunc(ctx, m.conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '1500ms'"); err != nil {
				return err
			}
			return do(tx)
		})
	})
}

// retryable reports whether to try again. A connection that was closed, as by the end of ctx, stays so.
func (m *move) retryable(err error) bool { return retryable(err) && !m.conn.IsClosed() }

// Names of the move of a table: of the new one, of the trigger and of its function.
func (m *move) table() string    { return "state." + m.name }
func (m *move) next() string     { return "state." + m.name + "_next" }
func (m *move) function() string { return "state." + m.name + "_moves()" }

const moving = "moving"

// clear removes what a move that failed, or a program that ended in the middle of one, left.
func (m *move) clear(ctx context.Context) error {
	return m.briefly(ctx, func(tx pgx.Tx) error { return m.drop(ctx, tx) })
}

func (m *move) drop(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, "DROP TRIGGER IF EXISTS "+moving+" ON "+m.table()+"; DROP FUNCTION IF EXISTS "+m.function()+
		"; DROP TABLE IF EXISTS "+m.next(), pgx.QueryExecModeSimpleProtocol)
	return err
}

// begin makes the new table with its indexes, and the trigger. Writers wait from before the pages
// are counted: rows on a page that is added between that and the trigger would not be copied.
func (m *move) begin(ctx context.Context) error {
	return m.briefly(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "LOCK TABLE "+m.table()+" IN SHARE ROW EXCLUSIVE MODE"); err != nil {
			return err
		}
		if err := m.drop(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, m.definition(), pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
		var columns []string
		err := tx.QueryRow(ctx, `SELECT $1::regclass::oid, $2::regclass::oid, pg_relation_size($1::regclass) / current_setting('block_size')::int,
			(SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped),
			(SELECT array_agg(a.attname::text ORDER BY array_position(i.indkey::int2[], a.attnum)) FROM pg_index i
				JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) WHERE i.indrelid = $1::regclass AND i.indisprimary)`,
			m.table(), m.next()).Scan(&m.from, &m.to, &m.pages, &columns, &m.keys)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, m.mirror(columns), pgx.QueryExecModeSimpleProtocol)
		return err
	})
}

// definition makes a table like another, with the same settings and indexes.
func (m *move) definition() string {
	return fmt.Sprintf(`CREATE TABLE %[2]s (LIKE %[1]s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE);
	DO $$ DECLARE i record; options text; BEGIN
		SELECT array_to_string(reloptions, ', ') INTO options FROM pg_class WHERE oid = '%[1]s'::regclass;
		IF options <> '' THEN EXECUTE 'ALTER TABLE %[2]s SET (' || options || ')'; END IF;
		FOR i IN SELECT c.relname AS name, x.indisprimary AS main, pg_get_indexdef(c.oid) AS text
				FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid WHERE x.indrelid = '%[1]s'::regclass LOOP
			EXECUTE replace(i.text, format(' %%I ON %[1]s ', i.name), format(' %%I ON %[2]s ', i.name || '_next'));
			IF i.main THEN EXECUTE format('ALTER TABLE %[2]s ADD PRIMARY KEY USING INDEX %%I', i.name || '_next'); END IF;
		END LOOP;
	END $$`, m.table(), m.next())
}

// mirror makes the trigger that writes to the new table what is written to the old one.
func (m *move) mirror(columns []string) string {
	list := strings.Join(columns, ", ")
	of := func(row string, columns []string) string {
		return "(" + row + "." + strings.Join(columns, ", "+row+".") + ")"
	}
	return fmt.Sprintf(`CREATE FUNCTION %[1]s RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF TG_OP = 'DELETE' THEN
			DELETE FROM %[2]s n WHERE %[3]s = %[4]s;
			RETURN NULL;
		END IF;
		IF TG_OP = 'UPDATE' THEN
			IF %[4]s <> %[5]s THEN DELETE FROM %[2]s n WHERE %[3]s = %[4]s; END IF;
		END IF;
		INSERT INTO %[2]s (%[6]s) VALUES %[7]s ON CONFLICT (%[8]s) DO UPDATE SET (%[6]s) = ROW (%[9]s);
		RETURN NULL;
	END $$;
	CREATE TRIGGER %[10]s AFTER INSERT OR UPDATE OR DELETE ON %[11]s FOR EACH ROW EXECUTE FUNCTION %[1]s`,
		m.function(), m.next(), of("n", m.keys), of("OLD", m.keys), of("NEW", m.keys),
		list, of("NEW", columns), strings.Join(m.keys, ", "), strings.Trim(of("excluded", columns), "()"), moving, m.table())
}

// movePages is how many pages are copied in one transaction, for which turns of the people on
// them wait.
const movePages = 64

// copyAll copies what was on the pages of the table when the move began. What was written since
// is there by the trigger. A row cannot be deleted between being read and being copied.
func (m *move) copyAll(ctx context.Context) error {
	statement := fmt.Sprintf(`INSERT INTO %s SELECT * FROM (SELECT * FROM %s WHERE ctid >= $1::text::tid AND ctid < $2::text::tid FOR KEY SHARE) s
		ON CONFLICT DO NOTHING`, m.next(), m.table())
	for page := int64(0); page < m.pages; page += movePages {
		err := retry(m.retryable, func() error {
			_, err := m.conn.Exec(ctx, statement, fmt.Sprintf("(%d,0)", page), fmt.Sprintf("(%d,0)", page+movePages))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// errMove reports that a move must not be completed.
var errMove = errors.New("the copy cannot take the place of the table now")

// verify requires that both tables have the same rows. From then on the trigger keeps it so.
func (m *move) verify(ctx context.Context) error {
	var differ bool
	err := pgx.BeginTxFunc(ctx, m.conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL enable_hashjoin = off; SET LOCAL enable_sort = off", pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
		return tx.QueryRow(ctx, fmt.Sprintf("SELECT EXISTS (SELECT FROM %s t FULL JOIN %s n USING (%s) WHERE ROW (t.*) IS DISTINCT FROM ROW (n.*))",
			m.table(), m.next(), strings.Join(m.keys, ", "))).Scan(&differ)
	})
	if err == nil && differ {
		err = fmt.Errorf("%w: they differ", errMove)
	}
	return err
}

// swap drops the old table and gives the new one its name. A transaction that began before the
// rows were copied would not see them, so it waits until there is none. It checks
// that the move is still its own: another program may have begun one.
func (m *move) swap(ctx context.Context) error {
	ended, err := awaitReaders(ctx, m.conn)
	if err == nil && !ended {
		err = fmt.Errorf("%w: an older transaction does not end", errMove)
	}
	if err != nil {
		return err
	}
	return m.briefly(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "LOCK TABLE "+m.table()+" IN ACCESS EXCLUSIVE MODE"); err != nil {
			return err
		}
		var same bool
		err := tx.QueryRow(ctx, `SELECT to_regclass($1) = $3::oid AND to_regclass($2) = $4::oid AND EXISTS (SELECT FROM pg_trigger WHERE tgrelid = $3::oid AND tgname = $5)`,
			m.table(), m.next(), m.from, m.to, moving).Scan(&same)
		if err != nil {
			return err
		}
		if !same {
			return fmt.Errorf("%w: it is another's", errMove)
		}
		_, err = tx.Exec(ctx, fmt.Sprintf(`DROP TABLE %[1]s; DROP FUNCTION %[3]s; ALTER TABLE %[2]s RENAME TO %[4]s;
			DO $$ DECLARE i record; BEGIN
				FOR i IN SELECT c.relname AS name FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid WHERE x.indrelid = '%[1]s'::regclass LOOP
					EXECUTE format('ALTER INDEX state.%%I RENAME TO %%I', i.name, regexp_replace(i.name, '_next$', ''));
				END LOOP;
			END $$`, m.table(), m.next(), m.function(), m.name), pgx.QueryExecModeSimpleProtocol)
		return err
	})
}
