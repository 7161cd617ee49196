package pgtest

import (
	"io/fs"
	"os"
	"path/filepath"
)

// EachFile calls look with every file of the server: tables, log and everything else. Files that
// disappear in the meantime are left out.
func (s *Server) EachFile(look func(path string, text []byte)) error {
	return filepath.WalkDir(s.Data(), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // it may be gone by now
		}
		if text, err := os.ReadFile(path); err == nil {
			look(path, text)
		}
		return nil
	})
}
