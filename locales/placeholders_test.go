package locales

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// simplePlaceholder is what cutPlaceholder looks for, as a regular expression.
var simplePlaceholder = regexp.MustCompile(`\{\{ ?\.([A-Za-z][A-Za-z0-9_]*) ?\}\}`)

// TestPlaceholdersAreCut: a text is cut where the regular expression says.
func TestPlaceholdersAreCut(t *testing.T) {
	t.Parallel()
	part := rapid.SampledFrom([]string{"{{", "}}", "{", "}", " ", ".", "A", "b_1", "1", "_", "é", "{{.Name}}", "{{ .N }}", "if ", "x y"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(part, 0, 12).Draw(t, "parts"), "")
		at := simplePlaceholder.FindStringSubmatchIndex(text)
		before, name, after, found := cutPlaceholder(text)
		assert.Equal(t, at != nil, found)
		if !found {
			assert.Equal(t, text, before)
			return
		}
		assert.Equal(t, []string{text[:at[0]], text[at[2]:at[3]], text[at[1]:]}, []string{before, name, after})
	})
}
