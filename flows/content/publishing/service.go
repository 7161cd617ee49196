package publishing

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"digiwijzer/flows"
	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/linkcheck"
	"digiwijzer/locales"
)

// Editor is a person who works on content, with what the roles allow.
type Editor struct {
	ID      string // never a name
	Draft   bool   // may change drafts
	Publish bool   // may publish and roll back
}

// Live is the content in use: a *content.Source.
type Live interface {
	Current() *content.Edition
	// Offer puts published files in use once the gate has passed them.
	Offer(ctx context.Context, files content.Files) error
}

// Check is the content gate: the result of replacing running by candidate.
type Check func(ctx context.Context, running, candidate *content.Edition, o audit.Options) audit.Report

// Running returns for how many of the running conversations affected is true, and how many there are.
type Running func(ctx context.Context, affected func(flows.Session) bool) (n, all int, err error)

// Options configure a Service.
type Options struct {
	Store Store
	Live  Live
	Check Check
	// Passed is called with an edition that passed the gate and is published; may be nil.
	Passed   func(*content.Edition)
	Now      func() time.Time
	Folder   bool // a content folder is in use: drafts are checked but not published
	FourEyes bool // the author of a draft may not publish it
	Running  Running
	// Links checks addresses as linkcheck.Checker.Check does; nil: not possible here.
	Links func(ctx context.Context, addresses []string, done func(linkcheck.Result)) []linkcheck.Result
	// Words holds the texts of faults in content that cannot be loaded.
	Words *locales.Texts
}

// Service stores drafts and editions. Its methods may be called concurrently, and other processes may use
// the same store.
type Service struct {
	o       Options
	own     content.Files // of the program
	version string        // Edition.ID of the content of the program

	running chan struct{} // one element per running job

	mu       sync.Mutex // guards what follows
	loaded   []loadedDraft
	checks   map[string]*job[audit.Report]
	compared map[string]*job[Effects]
}

// New returns a service. It loads the embedded content.
func New(o Options) (*Service, error) {
	embedded, err := content.LoadFiles(content.Files{})
	if err != nil {
		return nil, err
	}
	whole, err := embedded.Whole()
	if err != nil {
		return nil, err
	}
	return &Service{o: o, own: whole.Base, version: embedded.ID, running: make(chan struct{}, maxRunning), checks: map[string]*job[audit.Report]{}, compared: map[string]*job[Effects]{}}, nil
}

// Published returns the edition published last, for content.SourceOptions.
func Published(store Store) content.Published {
	return func(ctx context.Context) (p content.Publication, ok bool, err error) {
		err = store.View(ctx, func(tx Tx) error {
			e, found, err := latest(tx)
			if err != nil || !found {
				return err
			}
			files, err := filesOf(tx, e.ID)
			p, ok = content.Publication{Files: files, At: e.At, By: e.By}, true
			return err
		})
		return p, ok && err == nil, err
	}
}

// latest returns the edition published last.
func latest(tx Tx) (Edition, bool, error) {
	all, err := tx.Editions(0, 1)
	if err != nil || len(all) == 0 {
		return Edition{}, false, err
	}
	return all[0], true, nil
}

// filesOf returns the files of an edition.
func filesOf(tx Tx, id int64) (content.Files, error) {
	files, err := tx.EditionFiles(id)
	if err != nil {
		return content.Files{}, err
	}
	return content.NewFiles(files)
}

// head is what a draft is based on.
type head struct {
	id    int64 // 0: nothing was published
	files content.Files
}

// head returns the content that a draft changes: the folder in use, or else the edition published last, or
// else the embedded content.
func (s *Service) head(tx Tx) (h head, err error) {
	if s.o.Folder {
		return head{files: s.o.Live.Current().Files()}, nil
	}
	e, ok, err := latest(tx)
	if err != nil || !ok {
		return h, err
	}
	h.id = e.ID
	h.files, err = filesOf(tx, e.ID)
	return h, err
}

