package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store"
)

// runbook returns the commands of a section of docs/operations.md.
func runbook(t *testing.T, section string) (commands []string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	_, text, found := cutSection(string(text), "## "+section+"\n")
	require.True(t, found, section)
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		commands = append(commands, strings.Split(strings.TrimSpace(block[1]), "\n")...)
	}
	require.NotEmpty(t, commands, section)
	return commands
}

func cutSection(text, heading string) (before string, section []byte, found bool) {
	before, rest, found := strings.Cut(text, heading)
	rest, _, _ = strings.Cut(rest, "\n## ")
	return before, []byte(rest), found
}

// sh runs a command of the runbook as it stands, with the program on the path.
func (h *harness) sh(command string) (output string, err error) {
	h.t.Helper()
	cmd := h.command()
	shell := exec.Command("bash", "-euo", "pipefail", "-c", command)
	shell.Dir, shell.Env = cmd.Dir, append(cmd.Env, "LANG=en", "PATH="+filepath.Dir(binary)+":"+os.Getenv("PATH"))
	out, err := shell.CombinedOutput()
	return string(out), err
}

// follow runs the commands of a section literally. It returns the server that the last one
// started, if any.
func (h *harness) follow(section string) (s *server) {
	h.t.Helper()
	for _, command := range runbook(h.t.(*testing.T), section) { //nolint:forcetypeassert // no benchmark follows it
		if command == "digiwijzer serve" {
			s = h.serve()
			continue
		}
		out, err := h.sh(command)
		require.NoError(h.t, err, "%s\n%s", command, out)
	}
	return s
}

// TestRunbook follows docs/operations.md through a bad year: a drill, a machine that is lost,
// a key that is rotated and one that is lost. No figure is lost.
func TestRunbook(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.finishMany(7)
	h.withStore(func(ctx context.Context, s *store.Store) { finishSome(ctx, t, s, 10, 12) }) // they wait
	s := h.serve()
	before := h.ok("report", "--format", "json")
	require.Contains(t, before, `"completed": 9`)
	h.follow("Backup")
	h.follow("Restore drill")

	// The machine is gone; the backup and the key file are not.
	s.kill()
	require.NoError(t, os.RemoveAll(filepath.Join(h.dir, "data")))
	s = h.follow("The machine is gone")
	assert.Equal(t, before, h.ok("report", "--format", "json"), "nothing is lost")

	rotation := runbook(t, "Rotating the key")
	for _, command := range rotation[:len(rotation)-1] {
		out, err := h.sh(command)
		require.NoError(t, err, out)
	}
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
	eventually(t, "the old key is retired", func() bool {
		out, err := h.sh(rotation[len(rotation)-1])
		if err != nil {
			require.Contains(t, out, "still needed")
		}
		return err == nil
	})
	assert.Equal(t, before, h.ok("report", "--format", "json"))
	_, code := s.health()
	assert.Equal(t, 200, code)
	assert.Zero(t, s.stop(), s.stderr)

	require.NoError(t, os.Remove(filepath.Join(h.dir, "digiwijzer.key")))
	out, err := h.sh("digiwijzer serve")
	require.Error(t, err)
	assert.Contains(t, out, "purge --conversations")
	s = h.follow("The key is lost")
	assert.Contains(t, h.ok("report", "--format", "json"), `"completed": 7`, "the two that waited are lost with the key, as it says")
	assert.Zero(t, s.stop(), s.stderr)
}
