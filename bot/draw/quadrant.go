package draw

import (
	"math"
	"strconv"

	"digiwijzer/bot/style"
	"digiwijzer/locales"
)

// Quadrant is the position of one business in the four areas of impact against readiness. Readiness and Impact
// are scores from 0 to 100; values outside are drawn at the edge. Quadrant is "vulnerable", "leading",
// "unhurried" or "in_order"; with any other value there is no result, and no dot. Border marks a dot too near to
// another area to be certain.
type Quadrant struct {
	Readiness float64
	Impact    float64
	Quadrant  string
	Border    bool
}

// The measures of the picture, in units of the scene.
const (
	quadrantWidth     = 960 // sharp on a phone; every text has 12 pixels at 280 wide
	quadrantHeight    = 846
	plotLeft, plotTop = 32, 92
	plotWidth         = quadrantWidth - 2*plotLeft
	plotHeight        = quadrantHeight - 2*plotTop
	plotRight         = plotLeft + plotWidth
	plotBottom        = plotTop + plotHeight
	areaGap           = 14
	areaWidth         = (plotWidth - areaGap) / 2
	areaHeight        = (plotHeight - areaGap) / 2
	areaCorner        = 18
	outline           = 5
	inset             = 52 // from the edge to score 0 and 100, so that the dot is not cut off
	dotRadius         = 30
	ring              = 8
	axisText          = 42
	youText           = 46
	titleText         = 46
	titleMargin       = 28 // from the edge of an area to its title
)

// area is one of the four areas, with its side of the cut-offs. The one with the dot is
// filled, the others are outlines: the emphasis never depends on colour alone.
type area struct {
	id          string
	right, high bool
}

var areas = [...]area{
	{id: "vulnerable", high: true},
	{id: "leading", high: true, right: true},
	{id: "unhurried"},
	{id: "in_order", right: true},
}

// Known reports whether there is a result, and so a dot.
func (q Quadrant) Known() bool {
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
	return plotLeft + inset + clamp(q.Readiness)*(plotWidth-2*inset)/100, plotBottom - inset - clamp(q.Impact)*(plotHeight-2*inset)/100
}

// palette is the colours of a picture.
type palette struct{ ground, outline, soft, own, ownEdge, ownText style.Color }

var (
	onBand = palette{ground: style.Band, outline: style.LineBand, soft: style.SoftBand, own: style.Cream, ownEdge: style.Cream, ownText: style.OnSun}
	// The adviser's picture is part of a sheet of the page, and is printed with it.
	onSheet = palette{ground: style.Sheet, outline: style.Edge, soft: style.Soft, own: style.SunWash, ownEdge: style.Ink, ownText: style.Ink}
	// On paper the own area is marked by a heavier line, for printers without colour.
	onPaper = palette{ground: style.White, outline: style.Edge, soft: style.Soft, own: style.White, ownEdge: style.Ink, ownText: style.Ink}
)

// Scene returns the picture in a language, on a band.
func (q Quadrant) Scene(texts *locales.Texts, lang string) Scene {
	return q.scene(texts, lang, onBand, toBusiness)
}

// PaperScene returns the picture for paper.
func (q Quadrant) PaperScene(texts *locales.Texts, lang string) Scene {
	return q.scene(texts, lang, onPaper, toBusiness)
}

// AdviserScene returns the picture for an adviser, about another person's result.
func (q Quadrant) AdviserScene(texts *locales.Texts, lang string) Scene {
	return q.scene(texts, lang, onSheet, toAdviser)
}

// The audience of the texts: prefixes of their ids.
const (
	toBusiness = "picture."
	toAdviser  = "picture.other."
)

func (q Quadrant) scene(texts *locales.Texts, lang string, c palette, whom string) Scene {
	text := func(id string) string { return texts.Text(lang, whom+id) }
	s := Scene{W: quadrantWidth, H: quadrantHeight, Bleed: plotLeft, ID: "quadrant", Lang: lang, Title: text("title"), Desc: q.description(texts, lang, whom)}
	s.Add(Rect{W: s.W, H: s.H, Fill: c.ground})
	for _, a := range areas {
		s.Add(a.shapes(a.id == q.Quadrant, c)...)
	}
	addAxes(&s, c, text("axis.readiness"), text("axis.impact"))
	if !q.Known() {
		addTitles(&s, c, texts, lang, q.Quadrant, nil)
		s.addPill(texts.Text(lang, "picture.none"), plotLeft+plotWidth/2, plotTop+plotHeight/2)
		return s
	}
	you := Text{Text: text("you"), Size: youText, Bold: true, Fill: c.ownText}
	if q.Border {
		you.Text = text("border")
	}
	x, y := q.point()
	you = beside(you, x, y)
	addTitles(&s, c, texts, lang, q.Quadrant, []Rect{{X: x - dotRadius, Y: y - dotRadius, W: 2 * dotRadius, H: 2 * dotRadius}, you.area()})
	s.addDot(x, y, q.Border, c)
	s.Add(Rect{X: you.area().X - 12, Y: you.area().Y, W: you.area().W + 24, H: you.area().H, R: 12, Fill: c.own}, you)
	return s
}

