package store

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzKeyFile: only a file of the right length is a key, and the error does not hold the
// content of a refused file.
func FuzzKeyFile(f *testing.F) {
	path := filepath.Join(f.TempDir(), "key")
	for _, seed := range []string{strings.Repeat("k", keySize), strings.Repeat("k", keySize-1), strings.Repeat("k", keySize) + "\n", "", strings.Repeat("\x00", keySize),
		`{"` + strings.Repeat("k", keySize) + `": 1}`, `{"format": 1, "lookup": "` + strings.Repeat("k", keySize) + `"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, secret []byte) {
		require.NoError(t, os.WriteFile(path, secret, 0o600))
		key, err := LoadKey(path)
		require.Equal(t, len(secret) == keySize, err == nil)
		if err != nil {
			require.Nil(t, key)
			require.Less(t, len(err.Error()), 200+2*len(path))
			message := err.Error()
			for at := range max(0, len(message)-15) {
				require.NotContains(t, string(secret), message[at:at+16], "a part of the content")
			}
			if len(secret) >= 8 { // shorter ones may be in a message by chance
				require.NotContains(t, err.Error(), string(secret))
				require.NotContains(t, err.Error(), strings.Trim(strconv.Quote(string(secret)), `"`))
			}
			return
		}
		require.NotEmpty(t, key.Derive("anything"))
		require.NotEqual(t, secret, key.Derive("anything"))
	})
}
