package style_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/style"
)

// TestFontsFitTheBudget: both weights together stay within 30 kB.
func TestFontsFitTheBudget(t *testing.T) {
	regular, bold := len(style.WOFF2(style.RegularFont)), len(style.WOFF2(style.BoldFont))
	assert.Positive(t, min(regular, bold))
	assert.LessOrEqual(t, regular+bold, 30_000)
}

// TestFontsHaveEveryCharacterOfTheTexts compares the texts with the ranges that the fonts of
// pages were cut down to.
func TestFontsHaveEveryCharacterOfTheTexts(t *testing.T) {
	script, err := os.ReadFile("fonts/make.py")
	require.NoError(t, err)
	found := regexp.MustCompile(`PAGES = "([^"]+)"`).FindSubmatch(script)
	require.NotNil(t, found)
	has := map[rune]bool{'\n': true}
	for part := range strings.SplitSeq(string(found[1]), ",") {
		from, to, ranged := strings.Cut(strings.TrimPrefix(part, "U+"), "-")
		first, err := strconv.ParseInt(from, 16, 32)
		require.NoError(t, err)
		last := first
		if ranged {
			last, err = strconv.ParseInt(to, 16, 32)
			require.NoError(t, err)
		}
		for r := first; r <= last; r++ {
			has[rune(r)] = true
		}
	}
	entries, err := os.ReadDir("../../locales")
	require.NoError(t, err)
	read := 0
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".toml") || !strings.HasPrefix(name, "web") && !strings.HasPrefix(name, "pages") && !strings.HasPrefix(name, "overview") && !strings.HasPrefix(name, "initiatives") && !strings.HasPrefix(name, "actions") {
			continue
		}
		text, err := os.ReadFile("../../locales/" + name)
		require.NoError(t, err)
		read++
		for _, r := range string(text) {
			assert.True(t, has[r], "%s: the fonts have no %q", name, r)
		}
	}
	assert.GreaterOrEqual(t, read, 10, "five kinds of texts in two languages")
}

// TestEveryColourIsInTheStyleSheet in both modes, with a class for drawings.
func TestEveryColourIsInTheStyleSheet(t *testing.T) {
	css := style.CSS()
	for _, c := range []style.Color{style.Ink, style.Band, style.Sun, style.Alarm} {
		assert.Contains(t, css, "--"+c.Name+":"+c.Hex())
		assert.Contains(t, css, "."+c.Class()+"{fill:var(--"+c.Name+")}")
	}
	assert.Contains(t, css, "prefers-color-scheme:dark")
	assert.Empty(t, style.White.Class())
}

func TestUnknownIconsDrawNothing(t *testing.T) {
	assert.Empty(t, style.Icon("nothing"))
	assert.Contains(t, style.Icon("phone"), `aria-hidden="true"`)
	assert.Empty(t, style.Face(0))
	assert.Empty(t, style.Face(6))
	assert.NotEmpty(t, style.Face(5))
}
