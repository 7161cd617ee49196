// Package store persists the state and the statistics: policy and encryption over the rows
// of an engine. The state is personal and short-lived: running conversations, the outbox,
// finished conversations that wait to be handed over. Chats are stored as a keyed hash, and
// everything personal is encrypted with a key kept elsewhere. The statistics hold figures
// and no person. HandOver moves finished conversations from one to the other in batches,
// and a crash at any moment neither loses nor duplicates one.
package store

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"digiwijzer/bot"
	"digiwijzer/store/engine"
	"digiwijzer/store/sqlite"
)

// Generaliser makes sector and size so coarse that at least a hundred businesses of the region
// share them. size is a size class of referral.
type Generaliser interface {
	Generalise(region, sector, size string) (coarserSector, coarserSize string)
}

// Options are what a Store needs besides the rows and the key.
type Options struct {
	// Region generalises outcomes. Required.
	Region Generaliser
	// Boundary, if set, is called before and after commits, and at every step of a hand-over, with
	// the name of the point. Tests use it to crash there.
	Boundary func(point string)
	// Committed, if set, is called after each transaction on the state of a PostgreSQL database
	// with how many chats it locked, how long it took and how often it was repeated.
	Committed func(chats int, took time.Duration, repeats int)
}

// Store is policy over the rows of an engine. It must be the only writer of the state, unless
// the engine grants leases. Its methods may be called concurrently and are serialized; on an
// engine that is not exclusive only the jobs are, but for Shrink. They use the given time as is: the caller
// must handle clock jumps.
type Store struct {
	mu         sync.Mutex // of the transactions that are serialized
	rows       engine.Rows
	keys       atomic.Pointer[envelope] // replaced by UseKey, also during a transaction of a shared engine
	region     Generaliser
	crashPoint func(point string)

	recent      recent // of an exclusive engine only
	leaseHolder *leaseHolder
	leases      []engine.Lease // of the running job

	memory       sync.Mutex // of the following; never held during a call of the engine
	opened       recent
	openedSince  time.Time
	fresh        fresh
	inFlight     map[engine.Hash]int64 // per chat, the message that Due returned and that is not settled yet
	scrubPending bool                  // deleted rows may still be in a log
	unreadable   int
}

var (
	_ bot.Store          = (*Store)(nil)
	_ bot.DamageReporter = (*Store)(nil)
)

// Open opens the folder dir with SQLite and creates what is missing. It refuses a folder in use
// (ErrInUse), data of another key (ErrWrongKey) or of a newer version (ErrNewer), and a damaged
// file (Condition Corrupt).
func Open(ctx context.Context, dir string, key *Key, o Options) (*Store, error) {
	if err := o.validate(key); err != nil {
		return nil, err
	}
	db, err := sqlite.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	s, err := New(ctx, db, key, o)
	return s, inFolder(dir, err)
}

// New returns a store over rows; it closes rows when it fails or is closed. Rows that were made
// with another key are refused (ErrWrongKey).
func New(ctx context.Context, rows engine.Rows, key *Key, o Options) (*Store, error) {
	if err := o.validate(key); err != nil {
		return nil, errors.Join(err, rows.Close())
	}
	s := &Store{rows: rows, recent: newRecent(rows), opened: newOpened(rows), leaseHolder: newLeaseHolder(rows), region: o.Region, crashPoint: o.Boundary, inFlight: map[engine.Hash]int64{}, fresh: fresh{}}
	e := newEnvelope(key)
	e.shared = s.Leased()
	s.keys.Store(e)
	if s.crashPoint == nil {
		s.crashPoint = func(string) {}
	}
	if err := claimKey(ctx, rows, e); err != nil {
		return nil, errors.Join(err, rows.Close())
	}
	return s, nil
}

func (o Options) validate(key *Key) error {
	if key == nil || o.Region == nil {
		return errors.New("store: a key and a region are needed")
	}
	return nil
}

// inFolder names the file whose key is not the one given.
func inFolder(dir string, err error) error {
	if errors.Is(err, ErrWrongKey) {
		return fmt.Errorf("%s: %w", filepath.Join(dir, sqlite.StateFile), err)
	}
	return err
}

// keyCheck is the name of the value that identifies the key.
const keyCheck = "key"

// claimKey compares the key with the one that the rows were made with; new rows record this
// one.
func claimKey(ctx context.Context, rows engine.Rows, e *envelope) error {
	return rows.Update(ctx, engine.Touch{Shared: true}, func(rows engine.State) error {
		check, ok, err := rows.Value(keyCheck)
		if err == nil && !ok {
			err = rows.SetValue(keyCheck, e.check)
		} else if err == nil && !hmac.Equal(check, e.check) {
			err = ErrWrongKey
		}
		if err != nil {
			return err
		}
		return claimKeys(rows, e)
	})
}

// verifyKey compares the key with the one that the rows were made with; without a state, any
// key is accepted.
func verifyKey(ctx context.Context, rows engine.Rows, e *envelope) error {
	err := rows.View(ctx, func(rows engine.State) error {
		check, _, err := rows.Value(keyCheck)
		if err == nil && !hmac.Equal(check, e.check) {
			err = ErrWrongKey
		}
		if err != nil {
			return err
		}
		return verifyKeys(rows, e)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// envelope returns the encryption with the keys in use.
func (s *Store) envelope() *envelope { return s.keys.Load() }

// serialize locks the store for one transaction if the engine is exclusive, and returns the function
// that unlocks it. Another engine locks the chats itself, so that transactions do not wait for each
// other's round trips.
func (s *Store) serialize() (end func()) {
	if !s.rows.Exclusive() {
		return func() {}
	}
	s.mu.Lock()
	return s.mu.Unlock
}

// Close closes the engine.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rows.Close()
}

// Standbys returns how many servers follow the database of the state, and by how much the
// slowest is behind (nil: not known). Files have none.
func (s *Store) Standbys(ctx context.Context) (count int, lag *time.Duration, err error) {
	if followed, ok := s.rows.(engine.Followed); ok {
		return followed.Standbys(ctx)
	}
	return 0, nil, nil
}

// Unreadable returns how many stored bodies could not be decrypted and were dropped since Open;
// a number above zero means damage.
func (s *Store) Unreadable() int {
	s.memory.Lock()
	defer s.memory.Unlock()
	return s.unreadable
}

// scrub removes deleted rows from the logs too. If a reader prevents it, it is retried after the
// next commit.
func (s *Store) scrub() error {
	done, err := s.rows.Scrub()
	s.memory.Lock()
	defer s.memory.Unlock()
	s.scrubPending = !done || err != nil
	return err
}

// Versions returns the version of SQLite and the newest schemas of the two files.
func Versions() (lib string, state, stats int) { return sqlite.Versions() }

// PurgeAll deletes all data of the program in dir, and the key file; see sqlite.PurgeAll.
func PurgeAll(dir, keyFile string) error { return sqlite.PurgeAll(dir, keyFile) }

// PurgeConversations deletes the state in dir and the key file; the figures stay. Outcomes
// waiting to be handed over are lost.
func PurgeConversations(dir, keyFile string) error { return sqlite.PurgeState(dir, keyFile) }
