package sqlite

import (
	"testing"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/engine"
)

// A file that cannot be read now may be whole. Here no statement can be prepared for lack of
// memory.
func TestFailureOfTheMachineIsNotReportedAsDamage(t *testing.T) {
	db, err := Open(t.Context(), t.TempDir())
	require.NoError(t, err)
	defer db.Close()
	limit := func(instructions int) {
		require.NoError(t, db.state.conn.Raw(func(c any) error {
			c.(*sqlite3.SQLiteConn).SetLimit(sqlite3.SQLITE_LIMIT_VDBE_OP, instructions)
			return nil
		}))
	}
	limit(1)
	require.Equal(t, engine.Unwritable, engine.ConditionOf(db.state.check(t.Context(), stateAdvice)))
	limit(1 << 20)
	require.NoError(t, db.state.check(t.Context(), stateAdvice))
}

// The transaction of a failed commit is still open in SQLite: here a foreign key is checked
// as late as that.
func TestFailedCommitIsRolledBack(t *testing.T) {
	db, err := Open(t.Context(), t.TempDir())
	require.NoError(t, err)
	defer db.Close()
	err = db.stats.update(t.Context(), func(tx *tx) error {
		if err := tx.exec("deferring", "PRAGMA defer_foreign_keys = ON"); err != nil {
			return err
		}
		return tx.exec("adding", "INSERT INTO outcome_referral (outcome, initiative) VALUES (x'00', 'kvk')")
	})
	require.ErrorContains(t, err, "committing")
	n := 0
	require.NoError(t, db.stats.update(t.Context(), func(tx *tx) error {
		_, err := tx.find("counting", "SELECT count(*) FROM outcome_referral", nil, &n)
		return err
	}))
	require.Zero(t, n)
}
