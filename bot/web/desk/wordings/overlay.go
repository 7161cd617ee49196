package wordings

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"sync"

	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// Overlay is the files of an edition or a draft over those that the program was built with, by path in the content folder.
type Overlay map[string][]byte

var _ Files = Overlay{}

// builtIn are the folders that the program was built with.
var builtIn = map[string]fs.FS{"flows": flows.Embedded(), "referral": referral.Embedded(), "locales": locales.Embedded(), "bot/share": content.Partners()}

// Read implements Files.
func (o Overlay) Read(name string) []byte {
	if data, ok := o[name]; ok {
		return data
	}
	return o.Base(name)
}

// Base implements Files. The result is shared and must not be changed.
func (o Overlay) Base(name string) []byte { return builtInFiles()[name] }

// Names implements Files.
func (o Overlay) Names() []string {
	names := slices.Clone(builtInNames())
	for name := range o {
		if builtInFiles()[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// builtInNames are the paths of the files that the program was built with, sorted.
var builtInNames = sync.OnceValue(func() []string { return slices.Sorted(maps.Keys(builtInFiles())) })

// builtInFiles are the files that the program was built with, by path. Every page reads them, and reading an embedded
// file copies it.
var builtInFiles = sync.OnceValue(func() map[string][]byte {
	all := map[string][]byte{}
	for dir, fsys := range builtIn {
		_ = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || path.Ext(name) != ".toml" || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(fsys, name)
			all[path.Join(dir, name)] = slices.Clip(data)
			return err
		})
	}
	return all
})
