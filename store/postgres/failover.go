package postgres

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// errReplaced is a server that was replaced by one that was promoted.
var errReplaced = errors.New("the server was replaced by another")

// timelineQuery asks for the number that grows with every promotion
// (https://www.postgresql.org/docs/15/continuous-archiving.html#BACKUP-TIMELINES); 0 on a standby.
const timelineQuery = "SELECT CASE WHEN pg_is_in_recovery() THEN '0' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END"

const (
	pollInterval = 2 * time.Second // between two rounds along the servers of an address
	pollLimit    = time.Second     // for all answers of a round
)

// failover makes a pool refuse a server that was replaced: a former primary that keeps running, or
// comes back, after its standby was promoted. Without a standby to wait for, it would acknowledge
// commits that the new primary never gets. The address names both servers, and the timeline of the
// new primary is higher; connections to a lower one are refused, including those made before.
type failover struct {
	servers []*pgconn.Config // of the address; nil: there is only one

	polling sync.Mutex // held during a round
	polled  time.Time

	mu     sync.Mutex
	newest int64 // the highest timeline that was observed
}

// follow sets up the failover of a pool.
func follow(c *pgxpool.Config) *failover {
	f := &failover{servers: serversOf(&c.ConnConfig.Config)}
	validate := c.ConnConfig.ValidateConnect // of target_session_attrs
	c.ConnConfig.ValidateConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		if validate != nil {
			if err := validate(ctx, conn); err != nil {
				return err
			}
		}
		number, err := timeline(ctx, conn)
		if err != nil {
			return err
		}
		f.poll(ctx)
		if number != 0 && !f.observe(number) {
			return errReplaced // the next server of the address is tried
		}
		conn.CustomData()[timelineQuery] = number
		return nil
	}
	c.PrepareConn = func(_ context.Context, conn *pgx.Conn) (bool, error) {
		number, _ := conn.PgConn().CustomData()[timelineQuery].(int64)
		return number == 0 || f.observe(number), nil
	}
	return f
}

// serversOf returns how each server of an address is reached; nil: it names one.
func serversOf(c *pgconn.Config) []*pgconn.Config {
	all := append([]*pgconn.FallbackConfig{{Host: c.Host, Port: c.Port, TLSConfig: c.TLSConfig}}, c.Fallbacks...)
	var servers []*pgconn.Config
	for _, one := range all {
		if n := len(servers); n > 0 && servers[n-1].Host == one.Host && servers[n-1].Port == one.Port {
			servers[n-1].Fallbacks = append(servers[n-1].Fallbacks, one) // the same without TLS
			continue
		}
		server := c.Copy()
		server.Host, server.Port, server.TLSConfig, server.Fallbacks, server.ValidateConnect = one.Host, one.Port, one.TLSConfig, nil, nil
		servers = append(servers, server)
	}
	if len(servers) == 1 {
		return nil
	}
	return servers
}

// observe records a timeline, and reports whether there is no newer one.
func (f *failover) observe(number int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.newest = max(f.newest, number)
	return number == f.newest
}

// poll reads the timeline of every server of the address, unless that was done just now. One that
// does not answer may be gone.
func (f *failover) poll(ctx context.Context) {
	f.polling.Lock()
	defer f.polling.Unlock()
	if len(f.servers) == 0 || time.Since(f.polled) < pollInterval {
		return
	}
	defer func() { f.polled = time.Now() }()
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, dialing{}, true), pollLimit)
	defer cancel()
	var all sync.WaitGroup
	for _, server := range f.servers {
		all.Go(func() {
			conn, err := pgconn.ConnectConfig(ctx, server)
			if err != nil {
				return
			}
			if number, err := timeline(ctx, conn); err == nil {
				f.observe(number)
			}
			_ = conn.Close(ctx)
		})
	}
	all.Wait()
}

func timeline(ctx context.Context, conn *pgconn.PgConn) (int64, error) {
	results, err := conn.Exec(ctx, timelineQuery).ReadAll()
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(results[0].Rows[0][0]), 16, 64)
}

// onlyAcquired lets a pool connect in acquire and poll only. When a connection breaks, pgx opens
// another one to cancel the statement that runs on it. A COMMIT that waits for a standby must never
// be cancelled: it would become visible without being replicated.
func onlyAcquired(c *pgxpool.Config) {
	dial := c.ConnConfig.DialFunc
	c.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if ctx.Value(dialing{}) == nil {
			return nil, errNoCancel
		}
		return dial(ctx, network, address)
	}
}
