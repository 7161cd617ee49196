package staffdb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/staffdb"
)

var now = time.UnixMilli(1_800_000_000_000).UTC()

func open(t *testing.T) (*staffdb.DB, string) {
	t.Helper()
	dir := t.TempDir()
	db, err := staffdb.Open(t.Context(), dir)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db, dir
}

// record adds n entries.
func record(t *testing.T, db *staffdb.DB, n int) {
	t.Helper()
	for i := range n {
		require.NoError(t, db.Update(t.Context(), func(tx *staffdb.Tx) error {
			return tx.Record(staffdb.Entry{When: now.Add(time.Duration(i) * time.Hour), Who: fmt.Sprint("p", i%2), What: "partner paused", About: "kvk", Detail: fmt.Sprint(i)})
		}))
	}
}

func verify(t *testing.T, db *staffdb.DB) (c staffdb.Chain, err error) {
	t.Helper()
	err = db.View(t.Context(), func(tx *staffdb.Tx) error {
		c, err = tx.VerifyAudit()
		return err
	})
	return c, err
}

// TestAuditNoticesEveryChange: changing one field of one entry in the file, or removing or adding an entry, breaks the chain at
// that entry.
func TestAuditNoticesEveryChange(t *testing.T) {
	t.Parallel()
	db, dir := open(t)
	record(t, db, 5)
	whole, err := verify(t, db)
	require.NoError(t, err)
	assert.EqualValues(t, 5, whole.Entries)
	raw, err := sql.Open("sqlite3", filepath.Join(dir, "staff.db"))
	require.NoError(t, err)
	defer raw.Close()
	for change, undo := range map[string]string{
		"UPDATE audit SET at = at + 1 WHERE seq = 3":                 "UPDATE audit SET at = at - 1 WHERE seq = 3",
		"UPDATE audit SET who = 'p1' WHERE seq = 3":                  "UPDATE audit SET who = 'p0' WHERE seq = 3",
		"UPDATE audit SET what = 'x' WHERE seq = 3":                  "UPDATE audit SET what = 'partner paused' WHERE seq = 3",
		"UPDATE audit SET about = '' WHERE seq = 3":                  "UPDATE audit SET about = 'kvk' WHERE seq = 3",
		"UPDATE audit SET detail = '' WHERE seq = 3":                 "UPDATE audit SET detail = '2' WHERE seq = 3",
		"UPDATE audit SET about = 'kvk2', detail = '' WHERE seq = 3": "UPDATE audit SET about = 'kvk', detail = '2' WHERE seq = 3",
	} {
		_, err := raw.Exec(change)
		require.NoError(t, err)
		_, err = verify(t, db)
		require.ErrorIs(t, err, staffdb.ErrBroken, change)
		assert.ErrorContains(t, err, "entry 3", change)
		_, err = raw.Exec(undo)
		require.NoError(t, err)
		_, err = verify(t, db)
		require.NoError(t, err, undo)
	}
	_, err = raw.Exec("UPDATE audit SET hash = x'00' || substr(hash, 2) WHERE seq = 3")
	require.NoError(t, err)
	_, err = verify(t, db)
	require.ErrorIs(t, err, staffdb.ErrBroken, "the hash")
	assert.ErrorContains(t, err, "entry 3")
	_, err = raw.Exec("DELETE FROM audit WHERE seq = 3")
	require.NoError(t, err)
	_, err = verify(t, db)
	assert.ErrorIs(t, err, staffdb.ErrBroken, "removed")
	_, err = raw.Exec("UPDATE audit SET seq = seq - 1 WHERE seq > 3")
	require.NoError(t, err)
	_, err = verify(t, db)
	assert.ErrorIs(t, err, staffdb.ErrBroken, "and numbered anew")
}

// TestAuditHeadsTellWhatWasCutOff: without its latest entries a chain is whole again, but its
// head is another than the one in the log.
func TestAuditHeadsTellWhatWasCutOff(t *testing.T) {
	t.Parallel()
	db, dir := open(t)
	var heads []string
	db.OnRecord(func(e staffdb.Entry) { heads = append(heads, fmt.Sprintf("%d %x", e.Seq, e.Hash)) })
	record(t, db, 3)
	whole, err := verify(t, db)
	require.NoError(t, err)
	require.Len(t, heads, 3)
	assert.Equal(t, heads[2], fmt.Sprintf("%d %x", whole.Entries, whole.Head))
	raw, err := sql.Open("sqlite3", filepath.Join(dir, "staff.db"))
	require.NoError(t, err)
	defer raw.Close()
	_, err = raw.Exec("DELETE FROM audit WHERE seq = 3")
	require.NoError(t, err)
	cut, err := verify(t, db)
	require.NoError(t, err)
	assert.NotEqual(t, heads[2], fmt.Sprintf("%d %x", cut.Entries, cut.Head))
}

// TestAuditIsPartOfWhatItRecords: a failed transaction leaves no entry and calls nothing.
func TestAuditIsPartOfWhatItRecords(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	told := 0
	db.OnRecord(func(staffdb.Entry) { told++ })
	err := db.Update(t.Context(), func(tx *staffdb.Tx) error {
		if err := tx.Record(staffdb.Entry{When: now, Who: "p", What: "x"}); err != nil {
			return err
		}
		return errors.New("it failed")
	})
	require.Error(t, err)
	c, err := verify(t, db)
	require.NoError(t, err)
	assert.Zero(t, c.Entries)
	assert.Zero(t, told)
}

