package content

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

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
	verified, err := setVerified(string(record), by, on)
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	return file, WriteFile(file, []byte(verified))
}

// The lines of a record that Verify writes, with an optional comment after them.
var (
	verifiedOnLine = regexp.MustCompile(`(?m)^verified_on[ \t]*=[ \t]*"[^"\n]*"([ \t]*#.*)?$`)
	verifiedByLine = regexp.MustCompile(`(?m)^verified_by[ \t]*=[ \t]*"(?:[^"\\\n]|\\.)*"([ \t]*#.*)?$`)
)

// setVerified writes day and name into the text of a record and keeps everything else, including comments.
// It decodes the result to verify that nothing else changed.
func setVerified(record, by string, on referral.Date) (string, error) {
	var before, after referral.Initiative
	if _, err := toml.Decode(record, &before); err != nil {
		return "", err
	}
	nameLine := `verified_by = "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(by) + `"`
	dayLine := `verified_on = "` + string(on) + `"`
	if !verifiedByLine.MatchString(record) {
		dayLine += "\n" + nameLine
	}
	verified := setLine(record, verifiedByLine, nameLine)
	if verifiedOnLine.MatchString(verified) {
		verified = setLine(verified, verifiedOnLine, dayLine)
	} else {
		verified = dayLine + "\n" + verified // before every table, so that it is a key of the record itself
	}
	if _, err := toml.Decode(verified, &after); err != nil {
		return "", err
	}
	before.VerifiedOn, before.VerifiedBy = on, by
	if !reflect.DeepEqual(before, after) {
		return "", errors.New("verified_on and verified_by are written in a way that cannot be changed here; change them by hand")
	}
	return verified, nil
}

// setLine replaces the lines that a pattern matches and keeps the comment after them.
func setLine(text string, line *regexp.Regexp, with string) string {
	return line.ReplaceAllStringFunc(text, func(old string) string {
		first, rest, more := strings.Cut(with, "\n")
		first += line.FindStringSubmatch(old)[1]
		if more {
			first += "\n" + rest
		}
		return first
	})
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
