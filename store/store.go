// Package store keeps what must outlive a restart, in two SQLite files that are
// never linked. state.db is personal and short-lived: running conversations, what is
// to be sent, finished conversations that wait to be mixed; chats are in it as a keyed
// hash, and everything personal is encrypted with a key kept elsewhere. stats.db holds
// figures and no person. HandOver carries finished conversations from one to the other
// in batches, and a crash at any moment neither loses nor doubles one.
package store

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"digiwijzer/bot"
)

// Generaliser makes sector and size so coarse that at least a hundred businesses of
// the region share them. size is a size class of referral.
type Generaliser interface {
	Generalise(region, sector, size string) (coarserSector, coarserSize string)
}

// Options are what Open needs besides the folder and the key.
type Options struct {
	// Region generalises what is staged. Required.
	Region Generaliser
	// Boundary, if set, is called before and after every commit but those of opening, and at
	// every step of a hand-over, with the name of the point: the places where a crash makes
	// a difference.
	Boundary func(point string)
}

// Store is the two files. One Store at a time works in a folder; its methods may be
// called by several goroutines and take turns.
type Store struct {
	mu     sync.Mutex
	lock   *os.File
	state  *file
	stats  *file
	vault  *vault
	region Generaliser
	reach  func(point string)

	recent      recent
	queued      *queue
	nextMessage int64          // id of the next message; never used twice in one run
	handed      map[mark]int64 // per chat the message given out by Due and not settled yet
	residue     bool           // deleted rows may still be in the log of state.db
	unreadable  int
	sightings   sightings
}

var (
	_ bot.Store          = (*Store)(nil)
	_ bot.DamageReporter = (*Store)(nil)
)

// Open locks the folder dir, making it if need be, and opens what is in it or makes
// it anew. It refuses a folder in use (ErrInUse), data of another key (ErrWrongKey) or
// of a newer version (ErrNewer), and a damaged file (Condition Corrupt).
func Open(ctx context.Context, dir string, key *Key, o Options) (*Store, error) {
	if key == nil || o.Region == nil {
		return nil, errors.New("store: a key and a region are needed")
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{lock: lock, vault: newVault(key), region: o.Region, reach: o.Boundary, recent: recent{}, handed: map[mark]int64{}}
	if s.reach == nil {
		s.reach = func(string) {}
	}
	if err := s.open(ctx, dir); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, dir string) (err error) {
	if s.state, err = openSound(ctx, dir, stateFile,
		"conversations under way are lost: move state.db* away and start again"); err != nil {
		return err
	}
	s.state.undone = s.doubt
	if s.stats, err = openSound(ctx, dir, statsFile,
		"put a backup back with: digiwijzer restore FILE"); err != nil {
		return err
	}
	if err := syncDir(dir); err != nil {
		return folderTrouble(err)
	}
	if err := s.verifyKey(ctx, filepath.Join(dir, stateFile)); err != nil {
		return err
	}
	if err := s.readSightings(ctx); err != nil {
		return err
	}
	row := s.state.conn.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) + 1 FROM outbox")
	return trouble("reading the outbox", row.Scan(&s.nextMessage))
}

// doubt forgets what is remembered of the file, after something was rolled back.
func (s *Store) doubt() {
	clear(s.recent)
	s.queued = nil
}

// openSound opens a file for writing, checks that it is whole, and brings its schema
// up to date.
func openSound(ctx context.Context, dir, name, advice string) (*file, error) {
	f, err := openFile(ctx, dir, name, writing)
	if err != nil {
		return nil, strange(name, advice, err)
	}
	if err := f.sound(ctx, advice); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := f.migrate(ctx); err != nil {
		return nil, errors.Join(strange(name, advice, err), f.Close())
	}
	return f, nil
}

// strange is the error of opening a file. One that cannot even be read or brought up to
// date is not what we made: it is damaged, whatever SQLite stumbles over first.
func strange(name, advice string, err error) error {
	if c := ConditionOf(err); c == Corrupt || c == Faulty {
		return damaged(name, advice, err)
	}
	return err
}

// verifyKey compares the key with the one the file was made with; a new file takes
// this one.
func (s *Store) verifyKey(ctx context.Context, path string) error {
	var check []byte
	err := s.state.conn.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'key'").Scan(&check)
	if errors.Is(err, sql.ErrNoRows) {
		_, err := s.state.conn.ExecContext(ctx, "INSERT INTO meta (name, value) VALUES ('key', ?)", s.vault.check)
		return trouble("noting the key", err)
	}
	if err != nil {
		return trouble("checking the key", err)
	}
	if !hmac.Equal(check, s.vault.check) {
		return fmt.Errorf("%s: %w", path, ErrWrongKey)
	}
	return nil
}

// Close empties the logs, closes the files and lets go of the folder.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := errors.Join(s.state.Close(), s.stats.Close())
	return errors.Join(err, s.lock.Close())
}

// Unreadable tells how many stored conversations could not be decrypted since Open;
// more than none means damage.
func (s *Store) Unreadable() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unreadable
}

// scrub removes deleted rows from the log too. Where a reader is in the way it is
// tried again after the next commit.
func (s *Store) scrub(ctx context.Context) error {
	done, err := s.state.truncate(ctx)
	s.residue = !done
	return err
}
