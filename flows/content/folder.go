package content

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// layer is one folder of the content.
type layer struct {
	embedded fs.FS
	folder   fs.FS // the editor's files; nil: none
}

// layers are all folders of the content, by path.
type layers map[string]layer

// embeddedLayers returns the content the program was built with.
func embeddedLayers() layers {
	return layers{
		"flows":        {embedded: flows.Embedded()},
		"referral":     {embedded: referral.Embedded()},
		"locales":      {embedded: locales.Embedded()},
		partnersFolder: {embedded: Partners()},
	}
}

// openLayers puts the files of a content folder over the embedded ones.
func openLayers(folder string) (layers, error) {
	all := embeddedLayers()
	if folder == "" {
		return all, nil
	}
	own, err := openFolder(folder)
	if err != nil {
		return nil, err
	}
	for dir, l := range all {
		if _, err := fs.Stat(own, dir); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if l.folder, err = fs.Sub(own, dir); err != nil {
			return nil, fmt.Errorf("content folder: %w", err)
		}
		all[dir] = l
	}
	return all, nil
}

// merged returns the files of both, the editor's replacing embedded ones.
func (l layer) merged() fs.FS {
	if l.folder == nil {
		return l.embedded
	}
	return overlay{top: l.folder, base: l.embedded}
}

// texts merges message by message: an editor's file holds only the texts it changes.
func (l layer) texts() (*locales.Texts, error) {
	if l.folder == nil {
		return locales.Load(l.embedded)
	}
	return locales.Load(l.embedded, l.folder)
}

// overlay is a file system in which a file of top replaces the one of the same path in
// base. Folders can be read with fs.ReadDir, not opened.
type overlay struct{ top, base fs.FS }

var _ fs.ReadDirFS = overlay{}

// Open implements fs.FS.
func (o overlay) Open(name string) (fs.File, error) {
	f, err := o.top.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return o.base.Open(name)
	}
	return f, err
}

// ReadDir implements fs.ReadDirFS, so that patterns match the files of both.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	byName := map[string]fs.DirEntry{}
	missing := 0
	for _, layer := range []fs.FS{o.base, o.top} {
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
	var entries []fs.DirEntry
	for _, n := range slices.Sorted(maps.Keys(byName)) {
		entries = append(entries, byName[n])
	}
	return entries, nil
}

// contentPaths are the files that a content folder may hold.
var contentPaths = []string{
	"flows/questions.toml",
	"referral/catalogue/*.toml",
	"referral/actions/*.toml",
	"referral/rules.toml",
	"referral/region.toml",
	"referral/benchmark.toml",
	"referral/interview.toml",
	"locales/*.toml",
	partnersFolder + "/" + partnersFile,
}

// openFolder opens a content folder. Files that nothing would read are faults: a misspelt
// name would otherwise have no effect without notice.
func openFolder(dir string) (fs.FS, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("content folder: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("content folder: %s is not a folder", dir)
	}
	folder := visible{os.DirFS(dir)}
	var faults []error
	err = walkFiles(folder, func(name string) error {
		if !isContent(name) && path.Ext(name) != ".md" {
			faults = append(faults, fmt.Errorf("%s: not a content file; known are %s", name, strings.Join(contentPaths, ", ")))
		}
		return nil
	})
	return folder, errors.Join(append(faults, err)...)
}

// visible is a file system without hidden files: editors, version control and other
// computers keep theirs beside the content, such as the ._ files of macOS.
type visible struct{ all fs.FS }

var _ fs.ReadDirFS = visible{}

// Open implements fs.FS.
func (v visible) Open(name string) (fs.File, error) {
	if name != "." && isHidden(path.Base(name)) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return v.all.Open(name)
}

// ReadDir implements fs.ReadDirFS, so that patterns match visible files only.
func (v visible) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(v.all, name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return isHidden(e.Name()) }), err
}

func isHidden(name string) bool { return strings.HasPrefix(name, ".") }

func isContent(name string) bool {
	return slices.ContainsFunc(contentPaths, func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return ok && err == nil
	})
}

// walkFiles calls visit for every file, in order of path. Hidden files and folders are
// skipped: editors and version control keep theirs there.
func walkFiles(fsys fs.FS, visit func(name string) error) error {
	return fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && isHidden(entry.Name()):
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

// cutFolder returns the path of a file within a folder, if it is in there.
func cutFolder(name, dir string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(name, dir+"/")
	return path.Clean(rest), ok && rest != ""
}
