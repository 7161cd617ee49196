package store

import (
	"maps"

	"digiwijzer/bot"
	"digiwijzer/store/engine"
)

// recentSessions bounds the memory of the cache, to some ten megabytes.
const recentSessions = 4096

// recent caches committed sessions. It stays because reading and decoding a session for
// every turn and every message costs a quarter of the processor time of a stored turn, some
// 27 of 110 µs, and the next tap usually comes soon. Only an engine whose state no other
// process writes may be cached; nil caches nothing.
type recent map[engine.Hash]storedSession

func newRecent(rows engine.Rows) recent {
	if !rows.Exclusive() {
		return nil
	}
	return recent{}
}

// keep caches a session, in the place of any other where it is full.
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

// touched are the sessions that a transaction read or wrote; nil is a deleted one. They
// reach the cache when the transaction is committed.
type touched map[engine.Hash]*storedSession

// commit brings the cache up to date.
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

// detached returns a conversation that shares nothing with the given one.
func detached(c bot.Conversation) bot.Conversation {
	c.Session.Answers, c.Surface = maps.Clone(c.Session.Answers), maps.Clone(c.Surface)
	return c
}
