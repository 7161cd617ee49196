package postgres_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/engine"
	"digiwijzer/store/postgres"
	"digiwijzer/store/postgres/pgtest"
)

// TestNewerSchema: a program works with what a newer version has added to the schema, and neither
// starts nor goes on once that has removed what it needs.
func TestNewerSchema(t *testing.T) {
	t.Parallel()
	_, address := pgtest.Shared(t) // with a schema that no other test uses afterwards
	r := newReplicasAt(t, address)
	running := r.start(address, nil)
	change := func(statements string) {
		conn, err := pgx.Connect(t.Context(), address)
		require.NoError(t, err)
		_, err = conn.Exec(t.Context(), statements, pgx.QueryExecModeSimpleProtocol)
		require.NoError(t, errors.Join(err, conn.Close(t.Context())))
	}
	change(`ALTER TABLE state.session ADD COLUMN mood text; ALTER TABLE state.outbox ADD COLUMN mood text NOT NULL DEFAULT '';
		CREATE TABLE state.moods (id bytea PRIMARY KEY); UPDATE state.layout SET version = version + 1; UPDATE figures.layout SET version = version + 1`)
	started := r.start(address, nil)
	require.NoError(t, apply(t.Context(), running, tap("running", person(1))))
	require.NoError(t, apply(t.Context(), started, tap("started", person(1))))
	require.NoError(t, running.Intact())
	_, err := started.Shrink(t.Context(), noon)
	require.NoError(t, err)
	assert.Equal(t, 2, revision(t, running, person(1)))

	change("UPDATE state.layout SET min_reader = version")
	require.ErrorIs(t, running.Intact(), engine.ErrNewer)
	for _, migrate := range []bool{false, true} {
		_, err := postgres.Open(t.Context(), postgres.Config{State: address, Migrate: migrate})
		require.ErrorIs(t, err, engine.ErrNewer)
	}
}
