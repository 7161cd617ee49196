package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzKeyFile: only a file of the right length is a key, and the error does not hold the
// content of a refused file.
func FuzzKeyFile(f *testing.F) {
	path := filepath.Join(f.TempDir(), "key")
	for _, seed := range []string{strings.Repeat("k", keySize), strings.Repeat("k", keySize-1), strings.Repeat("k", keySize) + "\n", "", strings.Repeat("\x00", keySize)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, secret []byte) {
		require.NoError(t, os.WriteFile(path, secret, 0o600))
		key, err := LoadKey(path)
		require.Equal(t, len(secret) == keySize, err == nil)
		if err != nil {
			require.Nil(t, key)
			require.Less(t, len(err.Error()), 200+2*len(path))
			return
		}
		require.NotEmpty(t, key.Derive("anything"))
		require.NotEqual(t, secret, key.Derive("anything"))
	})
}
