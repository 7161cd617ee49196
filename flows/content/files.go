package content

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Files is an immutable set of content files, by path in the content folder, such as
// "locales/chat.nl.toml". The zero value is empty. A file replaces the embedded one of that name; a
// file of texts replaces only the messages in it.
type Files struct{ set fileSet }

// NewFiles returns a set of files. The error joins a FileFault for every file that is not valid content
// by its name, size or nesting.
func NewFiles(files map[string][]byte) (Files, error) {
	var faults []error
	fault := func(name, kind, value string) {
		faults = append(faults, FileFault{File: printable(name), Kind: kind, Value: value})
	}
	set, total := fileSet{}, 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		data := files[name]
		total += len(data)
		switch line := tooDeep(data); {
		case !isContent(name):
			fault(name, "unknown", strings.Join(contentPaths, ", "))
		case len(data) > maxFile:
			fault(name, "size", strconv.Itoa(maxFile>>10))
		case line > 0:
			faults = append(faults, FileFault{File: printable(name), Line: line, Kind: "nested", Value: strconv.Itoa(maxNesting)})
		default:
			set[name] = bytes.Clone(data)
		}
	}
	if len(files) > maxFiles {
		fault(".", "many", strconv.Itoa(maxFiles))
	}
	if total > maxTotal {
		fault(".", "total", strconv.Itoa(maxTotal>>10))
	}
	return Files{set}, errors.Join(faults...)
}

// Len returns the number of files.
func (f Files) Len() int { return len(f.set) }

// Names returns the paths, sorted.
func (f Files) Names() []string { return slices.Sorted(maps.Keys(f.set)) }

// Read returns a copy of a file.
func (f Files) Read(name string) (data []byte, ok bool) {
	data, ok = f.set[name]
	return bytes.Clone(data), ok
}

// Map returns a copy of all files.
func (f Files) Map() map[string][]byte {
	all := make(map[string][]byte, len(f.set))
	for name, data := range f.set {
		all[name] = bytes.Clone(data)
	}
	return all
}

// Hash returns a hash of names and contents, in 64 hex digits.
func (f Files) Hash() string { return f.set.hash(nil) }

// LoadFiles loads the embedded content, overridden by files. The error joins every fault
// found, each with its file.
func LoadFiles(files Files) (e *Edition, err error) {
	defer func() { // an editor's files must not crash a running program
		if p := recover(); p != nil {
			e, err = nil, fmt.Errorf("content: loading failed: %v", p)
		}
	}()
	return loadOver(files.set)
}

// Whole is every file of an edition: those of the program it was made with, and those that override
// them. Another version of the program can load it.
type Whole struct {
	Base Files // as embedded in that program
	Own  Files
}

// LoadWhole loads a whole edition, possibly of another version of the program. Texts that only this
// version has are added, since the program needs them.
func LoadWhole(w Whole) (e *Edition, err error) {
	defer func() {
		if p := recover(); p != nil {
			e, err = nil, fmt.Errorf("content: loading failed: %v", p)
		}
	}()
	return load(embeddedLayers().before(w.Base.set).with(w.Own.set))
}

// Whole returns all files of the edition.
func (e *Edition) Whole() (Whole, error) {
	base := fileSet{}
	for dir, l := range e.layers {
		err := walkFiles(l.base(), func(name string) error {
			full := path.Join(dir, name)
			if !isContent(full) {
				return nil
			}
			data, err := fs.ReadFile(l.base(), name)
			base[full] = data
			return err
		})
		if err != nil {
			return Whole{}, err
		}
	}
	return Whole{Base: Files{base}, Own: e.Files()}, nil
}

// Files returns the files in which the edition differs from the embedded content.
func (e *Edition) Files() Files {
	own := fileSet{}
	for dir, l := range e.layers {
		for name, data := range l.folder {
			embedded, err := fs.ReadFile(l.base(), name)
			if err != nil || !bytes.Equal(embedded, data) {
				own[path.Join(dir, name)] = data
			}
		}
	}
	return Files{own}
}

// Hash returns a hash of every file in force, in 64 hex digits.
func (e *Edition) Hash() string { return e.hash }

// Structure returns a hash of every file in force but texts and partners: editions with the
// same structure ask and advise the same.
func (e *Edition) Structure() string { return e.structure }

// IsEmbedded reports whether the edition is the content that the program was built with.
func (e *Edition) IsEmbedded() bool {
	for _, l := range e.layers {
		if l.former != nil {
			return false
		}
	}
	return e.Files().Len() == 0
}
