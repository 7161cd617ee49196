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

// unhealthyAfter is how long a problem with a channel lasts before health is red. It is longer
// than a long poll, so that one broken connection raises no alarm.
const unhealthyAfter = 2 * time.Minute

// partSending is the part of a channel whose health comes from its sends.
const partSending = "sending"

// state is the health of the parts.
type state struct {
	mu       sync.Mutex
	content  string
	since    time.Time            // when that content came into use
	refused  error                // the problem with newer content
	checking bool                 // newer content is being checked
	settings error                // the problem with newer keys or secrets
	storage  *StorageError        // of the last transaction
	missing  *StorageError        // the files are not those that were opened
	leases   error                // why leases could not be renewed; nil: they are
	idle     bool                 // this process holds no lease
	halted   pause                // updates are refused during it
	jobs     map[string]error     // whose last run failed
	done     map[string]time.Time // when a job last succeeded
	channels map[string]channelState
}

// channelState is the problems of a channel, by part.
type channelState map[string]channelProblem

// channelProblem is an error that has lasted since some moment.
type channelProblem struct {
	problem error
	since   time.Time
}

func newState(content string, now time.Time) *state {
	return &state{content: content, since: now, channels: map[string]channelState{}, jobs: map[string]error{}, done: map[string]time.Time{}}
}

func (s *state) setContent(version string, problem error, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if version != "" {
		if version != s.content {
			s.since = now
		}
		s.content = version
	}
	s.refused, s.checking = problem, false
}

func (s *state) setChecking() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checking = true
}

func (s *state) setSettings(problem error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings = problem
}

// setLeases records the result of renewing the leases, and whether any is held.
func (s *state) setLeases(problem error, held bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leases, s.idle = problem, !held
}

// leasesProblem returns why leases are not held; nil: they are, or other processes hold all.
func (s *state) leasesProblem() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leases != nil && s.idle {
		return fmt.Errorf("the leases are lost, so that other machines send and do the jobs: %w", s.leases)
	}
	return nil
}

// settingsProblem returns the problem with newer keys or secrets; nil: there is none.
func (s *state) settingsProblem() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

// refusal returns why updates are refused now; nil: they are accepted.
func (s *state) refusal(now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.missing != nil {
		return s.missing
	}
	if s.storage != nil && s.halted.left(now) > 0 {
		return s.storage
	}
	return nil
}

// committed records the result of the last transaction. A busy store does not halt the intake.
func (s *state) committed(fault *StorageError, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.storage = fault
	if fault != nil && fault.Halt {
		s.halted = newPause(now, haltFor)
	}
}

// lost records that the files are not those that were opened; nil: they are. It reports whether
// the loss is new. Until they are back no update is accepted: it would be lost.
func (s *state) lost(fault *StorageError) (isNew bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	isNew = fault != nil && s.missing == nil
	s.missing = fault
	return isNew
}

// fault returns what is wrong with the storage; nil: nothing is.
func (s *state) fault() *StorageError {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.missing != nil {
		return s.missing
	}
	return s.storage
}

// succeeded returns when a job last succeeded; zero: not since the start.
func (s *state) succeeded(job string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done[job]
}

// jobDone records the result of a job: the figures can fail while turns are committed.
func (s *state) jobDone(name string, err error, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		delete(s.jobs, name)
		s.done[name] = now
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

// report records the problem with a part of a channel; nil: there is none.
func (s *state) report(channel, part string, problem error, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channel]
	if c == nil {
		c = channelState{}
		s.channels[channel] = c
	}
	if problem == nil {
		delete(c, part)
		return
	}
	since := now
	if known, ok := c[part]; ok && !known.since.After(now) { // unless the clock was set back
		since = known.since
	}
	c[part] = channelProblem{problem, since}
}

// sent records the result of a send; an empty verdict is a success. Any answer of the server
// shows that it can be reached.
func (s *state) sent(channel string, verdict Verdict, now time.Time) {
	var problem error
	switch verdict {
	case Locked:
		problem = errors.New("channel token refused")
	case Broken:
		problem = errors.New("server cannot be reached")
	}
	s.report(channel, partSending, problem, now)
}

// parts returns the health of content, storage and the channels.
func (s *state) parts(now time.Time) (content ContentStatus, storage Part, channels map[string]Part) {
	s.mu.Lock()
	defer s.mu.Unlock()
	content = ContentStatus{Version: s.content, Since: s.since, Checking: s.checking, Part: part(s.refused)}
	storage = part(s.failedJob())
	if s.storage != nil {
		storage = part(s.storage)
	}
	if s.missing != nil {
		storage = part(s.missing)
	}
	channels = map[string]Part{}
	for name, c := range s.channels {
		channels[name] = c.part(now)
	}
	return content, storage, channels
}

// part returns the health of a channel: its first problem that has lasted.
func (c channelState) part(now time.Time) Part {
	for _, name := range slices.Sorted(maps.Keys(c)) {
		if t := c[name]; now.Sub(t.since) >= unhealthyAfter {
			return part(t.problem)
		}
	}
	return Part{OK: true}
}

func part(problem error) Part {
	if problem == nil {
		return Part{OK: true}
	}
	return Part{Problem: problem.Error()}
}