// TestAuditFilter: by who, what, about, time and number, the latest first.
func TestAuditFilter(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	record(t, db, 6)
	for _, c := range []struct {
		filter staffdb.Filter
		want   string
	}{
		{staffdb.Filter{}, "6 5 4 3 2 1"},
		{staffdb.Filter{Who: "p1"}, "6 4 2"},
		{staffdb.Filter{What: "partner paused", About: "kvk", Limit: 2}, "6 5"},
		{staffdb.Filter{What: "other"}, ""},
		{staffdb.Filter{From: now.Add(2 * time.Hour), Until: now.Add(4 * time.Hour)}, "4 3"},
		{staffdb.Filter{Before: 3}, "2 1"},
		{staffdb.Filter{Who: "p0", Before: 5, Limit: 1}, "3"},
	} {
		require.NoError(t, db.View(t.Context(), func(tx *staffdb.Tx) error {
			entries, err := tx.Audit(c.filter)
			var numbers []string
			for _, e := range entries {
				numbers = append(numbers, fmt.Sprint(e.Seq))
			}
			assert.Equal(t, c.want, strings.Join(numbers, " "), "%+v", c.filter)
			return err
		}))
	}
}

// TestTwoProcessesRecord: the command line and a running service share one chain.
func TestTwoProcessesRecord(t *testing.T) {
	t.Parallel()
	db, dir := open(t)
	other, err := staffdb.Open(t.Context(), dir)
	require.NoError(t, err)
	defer other.Close()
	var both sync.WaitGroup
	for _, one := range []*staffdb.DB{db, other} {
		both.Go(func() {
			for range 25 {
				assert.NoError(t, one.Update(context.Background(), func(tx *staffdb.Tx) error {
					return tx.Record(staffdb.Entry{When: now, Who: "p", What: "x"})
				}))
			}
		})
	}
	both.Wait()
	c, err := verify(t, db)
	require.NoError(t, err)
	assert.EqualValues(t, 50, c.Entries)
}

// TestTwoProcessesMakeTheFile: the second process finds it made.
func TestTwoProcessesMakeTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			db, err := staffdb.Open(context.Background(), dir)
			if assert.NoError(t, err) {
				assert.NoError(t, db.Close())
			}
		})
	}
	all.Wait()
}

// TestDeletedPersonKeepsTheID: nothing else of a person remains, in the file neither.
func TestDeletedPersonKeepsTheID(t *testing.T) {
	t.Parallel()
	db, dir := open(t)
	var a staffdb.Account
	require.NoError(t, db.Update(t.Context(), func(tx *staffdb.Tx) (err error) {
		if a, err = tx.AddAccount("Anna van Voorbeeld", []string{"admin"}, now); err != nil {
			return err
		}
		return errors.Join(
			tx.AddPasskey(staffdb.Passkey{ID: []byte("key"), Account: a.ID, Name: "Telefoon", Created: now}),
			tx.AddIdentity("https://id.example", "s-1", a.ID),
			tx.AddInvitation(staffdb.Invitation{Token: []byte("t"), Account: a.ID, Expires: now.Add(time.Hour)}),
			tx.AddSession(staffdb.Session{Token: []byte("s"), ID: "s", Account: a.ID, Began: now, Used: now}),
			tx.SetMail(staffdb.Mail{ID: "m", Account: a.ID, Address: "anna@example.org", Lang: "nl", Asked: now}),
			tx.Record(staffdb.Entry{When: now, Who: a.ID, What: "x"}))
	}))
	require.NoError(t, db.Update(t.Context(), func(tx *staffdb.Tx) error { return tx.DeleteAccount(a.ID, now) }))
	require.NoError(t, db.View(t.Context(), func(tx *staffdb.Tx) error {
		_, err := tx.Account(a.ID)
		assert.ErrorIs(t, err, staffdb.ErrNoAccount)
		_, err = tx.AccountOfHandle(a.Handle)
		assert.ErrorIs(t, err, staffdb.ErrNoAccount)
		_, err = tx.AccountOfIdentity("https://id.example", "s-1")
		assert.ErrorIs(t, err, staffdb.ErrNoAccount)
		keys, err := tx.Passkeys(a.ID)
		assert.NoError(t, err)
		assert.Empty(t, keys)
		_, ok, err := tx.Session([]byte("s"), time.Time{}, time.Time{})
		assert.NoError(t, err)
		assert.False(t, ok)
		entries, err := tx.Audit(staffdb.Filter{Who: a.ID})
		assert.Len(t, entries, 1)
		return err
	}))
	raw, err := sql.Open("sqlite3", filepath.Join(dir, "staff.db"))
	require.NoError(t, err)
	for _, table := range []string{"account_role", "identity", "passkey", "invitation", "session", "mail"} {
		n := 0
		require.NoError(t, raw.QueryRow("SELECT count(*) FROM "+table).Scan(&n))
		assert.Zero(t, n, table)
	}
	require.NoError(t, errors.Join(raw.Close(), db.Close())) // whoever closes it last empties the log into the file
	content, err := os.ReadFile(filepath.Join(dir, "staff.db"))
	require.NoError(t, err)
	assert.Contains(t, string(content), a.ID, "of the audit trail")
	assert.NotContains(t, string(content), "Anna van Voorbeeld")
	assert.NotContains(t, string(content), "anna@example.org")
}
