package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"

	"digiwijzer/store/engine"
	"digiwijzer/store/internal/durable"
)

//go:embed schema/*.sql
var embedded embed.FS

// schemas are the migration steps of the files, each of which has its own version. A step is never
// changed once released. One that breaks older programs raises compatibility.min_reader, in schema 7
// and later. Tests replace the variable.
var schemas fs.FS = embedded

// newestSchema is the newest schema of a file that this program supports.
func newestSchema(name string) (newest int) {
	steps, err := fs.Glob(schemas, "schema/"+strings.TrimSuffix(name, ".db")+".*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	return len(steps)
}

// Versions returns the version of SQLite and the newest schemas of the two files.
func Versions() (lib string, state, stats int) {
	lib, _, _ = sqlite3.Version()
	return lib, newestSchema(StateFile), newestSchema(StatsFile)
}

// step returns the statements that migrate a file from schema n-1 to n.
func step(name string, n int) (string, error) {
	text, err := fs.ReadFile(schemas, "schema/"+strings.TrimSuffix(name, ".db")+"."+strconv.Itoa(n)+".sql")
	return fmt.Sprintf("%s;PRAGMA user_version = %d", text, n), err
}

// version reads the schema version; 0 is a new file.
func (f *file) version(ctx context.Context) (n int, err error) {
	err = f.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&n)
	return n, wrap("reading "+f.name, err)
}

// usable returns the schema version of a file that the program can use: any that it knows, and a newer
// one that is marked as compatible.
func (f *file) usable(ctx context.Context) (have int, err error) {
	have, err = f.version(ctx)
	newest := newestSchema(f.name)
	switch {
	case err != nil:
		return have, err
	case have < 0:
		return have, &engine.Error{Where: "reading " + f.name, Condition: engine.Corrupt, Err: fmt.Errorf("there is no schema %d", have)}
	case have <= newest:
		return have, nil
	}
	var oldest int
	err = f.conn.QueryRowContext(ctx, "SELECT min_reader FROM compatibility").Scan(&oldest)
	if c := condition(err); err != nil && (c == engine.Busy || c == engine.Unwritable) {
		return have, wrap("reading "+f.name, err)
	}
	if err != nil || oldest > newest {
		return have, fmt.Errorf("%s: %w (schema %d, known %d); use that version", f.name, engine.ErrNewer, have, newest)
	}
	return have, nil
}

// migrate brings the schema up to date, all steps in one transaction. A newer schema is not changed.
func (f *file) migrate(ctx context.Context) error {
	have, err := f.usable(ctx)
	newest := newestSchema(f.name)
	if err != nil || have >= newest {
		return err
	}
	return f.update(ctx, func(t *tx) error {
		if have, err = f.version(ctx); err != nil { // another process may have migrated it first
			return err
		}
		for next := have + 1; next <= newest; next++ {
			query, err := step(f.name, next)
			if err != nil {
				return err
			}
			if err := t.exec(fmt.Sprintf("bringing %s to schema %d", f.name, next), query); err != nil {
				return err
			}
		}
		return nil
	})
}

// copyMark precedes the schema version in the name of a copy made before a migration.
const copyMark = ".schema"

// keepCopy copies the statistics before a migration, so that the older version of the program can be
// restored. The state is not copied: a copy would still hold people who are erased later.
func (f *file) keepCopy(ctx context.Context, dir string) error {
	have, err := f.usable(ctx)
	if f.name != StatsFile || err != nil || have == 0 || have >= newestSchema(f.name) {
		return err
	}
	if err := requireSpace(dir, f.name); err != nil {
		return err
	}
	kept := filepath.Join(dir, f.name+copyMark+strconv.Itoa(have))
	fresh := kept + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return durable.FolderError(err)
	}
	if _, err := f.conn.ExecContext(ctx, "VACUUM INTO ?", fresh); err != nil {
		return wrap("copying "+f.name, err)
	}
	if err := errors.Join(restrictFile(fresh), durable.Rename(fresh, kept)); err != nil {
		return durable.FolderError(err)
	}
	return nil
}

// requireSpace returns an error if the disk has no space for a copy of a file and for a step that
// rewrites all of it, first in the log.
func requireSpace(dir, name string) error {
	var size int64
	for _, part := range []string{name, name + "-wal"} {
		if info, err := os.Stat(filepath.Join(dir, part)); err == nil {
			size += info.Size()
		}
	}
	const mebi = 1 << 20
	need := 3*uint64(size) + mebi
	free, err := durable.Free(dir)
	if err != nil {
		return durable.FolderError(err)
	}
	if free < need {
		return &engine.Error{Where: "bringing " + name + " up to date; nothing was changed", Condition: engine.Unwritable,
			Err: fmt.Errorf("%d MiB are free in %s, %d MiB are needed", free/mebi, dir, need/mebi+1)}
	}
	return nil
}

// ExpireCopies implements engine.Copies.
func (db *DB) ExpireCopies(before time.Time) error {
	copies, err := filepath.Glob(filepath.Join(globEscape(db.dir), StatsFile+copyMark+"*"))
	if err != nil {
		return err
	}
	var old []string
	for _, path := range copies {
		if info, err := os.Lstat(path); err == nil && info.ModTime().Before(before) {
			old = append(old, filepath.Base(path))
		}
	}
	if len(old) == 0 {
		return nil
	}
	return durable.Remove(db.dir, old...)
}

// globEscape returns a pattern that matches only the path itself.
func globEscape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// object is a row of sqlite_schema.
type object struct{ kind, name, table, sql string }

func (o object) String() string { return o.kind + " " + strconv.Quote(o.name) }

// objects returns the objects in the schema of a file.
func (f *file) objects(ctx context.Context) (all map[object]bool, err error) {
	all = map[object]bool{}
	err = f.view(ctx, func(t *tx) error {
		rows, err := list(t, "reading the schema of "+f.name, "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema", nil,
			func(row *sql.Rows, o *object) error { return row.Scan(&o.kind, &o.name, &o.table, &o.sql) })
		for _, o := range rows {
			all[o] = true
		}
		return err
	})
	return all, err
}

// requireSchema returns an error if the schema of a file is not exactly that of a version: another
// trigger or view could do anything when the file is used.
func (f *file) requireSchema(ctx context.Context, version int) error {
	want, err := objectsOf(ctx, f.name, version)
	if err != nil {
		return err
	}
	have, err := f.objects(ctx)
	if err != nil {
		return err
	}
	for o := range have {
		if !want[o] {
			return fmt.Errorf("its %s was not made by this program", o)
		}
	}
	for o := range want {
		if !have[o] {
			return fmt.Errorf("it has no %s", o)
		}
	}
	return nil
}

// objectsOf returns the objects that the steps up to a version create.
func objectsOf(ctx context.Context, name string, version int) (map[object]bool, error) {
	f, err := openFile(ctx, "", name, inMemory)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for n := 1; n <= version; n++ {
		query, err := step(name, n)
		if err != nil {
			return nil, err
		}
		if _, err := f.conn.ExecContext(ctx, query); err != nil {
			return nil, wrap(fmt.Sprintf("making schema %d", n), err)
		}
	}
	return f.objects(ctx)
}
