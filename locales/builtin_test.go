package locales

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBuiltInFilesAreTOML: what readBuiltIn reads of every file of this build is what is read of
// it as TOML.
func TestBuiltInFilesAreTOML(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(embedded, "*.toml")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	simple := 0
	for _, name := range names {
		content, err := embedded.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, sorted(readMessages(name, content)), sorted(readBuiltIn(name, content)), name)
		messages, _ := simpleLines(string(content))
		simple += len(messages)
	}
	assert.Greater(t, simple, 1000)
}

// sorted returns a file with its messages in the order of their ids.
func sorted(f messageFile) messageFile {
	slices.SortFunc(f.messages, func(a, b message) int { return strings.Compare(a.id, b.id) })
	return f
}

// TestSimpleLines: what is not as simple is left to be read as TOML.
func TestSimpleLines(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]struct {
		ids  []string
		rest string
	}{
		"# b\n\n\"a.b\" = \"x\"\n\"a.c\" = \"{{.Y}}\"":            {[]string{"a.b", "a.c"}, ""},
		"\"a\" = \"\"\n\"b\" = \"{{if .X}}x{{end}}\"":             {nil, "\"a\" = \"\"\n\"b\" = \"{{if .X}}x{{end}}\"\n"},
		"\"a\" = \"x\\n\"\n\"b\" = \"\\e\"\n":                     {[]string{"a"}, "\"b\" = \"\\e\"\n"},
		"\"a\" = { one = \"x\" }\n\"b\" = \"y\" # c\n":            {nil, "\"a\" = { one = \"x\" }\n\"b\" = \"y\" # c\n"},
		"\"a\" = \"x\"\n[t]\n\"b\" = \"y\"\n":                     {[]string{"a"}, "[t]\n\"b\" = \"y\"\n"},
		"\"a\" = \"\"\"x\n\"b\" = \"y\"\n\"\"\"\n\"c\" = \"z\"\n": {[]string{"c"}, "\"a\" = \"\"\"x\n\"b\" = \"y\"\n\"\"\"\n"},
		"\"a\" = \"\"\"x\"\"\"\n\"c\" = \"z\"\n":                  {[]string{"c"}, "\"a\" = \"\"\"x\"\"\"\n"},
		"\"a\" = \"\"\"x\n\"b\" = \"y\"\n":                        {nil, "\"a\" = \"\"\"x\n\"b\" = \"y\"\n\n"},
	} {
		messages, rest := simpleLines(content)
		var ids []string
		for _, m := range messages {
			ids = append(ids, m.id)
		}
		assert.Equal(t, want.ids, ids, content)
		assert.Equal(t, want.rest, string(rest), content)
	}
}
