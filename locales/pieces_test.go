package locales

import (
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPiecesSayWhatTheTemplateSays: filled in by pieces, every text of ours reads as
// the template language would have it, whatever stands in the arguments.
func TestPiecesSayWhatTheTemplateSays(t *testing.T) {
	texts, err := Load(Embedded())
	require.NoError(t, err)
	compared := 0
	for lang, c := range texts.by {
		for id, pieces := range c.pieces {
			args := map[string]any{}
			for i, p := range pieces {
				if p.argument != "" {
					args[p.argument] = []any{"{{.Not}} <b>&", strings.Repeat("é", i), i}[i%3]
				}
			}
			var want strings.Builder
			require.NoError(t, template.Must(template.New(id).Parse(c.messages[id].Other)).Execute(&want, args))
			got, err := texts.render(lang, id, args)
			require.NoError(t, err)
			assert.Equal(t, want.String(), got)
			compared++
		}
	}
	assert.Greater(t, compared, 100)
}

func TestWhatIsNoPlaceholderIsLeftToTheTemplate(t *testing.T) {
	for text, simple := range map[string]bool{
		"Dag {{.Who}}, {{ .What }}.": true, "{{.Who}}": true, "a}} {b": true,
		"{{if .Who}}x{{end}}": false, "{{- .Who}}": false, "{{.Who.Name}}": false, "{{.}}": false, "{{printf \"%d\" .N}}": false, "{{/* */}}": false,
	} {
		assert.Equal(t, simple, cut(text) != nil, text)
	}
}
