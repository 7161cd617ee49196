package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// mode is how a connection is set up: its options, and what they must have come to,
// since a misspelt option is ignored without a word.
type mode struct {
	options string
	tuning  string
	want    []setting
}

type setting struct{ pragma, value string }

var (
	// writing: FULL, because what was acknowledged must survive a power cut; secure_delete,
	// because what is deleted must be gone; immediate transactions, because one that reads
	// first and then writes could lose its turn. The journal of savepoints stays in memory,
	// and checkpoints are rarer than by default: each one costs two more syncs.
	writing = mode{
		options: "_journal_mode=WAL&_synchronous=FULL&_secure_delete=ON&_foreign_keys=ON" +
			"&_busy_timeout=5000&_txlock=immediate&_stmt_cache_size=64&_mutex=no",
		tuning: "PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000",
		want: []setting{
			{"journal_mode", "wal"},
			{"synchronous", "2"},
			{"secure_delete", "1"},
			{"foreign_keys", "1"},
			{"busy_timeout", "5000"},
			{"temp_store", "2"},
			{"wal_autocheckpoint", "4000"},
		},
	}
	reading = mode{
		options: "mode=ro&_query_only=ON&_busy_timeout=5000",
		want:    []setting{{"query_only", "1"}, {"journal_mode", "wal"}, {"busy_timeout", "5000"}},
	}
	// copying is for VACUUM INTO, which query_only forbids although it writes elsewhere.
	copying = mode{
		options: "mode=ro&_busy_timeout=5000",
		want:    []setting{{"journal_mode", "wal"}, {"busy_timeout", "5000"}},
	}
	// examining is for a copy, which has no log and no writer.
	examining = mode{
		options: "mode=ro&immutable=1&_query_only=ON",
		want:    []setting{{"query_only", "1"}},
	}
)

// connector opens connections of one file and lets none through that is not set as
// it should be.
type connector struct {
	dsn string
	drv *sqlite3.SQLiteDriver
}

func (c *connector) Connect(context.Context) (driver.Conn, error) { return c.drv.Open(c.dsn) }
func (c *connector) Driver() driver.Driver                        { return c.drv }

func newConnector(path string, m mode) *connector {
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: path}
	if !filepath.IsAbs(path) {
		dsn = url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	}
	return &connector{dsn: dsn.String() + "?" + m.options, drv: &sqlite3.SQLiteDriver{
		ConnectHook: func(c *sqlite3.SQLiteConn) error {
			if _, err := c.Exec(m.tuning, nil); err != nil {
				return err
			}
			return verify(c, m.want)
		},
	}}
}

func verify(c *sqlite3.SQLiteConn, want []setting) error {
	for _, w := range want {
		got, err := ask(c, "PRAGMA "+w.pragma)
		if err != nil {
			return err
		}
		if got != w.value {
			return fmt.Errorf("pragma %s is %s, not %s", w.pragma, got, w.value)
		}
	}
	return nil
}

// ask gives the first value of the first row.
func ask(c *sqlite3.SQLiteConn, query string) (string, error) {
	rows, err := c.Query(query, nil)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	row := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(row); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return fmt.Sprint(row[0]), nil
}

// file is an open database with the one connection that uses it.
type file struct {
	name   string
	db     *sql.DB
	conn   *sql.Conn
	undone func() // called after a transaction was rolled back, if set
	busy   bool   // in a transaction: what is done now is not committed by itself

	// What bounds every transaction and every work in one, prepared: parsing these again
	// and again is dearer than doing them.
	begin, commit, savepoint, release *sql.Stmt
}

func openFile(ctx context.Context, dir, name string, m mode) (*file, error) {
	db := sql.OpenDB(newConnector(filepath.Join(dir, name), m))
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(trouble("opening "+name, err), db.Close())
	}
	f := &file{name: name, db: db, conn: conn}
	for query, into := range map[string]**sql.Stmt{
		"BEGIN IMMEDIATE": &f.begin, "COMMIT": &f.commit, "SAVEPOINT work": &f.savepoint, "RELEASE work": &f.release,
	} {
		if *into, err = conn.PrepareContext(ctx, query); err != nil {
			return nil, errors.Join(trouble("opening "+name, err), f.Close())
		}
	}
	return f, nil
}

