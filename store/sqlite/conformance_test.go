package sqlite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/store/engine"
	"digiwijzer/store/memdir"
	"digiwijzer/store/sqlite"
	"digiwijzer/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() engine.Rows {
		dir := memdir.New(t)
		return func() engine.Rows {
			db, err := sqlite.Open(t.Context(), dir)
			require.NoError(t, err)
			return db
		}
	}, 1)
}
