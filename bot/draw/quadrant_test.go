package draw

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
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/style"
	"digiwijzer/locales"
)

func load(t testing.TB, over ...fstest.MapFS) *locales.Texts {
	t.Helper()
	texts, err := locales.BuiltIn()
	if len(over) > 0 {
		texts, err = locales.Load(locales.Embedded(), over[0])
	}
	require.NoError(t, err)
	return texts
}

func drawn(t testing.TB, p Quadrant, texts *locales.Texts, lang string) image.Image {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, p.Scene(texts, lang).PNG(&b))
	assert.Less(t, b.Len(), 40_000, "a phone downloads this")
	img, err := png.Decode(&b)
	require.NoError(t, err)
	require.Equal(t, image.Rect(0, 0, quadrantWidth, quadrantHeight), img.Bounds())
	return img
}

// at is a pixel as "#rrggbb".
func at(img image.Image, x, y float64) string {
	c := color.RGBAModel.Convert(img.At(int(math.Round(x)), int(math.Round(y)))).(color.RGBA)
	return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
}

// positions is a business in every part of every area, on the border or not.
func positions() []Quadrant {
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

func TestDotIsInTheEmphasisedArea(t *testing.T) {
	texts := load(t)
	for _, p := range []Quadrant{
		{20.7, 66.8, "vulnerable", false}, {93.4, 80.5, "leading", false},
		{0, 6.6, "unhurried", false}, {100, 0, "in_order", false}, {100, 100, "leading", false},
	} {
		img := drawn(t, p, texts, "nl")
		x, y := p.point()
		assert.Equal(t, style.Sun.Hex(), at(img, x, y), "%v: the dot", p)
		for _, a := range areas {
			ax, ay := a.origin()
			inside := x >= ax && x <= ax+areaWidth && y >= ay && y <= ay+areaHeight
			assert.Equal(t, a.id == p.Quadrant, inside, "%v: the dot in %s", p, a.id)
			ground, edge := style.Band, style.LineBand
			if a.id == p.Quadrant {
				ground, edge = style.Cream, style.Cream
			}
			assert.Equal(t, edge.Hex(), at(img, ax+areaWidth/2, ay+2), "%v: the edge of %s", p, a.id)
			assert.Equal(t, ground.Hex(), at(img, ax+areaWidth/4, ay+areaHeight/2+31), "%v: the colour of %s", p, a.id)
		}
	}
}

func TestMoreIsFurtherRightAndHigherUp(t *testing.T) {
	beforeX, beforeY := Quadrant{}.point()
	for score := 1.0; score <= 100; score++ {
		x, y := Quadrant{Readiness: score, Impact: score}.point()
		assert.Greater(t, x, beforeX)
		assert.Less(t, y, beforeY)
		beforeX, beforeY = x, y
	}
	x, y := Quadrant{Readiness: 50, Impact: 50}.point()
	assert.Equal(t, plotLeft+plotWidth/2.0, x, "the cut-off is between the areas")
	assert.Equal(t, plotTop+plotHeight/2.0, y)
}

func TestEverythingIsInsideAndNothingHidesTheDot(t *testing.T) {
	wide := fstest.MapFS{"wide.de.toml": {Data: []byte(`
"picture.axis.readiness" = "Wie gut dein Betrieb auf den digitalen Wandel vorbereitet ist →"
"picture.axis.impact" = "Wie stark der digitale Wandel deinen Betrieb insgesamt verändert →"
"quadrant.vulnerable.title" = "Jetzt seid ihr am Zug, liebe Leute"`)}}
	texts := load(t, wide)
	for _, lang := range []string{"nl", "en", "de"} {
		for _, p := range append(positions(), Quadrant{Quadrant: "none"}) {
			checkScene(t, fmt.Sprintf("%s %v", lang, p), p.Scene(texts, lang).Shapes, p.Quadrant != "none")
		}
	}
}

// checkScene checks that no shape leaves the canvas, that there is a dot if the business is placed, and that nothing
// drawn after it covers it.
func checkScene(t *testing.T, name string, shapes []Shape, placed bool) {
	t.Helper()
	var dot *Circle
	for _, s := range shapes {
		b := extent(s)
		assert.True(t, b.X >= 0 && b.Y >= 0 && b.X+b.W <= quadrantWidth && b.Y+b.H <= quadrantHeight, "%s: %+v leaves the canvas", name, s)
		c, isCircle := s.(Circle)
		if dot != nil {
			over := b.X < dot.X+dot.R && dot.X-dot.R < b.X+b.W && b.Y < dot.Y+dot.R && dot.Y-dot.R < b.Y+b.H
			assert.False(t, over && !isCircle, "%s: %+v hides the dot", name, s)
		}
		if isCircle && c.Fill == style.OnSun && c.R == dotRadius {
			dot = &c
		}
	}
	assert.Equal(t, placed, dot != nil, "%s: the dot", name)
}

// extent is the rectangle that a shape covers.
func extent(s Shape) Rect {
	switch s := s.(type) {
	case Rect:
		return s
	case Circle:
		return Rect{X: s.X - s.R, Y: s.Y - s.R, W: 2 * s.R, H: 2 * s.R}
	case Text:
		return s.area()
	}
	return Rect{}
}

func TestTitlesAreClearOfTheDotAndItsLabel(t *testing.T) {
	texts := load(t)
	for _, p := range positions() {
		x, y := p.point()
		you := Text{Text: texts.Text("nl", "picture.you"), Size: youText, Bold: true}
		if p.Border {
			you.Text = texts.Text("nl", "picture.border")
		}
		occupied := []Rect{{X: x - dotRadius, Y: y - dotRadius, W: 2 * dotRadius, H: 2 * dotRadius}, beside(you, x, y).area()}
		var titles Scene
		addTitles(&titles, onBand, texts, "nl", p.Quadrant, occupied)
		require.Len(t, titles.Shapes, 4)
		for _, s := range titles.Shapes {
			for _, o := range occupied {
				b := extent(s)
				separate := b.X >= o.X+o.W || o.X >= b.X+b.W || b.Y >= o.Y+o.H || o.Y >= b.Y+b.H
				assert.True(t, separate, "%v: %+v", p, s)
			}
		}
	}
}

func TestPicturesDifferPerLanguageBorderAndPlace(t *testing.T) {
	texts := load(t)
	base := Quadrant{54, 56, "leading", false}
	seen := map[string]string{}
	for name, write := range map[string]func(io.Writer) error{
		"nl":     func(w io.Writer) error { return base.Scene(texts, "nl").PNG(w) },
		"en":     func(w io.Writer) error { return base.Scene(texts, "en").PNG(w) },
		"border": func(w io.Writer) error { return Quadrant{54, 56, "leading", true}.Scene(texts, "nl").PNG(w) },
		"place":  func(w io.Writer) error { return Quadrant{55, 56, "leading", false}.Scene(texts, "nl").PNG(w) },
		"none":   func(w io.Writer) error { return Quadrant{54, 56, "none", false}.Scene(texts, "nl").PNG(w) },
	} {
		var b bytes.Buffer
		require.NoError(t, write(&b))
		assert.Empty(t, seen[b.String()], "%s looks like another", name)
		seen[b.String()] = name
		var again bytes.Buffer
		require.NoError(t, write(&again))
		assert.Equal(t, b.Bytes(), again.Bytes(), "%s: the same picture every time", name)
	}
}

func TestAnyNumberGivesAPicture(t *testing.T) {
	texts := load(t)
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 1e300} {
		for _, id := range []string{"vulnerable", "none", "", "<b>"} {
			drawn(t, Quadrant{Readiness: v, Impact: v, Quadrant: id}, texts, "nl")
			require.NoError(t, Quadrant{Readiness: v, Impact: v, Quadrant: id}.Scene(texts, "nl").SVG(io.Discard))
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
	require.NoError(t, p.Scene(texts, "en").SVG(&b))
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
			assert.False(t, name == "style" || strings.HasPrefix(name, "on") || name == "href", "attribute %s", name)
		}
		assert.True(t, fitted, "%q may outgrow its place in another font", n.Text)
	})
	assert.NotEmpty(t, found["title"])
	for _, want := range []string{"Your move", "21", "67"} {
		assert.Contains(t, found["desc"], want)
	}
	assert.Contains(t, found["text"], "Your move")
	x, y := p.point()
	assert.Contains(t, b.String(), fmt.Sprintf(`<circle cx="%.1f" cy="%.1f" r="%d.0" class="c-sun" fill="#f3b53a"/>`, x, y, dotRadius-ring))
}

