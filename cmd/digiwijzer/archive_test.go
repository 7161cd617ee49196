package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
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
		if os.Geteuid() == 0 {
			requireNoDumpsOfNobody(t)
		} else {
			assert.Zero(t, ownerOf(t, pid), "of a process that cannot be dumped, root owns these")
		}
	}
	assert.Zero(t, s.stop(), s.stderr)
}

// ownerOf returns the user who owns the files of a process in /proc.
func ownerOf(t *testing.T, pid int) uint32 {
	t.Helper()
	info, err := os.Stat(fmt.Sprintf("/proc/%d/environ", pid))
	require.NoError(t, err)
	return info.Sys().(*syscall.Stat_t).Uid //nolint:forcetypeassert // on Linux
}

// requireNoDumpsOfNobody starts the program as another user than root, who owns the files of each process of root
// in any case.
func requireNoDumpsOfNobody(t *testing.T) {
	t.Helper()
	dir, err := os.MkdirTemp("", "digiwijzer-test-*") // that of t is closed to others
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755)) //nolint:gosec // nobody has to read it
	program := filepath.Join(dir, programName)
	content, err := os.ReadFile(binary)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(program, content, 0o600))
	require.NoError(t, os.Chmod(program, 0o755)) //nolint:gosec // as the folder
	cmd := exec.CommandContext(t.Context(), program, "advise")
	cmd.Dir, cmd.Env = "/", []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	input, err := cmd.StdinPipe() // it waits for this
	require.NoError(t, err)
	if err := cmd.Start(); errors.Is(err, syscall.EPERM) {
		t.Log("this root may start nothing as another user, so whether the program can be dumped cannot be seen")
		return
	} else {
		require.NoError(t, err)
	}
	eventually(t, "root owns the files in /proc of a process that cannot be dumped", func() bool { return ownerOf(t, cmd.Process.Pid) == 0 })
	require.NoError(t, input.Close())
	assert.Error(t, cmd.Wait(), "it was given nothing")
}
