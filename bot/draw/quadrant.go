package draw

import (
	"math"
	"strconv"

	"digiwijzer/locales"
)

// Quadrant is the position of one business in the four areas of impact against
// readiness. Readiness and Impact are scores from 0 to 100; what lies outside is drawn at
// the edge. Quadrant is "vulnerable", "leading", "unhurried" or "in_order"; with any
// other value there is no result, and no dot. Border marks a dot too near to
// another area to be sure.
type Quadrant struct {
	Readiness float64
	Impact    float64
	Quadrant  string
	Border    bool
}

// The measures of the picture, in units of the scene.
const (
	quadrantSize      = 960 // sharp on a phone; every text is still readable at 360 wide
	plotLeft, plotTop = 142, 26
	plotSize          = quadrantSize - plotLeft - plotTop
	plotRight         = plotLeft + plotSize
	plotBottom        = plotTop + plotSize
	areaGap           = 10
	areaSize          = (plotSize - areaGap) / 2
	areaCorner        = 18
	inset             = 40 // from the edge to score 0 and 100, so that the dot stays whole
	dotRadius         = 21
	badgeHeight       = 46
	axisText          = 36
	badgeText         = 30
	titleText         = 46
	titleMargin       = 30 // from the edge of an area to its title
)

// area is one of the four areas, with its side of the cut-offs and its colours: pastel,
// and stronger with a dark edge when the dot is in it. The hues (orange, blue, grey, teal)
// can be told apart with any colour vision, and the emphasis never depends on colour
// alone.
type area struct {
	id                   string
	right, high          bool
	normal, active, edge Color
}

var areas = [...]area{
	{id: "vulnerable", high: true, normal: 0xfdf0e2, active: 0xf9cf9f, edge: 0xa84e00},
	{id: "leading", high: true, right: true, normal: 0xe8f1fa, active: 0xb3d5f2, edge: 0x0b4f8a},
	{id: "unhurried", normal: 0xf3f2ee, active: 0xdcd8c9, edge: 0x57523f},
	{id: "in_order", right: true, normal: 0xe4f4ef, active: 0xa9dccc, edge: 0x006650},
}

func (q Quadrant) known() bool {
	for _, a := range areas {
		if a.id == q.Quadrant {
			return true
		}
	}
	return false
}

// clamp limits a score to 0–100; NaN counts as 0.
func clamp(score float64) float64 {
	if math.IsNaN(score) {
		return 0
	}
	return min(max(score, 0), 100)
}

// rating is a score as shown to people.
func rating(score float64) string { return strconv.Itoa(int(math.Round(clamp(score)))) }

// point returns the centre of the dot. Score 50 is exactly between the areas.
func (q Quadrant) point() (x, y float64) {
	const scale = (plotSize - 2*inset) / 100.0
	return plotLeft + inset + clamp(q.Readiness)*scale, plotBottom - inset - clamp(q.Impact)*scale
}

// Scene returns the picture in words of a language.
func (q Quadrant) Scene(texts *locales.Texts, lang string) Scene {
	text := func(id string) string { return texts.Text(lang, "picture."+id) }
	s := Scene{W: quadrantSize, H: quadrantSize, ID: "quadrant", Lang: lang, Title: text("title"), Desc: q.description(texts, lang)}
	s.Add(Rect{W: s.W, H: s.H, Fill: White})
	for _, a := range areas {
		s.Add(a.shapes(a.id == q.Quadrant)...)
	}
	if !q.known() {
		q.addTitles(&s, texts, lang, nil)
		s.addPill(text("none"), plotLeft+plotSize/2, plotTop+plotSize/2)
		q.addAxes(&s, text("axis.readiness"), text("axis.impact"))
		return s
	}
	you := text("you")
	if q.Border {
		you = text("border")
	}
	x, y := q.point()
	tag := tagArea(x, y, you)
	s.addGuides(x, y)
	q.addTitles(&s, texts, lang, []Rect{{X: x - dotRadius, Y: y - dotRadius, W: 2 * dotRadius, H: 2 * dotRadius}, tag})
	s.addDot(x, y, q.Border)
	s.addPill(you, tag.X+tag.W/2, tag.Y+tag.H/2)
	q.addAxes(&s, text("axis.readiness"), text("axis.impact"))
	return s
}

// description returns what the picture shows, in words.
func (q Quadrant) description(texts *locales.Texts, lang string) string {
	if !q.known() {
		return texts.Text(lang, "picture.desc_none")
	}
	id := "picture.desc"
	if q.Border {
		id = "picture.desc_border"
	}
	return texts.Text(lang, id, "Area", texts.Text(lang, "quadrant."+q.Quadrant+".title"),
		"Readiness", rating(q.Readiness), "Impact", rating(q.Impact))
}

// origin returns the top left corner of the area.
func (a area) origin() (x, y float64) {
	x, y = plotLeft, plotBottom-areaSize
	if a.right {
		x = plotRight - areaSize
	}
	if a.high {
		y = plotTop
	}
	return x, y
}

func (a area) shapes(active bool) []Shape {
	x, y := a.origin()
	if !active {
		return []Shape{Rect{x, y, areaSize, areaSize, areaCorner, a.normal}}
	}
	const edge = 7
	return []Shape{
		Rect{x, y, areaSize, areaSize, areaCorner, a.edge},
		Rect{x + edge, y + edge, areaSize - 2*edge, areaSize - 2*edge, areaCorner - edge, a.active},
	}
}

