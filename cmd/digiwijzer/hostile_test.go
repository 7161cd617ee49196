package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostile are files of a content folder that could end or stop a program that reads them, and
// what is said about each.
var hostile = []struct {
	name, says string
	put        func(path string) error
}{
	{"nested", "locales/x.nl.toml:1: Hier zitten meer dan 50 haken of namen in elkaar", func(path string) error {
		return os.WriteFile(path, []byte("a = "+strings.Repeat("[", 500_000)+strings.Repeat("]", 500_000)), 0o600)
	}},
	{"endless", "locales/x.nl.toml: Dit is een verwijzing naar iets buiten de map", func(path string) error {
		return os.Symlink("/dev/zero", path)
	}},
	{"huge", "locales/x.nl.toml: Dit bestand is groter dan 1024 kB", func(path string) error {
		if err := os.WriteFile(path, []byte("# Een regel commentaar\n"), 0o600); err != nil {
			return err
		}
		return os.Truncate(path, 300<<20)
	}},
	{"FIFO", "locales/x.nl.toml: Dit is geen gewoon bestand, maar een FIFO", func(path string) error {
		return syscall.Mkfifo(path, 0o600)
	}},
	{"loop", "x.nl.toml:1: question.size.text: Een invulplek in deze tekst klopt niet", func(path string) error {
		return os.WriteFile(path, []byte(`"question.size.text" = "{{range 2000000000}}x{{end}}"`), 0o600)
	}},
}

// TestHostileContent: no file in the content folder ends or stops the service, whether it comes
// while serving or is there at the start, and check says what is wrong with it.
func TestHostileContent(t *testing.T) {
	t.Parallel()
	dir := folder(t, "locales/mine.nl.toml", `"web.description" = "Onze eigen inhoud"`)
	path := filepath.Join(dir, "locales/x.nl.toml")
	h := newHarness(t, "DIGIWIJZER_CONTENT="+dir)
	h.passed(dir)
	s := h.serve()
	own, _ := s.health()
	require.True(t, own.Content.OK)
	for _, file := range hostile {
		require.NoError(t, file.put(path))
		require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
		s.refuses(file.says)
		status, _ := s.health()
		assert.Equal(t, own.Content.Version, status.Content.Version, "%s: what was in use stays", file.name)
		assert.Equal(t, 1, strings.Count(status.Content.Problem, "x.nl.toml"), "one line: %s", status.Content.Problem)
		response, err := http.Get(s.url + "/")
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, http.StatusOK, response.StatusCode)

		checked := h.run("", "check")
		assert.Equal(t, exitFailed, checked.code, file.name)
		assert.Contains(t, checked.stdout, "locales/x.nl.toml", file.name)
		assert.NotContains(t, checked.stderr, "goroutine")

		require.NoError(t, os.Remove(path))
		require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
		eventually(t, "the content is in order again", func() bool {
			status, _ := s.health()
			return status.Content.OK
		})
	}
	require.NoError(t, hostile[3].put(path))
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
	assert.Zero(t, s.stop(), "SIGTERM works while a file waits: %s", s.stderr)

	// At the start: those that are refused unread together, and then the one that is read.
	last := len(hostile) - 1
	for i, file := range hostile[:last] {
		require.NoError(t, file.put(filepath.Join(dir, "locales", strconv.Itoa(i)+"x.nl.toml")))
	}
	require.NoError(t, os.Remove(path))
	s = h.serve()
	for i, file := range hostile[:last] {
		s.logs(strings.Replace(file.says, "x.nl", strconv.Itoa(i)+"x.nl", 1))
	}
	assert.Zero(t, s.stop(), s.stderr)
	for i := range hostile[:last] {
		require.NoError(t, os.Remove(filepath.Join(dir, "locales", strconv.Itoa(i)+"x.nl.toml")))
	}
	require.NoError(t, hostile[last].put(path))
	s = h.serve()
	s.refuses(hostile[last].says)
	assert.Zero(t, s.stop(), s.stderr)
}

// refuses waits until health says what is wrong with the content, and the log says the same.
func (s *server) refuses(says string) {
	s.t.Helper()
	eventually(s.t, says, func() bool {
		status, _ := s.health()
		return !status.Content.OK && strings.Contains(status.Content.Problem, says)
	})
	s.logs(says)
}

// logs waits until the log says something.
func (s *server) logs(says string) {
	s.t.Helper()
	eventually(s.t, "the log says "+says, func() bool { return strings.Contains(s.stderr.String(), says) })
}
