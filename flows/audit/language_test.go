package audit

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pseudo is a pseudo-locale made from the Dutch texts: accents on every vowel, wrapped in
// right-to-left isolates, and longer where there is space. Urdu is written from right to
// left and has the plural forms of Dutch.
const pseudo = "ur"

const rightToLeft, popDirection = "\u2067", "\u2069" // isolates: no effect outside

var accents = strings.NewReplacer("a", "á", "e", "ë", "i", "ï", "o", "ö", "u", "ü", "A", "Å", "E", "É", "O", "Ø", "U", "Û")

var placeholders = regexp.MustCompile(`\{\{[^}]*\}\}`)

// distort makes a Dutch text a pseudo one; placeholders are unchanged.
func distort(text string, longer bool) string {
	var b strings.Builder
	at := 0
	for _, span := range placeholders.FindAllStringIndex(text, -1) {
		b.WriteString(accents.Replace(text[at:span[0]]))
		b.WriteString(text[span[0]:span[1]])
		at = span[1]
	}
	b.WriteString(accents.Replace(text[at:]))
	if longer {
		b.WriteString(" ïngevöegd")
	}
	return rightToLeft + b.String() + popDirection
}

// isLabel reports whether a text may be on a button, where space is limited.
func isLabel(id string) bool {
	return strings.HasPrefix(id, "label.") || strings.HasPrefix(id, "option.") || strings.HasPrefix(id, "topic.") ||
		strings.HasPrefix(id, "chat.") || strings.HasPrefix(id, "source.")
}

// translated returns the files with the pseudo language added, in locales only.
func translated(t testing.TB, f files) files {
	t.Helper()
	f = maps.Clone(f)
	for name, text := range maps.Clone(f) {
		base, dutch := strings.CutSuffix(name, ".nl.toml")
		if !dutch {
			continue
		}
		var messages map[string]any
		_, err := toml.Decode(text, &messages)
		require.NoError(t, err)
		for id, message := range messages {
			messages[id] = distortMessage(id, message)
		}
		made, err := toml.Marshal(messages)
		require.NoError(t, err)
		f[base+"."+pseudo+".toml"] = string(made)
	}
	return f
}

func distortMessage(id string, message any) any {
	switch m := message.(type) {
	case string:
		if strings.HasPrefix(id, "words.") || strings.HasPrefix(id, "telegram.word.") || strings.HasPrefix(id, "coordinator.word.") {
			return m // typed words, and words with a fixed form
		}
		return distort(m, !isLabel(id) && !strings.HasPrefix(id, "quadrant."))
	case map[string]any:
		for key, part := range m {
			m[key] = distortMessage(id+"."+key, part)
		}
		return m
	}
	return message
}

// TestNewLanguageNeedsOnlyLocales renders every message in a language that the program
// does not know; only limits of length may be exceeded. What does not depend on texts is
// taken from the gate of the embedded content.
func TestNewLanguageNeedsOnlyLocales(t *testing.T) {
	content := mustLoad(t, translated(t, embeddedFiles(t)))
	require.Equal(t, []string{"nl", "en", pseudo}, content.Texts.Languages())
	embedded := checkedGate(t)
	g := newGate(content, Options{From: today}).withOutcomesOf(embedded)
	g.checkRecords()
	g.checkMessages(context.Background())
	g.checkTexts(context.Background())
	report := g.finish()
	assert.GreaterOrEqual(t, report.Coverage.Messages*2, embedded.report.Coverage.Messages*3, "as many messages in every language")
	kinds := map[string]int{}
	for _, fault := range report.Faults {
		assert.Equal(t, pseudo, fault.Lang, fault)
		kinds[fault.Kind]++
	}
	for kind := range kinds {
		assert.Contains(t, []string{"label.long", "caption.long", "message.long", "picture.long"}, kind, slices.Collect(maps.Keys(kinds)))
	}
}
