package content

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/BurntSushi/toml"
)

// stampFile records in a copy of the content what it was copied from. It is hidden, so that it does not
// count as content.
const stampFile = ".digiwijzer.toml"

// stamp is the content of a stamp file.
type stamp struct {
	Content string            `toml:"content"` // id of the embedded edition
	Files   map[string]string `toml:"files"`   // SHA-256 of every file, by path
}

// Exported describes a copy made by Export.
type Exported struct {
	Files int
	ID    string // of the edition copied
}

// ErrNotEmpty is returned by Export for a folder with files in it.
var ErrNotEmpty = errors.New("folder is not empty")

// Export writes an editable copy of the embedded content to a new or empty folder.
func Export(dir string) (Exported, error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return Exported{}, ErrNotEmpty
	}
	copied := Exported{}
	for folder, l := range embeddedLayers() {
		n, err := copyFiles(l.embedded, dir, folder)
		if err != nil {
			return copied, err
		}
		copied.Files += n
	}
	source, err := embeddedStamp()
	if err != nil {
		return copied, err
	}
	copied.ID = source.Content
	return copied, writeStamp(dir, source)
}

// copyFiles copies the files of a part of the content that an editor may change.
func copyFiles(fsys fs.FS, dir, part string) (files int, err error) {
	err = walkFiles(fsys, func(name string) error {
		if !isContent(path.Join(part, name)) && path.Ext(name) != ".md" {
			return nil // layouts.toml, which is append-only
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		files++
		return WriteFile(filepath.Join(dir, filepath.FromSlash(part), filepath.FromSlash(name)), data)
	})
	return files, err
}

func embeddedStamp() (stamp, error) {
	s := stamp{Files: map[string]string{}}
	for dir, l := range embeddedLayers() {
		sums, err := checksums(l.embedded, dir)
		if err != nil {
			return s, err
		}
		maps.Copy(s.Files, sums)
	}
	maps.DeleteFunc(s.Files, func(name, _ string) bool { return !isContent(name) })
	s.Content = sumOf(s.Files)[:shortHash]
	return s, nil
}

// readStamp reads the stamp of a content folder; a folder without one, which was not made
// by Export, has an empty stamp.
func readStamp(folder string) (s stamp, err error) {
	text, err := readOne(folder, stampFile)
	if err == nil {
		_, err = toml.Decode(string(text), &s)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("%s: %w", path.Join(folder, stampFile), err)
	}
	if s.Files == nil {
		s.Files = map[string]string{}
	}
	return s, nil
}

func writeStamp(folder string, s stamp) error {
	text, err := toml.Marshal(s)
	if err != nil {
		return err
	}
	return WriteFile(filepath.Join(folder, stampFile), text)
}

// Outdated lists the files of a content folder that were copied from an older version
// than the program has now: the changes of the program in these files are not in force.
func Outdated(folder string) ([]string, error) {
	copied, err := readStamp(folder)
	if err != nil {
		return nil, err
	}
	now, err := embeddedStamp()
	if err != nil {
		return nil, err
	}
	own, err := readFolder(folder)
	var names []string
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if was, ok := copied.Files[name]; ok && now.Files[name] != was {
			names = append(names, name)
		}
	}
	return names, err
}

// WriteFile replaces a file atomically, making its folder if needed: a running program may
// read the folder at any moment.
func WriteFile(file string, data []byte) error { return writeFile(file, data, 0o644) }

func writeFile(file string, data []byte, mode fs.FileMode) error {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // renamed already if all went well
	_, err = temporary.Write(data)
	err = errors.Join(err, temporary.Chmod(mode), temporary.Sync(), temporary.Close())
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), file)
}

// EditedFiles returns the files of a content folder that were changed: those that differ from the
// embedded ones and from the copy made by Export. The error joins a FileFault for every file that
// cannot be used.
func EditedFiles(folder string) (Files, error) {
	copied, err := readStamp(folder)
	if err != nil {
		return Files{}, err
	}
	now, err := embeddedStamp()
	if err != nil {
		return Files{}, err
	}
	own, err := readFolder(folder)
	for name, data := range own {
		if sum := checksum(data); sum == copied.Files[name] || sum == now.Files[name] {
			delete(own, name)
		}
	}
	return Files{own}, err
}
