package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"digiwijzer/store/engine"
	"digiwijzer/store/sqlite"
)

// Names of values about the encryption keys. A store whose key file was never rotated has
// neither.
const (
	keysOfRows = "keys"        // id and check of every key with which rows may be encrypted
	allUnder   = "reencrypted" // id of the key with which all rows are encrypted
)

// MissingKeyError reports an encryption key that is not in the key file although rows are
// encrypted with it.
type MissingKeyError struct{ ID int }

func (e *MissingKeyError) Error() string {
	return fmt.Sprintf("conversations are encrypted with key %d, which is not in the key file: put the newer key file back", e.ID)
}

// isMissingKey reports whether another machine has a newer key file than this one.
func isMissingKey(err error) bool {
	var missing *MissingKeyError
	return errors.As(err, &missing)
}

// newerKeyNeeded returns the error of a transaction that succeeds once this machine has read the newer key file.
func newerKeyNeeded(err error) error { return &Error{Where: "reading", Condition: Busy, Err: err} }

// claimKeys records the encryption keys of the file before any of them is used. If a recorded
// key is missing from the file, its record is deleted if nothing is encrypted with it; otherwise the
// error is a MissingKeyError: unreadable rows would be dropped as damaged.
func claimKeys(rows engine.State, e *envelope) error {
	value, ok, err := rows.Value(keysOfRows)
	if err != nil || !ok && e.inUse == firstKey {
		return err
	}
	recorded := recordedKeys(value)
	if !ok {
		recorded[firstKey] = nil
	}
	for id, check := range recorded {
		switch known := e.checks[id]; {
		case known == nil:
			n, err := countUnder(rows, id, 1)
			if err == nil && n > 0 {
				err = &MissingKeyError{int(id)}
			}
			if err != nil {
				return err
			}
		case check != nil && !hmac.Equal(check, known):
			return ErrWrongKey
		}
	}
	var now []byte
	for id := byte(firstKey); id <= e.inUse && id > 0; id++ {
		if check := e.checks[id]; check != nil {
			now = append(append(now, id), check...)
		}
	}
	if bytes.Equal(now, value) {
		return nil
	}
	return rows.SetValue(keysOfRows, now)
}

// verifyKeys refuses a key file that is older than the newest key with which rows are
// encrypted.
func verifyKeys(rows engine.State, e *envelope) error {
	value, _, err := rows.Value(keysOfRows)
	for id := range recordedKeys(value) {
		if id > e.inUse && err == nil {
			err = &MissingKeyError{int(id)}
		}
	}
	return err
}

// recordedKeys returns the checks of the recorded keys, by id.
func recordedKeys(value []byte) map[byte][]byte {
	const entry = 1 + sha256.Size
	keys := map[byte][]byte{}
	for ; len(value) >= entry; value = value[entry:] {
		keys[value[0]] = value[1:entry]
	}
	return keys
}

// countUnder counts rows that are encrypted with a key, up to limit.
func countUnder(rows engine.State, id byte, limit int) (n int, err error) {
	for _, table := range engine.Encrypted {
		var after engine.Row
		for {
			bodies, err := rows.Bodies(table, after, sweepChunk)
			if err != nil {
				return n, err
			}
			for _, b := range bodies {
				if of, _ := keyOf(b.Body); of == id {
					if n++; n == limit {
						return n, nil
					}
				}
			}
			if len(bodies) < sweepChunk {
				break
			}
			after = bodies[len(bodies)-1].Row
		}
	}
	return n, nil
}

// UseKey replaces the encryption keys in use, while serving. It refuses the key of another folder
// (ErrWrongKey), and one without a key with which something is encrypted (MissingKeyError); the
// store then keeps the current one.
func (s *Store) UseKey(ctx context.Context, key *Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := newEnvelope(key)
	e.shared = s.Leased()
	if err := claimKey(ctx, s.rows, e); err != nil {
		return err
	}
	s.keys.Store(e)
	return nil
}

// UseKey is Store.UseKey for reading.
func (f *Figures) UseKey(ctx context.Context, key *Key) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := newEnvelope(key)
	_, e.shared = f.rows.(engine.Leases)
	if err := verifyKey(ctx, f.rows, e); err != nil {
		return err
	}
	f.envelope = e
	return nil
}

// reencryptChunk is how many rows one transaction re-encrypts, so that turns do not wait
// long.
const reencryptChunk = 64

