package bot

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// StorageError says that a turn was not made durable because the storage failed. It
// is an ErrStorage.
type StorageError struct {
	// Halt: taking in more makes no sense for the moment: the disk is full, the file
	// read-only or damaged. Otherwise the storage was merely busy.
	Halt bool
	Err  error
}

func (e *StorageError) Error() string { return e.Err.Error() }

// Unwrap gives ErrStorage and the cause.
func (e *StorageError) Unwrap() []error { return []error{ErrStorage, e.Err} }

// newStorageError wraps an error of the store, which tells by a method Stop() bool
// whether to halt.
func newStorageError(err error) *StorageError {
	var s interface{ Stop() bool }
	return &StorageError{Halt: errors.As(err, &s) && s.Stop(), Err: err}
}

// halt is how long nothing is taken after such a fault, before the next try.
const halt = 5 * time.Second

// troubled is the number of failed sends in a row after which a channel is in trouble.
const troubled = 5

// state is what the desk knows about how it is doing.
type state struct {
	mu       sync.Mutex
	content  string
	refused  error // the problem with newer content
	storage  *StorageError
	halted   time.Time        // nothing is taken until then
	chores   map[string]error // that failed the last time
	channels map[string]*channelState
}

type channelState struct {
	problem  error // with the intake, as the channel reported
	failures int   // sends that failed in a row
	locked   bool
}

func newState(content string) *state {
	return &state{content: content, channels: map[string]*channelState{}, chores: map[string]error{}}
}

func (s *state) setContent(version string, problem error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if version != "" {
		s.content = version
	}
	s.refused = problem
}

// refusal says why an update of a channel is not taken now; nil: it is.
func (s *state) refusal(channel string, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channel]
	switch {
	case c != nil && c.locked:
		return ErrLocked
	case s.halting(now):
		return s.storage
	}
	return nil
}

// halting tells whether the pause after a fault lasts. A clock set back must not
// stretch it.
func (s *state) halting(now time.Time) bool {
	left := s.halted.Sub(now)
	return s.storage != nil && left > 0 && left <= halt
}

// committed notes how the last transaction went. Being busy is no reason to halt.
func (s *state) committed(fault *StorageError, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.storage = fault
	if fault != nil && fault.Halt {
		s.halted = now.Add(halt)
	}
}

// chore notes how a chore went: the figures can be in trouble while turns are committed.
func (s *state) chore(name string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		delete(s.chores, name)
		return
	}
	s.chores[name] = err
}

// undone tells of a chore that failed; nil: none has. s.mu is held.
func (s *state) undone() error {
	for _, name := range slices.Sorted(maps.Keys(s.chores)) {
		return fmt.Errorf("%s: %s", name, plainly(s.chores[name]))
	}
	return nil
}

// plainly tells an error in one line. Only the storage's own errors are known to name
// nobody.
func plainly(err error) string {
	var stops interface{ Stop() bool }
	if !isStorage(err) && !errors.As(err, &stops) {
		return "failed; the log says why"
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

func (s *state) channel(name string) *channelState {
	c := s.channels[name]
	if c == nil {
		c = &channelState{}
		s.channels[name] = c
	}
	return c
}

func (s *state) report(channel string, problem error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(channel)
	c.problem = problem
	var send *SendError
	if errors.As(problem, &send) && send.Verdict == Locked {
		c.locked = true
	}
}

// sent notes how a send went; an empty verdict is a success.
func (s *state) sent(channel string, verdict Verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(channel)
	switch verdict {
	case Locked:
		c.locked = true
	case Broken:
		c.failures++
	default:
		c.failures = 0
	}
}

func (s *state) isLocked(channel string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channel]
	return c != nil && c.locked
}

// parts gives the health of content, storage and the channels.
func (s *state) parts() (content ContentStatus, storage Part, channels map[string]Part) {
	s.mu.Lock()
	defer s.mu.Unlock()
	content = ContentStatus{Version: s.content, Part: part(s.refused)}
	storage = part(s.undone())
	if s.storage != nil {
		storage = part(s.storage)
	}
	channels = map[string]Part{}
	for name, c := range s.channels {
		channels[name] = c.part()
	}
	return content, storage, channels
}

func (c *channelState) part() Part {
	switch {
	case c.locked:
		return part(ErrLocked)
	case c.problem != nil:
		return part(c.problem)
	case c.failures >= troubled:
		return part(errors.New("its server cannot be reached"))
	}
	return Part{OK: true}
}

func part(problem error) Part {
	if problem == nil {
		return Part{OK: true}
	}
	return Part{Problem: problem.Error()}
}
