package share_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/share"
)

// TestPapersFitAnyName: a long name becomes smaller, and what cannot be printed is
// refused rather than cut off.
func TestPapersFitAnyName(t *testing.T) {
	for name, want := range map[string]string{
		"Ondernemersvereniging De Utrechtse Heuvelrug en omstreken": "",
		"Bibliotheek Idea, Stichting Façade & Œuvre 's-Graveland":   "",
		"Ondernemersvereniging 東京":                                  "no glyph",
		strings.Repeat("Ondernemersverenigingshuis", 2) + "kamers":  "does not fit",
	} {
		o := order()
		o.Partner.Name, o.Logo = name, logoPNG(t, 900, 300)
		_, err := share.Kit(words(t), o)
		if want == "" {
			assert.NoError(t, err, name)
			continue
		}
		assert.ErrorContains(t, err, want, name)
	}
}

// TestNothingOverlapsOnPaper reads the pages with another program: every word is within the paper, clear of
// every other, and all required text is present.
func TestNothingOverlapsOnPaper(t *testing.T) {
	reader, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext (poppler-utils) is not installed")
	}
	texts := words(t)
	for _, lang := range texts.Languages() {
		for kind, place := range map[string]share.Place{"both": both, "bot": {Bot: both.Bot}, "site": {PublicURL: both.PublicURL}} {
			o := order()
			o.Lang, o.Place, o.Logo = lang, place, logoPNG(t, 300, 300)
			o.Partner.Name = "Ondernemersvereniging De Utrechtse Heuvelrug en omstreken"
			papers := 0
			for name, file := range kitOf(t, o) {
				if !strings.HasSuffix(name, ".pdf") {
					continue
				}
				papers++
				assert.Equal(t, "application/pdf", file.Type, name)
				found := wordsOn(t, reader, file.Data)
				assertSeparate(t, found, lang+" "+kind+" "+name)
				page := strings.Join(textsOf(found), " ")
				assert.Contains(t, page, o.Partner.Name, name)
				assert.Contains(t, page, texts.Text(lang, "share.poster.privacy"), name)
				if place.Bot != "" {
					assert.Contains(t, page, "START", name)
				}
				if place.PublicURL != "" {
					assert.Contains(t, page, "digiwijzer.example/p/kvk-utrecht", name)
				}
			}
			assert.Equal(t, 2, papers, "poster and card")
		}
	}
}

// word is a word on a page and its place, in points.
type word struct {
	text                     string
	left, top, right, bottom float64
}

func textsOf(words []word) (all []string) {
	for _, w := range words {
		all = append(all, w.text)
	}
	return all
}

var (
	wordForm = regexp.MustCompile(`<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*)</word>`)
	pageForm = regexp.MustCompile(`<page width="([\d.]+)" height="([\d.]+)"`)
)

func wordsOn(t testing.TB, reader string, pdf []byte) (found []word) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.pdf")
	require.NoError(t, os.WriteFile(file, pdf, 0o600))
	out, err := exec.Command(reader, "-bbox", file, "-").Output()
	require.NoError(t, err)
	pages := pageForm.FindAllStringSubmatch(string(out), -1)
	require.Len(t, pages, 1, "one page")
	paper := numbers(t, pages[0][1:])
	for _, m := range wordForm.FindAllStringSubmatch(string(out), -1) {
		n := numbers(t, m[1:5])
		w := word{m[5], n[0], n[1], n[2], n[3]}
		assert.True(t, w.left >= 0 && w.top >= 0 && w.right <= paper[0] && w.bottom <= paper[1], "%q is off the paper", w.text)
		found = append(found, w)
	}
	require.Greater(t, len(found), 30)
	return found
}

func assertSeparate(t testing.TB, words []word, where string) {
	t.Helper()
	const touch = 0.35 // of the height: the box of a word includes space for accents
	for i, a := range words {
		for _, b := range words[i+1:] {
			across := min(a.right, b.right) - max(a.left, b.left)
			down := min(a.bottom, b.bottom) - max(a.top, b.top)
			if across > 0.5 && down > touch*min(a.bottom-a.top, b.bottom-b.top) {
				assert.Fail(t, "words overlap", "%s: %q and %q", where, a.text, b.text)
			}
		}
	}
}

func logoPNG(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, w, h))))
	return b.Bytes()
}
