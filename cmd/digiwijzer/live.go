package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"digiwijzer/bot/share"
	"digiwijzer/store"
)

// liveContent is the content in use while serving, which an editor may change at any
// moment. A faulty overlay is refused as a whole: what runs stays.
type liveContent struct {
	overlay string
	current atomic.Pointer[content]

	mu     sync.Mutex
	kept   func() (store.Partners, error) // of the data folder; nil until that is open
	looked string                         // sum of the overlay's files when they were last loaded or refused
}

// newLiveContent loads the content. With a faulty overlay the embedded content is used
// and the faults are returned beside it; content is nil only where even that fails.
func newLiveContent(overlay string) (l *liveContent, refused, err error) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // loading makes garbage in plenty, and is soon over
	l = &liveContent{overlay: overlay}
	l.looked = fmt.Sprint(sumOf(overlay), store.Partners{})
	c, refused := loadContent(overlay)
	if refused != nil {
		if c, err = loadContent(""); err != nil {
			return nil, refused, err
		}
	}
	l.current.Store(c)
	giveBack()
	return l, refused, nil
}

// giveBack returns memory to the system: loading content takes several times what the
// content holds, and a small server would not soon need it.
func giveBack() { debug.FreeOSMemory() }

// join takes the partners of the data folder in use from here on.
func (l *liveContent) join(kept func() (store.Partners, error)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = kept
	partners, err := l.partners()
	if err != nil {
		return err
	}
	c := *l.current.Load()
	file := []share.Partner{}
	for _, e := range c.entries {
		file = append(file, e.Partner)
	}
	c.usePartners(c.merged(file, partners))
	c.makeEngine()
	l.current.Store(&c)
	l.looked = fmt.Sprint(sumOf(l.overlay), partners)
	return nil
}

func (l *liveContent) partners() (store.Partners, error) {
	if l.kept == nil {
		return store.Partners{}, nil
	}
	return l.kept()
}

// get returns the content in use now.
func (l *liveContent) get() *content { return l.current.Load() }

// Generalise makes sector and size coarser as today's content says.
func (l *liveContent) Generalise(region, sector, size string) (coarserSector, coarserSize string) {
	return l.get().catalogue.Region().Generalise(region, sector, size)
}

// look loads the overlay anew where a file in it changed since the last look. It tells
// whether it looked, and what is wrong with what it found.
func (l *liveContent) look() (looked bool, refused error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept, err := l.partners()
	if err != nil {
		return false, nil // trouble with the storage, which health tells; the next look tries again
	}
	sum := fmt.Sprint(sumOf(l.overlay), kept)
	if sum == l.looked {
		return false, nil
	}
	l.looked = sum
	c, err := loadContentWith(l.overlay, kept)
	if err != nil {
		return true, err
	}
	l.current.Store(c)
	return true, nil
}

// sumOf is a hash over all files of a folder; what cannot be read counts as such. It
// only serves to see that something changed.
func sumOf(dir string) string {
	if dir == "" {
		return ""
	}
	h := sha256.New()
	fsys := os.DirFS(dir)
	err := walkFiles(fsys, func(name string) error {
		content, err := fs.ReadFile(fsys, name)
		fmt.Fprintf(h, "%s %d %v\n", name, len(content), err)
		h.Write(content)
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return "missing"
	}
	fmt.Fprint(h, err)
	return hex.EncodeToString(h.Sum(nil))
}