func TestSVGEscapesWords(t *testing.T) {
	over := fstest.MapFS{"o.nl.toml": {Data: []byte(`"picture.you" = "<script>&\"' jij"`)}}
	var b bytes.Buffer
	require.NoError(t, Quadrant{20, 60, "vulnerable", false}.Scene(load(t, over), `"><script>`).SVG(&b))
	assert.Contains(t, b.String(), " jij", "the words are there")
	assert.NotContains(t, b.String(), "<script>")
	require.NoError(t, xml.Unmarshal(b.Bytes(), &svgNode{}))
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("gone") }

func TestWriteErrorsAreReturned(t *testing.T) {
	texts := load(t)
	require.ErrorContains(t, Quadrant{}.Scene(texts, "nl").PNG(broken{}), "gone")
	require.ErrorContains(t, Quadrant{}.Scene(texts, "nl").SVG(broken{}), "gone")
	require.ErrorContains(t, Quadrant{}.Scene(texts, "nl").PDF(broken{}, time.Time{}), "gone")
}

func TestDescriptionSaysWhatThePictureShows(t *testing.T) {
	texts := load(t)
	border := Quadrant{54.1, 55.5, "leading", true}.Scene(texts, "nl")
	assert.Contains(t, border.Desc, "Koploper, op de grens")
	assert.Contains(t, border.Desc, "54 van 100")
	assert.Contains(t, border.Desc, "56 van 100")
	none := Quadrant{54.1, 55.5, "none", true}.Scene(texts, "nl")
	assert.NotContains(t, none.Desc, "54")
}

func BenchmarkPNG(b *testing.B) {
	texts := load(b)
	for b.Loop() {
		if err := (Quadrant{20.7, 66.8, "vulnerable", false}).Scene(texts, "nl").PNG(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSVG(b *testing.B) {
	texts := load(b)
	for b.Loop() {
		if err := (Quadrant{20.7, 66.8, "vulnerable", false}).Scene(texts, "nl").SVG(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
