package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestPurgeAtATerminal types the name of the folder, wrong and right.
func TestPurgeAtATerminal(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	s := h.serve()
	assert.Zero(t, s.stop(), s.stderr)
	for _, c := range []struct {
		typed string
		code  int
	}{{"ja\n", exitBadInput}, {"\n", exitBadInput}, {"data\n", 0}} {
		keyboard, terminal := openTerminal(t)
		cmd := h.command("purge", "--all")
		cmd.Stdin = terminal
		_, err := keyboard.WriteString(c.typed)
		require.NoError(t, err)
		said, err := cmd.CombinedOutput()
		assert.Equal(t, c.code, cmd.ProcessState.ExitCode(), "%s %v", said, err)
		_, err = os.Stat(filepath.Join(h.dir, "data", "state.db"))
		assert.Equal(t, c.code == 0, errors.Is(err, fs.ErrNotExist), c.typed)
	}
}

// openTerminal returns both ends of a pseudoterminal; see pty(7).
func openTerminal(t *testing.T) (keyboard, terminal *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudoterminals: %v", err)
	}
	t.Cleanup(func() { _ = keyboard.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = terminal.Close() })
	return keyboard, terminal
}
