package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/BurntSushi/toml"
)

type contentCmd struct {
	Export exportCmd `cmd:"" help:"${cli_help_content_export}"`
}

type exportCmd struct {
	Dir string `arg:"" help:"${cli_help_content_dir}"`
}

// stampFile notes in a copy of the content what it was copied from. It is hidden, so
// that it does not count as content.
const stampFile = ".digiwijzer.toml"

// stamp is what the stamp file holds.
type stamp struct {
	Content string            `toml:"content"` // id of the embedded content
	Files   map[string]string `toml:"files"`   // hash of every file, by path
}

// Run writes an editable copy of the embedded content.
func (cmd *exportCmd) Run(p *program) error {
	if entries, err := os.ReadDir(cmd.Dir); err == nil && len(entries) > 0 {
		return badInputf("%s is not empty; give a new folder, so that nobody's work is lost", cmd.Dir)
	}
	files := 0
	for _, part := range contentParts() {
		n, err := copyFiles(part.embedded, filepath.Join(cmd.Dir, filepath.FromSlash(part.dir)))
		if err != nil {
			return err
		}
		files += n
	}
	note, err := embeddedStamp()
	if err != nil {
		return err
	}
	text, err := toml.Marshal(note)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(cmd.Dir, stampFile), text, 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, p.say("cli.exported", "Files", fmt.Sprint(files), "Dir", cmd.Dir, "Content", note.Content))
	return err
}

func copyFiles(fsys fs.FS, dir string) (files int, err error) {
	err = walkFiles(fsys, func(name string) error {
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(name))
		files++
		return errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, content, 0o644))
	})
	return files, err
}

func embeddedStamp() (stamp, error) {
	s := stamp{Files: map[string]string{}}
	for _, part := range contentParts() {
		sums, err := fingerprints(part.embedded, part.dir)
		if err != nil {
			return s, err
		}
		for name, sum := range sums {
			s.Files[name] = sum
		}
	}
	s.Content = contentID(s.Files)
	return s, nil
}

// outdated lists the files of an overlay that the program has a newer version of than
// the one the overlay was copied from: what changed there is not in force. An overlay
// without a stamp was not made by export and gives nothing.
func outdated(overlay string) ([]string, error) {
	var copied stamp
	_, err := toml.DecodeFile(filepath.Join(overlay, stampFile), &copied)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path.Join(overlay, stampFile), err)
	}
	now, err := embeddedStamp()
	if err != nil {
		return nil, err
	}
	var names []string
	err = walkFiles(os.DirFS(overlay), func(name string) error {
		if was, ok := copied.Files[name]; ok && now.Files[name] != was {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}
