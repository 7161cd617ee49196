package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store/sqlite"
)

var noon = time.Date(2026, time.November, 18, 12, 0, 0, 0, referral.Netherlands) // Wednesday of 2026-W47

// world is a data folder with the key beside it.
type world struct {
	dir, keyFile string
	key          *Key
	region       *referral.Region
	other        func() error // lets go of a file that somebody else holds
}

func newWorld(t testing.TB) *world {
	t.Helper()
	root := t.TempDir()
	w := &world{dir: filepath.Join(root, "data"), keyFile: filepath.Join(root, "digiwijzer.key")}
	var err error
	w.key, err = CreateKey(w.keyFile, filepath.Join(w.dir, sqlite.StateFile))
	require.NoError(t, err)
	catalogue, err := referral.Load(referral.Embedded())
	require.NoError(t, err)
	w.region = catalogue.Region()
	return w
}

// open opens the folder; the test's end closes it.
func (w *world) open(t testing.TB, boundary ...func(string)) *Store {
	t.Helper()
	o := Options{Region: w.region}
	if len(boundary) > 0 {
		o.Boundary = boundary[0]
	}
	s, err := Open(context.Background(), w.dir, w.key, o)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// copyOf is the folder as a crash at this moment would leave it.
func (w *world) copyOf(t testing.TB) *world {
	t.Helper()
	image := &world{dir: filepath.Join(t.TempDir(), "data"), key: w.key, region: w.region}
	require.NoError(t, os.MkdirAll(image.dir, 0o700))
	for _, name := range []string{sqlite.StateFile, sqlite.StateFile + "-wal", sqlite.StatsFile, sqlite.StatsFile + "-wal"} {
		content, err := os.ReadFile(filepath.Join(w.dir, name))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(image.dir, name), content, 0o600))
	}
	return image
}

func chat(n int) bot.Chat {
	return bot.Chat{Channel: "telegram", ID: fmt.Sprint(7_000_000_000 + n)}
}

// talk is a conversation half-way.
func talk() bot.Conversation {
	return bot.Conversation{
		Session: flows.Session{
			Phase: "asking", Rev: 7, Lang: "nl", Partner: "kvk-utrecht", Channel: "telegram",
			Answers: map[string]string{
				"size": "2", "sector": "horeca", "municipality": "GM0344", "self_image": "b", "online_presence": "c",
				"administration": "b", "access_anywhere": "a", "customer_data": "x",
			},
		},
		Surface: bot.Surface{flows.Living: {Ref: "4711"}},
		Week:    "2026-W47",
		Pending: "ai_use",
		Began:   noon.Unix() - 60,
	}
}

func outcome(referrals ...string) flows.Outcome {
	return flows.Outcome{
		Sector: "bouw", Region: "U", Size: "micro", SelfImage: "b", ReadinessBand: 3, ImpactBand: 7, DIIBasis: "nee",
		Quadrant: "vulnerable", Cyber: "weak", Phase: "adhoc", Obstacle: "tijd", HelpWanted: "papier",
		Partner: "kvk-utrecht", Channel: "telegram", Lang: "nl", QuestionSet: 1, Scoring: 1, Content: "0123abcd",
		Target: true, Referrals: referrals, Mentions: []string{"mijn-digitale-zaak"},
	}
}

// finish stages and freezes the outcome of a chat.
func finish(t testing.TB, s *Store, c bot.Chat, at time.Time, referrals ...string) {
	t.Helper()
	do(t, s, func(tx bot.Tx) error {
		if err := tx.Stage(c, outcome(referrals...), at); err != nil {
			return err
		}
		return tx.Freeze(c)
	}, c)
}

// number reads one number.
func number(t testing.TB, f *file, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, f.conn.QueryRowContext(context.Background(), query, args...).Scan(&n))
	return n
}
