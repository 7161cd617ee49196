package main

import (
	"flag"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/store/postgres"
	"digiwijzer/store/postgres/pgtest"
)

var openReplicas = flag.Int("openreplica", 0, "how many open conversations TestOpenReplica makes in PostgreSQL")

// TestOpenReplica measures a program on PostgreSQL with many open conversations beside one with
// few, on the same server: the start, the memory, taps per second, and how long the longest tap
// waits while all tables are written anew.
func TestOpenReplica(t *testing.T) {
	if *openReplicas == 0 {
		t.Skip("-openreplica is 0")
	}
	const active, rounds, tapsOfRound = 100, 3, 12
	database, err := pgtest.Start("shared_buffers = 128MB", "wal_recycle = off", "max_wal_size = 256MB")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, database.Remove()) })
	type measured struct {
		name  string
		load  *load
		h     *harness
		s     *server
		rates []float64
	}
	var both []*measured
	for name, people := range map[string]int{"full": *openReplicas, "empty": active} {
		require.NoError(t, database.Exec("postgres", "CREATE DATABASE open_"+name))
		m := &measured{name: name, load: newLoad(t, people)}
		m.s, m.h = m.load.serveAt(t, "DIGIWIJZER_DATABASE="+database.Address("open_"+name))
		began := time.Now()
		m.load.openAll(200)
		t.Logf("%s: %d conversations opened, %.0f/s; memory %.0f MB, peak %.0f MB", name, people, float64(people)/time.Since(began).Seconds(), m.s.memory("VmRSS"), m.s.memory("VmHWM"))
		require.Zero(t, m.s.stop(), m.s.stderr)
		m.s = m.h.serve()
		eventually(t, "it is ready", m.s.isReady)
		t.Logf("%s: started again in %s; memory %.0f MB", name, m.s.started.Round(time.Millisecond), m.s.memory("VmRSS"))
		m.load.users = m.load.users[:active]
		both = append(both, m)
	}
	for range rounds {
		for _, m := range both {
			began := time.Now()
			m.load.each(func(p *user) {
				for range tapsOfRound {
					p.tap()
				}
			})
			m.rates = append(m.rates, active*tapsOfRound/time.Since(began).Seconds())
		}
	}
	for _, m := range both {
		t.Logf("%s: %.0f taps/s, median of %.0f; memory %.0f MB", m.name, median(m.rates), m.rates, m.s.memory("VmRSS"))
		m.load.users[0].waits = nil
		for _, p := range m.load.users {
			p.disconnect() // the program closed what was idle while the other was measured
		}
		db, err := postgres.Open(t.Context(), postgres.Config{State: database.Address("open_" + m.name)})
		require.NoError(t, err)
		_, size, err := db.Usage()
		require.NoError(t, err)
		written := make(chan error, 1)
		began := time.Now()
		go func() {
			err := db.Vacuum(t.Context())
			for range 4 { // the program's own job may be at it, and then one of the two gives up
				if err == nil {
					break
				}
				err = db.Vacuum(t.Context())
			}
			written <- err
		}()
		var done bool
		for n := 0; !done && n < tapsOfRound; n++ { // one tap of each after another, within the limit of a chat
			m.load.each(func(p *user) { p.tap() })
			select {
			case err := <-written:
				require.NoError(t, err)
				t.Logf("%s: %d MB written anew in %s", m.name, size>>20, time.Since(began).Round(time.Millisecond))
				done = true
			default:
			}
		}
		if !done {
			require.NoError(t, <-written)
			t.Logf("%s: %d MB written anew in %s, after the taps", m.name, size>>20, time.Since(began).Round(time.Millisecond))
		}
		waits := m.load.waits()
		t.Logf("%s: longest tap %s", m.name, waits[len(waits)-1].Round(time.Millisecond))
		require.NoError(t, db.Close())
		require.Zero(t, m.s.stop(), m.s.stderr)
	}
}

// openAll lets every user begin a conversation, over so many connections.
func (c *load) openAll(connections int) {
	var all sync.WaitGroup
	for from := range connections {
		all.Go(func() {
			for i := from; i < len(c.users); i += connections {
				c.users[i].start()
				c.users[i].disconnect()
			}
		})
	}
	all.Wait()
}
