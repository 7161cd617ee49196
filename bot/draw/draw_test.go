package draw

import (
	"bytes"
	"encoding/xml"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/style"
)

// everyShape is a scene with every kind of shape and text.
func everyShape() Scene {
	bitmap := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	bitmap.SetNRGBA(0, 0, color.NRGBA{R: 255, A: 255})
	bitmap.SetNRGBA(1, 0, color.NRGBA{B: 255, A: 255})
	s := Scene{W: 200, H: 120, ID: "every", Lang: "nl", Title: "Elke vorm & meer", Desc: "Alles"}
	s.Add(Rect{W: 200, H: 120, Fill: style.White},
		Rect{X: 10.4, Y: 10.4, W: 20, H: 20, Fill: style.Act},
		Rect{X: 40, Y: 10, W: 40, H: 30, R: 5, Fill: style.Alarm},
		Circle{X: 110, Y: 25, R: 15, Fill: style.Sun},
		Grid{X: 140, Y: 10, Cell: 10, Size: 3, Fill: style.Black, Filled: func(x, y int) bool { return x >= y }},
		Image{X: 10, Y: 50, W: 40, H: 20, Bitmap: bitmap},
		Text{X: 60, Y: 70, Text: "links", Size: 14, Fill: style.Ink},
		Text{X: 120, Y: 70, Text: "midden", Size: 14, Bold: true, Fill: style.Ink, Anchor: Middle},
		Text{X: 170, Y: 90, Text: "rechts", Size: 14, Fill: style.Soft, Anchor: End},
		Text{X: 190, Y: 90, Text: "omhoog", Size: 14, Fill: style.Soft, Anchor: Middle, Up: true})
	return s
}

// forms are the ways to render a scene.
var forms = map[string]func(Scene, io.Writer) error{
	"png": Scene.PNG,
	"svg": Scene.SVG,
	"pdf": func(s Scene, w io.Writer) error { return s.PDF(w, time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)) },
}

// rendered returns a scene in one of the forms.
func rendered(t testing.TB, s Scene, form string) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, forms[form](s, &b))
	return b.Bytes()
}

func TestSameSceneGivesSameBytes(t *testing.T) {
	for form := range forms {
		want := rendered(t, everyShape(), form)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				assert.Equal(t, want, rendered(t, everyShape(), form), form)
			})
		}
		group.Wait()
	}
}

func TestPNGHasEveryShape(t *testing.T) {
	img, err := png.Decode(bytes.NewReader(rendered(t, everyShape(), "png")))
	require.NoError(t, err)
	for name, want := range map[string]struct {
		x, y float64
		c    style.Color
	}{
		"square corner":    {10, 10, style.Act},
		"outside it":       {9, 10, style.White},
		"round corner":     {40, 10, style.White},
		"its middle":       {60, 25, style.Alarm},
		"circle":           {110, 25, style.Sun},
		"filled cell":      {145, 15, style.Black},
		"empty cell":       {145, 25, style.White},
		"image, left":      {12, 60, style.Color{Light: 0xff0000}},
		"image, right":     {47, 60, style.Color{Light: 0x0000ff}},
		"past the picture": {199, 119, style.White},
	} {
		assert.Equal(t, want.c.Hex(), at(img, want.x, want.y), name)
	}
	assert.True(t, painted(img, image.Rect(60, 58, 92, 74)), "text from its start")
	assert.True(t, painted(img, image.Rect(132, 78, 170, 94)), "text to its end")
	assert.True(t, painted(img, image.Rect(176, 64, 196, 78)), "text upwards, above its point")
	assert.True(t, painted(img, image.Rect(176, 102, 196, 116)), "text upwards, below its point")
}

// painted reports whether an area has a pixel that is not white.
func painted(img image.Image, area image.Rectangle) bool {
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			if at(img, float64(x), float64(y)) != style.White.Hex() {
				return true
			}
		}
	}
	return false
}

func TestSVGHasEveryShape(t *testing.T) {
	svg := string(rendered(t, everyShape(), "svg"))
	require.NoError(t, xml.Unmarshal([]byte(svg), &svgNode{}))
	for _, want := range []string{
		`aria-labelledby="every-title every-desc" lang="nl"`,
		`<title id="every-title">Elke vorm &amp; meer</title>`,
		`<rect x="10.4" y="10.4" width="20.0" height="20.0" class="c-act" fill="#0b5a62"/>`,
		`height="30.0" rx="5.0" class="c-alarm" fill="#a62b1a"/>`,
		`<circle cx="110.0" cy="25.0" r="15.0" class="c-sun" fill="#f3b53a"/>`,
		`d="M140 10h30v10h-30zM150 20h20v10h-20zM160 30h10v10h-10z"/>`,
		`href="data:image/png;base64,`,
		`text-anchor="middle"`, `text-anchor="end"`, `class="c-ink" fill="#17262b"`, `transform="rotate(-90 190.0 90.0)"`, `textLength="`,
	} {
		assert.Contains(t, svg, want)
	}
	s := everyShape()
	s.PageFont = true
	svg = string(rendered(t, s, "svg"))
	assert.NotContains(t, svg, "textLength")
	assert.NotContains(t, svg, "font-family")
}

func TestTextIsMeasuredCutAndWrapped(t *testing.T) {
	text := Text{Text: "Ondernemersvereniging De Utrechtse Heuvelrug", Size: 20, Y: 100}
	assert.InEpsilon(t, text.Width(), 2*Text{Text: text.Text, Size: 10}.Width(), 0.005, "small print is as wide in proportion")
	assert.Equal(t, text, text.Cut(text.Width()))
	cut := text.Cut(100)
	assert.LessOrEqual(t, cut.Width(), 100.0)
	assert.True(t, strings.HasSuffix(cut.Text, "…"), cut.Text)

	lines := text.Wrap(250, 1.5)
	require.Len(t, lines, 2)
	assert.Equal(t, "Ondernemersvereniging De", lines[0].Text)
	assert.Equal(t, 130.0, lines[1].Y)
	assert.Len(t, text.Wrap(1, 1.5), 4, "a word is not broken")
	assert.Empty(t, Text{}.Wrap(100, 1))

	_, missing := Missing("Stichting Façade & Œuvre")
	assert.False(t, missing)
	r, missing := Missing("東京")
	assert.True(t, missing)
	assert.Equal(t, '東', r)
}
