package content

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/flows/advicecode"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// layer is one folder of the content.
type layer struct {
	embedded fs.FS
	former   fileSet // files of another version of the program, over the embedded ones; nil: none
	folder   fileSet // the editor's files; nil: none
}

// layers are all folders of the content, by path.
type layers map[string]layer

// embeddedLayers returns the content the program was built with.
func embeddedLayers() layers {
	return layers{
		"flows":        {embedded: flows.Embedded()},
		"referral":     {embedded: referral.Embedded()},
		localesFolder:  {embedded: locales.Embedded()},
		partnersFolder: {embedded: Partners()},
	}
}

// with puts the files of a content folder over the embedded ones.
func (all layers) with(files fileSet) layers {
	for dir, l := range all {
		if own := files.sub(dir); len(own) > 0 {
			l.folder = own
			all[dir] = l
		}
	}
	return all
}

// before puts the files of another version of the program over the embedded ones.
func (all layers) before(files fileSet) layers {
	for dir, l := range all {
		if former := files.sub(dir); len(former) > 0 {
			l.former = former
			all[dir] = l
		}
	}
	return all
}

// base returns the files that the editor's replace.
func (l layer) base() fs.FS {
	if l.former == nil {
		return l.embedded
	}
	return overlay{top: l.former, base: l.embedded}
}

// merged returns the files of all, the editor's replacing the others.
func (l layer) merged() fs.FS {
	if l.folder == nil {
		return l.base()
	}
	return overlay{top: l.folder, base: l.base()}
}

func (l layer) isEmbedded() bool { return l.folder == nil && l.former == nil }

func (l layer) questions() (*flows.Questionnaire, error) {
	if l.isEmbedded() {
		return flows.BuiltIn()
	}
	return flows.Load(l.merged())
}

func (l layer) catalogue() (*referral.Catalogue, error) {
	if l.isEmbedded() {
		return referral.BuiltIn()
	}
	return referral.Load(l.merged())
}

// texts merges message by message: an editor's file holds only the texts it changes.
func (l layer) texts() (*locales.Texts, error) {
	if l.isEmbedded() {
		return locales.BuiltIn()
	}
	all := []fs.FS{l.embedded}
	for _, files := range []fileSet{l.former, l.folder} {
		if files != nil {
			all = append(all, files)
		}
	}
	return locales.Load(all...)
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

// localesFolder is the folder of the texts.
const localesFolder = "locales"

// LocalLayouts is the file with the layouts of question sets that were published here, not
// with the program.
const LocalLayouts = "flows/" + advicecode.LocalFile

// contentPaths are the files that a content folder may hold.
var contentPaths = []string{
	"flows/questions.toml",
	LocalLayouts,
	"referral/catalogue/*.toml",
	"referral/actions/*.toml",
	"referral/rules.toml",
	"referral/region.toml",
	"referral/benchmark.toml",
	"referral/interview.toml",
	"locales/*.toml",
	partnersFolder + "/" + partnersFile,
}

// isIgnored reports whether a file or folder is not content by its name: hidden files, such as those of
// version control and the ._ files of macOS, lock files of office programs, and files left by editors
// and operating systems.
func isIgnored(name string) bool {
	switch {
	case strings.HasPrefix(name, "."), strings.HasPrefix(name, "~$"), strings.HasPrefix(name, "#"),
		strings.HasSuffix(name, "~"), strings.HasSuffix(name, "#"), slices.Contains(leftovers, strings.ToLower(path.Ext(name))):
		return true
	}
	return strings.EqualFold(name, "thumbs.db") || strings.EqualFold(name, "desktop.ini")
}

// leftovers are the extensions of backups and temporary files.
var leftovers = []string{".bak", ".orig", ".rej", ".swp", ".swo", ".tmp"}

func isContent(name string) bool {
	return slices.ContainsFunc(contentPaths, func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return ok && err == nil
	})
}

// walkFiles calls visit for every file, in order of path. Hidden files and folders are
// skipped.
func walkFiles(fsys fs.FS, visit func(name string) error) error {
	return fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && isIgnored(entry.Name()):
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