// loadedDraft is recently loaded content, for previews.
type loadedDraft struct {
	hash    string
	edition *content.Edition
	err     error
}

// maxLoaded is how many editions are kept in memory, some 10 MB each.
const maxLoaded = 4

// load loads files, or returns the edition loaded from them before. The error joins the faults.
func (s *Service) load(files content.Files) (*content.Edition, error) {
	hash := files.Hash()
	s.mu.Lock()
	i := slices.IndexFunc(s.loaded, func(l loadedDraft) bool { return l.hash == hash })
	if i >= 0 {
		l := s.loaded[i]
		s.loaded = append(slices.Delete(s.loaded, i, i+1), l) // most recently used
		s.mu.Unlock()
		return l.edition, l.err
	}
	s.mu.Unlock()
	e, err := content.LoadFiles(files)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded = append(s.loaded, loadedDraft{hash, e, err})
	if len(s.loaded) > maxLoaded {
		s.loaded = slices.Delete(s.loaded, 0, len(s.loaded)-maxLoaded)
	}
	return e, err
}

// job is background work that is done once per input.
type job[T any] struct {
	owner  string // owner of the draft
	done   chan struct{}
	cancel context.CancelFunc
	began  time.Time

	mu     sync.Mutex
	stage  string
	result T
	err    error
}

// progress records what the job is doing.
func (j *job[T]) progress(stage string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stage = stage
}

// state returns the result, or what the job is doing.
func (j *job[T]) state() (result T, stage string, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.result, j.stage, j.err
}

// finished reports whether the job has a result.
func (j *job[T]) finished() bool {
	select {
	case <-j.done:
		return true
	default:
		return false
	}
}

const (
	maxJobs    = 16 // finished and running jobs kept
	maxRunning = 2  // concurrent jobs; each uses one processor
)

// start returns the job of a key, starting it if needed. Jobs outlive the request that started them, and end
// when the same draft changes.
func start[T any](s *Service, jobs map[string]*job[T], owner, key string, run func(ctx context.Context, j *job[T]) (T, error)) *job[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j, ok := jobs[key]; ok {
		return j
	}
	for other, j := range jobs {
		if j.owner == owner && !j.finished() {
			j.cancel()
			delete(jobs, other)
		}
	}
	if len(jobs) >= maxJobs {
		oldest := slices.MinFunc(slices.Collect(maps.Keys(jobs)), func(a, b string) int { return jobs[a].began.Compare(jobs[b].began) })
		jobs[oldest].cancel()
		delete(jobs, oldest)
	}
	ctx, cancel := context.WithCancel(context.Background())
	j := &job[T]{owner: owner, done: make(chan struct{}), cancel: cancel, began: s.o.Now()}
	jobs[key] = j
	go func() {
		defer close(j.done)
		defer cancel()
		result, err := guarded(func() (T, error) {
			select {
			case s.running <- struct{}{}:
			case <-ctx.Done():
				var none T
				return none, ctx.Err()
			}
			defer func() { <-s.running }()
			return run(ctx, j)
		})
		j.mu.Lock()
		j.result, j.err = result, err
		j.mu.Unlock()
		if err != nil { // try again next time
			s.mu.Lock()
			defer s.mu.Unlock()
			if jobs[key] == j {
				delete(jobs, key)
			}
		}
	}()
	return j
}

// errPanic is the error of content that makes a check panic.
var errPanic = errors.New("the check failed")

// guarded runs do and turns a panic into an error: an editor's files must not crash a running program.
func guarded[T any](do func() (T, error)) (result T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errPanic
		}
	}()
	return do()
}

// wait waits for a job, at most for d.
func (j *job[T]) wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		select {
		case <-j.done:
			return true
		case <-ctx.Done():
			return false
		}
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-j.done:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// Load loads the edition that a draft would become, for a preview or a rehearsal. The error joins the faults.
func (s *Service) Load(d Draft) (*content.Edition, error) { return s.load(d.files) }
