package content

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// InUseWithin is how long it takes at most until Run uses a change.
	InUseWithin = 2 * time.Minute
	// PollInterval is how often Run looks for changes. The rest of InUseWithin is for loading and checking one,
	// which takes some ten seconds on one processor.
	PollInterval = time.Minute
)

// Clock is what Run waits with.
type Clock interface {
	After(d time.Duration) <-chan time.Time
}

// Registry reads the partners registered outside the content files.
type Registry func(ctx context.Context) (Registered, error)

// Gate decides which editions are used.
type Gate struct {
	// Check returns why an edition must not replace the running one; nil: it may. It is called with one
	// edition at a time and stops early when ctx ends.
	Check func(ctx context.Context, running, candidate *Edition) error
	// Quick reports whether Check takes less than a second for an edition; nil: never.
	Quick func(candidate *Edition) bool
	// Verdicts stores which editions passed; nil: every start checks again.
	Verdicts *Verdicts
}

// Published returns the edition that was last published outside a content folder; ok is false if there is
// none.
type Published func(ctx context.Context) (p Publication, ok bool, err error)

// Publication is a published edition.
type Publication struct {
	Files Files
	At    time.Time
	By    string // id of who published it
}

// SourceOptions determine where the content comes from. A folder takes precedence over a published
// edition, and that over the embedded content.
type SourceOptions struct {
	Folder    string    // empty: none
	Published Published // nil: nothing can be published
	Gate      Gate      // without Check only the embedded content is used
}

// Source keeps the current edition and uses none that the gate did not pass, wherever it comes from.
// Content with faults is refused as a whole: the edition in use stays, also after a restart. Safe for
// concurrent use.
type Source struct {
	folder    string
	published Published
	gate      Gate
	current   atomic.Pointer[Edition]

	work      sync.Mutex // held while content is loaded and checked, one at a time
	loading   <-chan loaded
	files     string   // hash of the files that were last used, refused or set aside for Run
	candidate *Edition // found at the start, to be checked by Run; nil: none
	registry  Registry
	partners  string // the registered partners in use

	mu       sync.Mutex // guards what follows
	refused  error
	unread   error // why the published edition cannot be read; nil: it can
	checking bool
	watchers []Watcher
}

// Watcher is notified of changes of the content. It may not call the source, except Current.
type Watcher struct {
	Changed  func(*Edition) // another edition is in use
	Checking func()         // newer content is being checked
	Refused  func(error)    // see Source.Refused; nil: newer content passed the check, or was removed
}

// Errors of a Source.
var (
	errNoGate = errors.New("content: nothing checks content before it is used")
	// ErrFolder is returned by Offer if a content folder takes precedence.
	ErrFolder = errors.New("content: the content folder takes precedence")
)

// NewSource loads the content. Content that passed the gate before, or that can be checked within a
// second, is used at once. Anything else is checked by Run, and the edition that was last in use serves
// until then; Refused returns the faults of content that is not used.
//
// Loading allocates several times what an edition retains. That memory is returned to the system at
// once, since the program runs on small servers.
func NewSource(ctx context.Context, o SourceOptions) (*Source, error) {
	s := &Source{folder: o.Folder, published: o.Published, gate: o.Gate, partners: fmt.Sprint(Registered{})}
	l := s.load(ctx)
	s.files, s.refused, s.unread = l.files, l.err, l.unread
	if err := s.start(ctx, l.edition); err != nil {
		return nil, err
	}
	debug.FreeOSMemory()
	return s, ctx.Err()
}

// start puts an edition in use, or else the one that was in use before the restart, or else the embedded
// content. A long check is left to Run. found is nil if no edition can be loaded.
func (s *Source) start(ctx context.Context, found *Edition) error {
	if found != nil && s.trusted(found) {
		s.keep(found)
		s.current.Store(found)
		return nil
	}
	last, err := s.lastGood()
	if err != nil {
		return err
	}
	s.current.Store(last)
	switch {
	case found == nil:
	case s.gate.Quick == nil || !s.gate.Quick(found):
		s.candidate, s.checking = found, true
	default:
		if s.refused = s.check(ctx, found); s.refused == nil {
			s.current.Store(found)
		}
	}
	return nil
}

