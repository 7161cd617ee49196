package store

import (
	"bytes"
	"maps"
	"time"

	"digiwijzer/bot"
	"digiwijzer/store/engine"
)

// recentSessions bounds the memory of the cache, to some ten megabytes.
const recentSessions = 4096

// recent caches committed sessions, since the next tap usually comes soon. Without it, reading
// and decoding the session for every turn and every message costs about 10 to 25 µs more, of
// roughly 110 µs per stored turn and delivery (measured on a busy machine). It is only valid for
// an engine whose state no other process writes; nil caches nothing.
type recent map[engine.Hash]storedSession

func newRecent(rows engine.Rows) recent {
	if !rows.Exclusive() {
		return nil
	}
	return recent{}
}

// openedLimit is how long a decoded session of a shared state may stay in memory without being
// read again: another process may have deleted it.
const openedLimit = 10 * time.Minute

// newOpened returns a cache for a state that other processes write too. The row is read every
// time; the cache saves decrypting and decoding it as long as it has not changed.
func newOpened(rows engine.Rows) recent {
	if rows.Exclusive() {
		return nil
	}
	return recent{}
}

// openedBefore returns the content of a body that was read or written before.
func (s *Store) openedBefore(cid engine.Hash, body []byte) (storedSession, bool) {
	if s.opened == nil {
		return storedSession{}, false
	}
	s.memory.Lock()
	stored, ok := s.opened[cid]
	s.memory.Unlock()
	return stored, ok && bytes.Equal(stored.sealed, body)
}

// setSealed sets the row of a session, for openedBefore.
func (s *Store) setSealed(stored *storedSession, body []byte) {
	if s.opened != nil {
		stored.sealed = body
	}
}

// forgetOpened evicts what another process may have deleted.
func (s *Store) forgetOpened(now time.Time) {
	s.memory.Lock()
	defer s.memory.Unlock()
	if now.Sub(s.openedSince) >= openedLimit {
		clear(s.opened)
		s.openedSince = now
	}
}

// keep caches a session, and evicts any other if the cache is full.
func (r recent) keep(cid engine.Hash, stored storedSession) {
	if r == nil {
		return
	}
	if _, ok := r[cid]; !ok && len(r) >= recentSessions {
		for other := range r {
			delete(r, other)
			break
		}
	}
	r[cid] = stored
}

// touched holds the sessions that a transaction read or wrote; nil is a deleted one. They enter
// the cache when the transaction is committed.
type touched map[engine.Hash]*storedSession

// commit updates the cache.
func (t touched) commit(r recent) {
	for cid, stored := range t {
		if stored == nil {
			delete(r, cid)
		} else {
			r.keep(cid, *stored)
		}
	}
}

// forget removes the sessions of chats whose changes were rolled back.
func (t touched) forget(r recent, chats []engine.Hash) {
	for _, cid := range chats {
		delete(t, cid)
		delete(r, cid)
	}
}

// detached returns a copy of a conversation that shares no memory with it.
func detached(c bot.Conversation) bot.Conversation {
	c.Session.Answers, c.Surface = maps.Clone(c.Session.Answers), maps.Clone(c.Surface)
	return c
}
