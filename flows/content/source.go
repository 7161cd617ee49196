package content

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// PollInterval is how often Run checks the files for changes.
const PollInterval = 2 * time.Minute

// Clock is what Run waits with.
type Clock interface {
	After(d time.Duration) <-chan time.Time
}

// Registry reads the partners registered outside the content files.
type Registry func(ctx context.Context) (Registered, error)

// Source keeps the current edition. Files with faults are refused as a whole: the edition
// in use stays. Safe for use from many goroutines.
type Source struct {
	folder  string
	current atomic.Pointer[Edition]

	mu        sync.Mutex
	registry  Registry
	loading   <-chan loaded // nil: none
	files     string        // hash of the files that were last loaded or refused
	partners  string        // the registered partners in use
	refused   error
	onChange  []func(*Edition)
	onRefused []func(error)
}

// NewSource loads the content. If the folder has faults, the embedded content is used and
// Refused returns them.
//
// Loading allocates several times what an edition retains, which is returned to the system
// at once: the program runs on small servers.
func NewSource(folder string) (*Source, error) {
	s := &Source{folder: folder, partners: fmt.Sprint(Registered{})}
	l := s.load(context.Background())
	s.files, s.refused = l.files, l.err
	e := l.edition
	if e == nil {
		if folder == "" {
			return nil, l.err
		}
		var err error
		if e, err = load(nil); err != nil {
			return nil, err
		}
	}
	s.current.Store(e)
	debug.FreeOSMemory()
	return s, nil
}

// load waits for the folder to be read and loaded, until ctx ends or loadTimeout has passed.
// A folder that does not answer in time is not read a second time beside the first.
func (s *Source) load(ctx context.Context) loaded {
	if s.loading == nil {
		s.loading = startLoading(s.folder, s.files)
	}
	select {
	case l := <-s.loading:
		s.loading = nil
		return l
	case <-ctx.Done():
		return loaded{files: s.files}
	case <-time.After(loadTimeout):
		return loaded{files: "slow", err: errSlow}
	}
}

// Current returns the edition in use.
func (s *Source) Current() *Edition { return s.current.Load() }

// Refused returns the faults of the files if they are not in use, or nil.
func (s *Source) Refused() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

// Generalise makes sector and size coarser as the current edition says.
func (s *Source) Generalise(region, sector, size string) (coarserSector, coarserSize string) {
	return s.Current().Catalogue.Region().Generalise(region, sector, size)
}

// Register adds the partners of a registry, now and at every reload. It must be called
// before Run.
func (s *Source) Register(ctx context.Context, registry Registry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	registered, err := registry(ctx)
	if err != nil {
		return err
	}
	s.registry = registry
	s.current.Store(s.Current().WithRegistered(registered))
	s.partners = fmt.Sprint(registered)
	return nil
}

// Subscribe has change called with every new edition and refused with the faults of files
// that are not used. Neither may call the source, except Current.
func (s *Source) Subscribe(change func(*Edition), refused func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onChange = append(s.onChange, change)
	s.onRefused = append(s.onRefused, refused)
}

// Run reloads on every trigger, and every PollInterval, until ctx ends.
func (s *Source) Run(ctx context.Context, clock Clock, trigger <-chan os.Signal) error {
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

// Reload loads the content if files or registered partners changed, and notifies the
// subscribers. A registry that cannot be read leaves everything as it is until the next
// reload: the storage reports that itself.
func (s *Source) Reload(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var registered Registered
	if s.registry != nil {
		var err error
		if registered, err = s.registry(ctx); err != nil {
			return
		}
	}
	l := s.load(ctx)
	if ctx.Err() != nil {
		return
	}
	if l.files != s.files {
		s.files = l.files
		if s.refused = l.err; l.err != nil {
			for _, notify := range s.onRefused {
				notify(l.err)
			}
		}
	}
	e := l.edition
	if e == nil && fmt.Sprint(registered) != s.partners {
		e = s.Current()
	}
	if e == nil {
		return
	}
	s.partners = fmt.Sprint(registered)
	e = e.WithRegistered(registered)
	s.current.Store(e)
	for _, notify := range s.onChange { // at once, so that channels and dispatcher use the same edition
		notify(e)
	}
	debug.FreeOSMemory()
}
