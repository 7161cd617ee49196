package postgres_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// orders are the orders of the rows of chats and of outcomes that somebody sees who has both databases, but not
// the key: that in which they lie on the pages, which is that in which they were written to the log too, and that
// of every index.
var orders = struct{ chats, outcomes []string }{[]string{arrival, "ctid", "sid", "cid"}, []string{"ctid", "id", "rkey"}}

// arrival is the order in which the transactions began that wrote rows.
const arrival = "xmin::text::bigint"

// TestRowsDoNotLinkChatsToOutcomes compares every order of the chats of a batch with every order of its outcomes.
func TestRowsDoNotLinkChatsToOutcomes(t *testing.T) {
	t.Parallel()
	const people, tau = 200, 0.25 // five standard deviations
	r := newReplicas(t)
	s := r.start(r.address, nil)
	for n := range people {
		require.NoError(t, apply(t.Context(), s, finishedWith(n, fmt.Sprintf("%08d", n)))) // stored as it is, so that it tells whose outcome it is
	}
	conn, err := pgx.Connect(t.Context(), r.address)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, conn.Close(t.Context())) })
	read := func(query string) (all []string) {
		rows, err := conn.Query(t.Context(), query)
		require.NoError(t, err)
		all, err = pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		require.Len(t, all, people)
		return all
	}
	byArrival := read("SELECT encode(cid, 'hex') FROM state.staged ORDER BY " + arrival)
	chats := map[string][]int{}
	for _, order := range orders.chats {
		for _, cid := range read("SELECT encode(cid, 'hex') FROM state.staged ORDER BY " + order) {
			chats[order] = append(chats[order], slices.Index(byArrival, cid))
		}
	}
	var began int
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(DISTINCT xmin::text) FROM state.staged").Scan(&began))
	require.Equal(t, people, began, "every person came in a transaction of their own")
	r.renew(s)
	n, err := s.HandOver(t.Context(), noon)
	require.NoError(t, err)
	require.Equal(t, people, n)
	for _, order := range orders.outcomes {
		place := make([]int, people) // of each person's outcome
		for i, image := range read("SELECT self_image FROM figures.outcome ORDER BY " + order) {
			var person int
			_, err := fmt.Sscanf(image, "%08d", &person)
			require.NoError(t, err)
			place[person] = i
		}
		for by, persons := range chats {
			var places []int
			for _, person := range persons {
				places = append(places, place[person])
			}
			assert.InDelta(t, 0, kendall(places), tau, "chats by %s, outcomes by %s", by, order)
		}
	}
}

// kendall returns Kendall's rank correlation of a sequence with the order of its values.
func kendall(values []int) float64 {
	sum, pairs := 0, 0
	for i := range values {
		for j := range i {
			pairs++
			if values[j] < values[i] {
				sum++
			} else {
				sum--
			}
		}
	}
	return float64(sum) / float64(pairs)
}

// finishedWith returns the work of a whole conversation with a self-image.
func finishedWith(n int, image string) bot.Work {
	who := person(n)
	return bot.Work{Chats: []bot.Chat{who}, Do: func(tx bot.Tx) error {
		o := flows.Outcome{Sector: "horeca", Region: "U", Size: "micro", SelfImage: image, DIIBasis: "ja", Quadrant: "leading", Cyber: "ok", Phase: "adhoc",
			Obstacle: "tijd", HelpWanted: "papier", Channel: "telegram", Lang: "nl", QuestionSet: 1, Scoring: 1, Content: "c", Target: true, Referrals: []string{"kvk"}}
		return errors.Join(tx.Tick(bot.TickStarted, "", "2026-W47"), tx.Stage(who, o, noon), tx.Freeze(who))
	}}
}
