package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Following the advice after a lost key loses the conversations, which nobody can read any
// more, and no figure.
func TestLostKey(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.makeData()
	h.ok("partner", "add", "kvk-elders", "--name", "KVK Elders")
	require.NoError(t, os.Remove(filepath.Join(h.dir, "digiwijzer.key")))
	o := h.run("", "serve")
	assert.Equal(t, 1, o.code)
	assert.Contains(t, o.stderr, "purge --conversations")
	assert.NotContains(t, o.stderr, "--all")
	h.ok("purge", "--conversations")
	assert.NoFileExists(t, filepath.Join(h.dir, "data", "state.db"))
	assert.Contains(t, h.ok("partner", "list"), "kvk-elders")
	s := h.serve()
	assert.Zero(t, s.stop(), s.stderr)
}

// Where nobody can type the name of the folder, purge needs --yes.
func TestPurgeAsks(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.makeData()
	for _, typed := range []string{"", "data\n", "y\n"} {
		o := h.run(typed, "purge", "--all")
		assert.Equal(t, 2, o.code)
		assert.Contains(t, o.stderr, "--yes")
	}
	assert.Equal(t, 2, h.run("", "purge", "--all", "--conversations").code)
	assert.FileExists(t, filepath.Join(h.dir, "data", "state.db"))
	assert.FileExists(t, filepath.Join(h.dir, "digiwijzer.key"))
}

// TestRefusalsOfDataAreTranslated: what an operator can do about the data stands there in the
// language of the terminal.
func TestRefusalsOfDataAreTranslated(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	s := h.serve()
	busy := h.run("", "purge", "--all", "--yes")
	assert.Contains(t, busy.stderr, "werkt al een digiwijzer")
	assert.Zero(t, s.stop(), s.stderr)

	shared := t.TempDir()
	require.NoError(t, os.Chmod(shared, 0o755)) //nolint:gosec // the case
	write(t, filepath.Join(shared, "of-somebody-else"), "")
	open := h.with("DIGIWIJZER_DATA="+shared).run("", "serve")
	assert.NotZero(t, open.code)
	assert.Contains(t, open.stderr, "chmod 700 "+shared)
	assert.Contains(t, open.stderr, "Anderen op deze computer")
	assert.Equal(t, 1, strings.Count(open.stderr, "\n"), open.stderr)
}

// Whatever the umask and the folder that a supervisor makes, nobody else reads what the
// program writes, and a crash leaves no image of its memory.
func TestFilesAreClosedToOthers(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	data := filepath.Join(h.dir, "data")
	require.NoError(t, os.Mkdir(data, 0o755))
	require.NoError(t, os.Chmod(data, 0o777))
	s := h.serve()
	h.ok("backup", h.at("copy.db"), "--with-waiting")
	for _, folder := range []string{h.dir, data} {
		entries, err := os.ReadDir(folder)
		require.NoError(t, err)
		for _, e := range entries {
			info, err := e.Info()
			require.NoError(t, err)
			assert.Zero(t, info.Mode().Perm()&0o077, e.Name())
		}
	}
	if runtime.GOOS == "linux" {
		pid := s.cmd.Process.Pid
		limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
		require.NoError(t, err)
		for line := range strings.Lines(string(limits)) {
			if rest, ok := strings.CutPrefix(line, "Max core file size"); ok {
				assert.Equal(t, []string{"0", "0", "bytes"}, strings.Fields(rest))
			}
		}
		info, err := os.Stat(fmt.Sprintf("/proc/%d/environ", pid))
		require.NoError(t, err)
		assert.Zero(t, info.Sys().(*syscall.Stat_t).Uid, "of a process that cannot be dumped, root owns these") //nolint:forcetypeassert // on Linux
	}
	assert.Zero(t, s.stop(), s.stderr)
}