// Reencrypt re-encrypts with the key in use all rows that another key encrypted, in small
// transactions, and calls pause between them. After a crash, the next call continues. It returns
// how many rows it re-encrypted.
func (s *Store) Reencrypt(ctx context.Context, pause func(context.Context) error) (done int, err error) {
	if needed, err := s.reencryptNeeded(ctx); err != nil || !needed {
		return 0, err
	}
	for _, table := range engine.Encrypted {
		var after engine.Row
		for more := true; more; {
			var n int
			if n, after, more, err = s.reencryptSome(ctx, table, after); err != nil {
				return done, err
			}
			done += n
			if n > 0 {
				s.crashPoint("re-encrypt: some")
				if err := pause(ctx); err != nil {
					return done, err
				}
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.update(ctx, engine.Touch{Shared: true}, func(t *tx) error {
		return t.rows.SetValue(allUnder, []byte{s.envelope().inUse})
	})
	if err != nil {
		return done, err
	}
	s.crashPoint("re-encrypt: all")
	return done, s.scrub() // remove rows encrypted with the old key from the log too
}

// reencryptNeeded reports whether rows may be encrypted with another key than that in use.
func (s *Store) reencryptNeeded(ctx context.Context) (needed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.envelope().inUse == firstKey {
		return false, nil
	}
	err = s.rows.View(ctx, func(rows engine.State) error {
		value, _, err := rows.Value(allUnder)
		needed = !bytes.Equal(value, []byte{s.envelope().inUse})
		return err
	})
	return needed, err
}

// reencryptSome re-encrypts rows after a given one. Unreadable rows are dropped and counted, as
// everywhere; if they are many, the cause lies elsewhere, and nothing is dropped.
func (s *Store) reencryptSome(ctx context.Context, table engine.Table, after engine.Row) (n int, last engine.Row, more bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.update(ctx, engine.Touch{Shared: true}, func(t *tx) error {
		n, last, more = 0, after, false
		bodies, err := t.rows.Bodies(table, after, reencryptChunk)
		if err != nil || len(bodies) == 0 {
			return err
		}
		last, more = bodies[len(bodies)-1].Row, len(bodies) == reencryptChunk
		for _, b := range bodies {
			if id, _ := keyOf(b.Body); id == s.envelope().inUse {
				continue
			}
			sealed, err := s.envelope().reseal(string(table), b.Owner, b.Body)
			if isMissingKey(err) {
				return newerKeyNeeded(err)
			}
			if err != nil {
				if t.unreadable++; s.Unreadable()+t.unreadable > massDamage {
					return &Error{Where: "encrypting " + string(table) + " anew", Condition: Corrupt, Err: errUnreadable}
				}
				t.erased = true
				err = t.rows.DeleteRow(table, b.Row)
			} else {
				n++
				err = t.rows.ReplaceBody(table, b.Row, sealed)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return n, last, more, err
}

// RetireKey deletes an encryption key from the key file at path, after which nothing encrypted
// with it can be read, not even in a copy of the disk. It refuses while anything in dir is
// encrypted with it (KeyNeededError). If no process serves the folder it first re-encrypts
// everything with the key in use.
func RetireKey(ctx context.Context, dir, path string, id int) error {
	return retireKey(path, id, func(e *envelope) error { return requireUnneededIn(ctx, dir, e, byte(id)) })
}

// retireKey deletes a key unless check returns an error.
func retireKey(path string, id int, check func(*envelope) error) error {
	k, err := LoadKey(path)
	if err != nil {
		return err
	}
	e := newEnvelope(k)
	switch {
	case id < 1 || id > 255 || e.aeads[byte(id)] == nil:
		return ErrUnknownKey
	case byte(id) == e.inUse:
		return ErrKeyInUse
	}
	if err := check(e); err != nil {
		return err
	}
	return k.without(byte(id)).write(path)
}

// KeyNeededError reports that a key cannot be retired yet.
type KeyNeededError struct {
	Rows     int  // encrypted with the key
	NotTaken bool // the serving process still encrypts with it
}

func (e *KeyNeededError) Error() string {
	if e.NotTaken {
		return "the serving program has not read the new key yet"
	}
	return fmt.Sprintf("%d rows are still encrypted with this key", e.Rows)
}

func requireUnneededIn(ctx context.Context, dir string, e *envelope, id byte) error {
	if _, err := os.Stat(filepath.Join(dir, sqlite.StateFile)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	rows, err := sqlite.Open(ctx, dir)
	if errors.Is(err, ErrInUse) {
		reader, err := sqlite.OpenReader(ctx, dir, true)
		if err != nil {
			return err
		}
		return errors.Join(requireUnneeded(ctx, reader, e, id), reader.Close())
	}
	if err != nil {
		return err
	}
	s := &Store{rows: rows, leaseHolder: newLeaseHolder(rows), crashPoint: func(string) {}, inFlight: map[engine.Hash]int64{}}
	s.keys.Store(e)
	if err = claimKey(ctx, rows, e); err == nil {
		_, err = s.Reencrypt(ctx, func(ctx context.Context) error { return ctx.Err() })
	}
	if err == nil {
		err = requireUnneeded(ctx, rows, e, id)
	}
	return errors.Join(err, rows.Close())
}

// requireUnneeded returns an error if something is encrypted with a key, or may be at any moment.
func requireUnneeded(ctx context.Context, rows engine.Rows, e *envelope, id byte) error {
	if err := verifyKey(ctx, rows, e); err != nil {
		return err
	}
	return rows.View(ctx, func(rows engine.State) error {
		value, _, err := rows.Value(keysOfRows)
		if err != nil {
			return err
		}
		if recordedKeys(value)[e.inUse] == nil {
			return &KeyNeededError{NotTaken: true}
		}
		n, err := countUnder(rows, id, -1)
		if err == nil && n > 0 {
			err = &KeyNeededError{Rows: n}
		}
		return err
	})
}

// pauseBetween is how long a serving process waits between two transactions of Reencrypt.
const pauseBetween = 20 * time.Millisecond

// Pause waits 20 ms, or until ctx ends: the pause of a serving process for Reencrypt.
func Pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pauseBetween):
		return nil
	}
}