// addTitles names the areas, centred along their outer side, or along the inner side
// where the outer one is occupied.
func (q Quadrant) addTitles(s *Scene, texts *locales.Texts, lang string, occupied []Rect) {
	for _, a := range areas {
		x, y := a.origin()
		title := Text{X: x + areaSize/2, Text: texts.Text(lang, "quadrant."+a.id+".title"), Size: titleText, Bold: true, Fill: Muted, Anchor: Middle}
		title = title.shrunk(areaSize - 2*titleMargin)
		width := title.Width()
		plate := Rect{X: title.X - width/2 - 10, W: width + 20, H: title.Size * 1.3, R: 8, Fill: a.normal}
		if a.id == q.Quadrant {
			title.Fill, plate.Fill = a.edge, a.active
		}
		outer, inner := y+titleMargin, y+areaSize-titleMargin-plate.H
		if !a.high {
			outer, inner = inner, outer
		}
		plate.Y = outer
		if plate.near(occupied) {
			plate.Y = inner
		}
		title.Y = plate.Y + title.Size
		s.Add(plate, title)
	}
}

// shrunk makes a text smaller until it is no wider than width, but not smaller than is
// readable: other languages need more space than Dutch.
func (t Text) shrunk(width float64) Text {
	for t.Size > 16 && t.Width() > width {
		t.Size -= 2
	}
	return t
}

// near reports whether the rectangle comes close to one of others.
func (r Rect) near(others []Rect) bool {
	const margin = 12
	for _, o := range others {
		if r.X < o.X+o.W+margin && o.X < r.X+r.W+margin && r.Y < o.Y+o.H+margin && o.Y < r.Y+r.H+margin {
			return true
		}
	}
	return false
}

// addGuides draws dashes from the dot to both axes.
func (s *Scene) addGuides(x, y float64) {
	const dash, pitch, thick = 12, 22, 4
	for at := x - dotRadius - pitch; at > plotLeft; at -= pitch {
		s.Add(Rect{at, y - thick/2, dash, thick, thick / 2, Line})
	}
	for at := y + dotRadius + pitch - dash; at+dash < plotBottom; at += pitch {
		s.Add(Rect{x - thick/2, at, thick, dash, thick / 2, Line})
	}
}

// addDot marks the business; on the border it has a wide ring, as the position
// is uncertain.
func (s *Scene) addDot(x, y float64, border bool) {
	if border {
		s.Add(Circle{x, y, dotRadius + 17, Ink}, Circle{x, y, dotRadius + 13, White})
	}
	s.Add(Circle{x, y, dotRadius + 6, White}, Circle{x, y, dotRadius, Ink})
}

// tagArea returns the space for the words next to the dot: to the right, or to the left
// where the picture ends.
func tagArea(x, y float64, words string) Rect {
	const distance = dotRadius + 24
	r := Rect{X: x + distance, Y: y - badgeHeight/2, W: badgeWidth(words), H: badgeHeight}
	if r.X+r.W > plotRight-8 {
		r.X = x - distance - r.W
	}
	return r
}

func badgeWidth(words string) float64 {
	return Text{Text: words, Size: badgeText, Bold: true}.Width() + 28
}

// addPill adds a badge with round ends and a white edge around x, y.
func (s *Scene) addPill(words string, x, y float64) {
	w := badgeWidth(words)
	s.Add(Rect{x - w/2 - 3, y - badgeHeight/2 - 3, w + 6, badgeHeight + 6, badgeHeight/2 + 3, White})
	s.addBadge(words, x, y, badgeHeight/2)
}

// addBadge adds white words on dark, around x, y.
func (s *Scene) addBadge(words string, x, y, corner float64) {
	w := badgeWidth(words)
	s.Add(Rect{x - w/2, y - badgeHeight/2, w, badgeHeight, corner, Ink},
		Text{X: x, Y: y + badgeText*0.36, Text: words, Size: badgeText, Bold: true, Fill: White, Anchor: Middle})
}

// addAxes adds the names of the axes, the scores of the business and the numbers 0, 50
// and 100 where no score is in their way.
func (q Quadrant) addAxes(s *Scene, readiness, impact string) {
	const ticksY = plotBottom + badgeHeight/2 + 8
	x, y := q.point()
	for _, score := range []float64{0, 50, 100} {
		tx, ty := Quadrant{Readiness: score, Impact: score}.point()
		tick := Text{Text: rating(score), Size: badgeText, Fill: Muted, Anchor: Middle}
		if !q.known() || math.Abs(tx-x) > 66 {
			tick.X, tick.Y = tx, ticksY+badgeText*0.36
			s.Add(tick)
		}
		if !q.known() || math.Abs(ty-y) > 50 {
			tick.X, tick.Y = plotLeft-44, ty+badgeText*0.36
			s.Add(tick)
		}
	}
	along := Text{X: plotLeft + plotSize/2, Y: quadrantSize - 24, Text: readiness, Size: axisText, Bold: true, Fill: Ink, Anchor: Middle}
	up := Text{X: 46, Y: plotTop + plotSize/2, Text: impact, Size: axisText, Bold: true, Fill: Ink, Anchor: Middle, Up: true}
	s.Add(along.shrunk(plotSize), up.shrunk(plotSize))
	if q.known() {
		s.addBadge(rating(q.Readiness), x, ticksY, 10)
		s.addBadge(rating(q.Impact), plotLeft-10-badgeWidth(rating(q.Impact))/2, y, 10)
	}
}
