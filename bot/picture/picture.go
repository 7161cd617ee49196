// Package picture draws the quadrant: four areas of impact against readiness, with
// the place of one business in them, as PNG (for a chat) and as SVG (for the
// browser). Both are the same drawing.
package picture

import (
	"math"
	"strconv"

	"digiwijzer/locales"
)

// Quadrant is what is drawn. Readiness and Impact are scores from 0 to 100; what
// lies outside is drawn at the edge. Quadrant is "vulnerable", "leading",
// "unhurried" or "in_order"; anything else draws no dot, as there is no result.
// Border tells that the dot is too near to another area to be sure.
type Quadrant struct {
	Readiness float64
	Impact    float64
	Quadrant  string
	Border    bool
}

// size is the width and height of the picture in pixels: sharp on a phone, and
// every text still readable when it is shown 360 wide.
const size = 960

// area is one of the four areas, on which side of the cut-offs it lies and how it
// is coloured: pastel at rest, stronger with a dark edge when the dot is in it. The
// hues (orange, blue, grey, teal) can be told apart with any colour vision, and the
// emphasis never hangs on colour alone.
type area struct {
	id          string
	right, high bool
	rest, lit   colour
	edge        colour
}

var areas = [...]area{
	{id: "vulnerable", high: true, rest: 0xfdf0e2, lit: 0xf9cf9f, edge: 0xa84e00},
	{id: "leading", high: true, right: true, rest: 0xe8f1fa, lit: 0xb3d5f2, edge: 0x0b4f8a},
	{id: "unhurried", rest: 0xf3f2ee, lit: 0xdcd8c9, edge: 0x57523f},
	{id: "in_order", right: true, rest: 0xe4f4ef, lit: 0xa9dccc, edge: 0x006650},
}

func (p Quadrant) known() bool {
	for _, a := range areas {
		if a.id == p.Quadrant {
			return true
		}
	}
	return false
}

// clamp brings a score into 0–100; what is no number counts as 0.
func clamp(score float64) float64 {
	if math.IsNaN(score) {
		return 0
	}
	return min(max(score, 0), 100)
}

// whole is a score as people read it.
func whole(score float64) string { return strconv.Itoa(int(math.Round(clamp(score)))) }

// words are the texts in the drawing.
type words struct {
	readiness, impact string // the axes
	you               string // beside the dot
	none              string
	title, desc       string            // for those who do not see the picture
	areas             map[string]string // by id
}

func newWords(p Quadrant, texts *locales.Texts, lang string) words {
	w := words{
		readiness: texts.Text(lang, "picture.axis.readiness"),
		impact:    texts.Text(lang, "picture.axis.impact"),
		you:       texts.Text(lang, "picture.you"),
		none:      texts.Text(lang, "picture.none"),
		title:     texts.Text(lang, "picture.title"),
		desc:      texts.Text(lang, "picture.desc_none"),
		areas:     map[string]string{},
	}
	for _, a := range areas {
		w.areas[a.id] = texts.Text(lang, "quadrant."+a.id+".title")
	}
	desc := "picture.desc"
	if p.Border {
		w.you, desc = texts.Text(lang, "picture.border"), "picture.desc_border"
	}
	if p.known() {
		w.desc = texts.Text(lang, desc, "Area", w.areas[p.Quadrant],
			"Readiness", whole(p.Readiness), "Impact", whole(p.Impact))
	}
	return w
}
