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

// pseudo stands for a language that we do not have, made of the Dutch texts: accents on
// every vowel, right-to-left marks around, and longer where that may be. Urdu is written
// from right to left and has the plural forms of Dutch.
const pseudo = "ur"

const rightToLeft, popDirection = "\u2067", "\u2069" // isolates: they change nothing outside

var accents = strings.NewReplacer("a", "á", "e", "ë", "i", "ï", "o", "ö", "u", "ü", "A", "Å", "E", "É", "O", "Ø", "U", "Û")

var filled = regexp.MustCompile(`\{\{[^}]*\}\}`)

// distort makes a Dutch text a pseudo one; what is filled in stays as it is.
func distort(text string, longer bool) string {
	var b strings.Builder
	at := 0
	for _, hole := range filled.FindAllStringIndex(text, -1) {
		b.WriteString(accents.Replace(text[at:hole[0]]))
		b.WriteString(text[hole[0]:hole[1]])
		at = hole[1]
	}
	b.WriteString(accents.Replace(text[at:]))
	if longer {
		b.WriteString(" ïngevöegd")
	}
	return rightToLeft + b.String() + popDirection
}

// isLabel tells whether a text may stand on a button, where there is no room.
func isLabel(id string) bool {
	return strings.HasPrefix(id, "label.") || strings.HasPrefix(id, "option.") || strings.HasPrefix(id, "topic.") ||
		strings.HasPrefix(id, "chat.") || strings.HasPrefix(id, "source.")
}

// translated adds the pseudo language to the files, in locales only.
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
			return m // what is typed, and what has a form of its own
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

// TestANewLanguageNeedsOnlyLocales: a language nobody planned for goes through every
// path and message of the gate; only the limits of length may speak up.
func TestANewLanguageNeedsOnlyLocales(t *testing.T) {
	if testing.Short() {
		t.Skip("says everything in a third language")
	}
	content := mustLoad(t, translated(t, realFiles(t)))
	require.Equal(t, []string{"nl", "en", pseudo}, content.Texts.Languages())
	before := mustLoad(t, realFiles(t))
	plain := Check(context.Background(), before, Options{From: today, Days: -1})
	report := Check(context.Background(), content, Options{From: today, Days: -1})
	assert.GreaterOrEqual(t, report.Coverage.Messages*2, plain.Coverage.Messages*3, "as many messages in every language")
	kinds := map[string]int{}
	for _, fault := range report.Faults {
		assert.Equal(t, pseudo, fault.Lang, fault)
		kinds[fault.Kind]++
	}
	for kind := range kinds {
		assert.Contains(t, []string{"label.long", "caption.long", "message.long", "picture.long"}, kind, slices.Collect(maps.Keys(kinds)))
	}
}
