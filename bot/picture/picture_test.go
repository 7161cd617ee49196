package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/locales"
)

func load(t testing.TB, over ...fstest.MapFS) *locales.Texts {
	t.Helper()
	texts, err := locales.Load(locales.Embedded())
	if len(over) > 0 {
		texts, err = locales.Load(locales.Embedded(), over[0])
	}
	require.NoError(t, err)
	return texts
}

func drawn(t testing.TB, p Quadrant, texts *locales.Texts, lang string) image.Image {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, PNG(&b, p, texts, lang))
	assert.Less(t, b.Len(), 40_000, "a phone downloads this")
	img, err := png.Decode(&b)
	require.NoError(t, err)
	require.Equal(t, image.Rect(0, 0, size, size), img.Bounds())
	return img
}

// at is a pixel as 0xRRGGBB.
func at(img image.Image, x, y float64) colour {
	c := color.RGBAModel.Convert(img.At(int(math.Round(x)), int(math.Round(y)))).(color.RGBA)
	return colour(c.R)<<16 | colour(c.G)<<8 | colour(c.B)
}

// everywhere is a business in every part of every area, on the border or not.
func everywhere() []Quadrant {
	var all []Quadrant
	for _, readiness := range []float64{0, 3, 25, 46, 49.9, 50, 54, 75, 97, 100} {
		for _, impact := range []float64{0, 7, 20, 44, 49.9, 50, 55, 80, 93, 100} {
			id := map[[2]bool]string{{false, true}: "vulnerable", {true, true}: "leading",
				{false, false}: "unhurried", {true, false}: "in_order"}[[2]bool{readiness >= 50, impact >= 50}]
			border := math.Abs(readiness-50) < 5 || math.Abs(impact-50) < 5
			all = append(all, Quadrant{readiness, impact, id, border})
		}
	}
	return all
}

func TestDotLandsInTheAreaThatIsEmphasised(t *testing.T) {
	texts := load(t)
	for _, p := range []Quadrant{
		{20.7, 66.8, "vulnerable", false}, {93.4, 80.5, "leading", false},
		{0, 6.6, "unhurried", false}, {100, 0, "in_order", false}, {100, 100, "leading", false},
	} {
		img := drawn(t, p, texts, "nl")
		x, y := place(p)
		assert.Equal(t, ink, at(img, x, y), "%v: the dot", p)
		for _, a := range areas {
			ax, ay := a.corner()
			inside := x >= ax && x <= ax+half && y >= ay && y <= ay+half
			assert.Equal(t, a.id == p.Quadrant, inside, "%v: the dot in %s", p, a.id)
			want := a.rest
			if a.id == p.Quadrant {
				want = a.lit
				assert.Equal(t, a.edge, at(img, ax+half/2, ay+3), "%v: the edge of %s", p, a.id)
			}
			assert.Equal(t, want, at(img, ax+half/4, ay+half/2+31), "%v: the colour of %s", p, a.id)
		}
	}
}

func TestMoreIsFurtherRightAndHigherUp(t *testing.T) {
	beforeX, beforeY := place(Quadrant{})
	for score := 1.0; score <= 100; score++ {
		x, y := place(Quadrant{Readiness: score, Impact: score})
		assert.Greater(t, x, beforeX)
		assert.Less(t, y, beforeY)
		beforeX, beforeY = x, y
	}
	x, y := place(Quadrant{Readiness: 50, Impact: 50})
	assert.Equal(t, plotLeft+plotSize/2.0, x, "the cut-off is between the areas")
	assert.Equal(t, plotTop+plotSize/2.0, y)
}

