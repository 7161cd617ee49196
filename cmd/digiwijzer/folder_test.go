package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/flows/content"
	"digiwijzer/store"
)

// folder creates a folder with files, given as pairs of path and content.
func folder(t testing.TB, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		write(t, filepath.Join(dir, filepath.FromSlash(files[i])), files[i+1])
	}
	return dir
}

func write(t testing.TB, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}

func read(t testing.TB, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(content)
}

// passed records that a content folder passed the gate of the program, which takes seconds: a
// service that starts later uses it at once.
func (h *harness) passed(dir string) {
	h.t.Helper()
	data, file := filepath.Join(h.dir, "data"), filepath.Join(h.dir, "digiwijzer.key")
	require.NoError(h.t, os.MkdirAll(data, 0o700))
	key, err := store.LoadKey(file)
	if err != nil {
		key, err = store.CreateKey(file, filepath.Join(data, "state.db"))
	}
	require.NoError(h.t, err)
	e, err := content.Load(dir)
	require.NoError(h.t, err)
	verdicts := content.OpenVerdicts(data, hashOfBinary, key.Derive(store.ContentVerdicts))
	require.NoError(h.t, verdicts.Record(e.Hash()))
}

// hashOfBinary returns the SHA-256 of the program in hexadecimal; empty: it cannot be read.
var hashOfBinary = sync.OnceValue(func() string {
	program, err := os.ReadFile(binary)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(program)
	return hex.EncodeToString(sum[:])
})

// The lines that must be unique in every record.
var (
	nameLine  = regexp.MustCompile(`(?m)^name = .*$`)
	aliasLine = regexp.MustCompile(`(?m)^aliases = .*$`)
)
