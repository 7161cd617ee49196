package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mutant is one way to break the program on purpose: in file, from becomes to, and the
// tests named by run in pkg must notice.
type mutant struct {
	promise, file, from, to, pkg, run string
}

// TestMutants breaks each promise of mutants and shows that a test notices. It takes some
// minutes, so it runs only when asked for:
//
//	MUTANTS=1 go test ./cmd/digiwijzer -run Mutants -v
//	MUTANTS='eras|batch' go test ./cmd/digiwijzer -run Mutants -v      those whose promise fits
func TestMutants(t *testing.T) {
	wanted := os.Getenv("MUTANTS")
	if wanted == "" {
		t.Skip("set MUTANTS=1 to break the program on purpose")
	}
	if wanted == "1" {
		wanted = "."
	}
	fits := regexp.MustCompile(wanted)
	killed, tried, sound := 0, 0, map[[2]string]bool{}
	for _, m := range mutants {
		if !fits.MatchString(m.promise) {
			continue
		}
		tried++
		began := time.Now()
		ok := t.Run(m.promise, func(t *testing.T) { m.requireKilled(t, sound) })
		if ok {
			killed++
		}
		t.Logf("%-60s %v in %s", m.promise, ok, time.Since(began).Round(time.Second/10))
	}
	t.Logf("killed %d of %d", killed, tried)
	require.Equal(t, tried, killed)
}

// TestMutantsFit: each mutant is a change that can be made to the code as it is.
func TestMutantsFit(t *testing.T) {
	for _, m := range mutants {
		source, err := os.ReadFile(filepath.Join("../..", m.file))
		if assert.NoError(t, err) {
			assert.Equal(t, 1, strings.Count(string(source), m.from), "%s: %s must hold %q once", m.promise, m.file, m.from)
		}
	}
	for promise := range mayHang {
		assert.True(t, slices.ContainsFunc(mutants, func(m mutant) bool { return m.promise == promise }), promise)
	}
}

// failedTest is how go test tells that a test failed, and not that the code did not build.
var failedTest = regexp.MustCompile(`(?m)^\s*--- FAIL|^panic: |^fatal error: `)

// timedOut is how go test tells that a test never ended: that is no sign that anybody
// noticed.
const timedOut = "panic: test timed out after"

// test runs the tests of a mutant, as the code is or with an overlay.
func (m mutant) test(t *testing.T, root string, flags ...string) (out string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", m.pkg, "-run", m.run, "-count=1", "-short", "-timeout", "100s")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), append(flags, "MUTANTS=")...)
	said, err := cmd.CombinedOutput()
	return string(said), err
}

// requireKilled runs the tests on the code as it is, where they must pass, and on the
// broken code. The compiler is given the broken file in the place of the real one, so that
// the sources stay as they are. sound remembers which tests passed.
func (m mutant) requireKilled(t *testing.T, sound map[[2]string]bool) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	path := filepath.Join(root, m.file)
	source, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(source), m.from), "%s must hold %q once", m.file, m.from)
	if tests := [2]string{m.pkg, m.run}; !sound[tests] {
		out, err := m.test(t, root)
		require.NoError(t, err, "the tests fail on the code as it is:\n%s", out)
		require.NotContains(t, out, "no tests to run")
		sound[tests] = true
	}
	dir := t.TempDir()
	broken := filepath.Join(dir, filepath.Base(m.file))
	require.NoError(t, os.WriteFile(broken, []byte(strings.Replace(string(source), m.from, m.to, 1)), 0o600))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: broken}})
	require.NoError(t, err)
	list := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(list, overlay, 0o600))

	out, err := m.test(t, root, "GOFLAGS=-overlay="+list)
	require.Error(t, err, "nobody noticed:\n%s", out)
	require.Regexp(t, failedTest, out, "the broken code does not build")
	if !mayHang[m.promise] {
		require.NotContains(t, out, timedOut, "nobody noticed: a test never ended")
	}
}
