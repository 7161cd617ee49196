package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
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
		defer func() { printStatements(b, primary.Address("bench"), len(rates)) }()
	}
	fmt.Println("# round: SQLite updates/s p50 p99 cpu | two on PostgreSQL updates/s p50 p99, cpu of one; of both, of the servers; fdatasync/s; load")
	for b.Loop() {
		syncs := syncRate(b)
		alone := own.work(b)
		before, first, second := processorTime(b, otherPID), serverTime(b, primary.PID()), serverTime(b, standby.PID())
		two := fleet.work(b)
		programs := two.cpu + float64((processorTime(b, otherPID)-before).Microseconds())/tapsPerRound
		onPrimary, byPrimary := spent(first, serverTime(b, primary.PID()))
		onStandby, byStandby := spent(second, serverTime(b, standby.PID()))
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

// serverTime returns the processor time of a server and its children, by what they do.
func serverTime(b *testing.B, server int) map[string]time.Duration {
	by := map[string]time.Duration{}
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(b, err)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		parent, _ := strconv.Atoi(fields[1])
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if pid == server || parent == server {
			by[duty(pid)] += processorTime(b, pid)
		}
	}
	return by
}

// duties are what the processes of a server name themselves after.
var duties = []string{"walsender", "walreceiver", "walwriter", "startup", "checkpointer", "autovacuum worker", "background writer"}

// duty returns what a process of a server does.
func duty(pid int) string {
	title, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	for _, name := range duties {
		if strings.Contains(string(title), name) {
			return name
		}
	}
	if strings.Contains(string(title), "[local]") {
		return "connections"
	}
	return "other"
}

// spent is the processor time of a server per tap, in microseconds: in all, and by duty.
func spent(before, after map[string]time.Duration) (all float64, by string) {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		took := float64((after[name] - before[name]).Microseconds()) / tapsPerRound
		all += took
		if took >= 0.5 {
			parts = append(parts, fmt.Sprintf("%s %.0f", name, took))
		}
	}
	return all, strings.Join(parts, ", ")
}

var statements = flag.Bool("statements", false, "print what the statements of BenchmarkReplicas take, on the primary")

// printStatements prints what statements took since they were reset, per tap.
func printStatements(b *testing.B, address string, rounds int) {
	conn, err := pgx.Connect(b.Context(), address)
	require.NoError(b, err)
	defer func() { require.NoError(b, conn.Close(context.Background())) }()
	rows, err := conn.Query(b.Context(), `SELECT (1000*(total_exec_time+total_plan_time)/$1)::numeric(8,1)::text || E'\t' || (1000*total_plan_time/$1)::numeric(8,1) || E'\t' || calls || E'\t' || rows || E'\t' ||
		(shared_blks_hit+shared_blks_read) || E'\t' || (wal_bytes/$1)::numeric(8,0) || E'\t' || wal_fpi || E'\t' || left(regexp_replace(query, E'\\s+', ' ', 'g'), 110)
		FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 40`, float64(rounds)*tapsPerRound)
	require.NoError(b, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(b, err)
	fmt.Println("# µs/tap\tplanning\tcalls\trows\tblocks\tWAL/tap\tpage images\tstatement")
	for _, line := range lines {
		fmt.Println("#", line)
	}
}
