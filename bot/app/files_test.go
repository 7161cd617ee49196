package app

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWhoMayReadOutput: the umask of the user decides, but confidential output is for the user alone. It changes the
// umask that HardenProcess stored, so it is not parallel.
func TestWhoMayReadOutput(t *testing.T) {
	before := userMask
	t.Cleanup(func() { userMask = before })
	var b Base
	content := func(w io.Writer) error { _, err := io.WriteString(w, "x"); return err }
	for mask, want := range map[fs.FileMode]fs.FileMode{0o022: 0o644, 0o027: 0o640, 0o077: 0o600} {
		userMask = mask
		for name, c := range map[string]struct {
			write func(string, io.Writer, func(io.Writer) error) error
			mode  fs.FileMode
		}{"for all": {b.WriteOutput, want}, "confidential": {b.WriteConfidential, 0o600}} {
			file := filepath.Join(t.TempDir(), "out")
			require.NoError(t, os.WriteFile(file, nil, 0o644)) // an earlier one
			require.NoError(t, os.Chmod(file, 0o644))
			require.NoError(t, c.write(file, io.Discard, content))
			info, err := os.Stat(file)
			require.NoError(t, err)
			assert.Equal(t, c.mode, info.Mode().Perm(), "%s with umask %o", name, mask)
		}
	}
}
