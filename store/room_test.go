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
	"digiwijzer/store/sqlite"
)

// visitor is a conversation in a browser.
func visitor(n int) bot.Chat { return bot.Chat{Channel: bot.Browser, ID: fmt.Sprint(n)} }

// answered saves a conversation with so many answers, the last of which was at a moment.
func answered(t *testing.T, s *Store, chat bot.Chat, answers int, at time.Time) {
	t.Helper()
	c := bot.Conversation{Session: flows.Session{Channel: chat.Channel, Answers: map[string]string{}}, Pending: "sector", Week: "2026-W48"}
	for i := range answers {
		c.Session.Answers[fmt.Sprint(i)] = "a"
	}
	do(t, s, func(tx bot.Tx) error { return tx.Save(chat, c, at.Add(bot.RunRetention)) }, chat)
}

// TestThin closes the oldest conversations in browsers with few answers, and no others; it
// counts where they stopped.
func TestThin(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	ctx := context.Background()
	for n := range 20 {
		answered(t, s, visitor(n), 2, noon.Add(time.Duration(n)*time.Hour))
	}
	now := noon.Add(20 * time.Hour)
	answered(t, s, visitor(100), 9, noon.Add(-time.Hour))  // many answers
	answered(t, s, visitor(101), 2, now.Add(-time.Minute)) // active
	answered(t, s, chat(1), 1, noon.Add(-24*time.Hour))    // not in a browser
	do(t, s, func(tx bot.Tx) error {
		c := bot.Conversation{Session: flows.Session{Channel: bot.Browser}, Pending: "sector", Week: "2026-W48"}
		return tx.Save(visitor(102), c, now.Add(10*time.Minute)) // on a kiosk
	}, visitor(102))

	open := func() (n int) {
		room, err := s.Room(ctx)
		require.NoError(t, err)
		require.Positive(t, room.Free)
		require.Greater(t, room.Size, room.Free)
		return room.Browsers
	}
	found := func(chat bot.Chat) (ok bool) {
		do(t, s, func(tx bot.Tx) (err error) { _, ok, err = tx.Conversation(chat, now); return err }, chat)
		return ok
	}
	require.Equal(t, 23, open())
	closed, err := s.Thin(ctx, now, 10)
	require.NoError(t, err)
	require.Equal(t, 13, closed)
	require.Equal(t, 10, open())
	for n := range 20 {
		require.Equal(t, n >= 13, found(visitor(n)), n)
	}
	closed, err = s.Thin(ctx, now, 0)
	require.NoError(t, err)
	require.Equal(t, 7, closed)
	for _, spared := range []bot.Chat{visitor(100), visitor(101), visitor(102), chat(1)} {
		require.True(t, found(spared), "%v", spared)
	}
	require.Equal(t, 20, rowCount(t, state(s), "tick"), "each stopped at its question")
	require.NoError(t, s.Close())

	s = h.open(t)
	require.Equal(t, 3, open(), "after a restart too")
}

// TestFileShrinks: what was deleted makes the file smaller, also one that an earlier version
// made.
func TestFileShrinks(t *testing.T) {
	for name, old := range map[string]bool{"new": false, "of an earlier version": true} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t)
			s := h.open(t)
			path := filepath.Join(h.dir, sqlite.StateFile)
			fill := func() {
				for n := 0; n < 3000; n += 500 {
					var works []bot.Work
					for i := range 500 {
						id := visitor(n + i)
						works = append(works, work(func(tx bot.Tx) error { return tx.Save(id, bot.Conversation{}, noon.Add(time.Hour)) }, id))
					}
					each, err := s.Apply(context.Background(), works)
					require.NoError(t, err)
					for _, err := range each {
						require.NoError(t, err)
					}
				}
				require.NoError(t, s.scrub())
			}
			if old {
				answered(t, s, chat(1), 3, noon.Add(time.Hour))
				require.NoError(t, s.Close())
				f := openFile(t, path, "_journal_mode=WAL")
				execSQL(t, f, "PRAGMA auto_vacuum = NONE")
				execSQL(t, f, "VACUUM")
				require.Zero(t, queryInt(t, f, "PRAGMA auto_vacuum"))
				f.conn.Close()
				s = h.open(t)
			}
			require.Equal(t, 2, queryInt(t, state(s), "PRAGMA auto_vacuum"))
			fill()
			full := fileSize(t, path)
			require.Greater(t, full, int64(3000*2048))
			_, err := s.Sweep(context.Background(), noon.Add(2*time.Hour))
			require.NoError(t, err)
			require.GreaterOrEqual(t, fileSize(t, path), full, "not of itself")
			_, err = s.Shrink(context.Background(), noon)
			require.NoError(t, err)
			require.Less(t, fileSize(t, path), full/2)
			var verdict string
			require.NoError(t, state(s).conn.QueryRowContext(context.Background(), "PRAGMA integrity_check").Scan(&verdict))
			require.Equal(t, "ok", verdict)
			if old {
				do(t, s, func(tx bot.Tx) error {
					c, ok, err := tx.Conversation(chat(1), noon)
					require.True(t, ok)
					require.Len(t, c.Session.Answers, 3)
					return err
				}, chat(1))
			}
			require.NoError(t, s.Close())
		})
	}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.Size()
}
