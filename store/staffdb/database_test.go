package staffdb_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows/content/publishing"
	"digiwijzer/store/postgres/pgtest"
	"digiwijzer/store/staffdb"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func openDatabase(t *testing.T, address string) *staffdb.DB {
	t.Helper()
	db, err := staffdb.OpenDatabase(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db
}

// fill uses every table, and every way to change one.
func fill(t *testing.T, db *staffdb.DB) {
	t.Helper()
	var a, gone staffdb.Account
	require.NoError(t, db.Update(t.Context(), func(tx *staffdb.Tx) (err error) {
		if a, err = tx.AddAccount("anna", []string{"editor", "admin"}, now); err != nil {
			return err
		}
		if gone, err = tx.AddAccount("Zeger", []string{"reader"}, now); err != nil {
			return err
		}
		fresh, err := tx.Spend([]byte("challenge"), now.Add(time.Hour))
		again, err2 := tx.Spend([]byte("challenge"), now.Add(time.Hour))
		assert.True(t, fresh)
		assert.False(t, again)
		return errors.Join(err, err2,
			tx.AddPasskey(staffdb.Passkey{ID: []byte("key"), Account: a.ID, Name: "Telefoon", Credential: "{}", Created: now}),
			tx.AddIdentity("https://id.example", "s-1", a.ID), tx.SignedIn(a.ID, now),
			tx.AddInvitation(staffdb.Invitation{Token: []byte("t"), Account: a.ID, Expires: now.Add(time.Hour)}),
			tx.AddSession(staffdb.Session{Token: []byte("s"), ID: "s", Account: a.ID, Way: "passkey", Began: now, Used: now}),
			tx.TouchSession([]byte("s"), now.Add(time.Minute)), tx.Expire(now.Add(-time.Hour), now.Add(-time.Hour), now),
			tx.SetMail(staffdb.Mail{ID: "m", Account: a.ID, Address: "a@example.org", Lang: "nl", Asked: now, Sending: staffdb.Sending{Week: "2026-W47", Refused: true}}))
	}))
	record(t, db, 3)
	require.NoError(t, db.Editions().Update(t.Context(), func(tx publishing.Tx) error {
		for n := range 2 {
			if _, err := tx.AddEdition(publishing.Edition{Hash: fmt.Sprint(n), Program: "p", Scoring: 1, At: now, By: a.ID, RolledBack: n == 1}, map[string][]byte{"x.toml": {0, 'a'}, "leeg": nil}); err != nil {
				return err
			}
		}
		return tx.PutDraft(publishing.DraftRow{Owner: a.ID, Began: now, Touched: now, Note: "x"})
	}))
	require.NoError(t, db.Update(t.Context(), func(tx *staffdb.Tx) error { return tx.DeleteAccount(gone.ID, now) }))
}

// everything returns what staff can see, as text; ids and handles are random.
func everything(t *testing.T, db *staffdb.DB, ids bool) (all string) {
	t.Helper()
	add := func(value any, err error) error {
		all += fmt.Sprintf("%+v\n", value)
		return err
	}
	require.NoError(t, db.View(t.Context(), func(tx *staffdb.Tx) error {
		accounts, err := tx.Accounts()
		if err := add(len(accounts), err); err != nil {
			return err
		}
		a := accounts[0]
		if ids {
			_ = add(a, nil)
		}
		session, ok, err := tx.Session([]byte("s"), time.Time{}, time.Time{})
		session.Account = ""
		keys, err2 := tx.Passkeys(a.ID)
		keys[0].Account = ""
		mails, err3 := tx.Mails()
		mails[0].Account = ""
		entries, err4 := tx.Audit(staffdb.Filter{What: "partner paused", From: now, Limit: 2})
		chain, err5 := tx.VerifyAudit()
		return errors.Join(add(a.Roles, nil), add(session, err), add(ok, nil), add(keys, err2), add(mails, err3), add(entries, err4), add(chain, err5))
	}))
	require.NoError(t, db.Editions().View(t.Context(), func(tx publishing.Tx) error {
		editions, err := tx.Editions(0, 0)
		for i := range editions {
			editions[i].By = ""
		}
		files, err2 := tx.EditionFiles(1)
		drafts, err3 := tx.Drafts()
		return errors.Join(add(editions, err), add(files, err2), add(len(drafts), err3))
	}))
	return all
}

// TestStaffInDatabase: the same in PostgreSQL as in a file, and the same again after a move.
func TestStaffInDatabase(t *testing.T) {
	t.Parallel()
	file, _ := open(t)
	fill(t, file)
	own := openDatabase(t, pgtest.EmptyDatabase(t))
	fill(t, own)
	assert.Equal(t, everything(t, file, false), everything(t, own, false))

	moved := openDatabase(t, pgtest.EmptyDatabase(t))
	rows := map[string]int64{}
	told := func(table string, n int64) { rows[table] = n }
	require.NoError(t, file.CopyTo(t.Context(), moved, told))
	assert.Equal(t, everything(t, file, true), everything(t, moved, true))
	assert.EqualValues(t, 3, rows["audit"])
	assert.EqualValues(t, 2, rows["account"])
	assert.EqualValues(t, 4, rows["edition_file"])
	assert.ErrorIs(t, file.CopyTo(t.Context(), moved, told), staffdb.ErrNotEmpty)
	record(t, moved, 1) // the chain goes on
}

// TestMachinesRecordOneChain: entries recorded at once on several machines form one chain, and a sign-in on one is known on the
// other.
func TestMachinesRecordOneChain(t *testing.T) {
	t.Parallel()
	address := pgtest.EmptyDatabase(t)
	var both sync.WaitGroup
	for range 2 {
		db := openDatabase(t, address)
		both.Go(func() {
			for range 20 {
				assert.NoError(t, db.Update(context.Background(), func(tx *staffdb.Tx) error {
					return tx.Record(staffdb.Entry{When: now, Who: "p", What: "x"})
				}))
			}
		})
	}
	both.Wait()
	one, other := openDatabase(t, address), openDatabase(t, address)
	c, err := verify(t, one)
	require.NoError(t, err)
	assert.EqualValues(t, 40, c.Entries)
	require.NoError(t, one.Update(t.Context(), func(tx *staffdb.Tx) error {
		a, err := tx.AddAccount("Anna", nil, now)
		return errors.Join(err, tx.AddSession(staffdb.Session{Token: []byte("s"), ID: "s", Account: a.ID, Began: now, Used: now}))
	}))
	require.NoError(t, other.View(t.Context(), func(tx *staffdb.Tx) error {
		_, ok, err := tx.Session([]byte("s"), time.Time{}, time.Time{})
		assert.True(t, ok)
		return err
	}))
}
