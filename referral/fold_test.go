package referral

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Café":          "cafe",
		"Cafe\u0301":    "cafe",
		"  DE  bilt! ":  "de bilt",
		"'s-Graveland":  "s graveland",
		"foto’s":        "fotos",
		"Ĳsselstein":    "ijsselstein",
		"Curaçao, n° 1": "curacao n 1",
		"weet ik niet…": "weet ik niet",
		"Groß":          "gross",
		"2–9 mensen":    "2 9 mensen",
		"\x00\xff?!":    "",
	} {
		assert.Equal(t, want, Fold(text), "%q", text)
	}
}

// TestASCIIFoldsAsOtherText compares the short way for ASCII with that for all text.
func TestASCIIFoldsAsOtherText(t *testing.T) {
	t.Parallel()
	for r := range rune(unicode.MaxASCII + 2) {
		text := "a" + string(r) + "B"
		assert.Equal(t, foldedCase(text), withoutCase(text), "%q", text)
	}
	assert.Equal(t, foldedCase("a\xffB"), withoutCase("a\xffB"), "an invalid byte is no ASCII")
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{"Café", "'s-Graveland", "Ĳ", "ﷺ", "İ", "ᾳ", "\xff", "ŉ", "℡"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Cherokee, r) }) {
			t.Skip("cases.Fold exchanges upper and lower case in Cherokee")
		}
		require.Equal(t, Fold(text), Fold(Fold(text)), "folding twice changes nothing")
	})
}
