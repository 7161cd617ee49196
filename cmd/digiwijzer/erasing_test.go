package main

import (
	"bytes"
	"context"
	"flag"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/postgres/pgtest"
)

var erasing = flag.Bool("erasing", false, "measure on the real clock how long erased data stays in the files of PostgreSQL; takes some twenty minutes")

// erased is somebody who erased everything.
type erased struct {
	at    time.Time
	words [][]byte // the hash of the chat, and parts of the conversation as it was stored last
}

// TestErasedWithinAQuarter measures how long what people erase stays in the files of a primary and
// its standby, on the real clock and with the settings of deploy/compose.postgres.yaml: a quarter
// of an hour at most, as /privacy says. Every minute somebody erases everything halfway through
// the check, so that every moment between two rewrites of the tables has its turn, and every few
// seconds somebody else does the check.
func TestErasedWithinAQuarter(t *testing.T) {
	if !*erasing {
		t.Skip("-erasing is not given")
	}
	const promised = 15 * time.Minute
	primary, err := pgtest.Start(composedSettings(t)...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, primary.Remove()) })
	require.NoError(t, primary.Exec("postgres", "CREATE DATABASE digiwijzer"))
	standby, err := primary.Standby()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, standby.Remove()) })
	f := newFleet(t, 2, primary.Address("digiwijzer"))
	f.requireShared()

	ctx, cancel := context.WithTimeout(t.Context(), 2*promised)
	t.Cleanup(cancel)
	pause := time.NewTicker(5 * time.Second)
	t.Cleanup(pause.Stop)
	began := time.Now()
	var all, left []erased
	var longest time.Duration
	for n := 0; len(all) < 10 || len(left) > 0; n++ {
		require.NoError(t, f.visitor(n, "").visit(ctx))
		if len(all) < 10 && time.Since(began) >= time.Duration(len(all))*time.Minute {
			all = append(all, f.erase(ctx, 1000+n, primary.Address("digiwijzer")))
			left = append(left, all[len(all)-1])
		}
		<-pause.C
		if n%4 != 0 {
			continue
		}
		there := left
		left = nil
		for _, e := range there {
			age := time.Since(e.at)
			if found := e.files(t, primary, standby); len(found) > 0 {
				require.Less(t, age, promised, "it is still in %v", found)
				left = append(left, e)
				continue
			}
			longest = max(longest, age)
			t.Logf("gone %s after it was erased", age.Round(time.Second))
		}
	}
	t.Logf("%d people; the longest stayed %s", len(all), longest.Round(time.Second))
	f.stop()
}

func (f *fleet) visitor(n int, does string) *participant {
	return &participant{Person: f.fake.Person(canary+int64(n), "nl"), fake: f.fake, n: n, does: does}
}

// erase lets somebody do half of the check and erase everything, and returns what was stored of
// them until then.
func (f *fleet) erase(ctx context.Context, n int, address string) erased {
	f.t.Helper()
	v := f.visitor(n, hesitates)
	before := f.sessions(ctx, address)
	require.NoError(f.t, v.visit(ctx))
	e := erased{}
	for cid, body := range f.sessions(ctx, address) {
		if before[cid] == nil {
			e.words = append(e.words, []byte(cid), body[:200], body[len(body)-200:])
		}
	}
	require.Len(f.t, e.words, 3, "one conversation was begun")
	v.does = "erases"
	require.NoError(f.t, v.leave(ctx))
	e.at = time.Now()
	return e
}

// sessions returns the bodies of all conversations, by hash of the chat.
func (f *fleet) sessions(ctx context.Context, address string) map[string][]byte {
	f.t.Helper()
	conn, err := pgx.Connect(ctx, address)
	require.NoError(f.t, err)
	defer conn.Close(ctx) //nolint:errcheck // it was only read
	rows, err := conn.Query(ctx, "SELECT cid, body FROM state.session")
	require.NoError(f.t, err)
	all := map[string][]byte{}
	var cid, body []byte
	_, err = pgx.ForEachRow(rows, []any{&cid, &body}, func() error {
		all[string(cid)] = bytes.Clone(body)
		return nil
	})
	require.NoError(f.t, err)
	return all
}

// files returns the files of servers that contain something of somebody.
func (e erased) files(t *testing.T, servers ...*pgtest.Server) (found []string) {
	t.Helper()
	for _, s := range servers {
		require.NoError(t, s.EachFile(func(path string, text []byte) {
			for _, word := range e.words {
				if bytes.Contains(text, word) {
					found = append(found, path)
					return
				}
			}
		}))
	}
	return found
}