func TestEverythingIsInsideAndNothingHidesTheDot(t *testing.T) {
	wide := fstest.MapFS{"wide.de.toml": {Data: []byte(`
"picture.axis.readiness" = "Wie gut dein Betrieb auf den digitalen Wandel vorbereitet ist →"
"picture.axis.impact" = "Wie stark der digitale Wandel deinen Betrieb insgesamt verändert →"
"quadrant.vulnerable.title" = "Jetzt seid ihr am Zug, liebe Leute"`)}}
	texts := load(t, wide)
	m, err := newMeasurer()
	require.NoError(t, err)
	for _, lang := range []string{"nl", "en", "de"} {
		for _, p := range append(everywhere(), Quadrant{Quadrant: "none"}) {
			checkScene(t, fmt.Sprintf("%s %v", lang, p), scene(p, newWords(p, texts, lang), m), m)
		}
	}
}

// checkScene checks that no shape leaves the canvas and that nothing drawn after the
// dot lies over it.
func checkScene(t *testing.T, name string, shapes []shape, m measurer) {
	t.Helper()
	var dot *disc
	for _, s := range shapes {
		b := extent(s, m)
		assert.True(t, b.x >= 0 && b.y >= 0 && b.x+b.w <= size && b.y+b.h <= size, "%s: %+v leaves the canvas", name, s)
		if dot != nil {
			over := b.x < dot.x+dot.r && dot.x-dot.r < b.x+b.w && b.y < dot.y+dot.r && dot.y-dot.r < b.y+b.h
			_, isDisc := s.(disc)
			assert.False(t, over && !isDisc, "%s: %+v hides the dot", name, s)
		}
		if d, ok := s.(disc); ok && d.fill == ink && d.r == dotRadius {
			dot = &d
		}
	}
}

func extent(s shape, m measurer) box {
	switch s := s.(type) {
	case box:
		return s
	case disc:
		return box{x: s.x - s.r, y: s.y - s.r, w: 2 * s.r, h: 2 * s.r}
	case label:
		w := m.width(s)
		if s.up {
			return box{x: s.x - s.size, y: s.y - w/2, w: s.size * 1.3, h: w}
		}
		return box{x: s.x - w/2, y: s.y - s.size, w: w, h: s.size * 1.3}
	}
	return box{}
}

func TestTitlesStandClearOfTheDotAndItsWords(t *testing.T) {
	texts := load(t)
	m, err := newMeasurer()
	require.NoError(t, err)
	for _, p := range everywhere() {
		w := newWords(p, texts, "nl")
		x, y := place(p)
		tag := tagAt(x, y, w.you, m)
		taken := []box{{x: x - dotRadius, y: y - dotRadius, w: 2 * dotRadius, h: 2 * dotRadius}, tag}
		for _, s := range titles(p, w, m, taken) {
			for _, other := range taken {
				b := extent(s, m)
				apart := b.x >= other.x+other.w || other.x >= b.x+b.w || b.y >= other.y+other.h || other.y >= b.y+b.h
				assert.True(t, apart, "%v: %+v", p, s)
			}
		}
	}
}

func TestPicturesDifferPerLanguageBorderAndPlace(t *testing.T) {
	texts := load(t)
	base := Quadrant{54, 56, "leading", false}
	seen := map[string]string{}
	for name, draw := range map[string]func(io.Writer) error{
		"nl":     func(w io.Writer) error { return PNG(w, base, texts, "nl") },
		"en":     func(w io.Writer) error { return PNG(w, base, texts, "en") },
		"border": func(w io.Writer) error { return PNG(w, Quadrant{54, 56, "leading", true}, texts, "nl") },
		"place":  func(w io.Writer) error { return PNG(w, Quadrant{55, 56, "leading", false}, texts, "nl") },
		"none":   func(w io.Writer) error { return PNG(w, Quadrant{54, 56, "none", false}, texts, "nl") },
	} {
		var b bytes.Buffer
		require.NoError(t, draw(&b))
		assert.Empty(t, seen[b.String()], "%s looks like another", name)
		seen[b.String()] = name
		var again bytes.Buffer
		require.NoError(t, draw(&again))
		assert.Equal(t, b.Bytes(), again.Bytes(), "%s: the same picture every time", name)
	}
}

