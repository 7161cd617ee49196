package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Finding is a setting of a server with which data can leak or be lost.
type Finding struct {
	Setting string // its name
	Value   string
	Want    string // what it should be
	Refuse  bool   // the program does not start with it; otherwise it is a warning
}

func (f Finding) String() string {
	return fmt.Sprintf("%s is %s, it should be %s", f.Setting, f.Value, f.Want)
}

// Inspect returns what is wrong with the settings of the servers. A setting may differ per database
// and account; the values for this program are checked.
func Inspect(ctx context.Context, c Config) (all []Finding, err error) {
	addresses := []string{c.State}
	if c.Figures != "" && c.Figures != c.State {
		addresses = append(addresses, c.Figures)
	}
	for i, address := range addresses {
		pool, err := newPool(ctx, address)
		if err != nil {
			return nil, err
		}
		err = onConn(pool, func(conn *pgx.Conn) error {
			values, err := settings(ctx, conn)
			all = append(all, findings(values, i == 0)...)
			return err
		})
		pool.Close()
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// settings reads the settings that findings checks.
func settings(ctx context.Context, conn *pgx.Conn) (map[string]string, error) {
	rows, err := conn.Query(ctx, `SELECT name, setting FROM pg_settings WHERE name LIKE 'log\_%' OR name LIKE 'auto\_explain.%'
		OR name IN ('synchronous_commit', 'fsync', 'full_page_writes', 'archive_mode', 'wal_keep_size', 'wal_recycle', 'checkpoint_timeout')`)
	if err != nil {
		return nil, wrap("reading the settings of the server", err)
	}
	values := map[string]string{}
	var name, value string
	_, err = pgx.ForEachRow(rows, []any{&name, &value}, func() error { values[name] = value; return nil })
	return values, wrap("reading the settings of the server", err)
}

// findings checks settings. The parameters of statements are hashes of chats and encrypted bodies: in
// a log they would outlive what is erased. Statements themselves contain none. personal is whether
// the state is in this database.
func findings(values map[string]string, personal bool) (all []Finding) {
	add := func(name, want string, refuse bool) {
		all = append(all, Finding{name, values[name], want, refuse})
	}
	isOff := func(name string) bool {
		return values[name] == "" || values[name] == "-1" || values[name] == "0" && name == sampled
	}
	statements := values["log_statement"] == "all" || values["log_statement"] == "mod"
	for _, name := range []string{"log_min_duration_statement", "log_min_duration_sample", sampled} {
		statements = statements || !isOff(name)
	}
	if personal && statements && values["log_parameter_max_length"] != "0" {
		add("log_parameter_max_length", "0", true)
	}
	if personal && values["log_parameter_max_length_on_error"] != "0" {
		add("log_parameter_max_length_on_error", "0", true)
	}
	if explained := values["auto_explain.log_min_duration"]; personal && explained != "" && explained != "-1" && values["auto_explain.log_parameter_max_length"] != "0" {
		add("auto_explain.log_parameter_max_length", "0", true)
	}
	if values["synchronous_commit"] == "off" {
		add("synchronous_commit", "on", true)
	}
	if personal && values["log_error_verbosity"] != "terse" {
		add("log_error_verbosity", "terse", false)
	}
	if personal && values["archive_mode"] != "off" {
		add("archive_mode", "off", false)
	}
	if personal && values["wal_keep_size"] != "0" {
		add("wal_keep_size", "0", false)
	}
	if personal && values["wal_recycle"] != "off" { // a recycled segment keeps its old contents
		add("wal_recycle", "off", false)
	}
	if seconds, _ := strconv.Atoi(values["checkpoint_timeout"]); personal && seconds > longestCheckpoint { // what was erased stays in the log for two of them
		add("checkpoint_timeout", strconv.Itoa(longestCheckpoint), false)
	}
	for _, name := range []string{"fsync", "full_page_writes"} {
		if values[name] == "off" {
			add(name, "on", false)
		}
	}
	return all
}

// longestCheckpoint is how many seconds may be between two checkpoints. A standby deletes its log a
// checkpoint later than the primary, and a checkpoint takes almost as long as the time between two:
// so what is erased leaves the logs within a quarter of an hour.
const longestCheckpoint = 180

const sampled = "log_transaction_sample_rate"

// Name returns the host and name of a database, without account and password.
func Name(address string) string {
	c, err := pgxpool.ParseConfig(address)
	if err != nil {
		return "PostgreSQL"
	}
	return strings.TrimSuffix(fmt.Sprintf("postgres://%s/%s", c.ConnConfig.Host, c.ConnConfig.Database), "/")
}
