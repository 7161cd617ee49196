package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store/memdir"
	"digiwijzer/store/sqlite"
	"digiwijzer/store/sqlite/sqlitetest"
)

var noon = time.Date(2026, time.November, 18, 12, 0, 0, 0, referral.Netherlands) // Wednesday of 2026-W47

// harness is a data folder and its key.
type harness struct {
	dir, keyFile string
	key          *Key
	region       *referral.Region
	unlock       func() error // releases the lock of lockState
}

// newHarness makes a data folder in which nothing was written yet. Tests of how files are made use withoutFolder.
func newHarness(t testing.TB) *harness {
	t.Helper()
	h := withoutFolder(t)
	sqlitetest.Folder(t, h.dir)
	return h
}

// withoutFolder is a harness whose folder does not exist yet.
func withoutFolder(t testing.TB) *harness {
	t.Helper()
	root := memdir.New(t)
	h := &harness{dir: filepath.Join(root, "data"), keyFile: filepath.Join(root, "digiwijzer.key")}
	var err error
	h.key, err = CreateKey(h.keyFile, filepath.Join(h.dir, sqlite.StateFile))
	require.NoError(t, err)
	h.region = embeddedRegion(t)
	return h
}

// open opens the folder; it is closed at the end of the test.
func (h *harness) open(t testing.TB, boundary ...func(string)) *Store {
	t.Helper()
	o := Options{Region: h.region}
	if len(boundary) > 0 {
		o.Boundary = boundary[0]
	}
	s, err := Open(context.Background(), h.dir, h.key, o)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// in returns a harness for another folder with the same key.
func (h *harness) in(dir string) *harness { return &harness{dir: dir, key: h.key, region: h.region} }

// copyOf returns a copy of the folder as a crash at this moment would leave it.
func (h *harness) copyOf(t testing.TB) *harness {
	t.Helper()
	dup := h.in(filepath.Join(memdir.New(t), "data"))
	imageOf(t, h.dir).write(t, dup.dir)
	return dup
}

func chat(n int) bot.Chat {
	return bot.Chat{Channel: "telegram", ID: fmt.Sprint(7_000_000_000 + n)}
}

// conversation returns an unfinished conversation.
func conversation() bot.Conversation {
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
		Partner: "kvk-utrecht", Channel: "telegram", Lang: "nl", Duration: "4-7min", QuestionSet: 1, Scoring: 1, Content: "0123abcd",
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