func TestAnyNumberGivesAPicture(t *testing.T) {
	texts := load(t)
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 1e300} {
		for _, id := range []string{"vulnerable", "none", "", "<b>"} {
			drawn(t, Quadrant{Readiness: v, Impact: v, Quadrant: id}, texts, "nl")
			require.NoError(t, SVG(io.Discard, Quadrant{Readiness: v, Impact: v, Quadrant: id}, texts, "nl"))
		}
	}
}

// svgNode is any element of an SVG.
type svgNode struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Nodes   []svgNode  `xml:",any"`
}

func (n svgNode) walk(visit func(svgNode)) {
	visit(n)
	for _, child := range n.Nodes {
		child.walk(visit)
	}
}

func TestSVGIsReadableWithoutSeeingItAndPassesAStrictPolicy(t *testing.T) {
	texts := load(t)
	p := Quadrant{20.7, 66.8, "vulnerable", false}
	var b bytes.Buffer
	require.NoError(t, SVG(&b, p, texts, "en"))
	var root svgNode
	require.NoError(t, xml.Unmarshal(b.Bytes(), &root))
	found := map[string]string{}
	root.walk(func(n svgNode) {
		found[n.XMLName.Local] += n.Text
		assert.NotContains(t, []string{"script", "style", "image", "use", "a", "foreignObject"}, n.XMLName.Local)
		fitted := n.XMLName.Local != "text"
		for _, attr := range n.Attrs {
			name := attr.Name.Local
			fitted = fitted || name == "textLength"
			assert.False(t, name == "style" || name == "class" || strings.HasPrefix(name, "on") || name == "href", "attribute %s", name)
		}
		assert.True(t, fitted, "%q may outgrow its place in another font", n.Text)
	})
	assert.NotEmpty(t, found["title"])
	for _, want := range []string{"Your move", "21", "67"} {
		assert.Contains(t, found["desc"], want)
		assert.Contains(t, found["text"], want)
	}
	x, y := place(p)
	assert.Contains(t, b.String(), fmt.Sprintf(`<circle cx="%.1f" cy="%.1f" r="%d.0" fill="#1b2a41"/>`, x, y, dotRadius))
}

func TestSVGEscapesWords(t *testing.T) {
	over := fstest.MapFS{"o.nl.toml": {Data: []byte(`"picture.you" = "<script>&\"' jij"`)}}
	var b bytes.Buffer
	require.NoError(t, SVG(&b, Quadrant{20, 60, "vulnerable", false}, load(t, over), `"><script>`))
	assert.NotContains(t, b.String(), "<script>")
	require.NoError(t, xml.Unmarshal(b.Bytes(), &svgNode{}))
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("gone") }

func TestWriteErrorsComeBack(t *testing.T) {
	texts := load(t)
	require.ErrorContains(t, PNG(broken{}, Quadrant{}, texts, "nl"), "gone")
	require.ErrorContains(t, SVG(broken{}, Quadrant{}, texts, "nl"), "gone")
}

func TestDescriptionSaysWhatThePictureShows(t *testing.T) {
	texts := load(t)
	w := newWords(Quadrant{54.1, 55.5, "leading", true}, texts, "nl")
	assert.Contains(t, w.desc, "Koploper, op de grens")
	assert.Contains(t, w.desc, "54 van 100")
	assert.Contains(t, w.desc, "56 van 100")
	none := newWords(Quadrant{54.1, 55.5, "none", true}, texts, "nl")
	assert.NotContains(t, none.desc, "54")
}

func BenchmarkPNG(b *testing.B) {
	texts := load(b)
	for b.Loop() {
		if err := PNG(io.Discard, Quadrant{20.7, 66.8, "vulnerable", false}, texts, "nl"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSVG(b *testing.B) {
	texts := load(b)
	for b.Loop() {
		if err := SVG(io.Discard, Quadrant{20.7, 66.8, "vulnerable", false}, texts, "nl"); err != nil {
			b.Fatal(err)
		}
	}
}