// lastGood returns the edition that was in use before the restart, or else the embedded
// content.
func (s *Source) lastGood() (*Edition, error) {
	if s.gate.Verdicts != nil {
		if good, ok := s.gate.Verdicts.Good(); ok {
			return good, nil
		}
	}
	return LoadFiles(Files{})
}

// trusted reports whether an edition needs no check: it is the embedded content, which the tests of the
// program check, or passed the gate of this program.
func (s *Source) trusted(e *Edition) bool {
	return e.IsEmbedded() || s.gate.Verdicts != nil && s.gate.Verdicts.Passed(e.Hash())
}

// check checks an edition that is not trusted, and records that it passed.
func (s *Source) check(ctx context.Context, e *Edition) error {
	if s.gate.Check == nil {
		return errNoGate
	}
	err := s.gate.Check(ctx, s.Current(), e)
	if err = errors.Join(err, ctx.Err()); err == nil {
		s.keep(e)
	}
	return err
}

// keep records that an edition passed and is in use. If that cannot be written, it is checked again after
// the next start.
func (s *Source) keep(e *Edition) {
	if s.gate.Verdicts == nil {
		return
	}
	if !e.IsEmbedded() {
		_ = s.gate.Verdicts.Record(e.Hash())
	}
	_ = s.gate.Verdicts.KeepGood(e)
}

// load reads and loads the folder or else the published edition, until ctx ends or loadTimeout has
// passed. If a folder does not answer in time, no second read of it starts while the first runs.
func (s *Source) load(ctx context.Context) loaded {
	if s.folder == "" {
		return s.loadPublished(ctx)
	}
	if s.loading == nil {
		s.loading = startLoading(s.folder, s.files)
	}
	select {
	case l := <-s.loading:
		s.loading = nil
		if l.edition == nil && l.err == nil && l.files != s.files {
			return s.load(ctx) // unchanged since that read began, but other than what was refused meanwhile
		}
		return l
	case <-ctx.Done():
		return loaded{files: s.files}
	case <-time.After(loadTimeout):
		return loaded{files: "slow", err: errSlow}
	}
}

// loadPublished loads the published edition, or else the embedded content. If it cannot be read, files stays the
// same, so that nothing changes.
func (s *Source) loadPublished(ctx context.Context) (l loaded) {
	var p Publication
	if s.published != nil {
		var err error
		if p, _, err = s.published(ctx); err != nil {
			return loaded{files: s.files, unread: UnreadError{FileFault{File: ".", Kind: "unread"}, err}}
		}
	}
	if l.files = p.Files.Hash(); l.files != s.files {
		l.edition, l.err = LoadFiles(p.Files)
	}
	return l
}

// Current returns the edition in use.
func (s *Source) Current() *Edition { return s.current.Load() }

// UnreadError is why the published edition cannot be read. Err, which can name the place of the data, is not part of
// its text.
type UnreadError struct {
	FileFault
	Err error
}

// Refused returns the faults of newer content if it is not in use, an UnreadError if the published edition cannot be
// read, or nil.
func (s *Source) Refused() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.problem()
}

// problem is Refused for a caller that holds mu.
func (s *Source) problem() error {
	if s.unread != nil {
		return s.unread
	}
	return s.refused
}

// Checking reports whether newer content is being checked or waits to be.
func (s *Source) Checking() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.checking
}

// Generalise makes sector and size coarser, by the current edition.
func (s *Source) Generalise(region, sector, size string) (coarserSector, coarserSize string) {
	return s.Current().Catalogue.Region().Generalise(region, sector, size)
}

// Register adds the partners of a registry, now and at every reload. It must be called
// before Run.
func (s *Source) Register(ctx context.Context, registry Registry) error {
	s.work.Lock()
	defer s.work.Unlock()
	registered, err := registry(ctx)
	if err != nil {
		return err
	}
	s.registry = registry
	s.current.Store(s.Current().WithRegistered(registered))
	s.partners = fmt.Sprint(registered)
	return nil
}

// Watch adds a watcher for all later changes. It must be called before Run.
func (s *Source) Watch(w Watcher) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers = append(s.watchers, w)
}

