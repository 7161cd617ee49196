package sqlite

import (
	"context"
	"errors"
	"os"
	"syscall"
)

const (
	incremental = 2   // the value of PRAGMA auto_vacuum
	sparePages  = 512 // free pages kept for reuse
)

// Space implements engine.Rows.
func (db *DB) Space() (free, size uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(db.dir, &s); err != nil {
		return 0, 0, &os.PathError{Op: "statfs", Path: db.dir, Err: err}
	}
	block := uint64(s.Bsize)
	return s.Bavail * block, s.Blocks * block, nil
}

// Shrink implements engine.Rows.
func (db *DB) Shrink(ctx context.Context) (more bool, err error) {
	before, err := db.state.pragma(ctx, "freelist_count")
	if err != nil || before <= sparePages {
		return false, err
	}
	// So few pages, of 4 kB, that turns do not wait long. Each page is one row of the result, and all rows
	// must be read.
	rows, err := db.state.conn.QueryContext(ctx, "PRAGMA incremental_vacuum(512)")
	if err != nil {
		return false, wrap("shrinking "+StateFile, err)
	}
	for rows.Next() {
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return false, wrap("shrinking "+StateFile, err)
	}
	after, err := db.state.pragma(ctx, "freelist_count")
	return after > sparePages && after < before, err
}

// pragma reads a setting that is a number.
func (f *file) pragma(ctx context.Context, name string) (n int, err error) {
	err = f.conn.QueryRowContext(ctx, "PRAGMA "+name).Scan(&n)
	return n, wrap("reading "+f.name, err)
}

// rewriteLimit is the largest number of used pages of a file that is rewritten, which takes as much
// memory: 64 MB.
const rewriteLimit = 16 << 10

// makeShrinkable rewrites a file of an earlier version in one transaction, so that it can release free
// space. A file that is too large, or whose rewrite fails (for lack of space, for example), stays as it
// is; the next start tries again.
func (f *file) makeShrinkable(ctx context.Context) error {
	mode, err := f.pragma(ctx, "auto_vacuum")
	if err != nil || mode == incremental {
		return err
	}
	all, err := f.pragma(ctx, "page_count")
	if err != nil {
		return err
	}
	free, err := f.pragma(ctx, "freelist_count")
	if err != nil || all-free > rewriteLimit {
		return err
	}
	if _, err := f.conn.ExecContext(ctx, "PRAGMA auto_vacuum = INCREMENTAL; VACUUM"); err == nil {
		_, err = f.truncate(ctx)
		return err
	}
	return nil
}
