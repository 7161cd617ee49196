package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"

	"github.com/mattn/go-sqlite3"

	"digiwijzer/store/engine"
)

// mode is how a connection is set up: its options, and the settings that must result from them, since
// SQLite silently ignores a misspelt option.
type mode struct {
	options string
	tuning  string
	want    []setting
}

type setting struct{ pragma, value string }

var (
	// writing: FULL, because what was acknowledged must survive a power cut; secure_delete, because
	// deleted data must be gone; immediate transactions, because one that reads first and then writes
	// could fail as busy. The journal of savepoints stays in memory, and checkpoints are rarer than by
	// default, since each costs two more syncs. The page cache of 8 MB holds some 2,000 sessions; with
	// the default of 2 MB, reading and saving one of 500 takes twice as long (BenchmarkStatements).
	writing = mode{
		options: "_journal_mode=WAL&_synchronous=FULL&_secure_delete=ON&_foreign_keys=ON" +
			"&_busy_timeout=5000&_txlock=immediate&_stmt_cache_size=64&_mutex=no",
		tuning: "PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -8000",
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
	// copying is for VACUUM INTO, which query_only forbids although it writes to another file.
	copying = mode{
		options: "mode=ro&_busy_timeout=5000",
		want:    []setting{{"journal_mode", "wal"}, {"busy_timeout", "5000"}},
	}
	// examining is for a copy, which has no log and no writer, and may come from anywhere.
	examining = mode{
		options: "mode=ro&immutable=1&_query_only=ON",
		tuning:  "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0",
		want:    []setting{{"query_only", "1"}, {"cell_size_check", "1"}},
	}
	// inMemory is for a schema to compare with.
	inMemory = mode{options: "mode=memory"}
)

// distrust prevents views and triggers of a schema from calling functions with side effects.
const distrust = "PRAGMA trusted_schema = OFF"

// shrinkable returns the mode for a new file: only a file without tables accepts it.
func (m mode) shrinkable() mode {
	m.options = "_auto_vacuum=incremental&" + m.options
	return m
}

// connector opens connections to one file, and returns an error if the settings differ from those of
// the mode.
type connector struct {
	dsn string
	drv *sqlite3.SQLiteDriver
}

var _ driver.Connector = (*connector)(nil)

func (c *connector) Connect(context.Context) (driver.Conn, error) { return c.drv.Open(c.dsn) }
func (c *connector) Driver() driver.Driver                        { return c.drv }

func newConnector(path string, m mode) *connector {
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: path}
	if !filepath.IsAbs(path) {
		dsn = url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	}
	return &connector{dsn: dsn.String() + "?" + m.options, drv: &sqlite3.SQLiteDriver{
		ConnectHook: func(c *sqlite3.SQLiteConn) error {
			if err := c.RegisterFunc("record_key", recordKey, true); err != nil {
				return err
			}
			if _, err := c.Exec(distrust, nil); err != nil {
				return err
			}
			if _, err := c.Exec(m.tuning, nil); err != nil {
				return err
			}
			if err := verify(c, []setting{{"trusted_schema", "0"}}); err != nil {
				return err
			}
			return verify(c, m.want)
		},
	}}
}

// recordKey is engine.RecordKey, for the migration that adds keys to existing rows.
func recordKey(id []byte) (int64, error) {
	var hash engine.Hash
	if len(id) != len(hash) {
		return 0, fmt.Errorf("a row has an id of %d bytes", len(id))
	}
	copy(hash[:], id)
	return engine.RecordKey(hash), nil
}

func verify(c *sqlite3.SQLiteConn, want []setting) error {
	for _, w := range want {
		got, err := queryValue(c, "PRAGMA "+w.pragma)
		if err != nil {
			return err
		}
		if got != w.value {
			return fmt.Errorf("pragma %s is %s, not %s", w.pragma, got, w.value)
		}
	}
	return nil
}

// queryValue returns the first value of the first row.
func queryValue(c *sqlite3.SQLiteConn, query string) (string, error) {
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