// description returns a text alternative of the picture.
func (q Quadrant) description(texts *locales.Texts, lang, whom string) string {
	if !q.Known() {
		return texts.Text(lang, "picture.desc_none")
	}
	id := whom + "desc"
	if q.Border {
		id = whom + "desc_border"
	}
	return texts.Text(lang, id, "Area", texts.Text(lang, "quadrant."+q.Quadrant+".title"),
		"Readiness", rating(q.Readiness), "Impact", rating(q.Impact))
}

// origin returns the top left corner of the area.
func (a area) origin() (x, y float64) {
	x, y = plotLeft, plotBottom-areaHeight
	if a.right {
		x = plotRight - areaWidth
	}
	if a.high {
		y = plotTop
	}
	return x, y
}

func (a area) shapes(own bool, c palette) []Shape {
	x, y := a.origin()
	edge, fill, width := c.outline, c.ground, float64(outline)
	if own {
		edge, fill, width = c.ownEdge, c.own, 2.5*outline
	}
	return []Shape{
		Rect{x, y, areaWidth, areaHeight, areaCorner, edge},
		Rect{x + width, y + width, areaWidth - 2*width, areaHeight - 2*width, areaCorner - width, fill},
	}
}

// addTitles names the areas at their outer side, or at the inner side if the outer one is occupied.
func addTitles(s *Scene, c palette, texts *locales.Texts, lang, own string, occupied []Rect) {
	for _, a := range areas {
		x, y := a.origin()
		title := Text{X: x + titleMargin, Text: texts.Text(lang, "quadrant."+a.id+".title"), Size: titleText, Fill: c.soft}
		if a.id == own {
			title.Fill, title.Bold = c.ownText, true
		}
		title = title.shrunk(areaWidth - 2*titleMargin)
		outer, inner := y+titleMargin+title.Size*0.8, y+areaHeight-titleMargin
		if !a.high {
			outer, inner = inner, outer
		}
		title.Y = outer
		if title.area().near(occupied) {
			title.Y = inner
		}
		s.Add(title)
	}
}

// shrunk makes a text smaller until it is no wider than width, but keeps it readable: other languages need more
// space than Dutch.
func (t Text) shrunk(width float64) Text {
	for t.Size > 16 && t.Width() > width {
		t.Size -= 2
	}
	return t
}

// area returns the rectangle around a text.
func (t Text) area() Rect {
	w := t.Width()
	return Rect{X: t.X - t.Anchor.before(w), Y: t.Y - t.Size*0.95, W: w, H: t.Size * 1.25}
}

// near reports whether the rectangle is close to one of others.
func (r Rect) near(others []Rect) bool {
	const margin = 12
	for _, o := range others {
		if r.X < o.X+o.W+margin && o.X < r.X+r.W+margin && r.Y < o.Y+o.H+margin && o.Y < r.Y+r.H+margin {
			return true
		}
	}
	return false
}

// addDot marks the business; on the border it has a wide ring, as the position is
// uncertain.
func (s *Scene) addDot(x, y float64, border bool, c palette) {
	if border {
		s.Add(Circle{x, y, dotRadius + 20, style.OnSun}, Circle{x, y, dotRadius + 15, c.own})
	}
	s.Add(Circle{x, y, dotRadius, style.OnSun}, Circle{x, y, dotRadius - ring, style.Sun})
}

// beside places the text next to the dot: on its left or right, within the area of the dot if it fits there, and
// within the plot in any case.
func beside(words Text, x, y float64) Text {
	const distance, margin = dotRadius + 34, 24
	words.Y = y + words.Size*0.36
	w := words.Width()
	from, to := plotLeft+margin, plotLeft+areaWidth-margin
	if x > plotLeft+plotWidth/2 {
		from, to = plotRight-areaWidth+margin, plotRight-margin
	}
	left, right := x-distance-w, x+distance
	fitsRight := right+w <= float64(to) || left < plotLeft+margin
	if words.X = left; left < float64(from) && (fitsRight || right+w <= plotRight-margin) {
		words.X = right
	}
	return words
}

// addPill adds dark text on a light badge around x, y.
func (s *Scene) addPill(words string, x, y float64) {
	t := Text{X: x, Y: y + youText*0.36, Text: words, Size: youText, Bold: true, Fill: style.OnSun, Anchor: Middle}
	w := t.Width() + 48
	s.Add(Rect{x - w/2, y - youText*0.85, w, youText * 1.7, 12, style.Cream}, t)
}

// addAxes names the axes at their high ends.
func addAxes(s *Scene, c palette, readiness, impact string) {
	up := Text{X: plotLeft, Y: plotTop - 26, Text: impact, Size: axisText, Fill: c.soft}
	along := Text{X: plotRight, Y: plotBottom + 26 + axisText*0.75, Text: readiness, Size: axisText, Fill: c.soft, Anchor: End}
	s.Add(up.shrunk(plotWidth), along.shrunk(plotWidth))
}
