package content

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"digiwijzer/flows/content/edit"
	"digiwijzer/referral"
)

// MaxEditorName is the maximum length of the name of who verified an initiative, in characters.
const MaxEditorName = 80

// Errors of Verify.
var (
	ErrEditorName        = errors.New("not a name of an editor")
	ErrUnknownInitiative = errors.New("unknown initiative")
)

// Verify records in a content folder that a person verified an initiative on a day, and returns the
// changed file. A record that is not in the folder yet is copied from the embedded content.
func Verify(folder, id, by string, on referral.Date) (file string, err error) {
	by = strings.TrimSpace(by)
	if n := utf8.RuneCountInString(by); n == 0 || n > MaxEditorName || strings.ContainsFunc(by, unicode.IsControl) {
		return "", ErrEditorName
	}
	e, err := Load(folder)
	if err != nil {
		return "", err
	}
	if _, known := e.Catalogue.Initiative(id); !known {
		return "", ErrUnknownInitiative
	}
	name := "referral/catalogue/" + id + ".toml"
	file = filepath.Join(folder, filepath.FromSlash(name))
	record, ok := e.layers["referral"].folder["catalogue/"+id+".toml"]
	if !ok {
		if record, err = fs.ReadFile(referral.Embedded(), "catalogue/"+id+".toml"); err == nil {
			err = stampCopy(folder, name, record)
		}
	}
	if err != nil {
		return "", err
	}
	verified, err := setVerified(record, by, on)
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	return file, WriteFile(file, verified)
}

// setVerified writes day and name into a record and keeps everything else, including comments.
func setVerified(record []byte, by string, on referral.Date) ([]byte, error) {
	doc, err := edit.Parse(record)
	if err != nil {
		return nil, err
	}
	if doc, err = doc.Set(edit.Path{{Name: "verified_on"}}, string(on)); err != nil {
		return nil, err
	}
	if doc, err = doc.Set(edit.Path{{Name: "verified_by"}}, by); err != nil {
		return nil, err
	}
	return doc.Bytes(), nil
}

// stampCopy records in the stamp of a content folder what a file was copied from, so that
// Outdated finds it when the program has a newer one.
func stampCopy(folder, name string, data []byte) error {
	s, err := readStamp(folder)
	if err != nil {
		return err
	}
	s.Files[name] = checksum(data)
	return writeStamp(folder, s)
}
