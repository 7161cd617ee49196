package pgtest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// EachFile calls look with every file of the server: tables, log and everything else. Files that
// disappear in the meantime are left out, and so is what is not a regular file. The text is valid until look returns: memory for files of
// 16 MB takes longer to get than to fill.
func (s *Server) EachFile(look func(path string, text []byte)) error {
	var text []byte
	return filepath.WalkDir(s.Data(), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if text, err = readInto(text, path); err == nil {
				look(path, text)
			}
		}
		if errors.Is(err, fs.ErrNotExist) && path != s.Data() {
			return nil // it is gone by now
		}
		return err
	})
}

// readInto reads a file into a buffer, which grows if needed.
func readInto(buffer []byte, path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return buffer, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return buffer, err
	}
	buffer = slices.Grow(buffer[:0], int(info.Size())+bytes.MinRead)
	text := bytes.NewBuffer(buffer)
	_, err = text.ReadFrom(file)
	return text.Bytes(), err
}
