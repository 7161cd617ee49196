package dossier

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Write writes the files into a folder. It first deletes the statement of an earlier run that the
// dossier is complete: it applies to the files of that run.
func (d Dossier) Write(dir string) error {
	if err := os.Remove(filepath.Join(dir, CompleteFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range d.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Unanswered returns the questions without an answer, each with who can answer it and where the
// answer belongs.
func (d Dossier) Unanswered() (all []string) {
	for _, q := range Questions() {
		var places []string
		for _, m := range d.Open {
			if m.ID == q.ID {
				places = append(places, m.File+":"+strconv.Itoa(m.Line))
			}
		}
		if len(places) > 0 {
			all = append(all, q.ID+": "+q.Ask+" ("+q.Who+")\n    "+strings.Join(places, ", "))
		}
	}
	return all
}
