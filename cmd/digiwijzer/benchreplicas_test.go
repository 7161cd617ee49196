package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot/secret"
	"digiwijzer/flows/content"
	"digiwijzer/store"
	"digiwijzer/store/postgres/pgtest"
)

// BenchmarkReplicas compares one program on SQLite with two on PostgreSQL, whose primary waits
// for a standby on the same machine, under the same load as BenchmarkTaps. They take turns, a
// round each. All processes share the cores: the load, the Bot API, two programs and two
// servers. The time of the servers is that of all their processes.
//
//	go test ./cmd/digiwijzer -run '^$' -bench Replicas -benchtime 5x
func BenchmarkReplicas(b *testing.B) {
	if pgtest.Binaries() == "" {
		b.Skip("there is no PostgreSQL on this machine")
	}
	settings := []string{"wal_level = replica", "max_wal_senders = 5", "shared_buffers = 128MB"}
	if *statements {
		settings = append(settings, "shared_preload_libraries = pg_stat_statements", "pg_stat_statements.track_planning = on")
	}
	primary, err := pgtest.Start(settings...)
	require.NoError(b, err)
	b.Cleanup(func() { _ = primary.Remove() })
	require.NoError(b, primary.Exec("postgres", "CREATE DATABASE bench"))
	standby, err := primary.Standby()
	require.NoError(b, err)
	b.Cleanup(func() { _ = standby.Remove() })
	b.Setenv(benchedDatabase, primary.Address("bench"))
	b.Setenv(benchedKey, filepath.Join(b.TempDir(), "key"))
	_, err = store.CreateKey(os.Getenv(benchedKey), "")
	require.NoError(b, err)

	own := startBenched(b, "own")
	shared := newLoad(b, benchedPeople)
	one, onePID := startBot(b, shared, "replica")
	other, otherPID := startBot(b, shared, "replica")
	shared.target(one+","+other, "/hook", benchedSecret)
	shared.reachQuestion()
	fleet := &benchedBot{shared, onePID}

	var rates, costs, beside []float64
	if *statements {
		require.NoError(b, primary.Exec("bench", "CREATE EXTENSION pg_stat_statements; SELECT pg_stat_statements_reset()"))
		defer func() {
			require.NoError(b, pgtest.PrintStatements(context.Background(), primary.Address("bench"), float64(len(rates))*tapsPerRound))
		}()
	}
	fmt.Println("# round: SQLite updates/s p50 p99 cpu | two on PostgreSQL updates/s p50 p99, cpu of one; of both, of the servers; fdatasync/s; load")
	for b.Loop() {
		syncs := syncRate(b)
		alone := own.work(b)
		before, first, second := processorTime(b, otherPID), used(b, primary), used(b, standby)
		two := fleet.work(b)
		programs := two.cpu + float64((processorTime(b, otherPID)-before).Microseconds())/tapsPerRound
		onPrimary, byPrimary := used(b, primary).Since(first, tapsPerRound)
		onStandby, byStandby := used(b, standby).Since(second, tapsPerRound)
		server := onPrimary + onStandby
		rates, costs, beside = append(rates, two.rate), append(costs, server), append(beside, two.rate/alone.rate)
		fmt.Printf("# %2d: %s | %s; %.0f µs, %.0f µs; %.0f; %s\n", len(rates), alone, two, programs, server, syncs, loadAverage(b))
		fmt.Printf("#     primary %.0f µs: %s | standby %.0f µs: %s\n", onPrimary, byPrimary, onStandby, byStandby)
	}
	b.ReportMetric(median(rates), "replicas/s")
	b.ReportMetric(median(costs), "server-cpu-µs")
	b.ReportMetric(median(beside), "replicas:sqlite")
	b.ReportMetric(0, "ns/op")
}

// What a replica of BenchmarkReplicas is told in its environment.
const (
	benchedDatabase = "DIGIWIJZER_BENCHED_DATABASE"
	benchedKey      = "DIGIWIJZER_BENCHED_KEY"
)

func openReplica(t *testing.T) *store.Store {
	t.Helper()
	edition, err := content.Load("")
	require.NoError(t, err)
	key, err := store.LoadKey(os.Getenv(benchedKey))
	require.NoError(t, err)
	place := store.Place{Database: secret.New(os.Getenv(benchedDatabase))}
	s, err := place.Open(context.Background(), key, store.Options{Region: edition.Catalogue.Region()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// replicaClock is a fast clock on which everything periodic that loads the servers is as rare as
// on the real one: polling for what other programs wrote, renewing the leases, and checking
// whether a job is due.
type replicaClock struct{ fastClock }

func (c replicaClock) After(d time.Duration) <-chan time.Time {
	if d <= 200*time.Millisecond || d == time.Second || d == time.Minute {
		return time.After(d)
	}
	return c.fastClock.After(d)
}

// used returns the processor time of a server.
func used(b *testing.B, server *pgtest.Server) pgtest.Processor {
	b.Helper()
	p, err := server.Processor()
	require.NoError(b, err)
	return p
}

var statements = flag.Bool("statements", false, "print what the statements of BenchmarkReplicas take, on the primary")
