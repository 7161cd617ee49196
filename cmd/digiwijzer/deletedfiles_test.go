package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDeletedFilesAreNoticed: whatever is deleted or replaced under the running program, it
// stops taking answers, says so, and goes on when the file is back.
func TestDeletedFilesAreNoticed(t *testing.T) {
	h := newHarness(t)
	s := h.serve()
	visit(t, s.url)
	file := filepath.Join(h.dir, "data", "state.db")
	require.NoError(t, os.Rename(file, file+".elsewhere"))
	t.Parallel() // it takes ten seconds until it is noticed
	eventually(t, "it is not ready", func() bool { return s.status(s.url+"/readyz") == http.StatusServiceUnavailable })
	assert.Equal(t, http.StatusOK, s.status(s.url+"/"), "pages are shown")
	assert.Equal(t, http.StatusOK, s.status(s.url+"/livez"), "a restart would lose it")
	status, _ := s.health()
	assert.Contains(t, status.Storage.Problem, "looking at state.db: the file was deleted or moved")
	assert.Contains(t, s.stderr.String(), "the file was deleted or moved while the program runs")

	write(t, file, "another file")
	eventually(t, "it notices another file", func() bool {
		status, _ := s.health()
		return strings.Contains(status.Storage.Problem, "replaced")
	})
	require.NoError(t, os.Rename(file+".elsewhere", file))
	eventually(t, "it is ready again", func() bool { return s.status(s.url+"/readyz") == http.StatusOK })
	visit(t, s.url)
	assert.Zero(t, s.stop(), s.stderr)
}
