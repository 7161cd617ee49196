package telegramtest

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
)

// Turn is one action of a person and the calls of the bot that followed.
type Turn struct {
	Did   string         // "start", "say" or "press"
	Calls map[string]int // by method; only calls for this chat
}

// turnOf returns the index of the current turn of a chat; -1 without one.
func (s *Server) turnOf(chatID int64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.chats[chatID]; c != nil {
		return len(c.turns) - 1
	}
	return -1
}

// record logs a call. getUpdates is only counted.
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
		s.calls = append(s.calls, call)
	}
	c := s.chats[chatID]
	if c != nil && turn >= 0 {
		c.turns[turn].Calls[name]++
	}
	s.touch(c)
}

// noteRepeat counts an identical message or edit within one turn of the person.
func (s *Server) noteRepeat(name string, p params, turn int, refused *apiError) {
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
		s.repeats++
	}
	c.done[key] = true
}

// Extra returns how many calls repeated an effect within one turn, as at-least-once
// delivery does.
func (s *Server) Extra() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.repeats
}

// Calls returns every call but getUpdates, oldest first.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Made returns how many calls were made.
func (s *Server) Made() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// Count returns how often a method was called.
func (s *Server) Count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[method]
}

// BadRequests returns the calls refused with 400 or 404, including Repeated ones, which a
// bot has no reason to make when no faults are injected.
func (s *Server) BadRequests() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.bad)
}

// Profile returns the bot's profile: the text or JSON set, by method and language, as in
// "setMyDescription:nl". The commands of one chat are under "setMyCommands@<id>".
func (s *Server) Profile() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.profile)
}

// Turns returns the person's actions and the calls that followed each. The answer to a
// callback query belongs to its press, other calls to the latest turn.
func (p *Person) Turns() []Turn {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	turns := make([]Turn, len(p.c.turns))
	for i, t := range p.c.turns {
		turns[i] = Turn{Did: t.Did, Calls: maps.Clone(t.Calls)}
	}
	return turns
}
