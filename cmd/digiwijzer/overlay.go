package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

// layered shows the files of top over those of base: a file in top replaces the one
// of the same path in base. Folders are to be read with fs.ReadDir, not opened.
type layered struct{ top, base fs.FS }

// Open implements fs.FS.
func (l layered) Open(name string) (fs.File, error) {
	f, err := l.top.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return l.base.Open(name)
	}
	return f, err
}

// ReadDir implements fs.ReadDirFS, so that patterns match the files of both.
func (l layered) ReadDir(name string) ([]fs.DirEntry, error) {
	byName := map[string]fs.DirEntry{}
	var missing int
	for _, layer := range []fs.FS{l.base, l.top} {
		entries, err := fs.ReadDir(layer, name)
		if errors.Is(err, fs.ErrNotExist) {
			missing++
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			byName[entry.Name()] = entry
		}
	}
	if missing == 2 {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	names := slices.Sorted(maps.Keys(byName))
	entries := make([]fs.DirEntry, len(names))
	for i, n := range names {
		entries[i] = byName[n]
	}
	return entries, nil
}

// contentPaths are the files an editor may put into the overlay; the paths are those
// of the repository.
var contentPaths = []string{
	"flows/questions.toml",
	"referral/catalogue/*.toml",
	"referral/rules.toml",
	"referral/region.toml",
	"locales/*.toml",
	"bot/share/partners.toml",
}

// openOverlay opens an overlay folder and refuses files that nothing would read: a
// misspelt name would otherwise change nothing and nobody would know.
func openOverlay(dir string) (fs.FS, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("content folder: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("content folder: %s is not a folder", dir)
	}
	overlay := os.DirFS(dir)
	var faults []error
	err = walkFiles(overlay, func(name string) error {
		if !isContent(name) && path.Ext(name) != ".md" {
			faults = append(faults, fmt.Errorf("%s: not a content file; known are %s", name, strings.Join(contentPaths, ", ")))
		}
		return nil
	})
	return overlay, errors.Join(append(faults, err)...)
}

func isContent(name string) bool {
	return slices.ContainsFunc(contentPaths, func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return ok && err == nil
	})
}

// walkFiles calls visit for every file, in order of path. Hidden files and folders are
// left out: editors and version control keep theirs there.
func walkFiles(fsys fs.FS, visit func(name string) error) error {
	return fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return nil
		}
		return visit(name)
	})
}

// fingerprints returns a hash of every content file of a file system that is rooted at
// dir of the content, by its path from the content's root.
func fingerprints(fsys fs.FS, dir string) (map[string]string, error) {
	sums := map[string]string{}
	err := walkFiles(fsys, func(name string) error {
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		if name = path.Join(dir, name); isContent(name) {
			sums[name] = hex.EncodeToString(sum[:])
		}
		return nil
	})
	return sums, err
}

// contentID is a short hash over all content files: figures carry it, so that one can
// tell with which content they were made.
func contentID(sums map[string]string) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		fmt.Fprintf(h, "%s %s\n", name, sums[name])
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}
