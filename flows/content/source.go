package content

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
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
	seen      string // hash of the inputs that were last loaded or refused
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
	s := &Source{folder: folder, seen: inputs(folder, Registered{})}
	e, err := Load(folder)
	if err != nil && folder != "" {
		s.refused = err
		e, err = Load("")
	}
	if err != nil {
		return nil, err
	}
	s.current.Store(e)
	debug.FreeOSMemory()
	return s, nil
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
	s.seen = inputs(s.folder, registered)
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
	now := inputs(s.folder, registered)
	if now == s.seen {
		return
	}
	s.seen = now
	e, err := Load(s.folder)
	if s.refused = err; err != nil {
		for _, notify := range s.onRefused {
			notify(err)
		}
		return
	}
	e = e.WithRegistered(registered)
	s.current.Store(e)
	for _, notify := range s.onChange { // at once, so that channels and dispatcher use the same edition
		notify(e)
	}
	debug.FreeOSMemory()
}

// inputs is a hash of all files of a folder, errors of reading them, and the registered
// partners. It serves to detect changes.
func inputs(dir string, registered Registered) string {
	h := sha256.New()
	fmt.Fprintln(h, registered)
	if dir != "" {
		fsys := os.DirFS(dir)
		err := walkFiles(fsys, func(name string) error {
			data, err := fs.ReadFile(fsys, name)
			fmt.Fprintf(h, "%s %d %v\n", name, len(data), err)
			h.Write(data)
			return nil
		})
		fmt.Fprint(h, err)
	}
	return hex.EncodeToString(h.Sum(nil))
}
