package publishing

import (
	"bytes"
	"slices"
	"strings"

	"digiwijzer/flows/content"
	"digiwijzer/flows/content/edit"
)

// isText reports whether a file holds texts: such a file has only the messages that differ
// from those of the program.
func isText(name string) bool { return strings.HasPrefix(name, "locales/") }

// program returns a file of the program; nil if it has none of that name.
func (s *Service) program(name string) []byte {
	data, err := s.embedded.ReadFile(name)
	if err != nil {
		return nil
	}
	return data
}

// inForce returns a file of an edition; nil is that of the program. Of texts it is the
// messages that differ.
func (s *Service) inForce(name string, data []byte) []byte {
	if data == nil && !isText(name) {
		return s.program(name)
	}
	return data
}

// reduced returns what an edition must hold of a file: nothing if the program has the same.
func (s *Service) reduced(name string, data []byte) []byte {
	if data == nil {
		return nil
	}
	if own := s.program(name); own != nil && bytes.Equal(data, own) || len(bytes.TrimSpace(data)) == 0 && isText(name) {
		return nil
	}
	return data
}

// document returns a file of the draft; of texts, the messages that differ.
func (w *work) document(name string) (*edit.Document, error) {
	return edit.Parse(w.s.inForce(name, w.data(name)))
}

// Document returns a content file as the draft has it, merged with the texts of the program.
func (s *Service) Document(d Draft, name string) (*edit.Document, error) {
	data, _ := d.files.Read(name)
	own, err := edit.Parse(s.inForce(name, data))
	if err != nil || !isText(name) {
		return own, err
	}
	return s.withProgramTexts(name, own)
}

// withProgramTexts puts the messages of a file over those of the program.
func (s *Service) withProgramTexts(name string, own *edit.Document) (*edit.Document, error) {
	all, err := edit.Parse(s.program(name))
	if err != nil {
		return nil, err
	}
	for _, id := range own.Keys(nil) {
		if all, err = all.CopyFrom(own, edit.Path{}.Key(id)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Names returns the content files of the draft, those of the program included, sorted.
func (s *Service) Names(d Draft) []string {
	names := append(s.embedded.FileNames(), d.files.Names()...)
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == localLayouts })
}

// textFile returns the file in which a message of a language is, or belongs: with others
// whose id begins the same.
func (w *work) textFile(lang, id string) string {
	first, _, _ := strings.Cut(id, ".")
	best := "locales/own." + lang + ".toml"
	for _, name := range w.s.textNames(w.head.files, w.files, lang) {
		for _, data := range [][]byte{w.data(name), w.s.program(name)} {
			d, err := edit.Parse(data)
			if err != nil {
				continue
			}
			if d.Has(edit.Path{}.Key(id)) {
				return name
			}
			if slices.ContainsFunc(d.Keys(nil), func(key string) bool { return strings.HasPrefix(key, first+".") }) {
				best = name
			}
		}
	}
	return best
}

// textNames returns the files of texts of a language.
func (s *Service) textNames(published content.Files, changed map[string]DraftFile, lang string) []string {
	names := append(s.embedded.FileNames(), published.Names()...)
	for name := range changed {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		return !isText(name) || !strings.HasSuffix(name, "."+lang+".toml")
	})
}

// ownText makes sure that a message of the program is in the document as a whole before a
// part of it is changed.
func (w *work) ownText(name string, d *edit.Document, message edit.Path) (*edit.Document, error) {
	if d.Has(message) {
		return d, nil
	}
	own, err := edit.Parse(w.s.program(name))
	if err != nil || !own.Has(message) {
		return d, err
	}
	return d.CopyFrom(own, message)
}
