package bot

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// haltFor is how long updates are refused after a fault that halts the intake.
const haltFor = 5 * time.Second

// unreachableAfter is the number of failed sends in a row after which health is red.
const unreachableAfter = 5

// state is the health of the parts.
type state struct {
	mu       sync.Mutex
	content  string
	refused  error            // the problem with newer content
	storage  *StorageError    // of the last transaction
	halted   pause            // updates are refused during it
	jobs     map[string]error // whose last run failed
	channels map[string]*channelState
}

type channelState struct {
	problem  error // with the intake, as the channel reports it
	failures int   // failed sends in a row
	locked   bool
}

func newState(content string) *state {
	return &state{content: content, channels: map[string]*channelState{}, jobs: map[string]error{}}
}

func (s *state) setContent(version string, problem error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if version != "" {
		s.content = version
	}
	s.refused = problem
}

// refusal returns why an update of a channel is refused now; nil: it is accepted.
func (s *state) refusal(channel string, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channel]
	switch {
	case c != nil && c.locked:
		return ErrLocked
	case s.storage != nil && s.halted.left(now) > 0:
		return s.storage
	}
	return nil
}

// committed records how the last transaction went. A busy store does not halt the intake.
func (s *state) committed(fault *StorageError, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.storage = fault
	if fault != nil && fault.Halt {
		s.halted = newPause(now, haltFor)
	}
}

// jobDone records how a job went: the figures can fail while turns are committed.
func (s *state) jobDone(name string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		delete(s.jobs, name)
		return
	}
	s.jobs[name] = err
}

// failedJob returns the error of the first job whose last run failed, or nil. s.mu is held.
func (s *state) failedJob() error {
	for _, name := range slices.Sorted(maps.Keys(s.jobs)) {
		return fmt.Errorf("%s: %s", name, publicText(s.jobs[name]))
	}
	return nil
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

// sent records how a send went; an empty verdict is a success.
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

// parts returns the health of content, storage and the channels.
func (s *state) parts() (content ContentStatus, storage Part, channels map[string]Part) {
	s.mu.Lock()
	defer s.mu.Unlock()
	content = ContentStatus{Version: s.content, Part: part(s.refused)}
	storage = part(s.failedJob())
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
	case c.failures >= unreachableAfter:
		return part(errors.New("server cannot be reached"))
	}
	return Part{OK: true}
}

func part(problem error) Part {
	if problem == nil {
		return Part{OK: true}
	}
	return Part{Problem: problem.Error()}
}
