package wordings

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

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

// Base implements Files.
func (o Overlay) Base(name string) []byte {
	for dir, fsys := range builtIn {
		if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
			if data, err := fs.ReadFile(fsys, rest); err == nil {
				return data
			}
		}
	}
	return nil
}

// Names implements Files.
func (o Overlay) Names() []string { return slices.Sorted(maps.Keys(o.all())) }

func (o Overlay) all() map[string]bool {
	names := map[string]bool{}
	for _, name := range builtInNames {
		names[name] = true
	}
	for name := range o {
		names[name] = true
	}
	return names
}

// builtInNames are the paths of the files that the program was built with.
var builtInNames = func() (names []string) {
	for dir, fsys := range builtIn {
		_ = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && path.Ext(name) == ".toml" && !d.IsDir() {
				names = append(names, path.Join(dir, name))
			}
			return err
		})
	}
	return names
}()
