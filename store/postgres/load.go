package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"digiwijzer/store/engine"
)

// ErrNotEmpty is returned for a database to load rows into that already has some.
var ErrNotEmpty = errors.New("there is data in the database already")

// Source is an engine whose tables can be dumped.
type Source interface {
	DumpState(ctx context.Context, table func(engine.Columns, engine.Dumped) error) error
	DumpFigures(ctx context.Context, table func(engine.Columns, engine.Dumped) error) error
}

// Load copies all rows of a source into the schemas, which must be empty (ErrNotEmpty), and calls progress
// with the number of rows of each table. It fails if the database then has a different number. If it
// fails, nothing is kept, with one exception: if the figures are in another database and their commit fails after
// that of the state, the state is kept, and must be cleared before the next try.
func (db *DB) Load(ctx context.Context, from Source, progress func(table string, rows int64)) error {
	return onConn(db.figures, func(figures *pgx.Conn) error {
		return pgx.BeginFunc(ctx, figures, func(f pgx.Tx) error {
			if err := load(ctx, f, figuresSchema, from.DumpFigures, progress); err != nil {
				return err
			}
			return db.onState(ctx, f, func(s pgx.Tx) error {
				if err := load(ctx, s, stateSchema, from.DumpState, progress); err != nil {
					return err
				}
				_, err := s.Exec(ctx, "SELECT setval('state.message', greatest(1, (SELECT coalesce(max(id), 0) FROM state.outbox)))")
				return wrap("numbering messages", err)
			})
		})
	})
}

// onState runs do in a transaction on the state: the given one if that is in the same database.
func (db *DB) onState(ctx context.Context, figures pgx.Tx, do func(pgx.Tx) error) error {
	if db.state == db.figures {
		return do(figures)
	}
	return onConn(db.state, func(conn *pgx.Conn) error { return pgx.BeginFunc(ctx, conn, do) })
}

func load(ctx context.Context, tx pgx.Tx, schema string, dump func(context.Context, func(engine.Columns, engine.Dumped) error) error, progress func(string, int64)) error {
	return dump(ctx, func(of engine.Columns, rows engine.Dumped) error {
		table := pgx.Identifier{schema, of.Table}
		var some bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+table.Sanitize()+")").Scan(&some); err != nil {
			return wrap("looking at "+of.Table, err)
		}
		if some {
			return fmt.Errorf("%w: %s.%s", ErrNotEmpty, schema, of.Table)
		}
		n, err := loadTable(ctx, tx, table, of, rows)
		if err != nil {
			return wrap("copying "+of.Table, err)
		}
		progress(schema+"."+of.Table, n)
		return nil
	})
}

// loadTable copies a table, and counts its rows afterwards. Columns that are derived from others are
// copied too, not computed again.
func loadTable(ctx context.Context, tx pgx.Tx, table pgx.Identifier, of engine.Columns, rows engine.Dumped) (read int64, err error) {
	types, err := columnTypes(ctx, tx, table)
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, "ALTER TABLE "+table.Sanitize()+" DISABLE TRIGGER USER"); err != nil {
		return 0, err
	}
	var chunk [][]any
	flush := func() error {
		_, err := tx.CopyFrom(ctx, table, of.Columns, pgx.CopyFromRows(chunk))
		chunk = chunk[:0]
		return err
	}
	err = rows(func(values []any) error {
		for i, column := range of.Columns {
			if values[i], err = convert(types[column], values[i]); err != nil {
				return fmt.Errorf("column %s: %w", column, err)
			}
		}
		read++
		if chunk = append(chunk, values); len(chunk) < loadChunk {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return read, err
	}
	if _, err := tx.Exec(ctx, "ALTER TABLE "+table.Sanitize()+" ENABLE TRIGGER USER"); err != nil {
		return read, err
	}
	var there int64
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM "+table.Sanitize()).Scan(&there); err != nil {
		return read, err
	}
	if there != read {
		return read, fmt.Errorf("%d rows were read, but the table has %d", read, there)
	}
	return read, nil
}

// loadChunk is how many rows are copied at once.
const loadChunk = 1000

func columnTypes(ctx context.Context, tx pgx.Tx, table pgx.Identifier) (map[string]string, error) {
	rows, err := tx.Query(ctx, "SELECT column_name::text, data_type::text FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2", table[0], table[1])
	if err != nil {
		return nil, err
	}
	types := map[string]string{}
	var name, of string
	_, err = pgx.ForEachRow(rows, []any{&name, &of}, func() error { types[name] = of; return nil })
	return types, err
}

// convert returns a value in the type of its column.
func convert(column string, value any) (any, error) {
	switch column {
	case "boolean":
		n, _ := value.(int64) // NULL: unknown to an earlier version
		return n != 0, nil
	case "integer", "bigint":
		if text, ok := value.(string); ok {
			return strconv.ParseInt(text, 10, 64)
		}
	}
	return value, nil
}
