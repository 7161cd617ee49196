package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"digiwijzer/store/internal/durable"
)

// StaffFile holds staff accounts, their drafts, the editions and the audit trail.
const StaffFile = "staff.db"

const staffAdvice = "put a backup back with: digiwijzer restore FILE"

// staffReaders is how many staff requests can read at the same time.
const staffReaders = 4

// OpenStaff opens staff.db in dir; it creates and migrates the file as needed. One pool writes, one
// transaction at a time, and one reads. Other processes may have the file open too.
func OpenStaff(ctx context.Context, dir string) (write, read *sql.DB, err error) {
	if err := durable.MakeDir(dir); err != nil {
		return nil, nil, durable.FolderError(err)
	}
	if err := restrictFolder(dir); err != nil {
		return nil, nil, err
	}
	path := filepath.Join(dir, StaffFile)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // SQLite gives its log the same mode
	if err != nil {
		return nil, nil, durable.FolderError(err)
	}
	if err := errors.Join(file.Close(), restrictFile(path)); err != nil {
		return nil, nil, durable.FolderError(err)
	}
	f, err := openWritable(ctx, dir, StaffFile, staffAdvice)
	if err != nil {
		return nil, nil, err
	}
	if err := errors.Join(f.Close(), durable.SyncDir(dir)); err != nil {
		return nil, nil, err
	}
	write = sql.OpenDB(newConnector(path, writing))
	write.SetMaxOpenConns(1)
	read = sql.OpenDB(newConnector(path, reading))
	read.SetMaxOpenConns(staffReaders)
	if err := errors.Join(write.PingContext(ctx), read.PingContext(ctx)); err != nil {
		return nil, nil, errors.Join(wrap("opening "+StaffFile, err), write.Close(), read.Close())
	}
	return write, read, nil
}

// BackupStaff writes a copy of staff.db in dir to the file dst, atomically, while other processes may be
// writing. Open sessions and invitations are left out: a copy must give nobody access. If there is no
// staff.db, a dst of an earlier backup is deleted.
func BackupStaff(ctx context.Context, dir, dst string) error {
	f, err := openExisting(ctx, dir, StaffFile, copying)
	if errors.Is(err, fs.ErrNotExist) {
		return durable.Remove(filepath.Dir(dst), filepath.Base(dst))
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return f.copyTo(ctx, dst, func(copied string) error {
		if err := revokeAccess(ctx, filepath.Dir(copied)); err != nil {
			return err
		}
		return CheckStaff(ctx, copied)
	})
}

// revokeAccess migrates the staff.db in a folder and deletes everything in it that gives access without
// signing in.
func revokeAccess(ctx context.Context, dir string) error {
	f, err := openFile(ctx, dir, StaffFile, writing)
	if err != nil {
		return err
	}
	err = f.migrate(ctx)
	if err == nil {
		_, err = f.conn.ExecContext(ctx, "DELETE FROM session; DELETE FROM invitation; DELETE FROM spent")
	}
	return errors.Join(wrap("closing "+StaffFile, err), f.Close())
}

// CheckStaff returns an error unless a file is an intact copy of staff.db.
func CheckStaff(ctx context.Context, path string) error {
	scratch, err := os.MkdirTemp(filepath.Dir(path), ".check-*")
	if err != nil {
		return fmt.Errorf("checking %s: %w", path, err)
	}
	defer os.RemoveAll(scratch)
	if err := durable.Copy(path, filepath.Join(scratch, StaffFile), MaxBackup); err != nil {
		return err
	}
	if err := checkCopy(ctx, filepath.Join(scratch, StaffFile)); err != nil {
		return fmt.Errorf("%s is no backup: %w", path, err)
	}
	return nil
}

// RestoreStaff replaces staff.db in dir by the backup src; no other process may have the folder open
// (engine.ErrInUse). It returns where the replaced file is kept; empty if there was none. Everybody has
// to sign in again.
func RestoreStaff(ctx context.Context, dir, src string) (kept string, err error) {
	lock, err := lockFolder(dir)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	scratch, err := os.MkdirTemp(dir, StaffFile+".restore-*")
	if err != nil {
		return "", durable.FolderError(err)
	}
	defer os.RemoveAll(scratch)
	copied := filepath.Join(scratch, StaffFile)
	if err := durable.Copy(src, copied, MaxBackup); err != nil {
		return "", err
	}
	if err := checkCopy(ctx, copied); err != nil { // before anything else in it is used
		return "", fmt.Errorf("%s is no backup: %w", src, err)
	}
	if err := revokeAccess(ctx, scratch); err != nil {
		return "", err
	}
	return replace(dir, StaffFile, copied)
}
