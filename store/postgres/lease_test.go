package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/engine"
	"digiwijzer/store/postgres"
	"digiwijzer/store/postgres/pgtest"
)

// TestLeasesAreRenewedWhileEverythingIsBusy renews leases, and gives them back, while every connection for turns,
// reads and jobs is in use.
func TestLeasesAreRenewedWhileEverythingIsBusy(t *testing.T) {
	t.Parallel()
	db, err := postgres.Open(t.Context(), postgres.Config{State: pgtest.Database(t)})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	for range postgres.MaxConnections {
		_, release, err := db.Conn(t.Context())
		require.NoError(t, err)
		defer release()
	}
	owner := engine.Hash{1}
	held, err := db.Renew(t.Context(), owner, func(_ int, all []engine.LeaseState) (hold, release []string) {
		for _, l := range all {
			hold = append(hold, l.Name)
		}
		return hold, nil
	})
	require.NoError(t, err)
	require.Greater(t, len(held.Leases), engine.Shards)
	require.NoError(t, db.Leave(t.Context(), owner))
}

// TestStalledRenewal lets a program stall in the middle of a renewal, where it has locked all leases: another one
// renews all the same.
func TestStalledRenewal(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t)
	open := func() *postgres.DB {
		db, err := postgres.Open(t.Context(), postgres.Config{State: address})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, db.Close()) })
		return db
	}
	stalled, other := open(), open()
	nothing := func(int, []engine.LeaseState) (hold, release []string) { return nil, nil }
	_, err := stalled.Renew(t.Context(), engine.Hash{1}, func(int, []engine.LeaseState) (hold, release []string) {
		held, err := other.Renew(t.Context(), engine.Hash{2}, nothing)
		assert.NoError(t, err)
		assert.Equal(t, 1, held.Members)
		return nil, nil
	})
	require.Error(t, err, "it lost its transaction")
	_, err = stalled.Renew(t.Context(), engine.Hash{1}, nothing)
	require.NoError(t, err)
}
