package content

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Sources are files over the embedded ones, whether or not they can be loaded. They are used to locate
// faults for editors.
type Sources struct {
	own    fileSet
	layers layers
}

// SourcesOf returns the files over the embedded ones.
func SourcesOf(files Files) Sources {
	return Sources{own: files.set, layers: embeddedLayers().with(files.set)}
}

// FolderSources returns the readable files of a folder, over the embedded ones. An empty name means no
// folder.
func FolderSources(folder string) Sources {
	if folder == "" {
		return SourcesOf(Files{})
	}
	files, _ := readFolder(folder) // an unreadable file is a fault of its own
	return SourcesOf(Files{files})
}

// ReadFile returns a file by its path in the content folder.
func (s Sources) ReadFile(name string) ([]byte, error) { return s.layers.readFile(name) }

// Changed reports whether a file differs from that of the program.
func (s Sources) Changed(name string) bool {
	own, ok := s.own[name]
	if !ok {
		return false
	}
	embedded, err := embeddedLayers().readFile(name)
	return err != nil || !bytes.Equal(own, embedded)
}

// TextFile returns the file that a text comes from, by its path in the content folder; empty
// if none has it.
func (s Sources) TextFile(id, lang string) string { return s.layers.textFile(id, lang) }

// TextFile returns the file that a text comes from, by its path in the content folder; empty
// if none has it.
func (e *Edition) TextFile(id, lang string) string { return e.layers.textFile(id, lang) }

func (all layers) readFile(name string) ([]byte, error) {
	for dir, l := range all {
		if rest, ok := cutFolder(name, dir); ok {
			return fs.ReadFile(l.merged(), rest)
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (all layers) textFile(id, lang string) string {
	l := all[localesFolder]
	for _, layer := range []fs.FS{l.folder, l.former, l.embedded} {
		names, err := fs.Glob(layer, "*."+lang+".toml")
		if err != nil {
			continue
		}
		for _, name := range names {
			text, err := fs.ReadFile(layer, name)
			if err == nil && slices.ContainsFunc(strings.Split(string(text), "\n"), func(line string) bool { return isKeyLine(line, id) }) {
				return path.Join(localesFolder, name)
			}
		}
	}
	return ""
}

// isKeyLine reports whether a line begins a text with an id.
func isKeyLine(line, id string) bool {
	line = strings.TrimSpace(line)
	for _, form := range []string{`"` + id + `"`, "'" + id + "'", id} {
		if rest, ok := strings.CutPrefix(line, form); ok && strings.HasPrefix(strings.TrimSpace(rest), "=") {
			return true
		}
		if strings.HasPrefix(line, "["+form+"]") {
			return true
		}
	}
	return false
}