// Run completes what NewSource left to it, then reloads on every trigger, and every PollInterval, until
// ctx ends.
func (s *Source) Run(ctx context.Context, clock Clock, trigger <-chan os.Signal) error {
	s.finishStart(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-trigger:
		case <-clock.After(PollInterval):
		}
		s.Reload(ctx)
	}
}

func (s *Source) finishStart(ctx context.Context) {
	s.work.Lock()
	defer s.work.Unlock()
	e := s.candidate
	if e == nil {
		return
	}
	s.candidate = nil
	registered, err := s.registered(ctx)
	switch {
	case err != nil:
		s.files = "" // Reload loads it again
	case s.adopt(ctx, e) == nil:
		s.use(e, registered)
	}
}

// Reload loads the content if files, publication or registered partners changed, checks it and notifies
// the watchers. A registry that cannot be read changes nothing until the next reload: the storage reports
// that itself.
func (s *Source) Reload(ctx context.Context) {
	s.work.Lock()
	defer s.work.Unlock()
	registered, err := s.registered(ctx)
	if err != nil {
		return
	}
	l := s.load(ctx)
	if ctx.Err() != nil {
		return
	}
	s.setUnread(l.unread)
	e := l.edition
	if l.files != s.files {
		s.candidate = nil
		before := s.files
		s.files = l.files
		switch {
		case l.err != nil:
			s.setVerdict(l.err)
		case e.Hash() == s.Current().Hash():
			s.setVerdict(nil)
		default:
			if s.adopt(ctx, e) != nil {
				e = nil
			}
			if ctx.Err() != nil {
				s.files = before
			}
		}
	}
	if e == nil && fmt.Sprint(registered) != s.partners {
		e = s.Current()
	}
	if e != nil {
		s.use(e, registered)
	}
}

// Offer checks files that were just published and puts them in use. It returns the faults for which they
// are refused. Without it Run uses them within InUseWithin.
func (s *Source) Offer(ctx context.Context, files Files) error {
	if s.folder != "" {
		return ErrFolder
	}
	e, err := LoadFiles(files)
	if err != nil {
		return err
	}
	s.work.Lock()
	defer s.work.Unlock()
	registered, err := s.registered(ctx)
	if err != nil {
		return err
	}
	if err := s.adopt(ctx, e); err != nil {
		return err
	}
	s.candidate, s.files = nil, files.Hash()
	s.use(e, registered)
	return nil
}

func (s *Source) registered(ctx context.Context) (Registered, error) {
	if s.registry == nil {
		return Registered{}, nil
	}
	return s.registry(ctx)
}

// adopt returns nil if an edition may be used, and notifies the watchers if it is being checked or
// refused.
func (s *Source) adopt(ctx context.Context, e *Edition) error {
	if s.trusted(e) {
		s.keep(e)
		s.setVerdict(nil)
		return nil
	}
	s.mu.Lock()
	if !s.checking { // NewSource has already reported it
		s.checking = true
		for _, w := range s.watchers {
			w.Checking()
		}
	}
	s.mu.Unlock()
	err := s.check(ctx, e)
	if ctx.Err() == nil {
		s.setVerdict(err)
	}
	return err
}

// setVerdict records the result for newer content.
func (s *Source) setVerdict(refused error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := s.refused != nil || s.checking || refused != nil
	s.refused, s.checking = refused, false
	if changed {
		s.report()
	}
}

// setUnread records why the published edition cannot be read; nil: it can.
func (s *Source) setUnread(unread error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := (unread == nil) != (s.unread == nil)
	s.unread = unread
	if changed {
		s.report()
	}
}

// report notifies the watchers of the problem. The caller holds mu.
func (s *Source) report() {
	for _, w := range s.watchers {
		w.Refused(s.problem())
	}
}

// use puts an edition in use.
func (s *Source) use(e *Edition, registered Registered) {
	s.partners = fmt.Sprint(registered)
	e = e.WithRegistered(registered)
	s.current.Store(e)
	s.mu.Lock()
	watchers := s.watchers
	s.mu.Unlock()
	for _, w := range watchers { // at once, so that channels and dispatcher use the same edition
		w.Changed(e)
	}
	s.mu.Lock()
	if s.problem() != nil { // of other content; the change cleared it in health
		s.report()
	}
	s.mu.Unlock()
	debug.FreeOSMemory()
}
