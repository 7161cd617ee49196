package staffdb_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/sqlite"
	"digiwijzer/store/staffdb"
)

// TestBackupLetsNobodyIn: a copy made while the data are in use has the people and the audit
// trail, and neither sessions nor invitations, also not in what SQLite leaves of deleted rows.
func TestBackupLetsNobodyIn(t *testing.T) {
	t.Parallel()
	db, dir := open(t)
	var a staffdb.Account
	session, invitation := []byte("the hash of an open session 0123"), []byte("the hash of an invitation 012345")
	require.NoError(t, db.Update(t.Context(), func(tx *staffdb.Tx) (err error) {
		if a, err = tx.AddAccount("Anna", []string{"admin", "editor"}, now); err != nil {
			return err
		}
		if err := tx.AddSession(staffdb.Session{Token: session, ID: "s", Account: a.ID, Began: now, Used: now}); err != nil {
			return err
		}
		if err := tx.AddInvitation(staffdb.Invitation{Token: invitation, Account: a.ID, Expires: now.Add(time.Hour)}); err != nil {
			return err
		}
		return tx.AddPasskey(staffdb.Passkey{ID: []byte("key"), Account: a.ID, Created: now})
	}))
	record(t, db, 3)
	copied := filepath.Join(t.TempDir(), "copy.staff")
	require.NoError(t, sqlite.BackupStaff(t.Context(), dir, copied))
	content, err := os.ReadFile(copied)
	require.NoError(t, err)
	assert.NotContains(t, string(content), string(session))
	assert.NotContains(t, string(content), string(invitation))
	info, err := os.Stat(copied)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.NoError(t, db.Update(t.Context(), func(tx *staffdb.Tx) error { return tx.DeleteAccount(a.ID, now) }))
	require.NoError(t, db.Close())
	kept, err := sqlite.RestoreStaff(t.Context(), dir, copied)
	require.NoError(t, err)
	assert.FileExists(t, kept)
	back, err := staffdb.Open(t.Context(), dir)
	require.NoError(t, err)
	defer back.Close()
	require.NoError(t, back.View(t.Context(), func(tx *staffdb.Tx) error {
		got, err := tx.Account(a.ID)
		require.NoError(t, err)
		assert.Equal(t, []string{"admin", "editor"}, got.Roles)
		keys, err := tx.Passkeys(a.ID)
		require.NoError(t, err)
		assert.Len(t, keys, 1)
		_, ok, err := tx.Session(session, time.Time{}, time.Time{})
		require.NoError(t, err)
		assert.False(t, ok)
		_, ok, err = tx.Invitation(invitation, now)
		require.NoError(t, err)
		assert.False(t, ok)
		c, err := tx.VerifyAudit()
		assert.EqualValues(t, 3, c.Entries)
		return err
	}))
}

// TestForeignStaffIsNotRestored: a file with a trigger, which could do anything when it is
// used, a damaged one and another database leave everything as it is.
func TestForeignStaffIsNotRestored(t *testing.T) {
	t.Parallel()
	db, dir := open(t)
	record(t, db, 1)
	good := filepath.Join(t.TempDir(), "copy.staff")
	require.NoError(t, sqlite.BackupStaff(t.Context(), dir, good))
	require.NoError(t, db.Close())
	content, err := os.ReadFile(good)
	require.NoError(t, err)
	foreign := func(name string, content []byte, statement string) string {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		if statement != "" {
			raw, err := sql.Open("sqlite3", path)
			require.NoError(t, err)
			_, err = raw.Exec(statement)
			require.NoError(t, err)
			require.NoError(t, raw.Close())
		}
		return path
	}
	before, err := os.ReadFile(filepath.Join(dir, "staff.db"))
	require.NoError(t, err)
	for _, path := range []string{
		foreign("trigger", content, "CREATE TRIGGER t AFTER INSERT ON audit BEGIN DELETE FROM audit; END"),
		foreign("table", content, "DROP TABLE passkey"),
		foreign("other", nil, "CREATE TABLE x (y)"),
		foreign("half", content[:len(content)/2], ""),
		foreign("text", []byte("not a database"), ""),
		filepath.Join(t.TempDir(), "absent"),
	} {
		require.Error(t, sqlite.CheckStaff(t.Context(), path), path)
		_, err := sqlite.RestoreStaff(t.Context(), dir, path)
		require.Error(t, err, path)
		after, err := os.ReadFile(filepath.Join(dir, "staff.db"))
		require.NoError(t, err)
		assert.Equal(t, before, after, path)
	}
}
