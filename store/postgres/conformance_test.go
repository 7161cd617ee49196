package postgres_test

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/store/engine"
	"digiwijzer/store/postgres"
	"digiwijzer/store/postgres/pgtest"
	"digiwijzer/store/storetest"
)

var everyCrash = flag.Int("everycrash", 32, "every so many of the points at which the program can crash are tried")

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestConformance(t *testing.T) {
	used := map[*testing.T]string{}
	storetest.Run(t, func(t *testing.T) func() engine.Rows {
		address := used[t]
		if address == "" {
			address = pgtest.Database(t)
			used[t] = address
		} else { // the harness before has closed its rows
			pgtest.Clear(t, address)
		}
		return func() engine.Rows {
			db, err := postgres.Open(t.Context(), postgres.Config{State: address})
			require.NoError(t, err)
			return db
		}
	}, *everyCrash)
}
