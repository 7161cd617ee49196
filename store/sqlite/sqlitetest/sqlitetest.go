// Package sqlitetest makes data folders for tests: copies of one that was made once, because the steps to the newest schema
// take four times as long as copying what they make.
package sqlitetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"digiwijzer/store/sqlite"
)

// Folder makes a data folder as Open of store/sqlite makes it, in a folder that exists. It needs no key: none is claimed yet.
func Folder(t testing.TB, dir string) {
	t.Helper()
	files, err := made()
	if err != nil {
		t.Fatal(err)
	}
	if err := write(dir, files); err != nil {
		t.Fatal(err)
	}
}

func write(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// made are the files of a folder in which nothing was written yet.
var made = sync.OnceValues(func() (files map[string][]byte, err error) {
	dir, err := os.MkdirTemp("", "digiwijzer-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	db, err := sqlite.Open(context.Background(), dir)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	files = map[string][]byte{}
	for _, name := range []string{sqlite.StateFile, sqlite.StatsFile} {
		content, readErr := os.ReadFile(filepath.Join(dir, name))
		files[name], err = content, errors.Join(err, readErr)
	}
	return files, err
})
