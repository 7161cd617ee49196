package web

import (
	"html/template"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNumbersInTextsCanBeTapped(t *testing.T) {
	for text, want := range map[string]string{
		"Bel 0800-2117.":               `Bel <a class="tel" href="tel:08002117">0800-2117</a>.`,
		"Bel 088 – 786 73 72 of mail.": `Bel <a class="tel" href="tel:0887867372">088 – 786 73 72</a> of mail.`,
		"<b> & 0900-8844":              `&lt;b&gt; &amp; <a class="tel" href="tel:09008844">0900-8844</a>`,
		"In 2026-11 waren het er 250.": "In 2026-11 waren het er 250.",
		"NEN 7510, 100 van 100":        "NEN 7510, 100 van 100",
	} {
		assert.Equal(t, template.HTML(want), dial(text))
	}
	assert.Equal(t, template.URL("tel:+31301234567"), telephone("+31 30 123 45 67"))
	assert.Equal(t, template.URL("tel:08002117"), telephone("tel:08002117"))
	assert.Equal(t, template.URL("tel:"), telephone(`javascript:alert`))
}