func (f *file) Close() error {
	if f == nil {
		return nil
	}
	// A statement left open would keep the connection open too, and its log unwritten.
	for _, stmt := range []*sql.Stmt{f.begin, f.commit, f.savepoint, f.release} {
		if stmt != nil {
			_ = stmt.Close()
		}
	}
	return errors.Join(f.conn.Close(), f.db.Close())
}

// sound refuses a damaged file, with the line that says what to do.
func (f *file) sound(ctx context.Context, advice string) error {
	var verdict string
	err := f.conn.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict)
	if err == nil && verdict == "ok" {
		return nil
	}
	if err == nil {
		err = errors.New(verdict)
	} else if c := condition(err); c == Unwritable || c == Busy {
		return trouble("checking "+f.name, err) // the file may be whole: nobody must throw it away
	}
	return damaged(f.name, advice, err)
}

func damaged(name, advice string, err error) error {
	return &Error{Where: name + " is damaged; nothing was changed; " + advice, Condition: Corrupt, Err: err}
}

// within runs a transaction; an error of work rolls it back.
func (f *file) within(ctx context.Context, work func() error) error {
	ctx = context.WithoutCancel(ctx)
	if _, err := f.begin.ExecContext(ctx); err != nil {
		return trouble("beginning in "+f.name, err)
	}
	f.busy = true
	defer func() { f.busy = false }()
	if err := work(); err != nil {
		f.rollback(ctx)
		return err
	}
	if _, err := f.commit.ExecContext(ctx); err != nil {
		f.rollback(ctx)
		return trouble("committing "+f.name, err)
	}
	return nil
}

// rollback ends a transaction that may have ended already: SQLite rolls back by
// itself on a full disk and the like.
func (f *file) rollback(ctx context.Context) {
	_, _ = f.conn.ExecContext(ctx, "ROLLBACK")
	if f.undone != nil {
		f.undone()
	}
}

// truncate writes the log into the file and empties it, so that nothing deleted
// remains in it. done is false when a reader was in the way.
func (f *file) truncate(ctx context.Context) (done bool, err error) {
	var busy, pages, moved int
	err = f.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
	if err != nil {
		return false, trouble("checkpoint of "+f.name, err)
	}
	return busy == 0, nil
}

//go:embed schema/*.sql
var schemas embed.FS

// schemaVersion is the newest schema this program knows, of state.db and stats.db alike.
const schemaVersion = 5

// version reads the schema version; 0 is a new file.
func (f *file) version(ctx context.Context) (n int, err error) {
	err = f.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&n)
	return n, trouble("reading "+f.name, err)
}

// migrate brings the schema up to date, all steps or none: a file that is not what its
// version says stays as it is.
func (f *file) migrate(ctx context.Context) error {
	have, err := f.version(ctx)
	if err != nil {
		return err
	}
	if have > schemaVersion {
		return fmt.Errorf("%s: %w (schema %d, known %d); use that version", f.name, ErrNewer, have, schemaVersion)
	}
	if have < 0 {
		return &Error{Where: "reading " + f.name, Condition: Corrupt, Err: fmt.Errorf("there is no schema %d", have)}
	}
	if have == schemaVersion {
		return nil
	}
	return f.within(ctx, func() error {
		for next := have + 1; next <= schemaVersion; next++ {
			if err := f.step(ctx, next); err != nil {
				return err
			}
		}
		return nil
	})
}

// step brings the schema from one version to the next.
func (f *file) step(ctx context.Context, next int) error {
	step, err := schemas.ReadFile(fmt.Sprintf("schema/%s.%d.sql", strings.TrimSuffix(f.name, ".db"), next))
	if err != nil {
		return err
	}
	_, err = f.conn.ExecContext(ctx, fmt.Sprintf("%s;PRAGMA user_version = %d", step, next))
	return trouble(fmt.Sprintf("bringing %s to schema %d", f.name, next), err)
}
