package telegramtest

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
)

// Turn is one thing a person did and what the bot called because of it.
type Turn struct {
	Did   string         // "start", "say" or "press"
	Calls map[string]int // by method; calls for other chats are not in it
}

// turnOf is the number of the turn a person is in; -1 without one.
func (s *Server) turnOf(chatID int64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.chats[chatID]; c != nil {
		return len(c.turns) - 1
	}
	return -1
}

// record writes a call into the log. getUpdates is only counted: it says nothing
// about what the bot does.
func (s *Server) record(name string, chatID int64, turn int, refused *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[name]++
	call := Call{Method: name, Chat: chatID, Code: 200}
	if refused != nil {
		call.Code, call.Description, call.Repeated = refused.code, refused.text, refused.repeated
	}
	if call.Code == 400 || call.Code == 404 {
		s.bad = append(s.bad, call)
	}
	if name != "getUpdates" {
		s.log = append(s.log, call)
	}
	c := s.chats[chatID]
	if c != nil && turn >= 0 {
		c.turns[turn].Calls[name]++
	}
	s.touch(c)
}

// noteExtra counts a message or an edit that comes again as it was, though the person has
// done nothing since.
func (s *Server) noteExtra(name string, p params, turn int, refused *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[p.chatID()]
	if c == nil || refused != nil && !refused.repeated {
		return
	}
	h := sha256.New()
	for _, param := range slices.Sorted(maps.Keys(p)) {
		fmt.Fprintf(h, "%s %d %s %x ", param, len(p[param].raw), p[param].raw, p[param].data)
	}
	key := fmt.Sprintf("%d %s %x", turn, name, h.Sum(nil))
	if c.done[key] {
		s.extra++
	}
	c.done[key] = true
}

// Extra counts the calls that did once more what was done already: the price of sending
// at least once.
func (s *Server) Extra() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.extra
}

// Calls lists every request but getUpdates, in the order they were done.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.log...)
}

// Count tells how often a method was called.
func (s *Server) Count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[method]
}

// BadRequests lists the requests that were refused with 400 or 404: what a bot
// must not send. Those Repeated are in it: without faults there is no reason for them.
func (s *Server) BadRequests() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.bad...)
}

// Profile is what the bot told about itself: the method and language, as
// "setMyDescription:nl", with the text or JSON it set. The commands of one chat are under
// "setMyCommands@<id>".
func (s *Server) Profile() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.profile)
}

// Turns lists what the person did and the calls that followed each. An answer to a
// button is counted with the press; another call with what was done last.
func (p *Person) Turns() []Turn {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	turns := make([]Turn, len(p.c.turns))
	for i, t := range p.c.turns {
		turns[i] = Turn{Did: t.Did, Calls: maps.Clone(t.Calls)}
	}
	return turns
}
