package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
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

// The lines that must be unique in every record.
var (
	nameLine  = regexp.MustCompile(`(?m)^name = .*$`)
	aliasLine = regexp.MustCompile(`(?m)^aliases = .*$`)
)
