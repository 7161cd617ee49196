package publishing

import (
	"bytes"
	"strings"

	"digiwijzer/flows/content"
	"digiwijzer/flows/content/edit"
)

// isText reports whether a file holds texts: such a file has only the messages that differ from those of the
// program.
func isText(name string) bool { return strings.HasPrefix(name, "locales/") }

// program returns a file of the program; nil if it has none of that name.
func (s *Service) program(name string) []byte {
	data, ok := s.own.Read(name)
	if !ok {
		return nil
	}
	return data
}

// inForce returns a file of an edition; nil is that of the program. For texts it returns the messages that
// differ.
func (s *Service) inForce(name string, data []byte) []byte {
	if data == nil && !isText(name) {
		return s.program(name)
	}
	return data
}

// reduced returns the part of a file that an edition must hold: nothing if the program has the same.
func (s *Service) reduced(name string, data []byte) []byte {
	if data == nil {
		return nil
	}
	if own := s.program(name); own != nil && bytes.Equal(data, own) || len(bytes.TrimSpace(data)) == 0 && isText(name) {
		return nil
	}
	return data
}

// read returns a file of an edition as a document; for texts, all those of the program with the changed ones
// over them.
func (s *Service) read(files content.Files, name string) (*edit.Document, error) {
	data, _ := files.Read(name)
	own, err := edit.Parse(s.inForce(name, data))
	if err != nil || !isText(name) {
		return own, err
	}
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

// Taking returns a function for Change that adopts the files of a folder. For texts it adopts the messages
// that differ from those of the program.
func (s *Service) Taking(files content.Files) func(own map[string][]byte) error {
	return func(own map[string][]byte) error {
		for _, name := range files.Names() {
			data, _ := files.Read(name)
			if isText(name) {
				data = s.takenTexts(name, own[name], data)
			}
			own[name] = data
		}
		return nil
	}
}

// takenTexts adds the messages of a file that differ from those of the program to own. A file that is not
// TOML is taken as it is: the findings describe the fault.
func (s *Service) takenTexts(name string, own, data []byte) []byte {
	taken, err := edit.Parse(data)
	if err != nil {
		return data
	}
	program, err := edit.Parse(s.program(name))
	if err != nil {
		return data
	}
	doc, err := edit.Parse(own)
	if err != nil {
		return data
	}
	for _, x := range edit.Diff(program, taken) {
		if x.How == edit.Removed {
			continue // a folder may leave out what it does not change
		}
		if doc, err = doc.CopyFrom(taken, x.Path[:1]); err != nil {
			return data
		}
	}
	return doc.Bytes()
}
