package store

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"digiwijzer/bot"
	"digiwijzer/store/engine"
	"digiwijzer/store/internal/durable"
	"digiwijzer/store/sqlite"
)

// probe is the name of the value that Probe writes, and probeSize its length in bytes: about that
// of a turn with its messages.
const (
	probe     = "probe"
	probeSize = 8 << 10
)

// Intact returns an error if the files of the storage are no longer those that were opened:
// deleted, moved or replaced while the process runs.
func (s *Store) Intact() error { return s.rows.Intact() }

// Probe writes to the state and returns nil when that is durable.
func (s *Store) Probe(ctx context.Context) error {
	defer s.serialize()()
	random := make([]byte, probeSize)
	rand.Read(random) // never fails
	return s.rows.Update(ctx, engine.Touch{Shared: true}, func(rows engine.State) error {
		return rows.SetValue(probe, random)
	})
}

// Usage returns what the storage holds and how much space it uses.
func (s *Store) Usage(ctx context.Context) (u bot.Usage, err error) {
	defer s.serialize()()
	err = s.rows.View(ctx, func(rows engine.State) (err error) {
		u.Open, err = rows.CountSessions()
		return err
	})
	free, used, failed := s.rows.Usage()
	u.Free, u.Used = free, used
	return u, errors.Join(err, failed)
}

// backedUp is the file in the data folder that records when the last backup was made.
const backedUp = sqlite.StatsFile + ".backed-up"

// MarkBackup records in dir that a backup was made at now.
func MarkBackup(dir string, now time.Time) error {
	return durable.WriteFile(filepath.Join(dir, backedUp), []byte(now.UTC().Format(time.RFC3339)+"\n"))
}

// LastBackup returns when the last backup of dir was made; zero: never, as far as is recorded.
func LastBackup(dir string) (time.Time, error) {
	text, err := os.ReadFile(filepath.Join(dir, backedUp))
	if errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339, strings.TrimSpace(string(text)))
}
