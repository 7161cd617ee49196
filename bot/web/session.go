package web

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"digiwijzer/bot"
)

// Bounds of sessions, as required by OWASP ASVS 5.0 (7.3.1, 7.3.2).
const (
	sessionIdle = 30 * time.Minute // without a request
	sessionAge  = 8 * time.Hour    // since the login: a working day
	maxSessions = 200              // at once; beyond that the longest idle one is evicted
)

// sessions are the logins of coordinators. They are in memory only, so that they end with the process, and are keyed by
// a hash of their ids, so that a lookup takes the same time for any id.
type sessions struct {
	clock bot.Clock
	mu    sync.Mutex
	open  map[[sha256.Size]byte]*session
}

// session is one login.
type session struct {
	name        string            // in the log; it does not reveal the id
	token       [sha256.Size]byte // with which it began; another one ends it
	began, used time.Time
}

func newSessions(clock bot.Clock) *sessions {
	return &sessions{clock: clock, open: map[[sha256.Size]byte]*session{}}
}

// begin starts a session of somebody who gave a token.
func (s *sessions) begin(token [sha256.Size]byte) (id, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	s.evict(now)
	id, name = rand.Text(), rand.Text()[:8]
	s.open[sha256.Sum256([]byte(id))] = &session{name: name, token: token, began: now, used: now}
	return id, name
}

// use reports whether a session of the current token is open, and extends it.
func (s *sessions) use(id string, token [sha256.Size]byte) (name string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, now := sha256.Sum256([]byte(id)), s.clock.Now()
	found := s.open[key]
	switch {
	case found == nil:
		return "", false
	case found.token != token || found.ended(now):
		delete(s.open, key)
		return "", false
	}
	found.used = now
	return found.name, true
}

// end ends a session.
func (s *sessions) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, sha256.Sum256([]byte(id)))
}

func (s *session) ended(now time.Time) bool {
	return now.Sub(s.used) >= sessionIdle || now.Sub(s.began) >= sessionAge
}

// evict removes sessions until there is room for one more.
func (s *sessions) evict(now time.Time) {
	var oldest [sha256.Size]byte
	for key, one := range s.open {
		if one.ended(now) {
			delete(s.open, key)
		} else if longest := s.open[oldest]; longest == nil || one.used.Before(longest.used) {
			oldest = key
		}
	}
	if len(s.open) >= maxSessions {
		delete(s.open, oldest)
	}
}
