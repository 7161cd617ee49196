package pgtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Processor is processor time of the processes of a server, by what they do.
type Processor map[string]time.Duration

// tick is the unit of the times in /proc, on every architecture of Linux.
const tick = 10 * time.Millisecond

// Processor returns the processor time that the server has used.
func (s *Server) Processor() (Processor, error) {
	used := Processor{}
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return nil, err
		}
		numbers := make([]int, 16) // up to the time of children that have ended
		for i := range numbers {
			numbers[i], _ = strconv.Atoi(fields[i]) // the first is a letter
		}
		if parent := numbers[1]; pid != s.process.Pid && parent != s.process.Pid {
			continue
		}
		used[duty(pid)] += time.Duration(numbers[11]+numbers[12]) * tick
		if pid == s.process.Pid {
			used["ended"] += time.Duration(numbers[13]+numbers[14]) * tick
		}
	}
	return used, nil
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

// Since returns what was used since before, divided by n, in microseconds: in all, and by duty.
func (p Processor) Since(before Processor, n float64) (all float64, by string) {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(p)) {
		took := float64((p[name] - before[name]).Microseconds()) / n
		all += took
		if took >= 0.5 {
			parts = append(parts, fmt.Sprintf("%s %.0f", name, took))
		}
	}
	return all, strings.Join(parts, ", ")
}

// PrintStatements prints what the statements of a database took since they were reset, divided by n. The
// server has the extension pg_stat_statements.
func PrintStatements(ctx context.Context, address string, n float64) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	rows, _ := conn.Query(ctx, `SELECT (1000*(total_exec_time+total_plan_time)/$1)::numeric(8,1)::text || E'\t' || (1000*total_plan_time/$1)::numeric(8,1) || E'\t' || calls || E'\t' || rows || E'\t' ||
		(shared_blks_hit+shared_blks_read) || E'\t' || (wal_bytes/$1)::numeric(8,0) || E'\t' || wal_fpi || E'\t' || left(regexp_replace(query, E'\\s+', ' ', 'g'), 110)
		FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 40`, n)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	fmt.Println("# µs each\tplanning\tcalls\trows\tblocks\tWAL each\tpage images\tstatement")
	for _, line := range lines {
		fmt.Println("#", line)
	}
	return errors.Join(err, conn.Close(ctx))
}
