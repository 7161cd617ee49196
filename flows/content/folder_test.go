package content

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLayersShowEveryFileOnce(t *testing.T) {
	base := fstest.MapFS{"a.toml": {Data: []byte("base a")}, "sub/b.toml": {Data: []byte("base b")}}
	top := fstest.MapFS{"sub/b.toml": {Data: []byte("top b")}, "sub/c.toml": {Data: []byte("top c")}}
	both := overlay{top: top, base: base}
	for name, want := range map[string]string{"a.toml": "base a", "sub/b.toml": "top b", "sub/c.toml": "top c"} {
		text, err := fs.ReadFile(both, name)
		require.NoError(t, err)
		assert.Equal(t, want, string(text))
	}
	found, err := fs.Glob(both, "sub/*.toml")
	require.NoError(t, err)
	assert.Equal(t, []string{"sub/b.toml", "sub/c.toml"}, found, "each once, in order")
	var walked []string
	require.NoError(t, walkFiles(both, func(name string) error {
		walked = append(walked, name)
		return nil
	}))
	assert.Equal(t, []string{"a.toml", "sub/b.toml", "sub/c.toml"}, walked)
	_, err = fs.ReadDir(both, "nowhere")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// FuzzOverlay: whatever file the content folder holds, its text is in force on its path and
// the embedded text on every other, and only content files have a checksum.
func FuzzOverlay(f *testing.F) {
	base := fstest.MapFS{"flows/questions.toml": {Data: []byte("own")}, "bot/share/partners.toml": {Data: []byte("own")}}
	for _, seed := range []string{"flows/questions.toml", "bot/share/partners.toml", "bot/share/partner.toml", "locales/x.toml", "README.md", ".git/config", "flows",
		"referral/catalogue/../rules.toml", "a\nb.toml", "locales/[.toml", "/etc/passwd"} {
		f.Add(seed, "theirs")
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		if !fs.ValidPath(name) || name == "." || base[path.Dir(name)] != nil || strings.HasPrefix("flows/questions.toml", name+"/") || strings.HasPrefix("bot/share/partners.toml", name+"/") {
			return // no file of a folder can have that name
		}
		top := fstest.MapFS{name: {Data: []byte(text)}}
		both := overlay{top: top, base: base}
		got, err := fs.ReadFile(both, name)
		require.NoError(t, err)
		require.Equal(t, text, string(got))
		for own := range base {
			if own != name {
				got, err := fs.ReadFile(both, own)
				require.NoError(t, err)
				require.Equal(t, "own", string(got))
			}
		}
		entries, err := both.ReadDir(path.Dir(name))
		require.NoError(t, err)
		require.True(t, slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == path.Base(name) }))
		sums, err := checksums(top, ".")
		require.NoError(t, err)
		require.LessOrEqual(t, len(sums), 1)
		for hashed := range sums {
			require.True(t, isContent(hashed) && hashed == name)
		}
	})
}
