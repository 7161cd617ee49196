package picture

// The measures of the drawing, in pixels of the PNG and units of the SVG.
const (
	plotLeft, plotTop = 142, 26
	plotSize          = size - plotLeft - plotTop
	plotRight         = plotLeft + plotSize
	plotBottom        = plotTop + plotSize
	gap               = 10 // between the areas
	half              = (plotSize - gap) / 2
	inset             = 40 // from the edge to score 0 and 100, so that the dot stays whole
	corner            = 18
	dotRadius         = 21
	chipHeight        = 46
	axisText          = 36
	tickText          = 30
	titleText         = 46
	titleMargin       = 30 // from the edge of an area to its title
)

// colour is 0xRRGGBB.
type colour uint32

const (
	white colour = 0xffffff
	ink   colour = 0x1b2a41
	muted colour = 0x4a5568
	line  colour = 0x6b7688
)

// shape is a part of the drawing. Both painters know every shape.
type shape interface{ shape() }

// box is a filled rectangle with rounded corners.
type box struct {
	x, y, w, h, r float64
	fill          colour
}

// disc is a filled circle.
type disc struct {
	x, y, r float64
	fill    colour
}

// label is one line of text; x, y is the middle of its baseline.
type label struct {
	x, y float64
	text string
	size float64
	bold bool
	fill colour
	up   bool // turned to read from bottom to top
}

func (box) shape()   {}
func (disc) shape()  {}
func (label) shape() {}

// scene is the whole drawing, from back to front.
func scene(p Quadrant, w words, m measurer) []shape {
	shapes := []shape{box{w: size, h: size, fill: white}}
	for _, a := range areas {
		shapes = append(shapes, a.draw(a.id == p.Quadrant)...)
	}
	if !p.known() {
		shapes = append(shapes, titles(p, w, m, nil)...)
		shapes = append(shapes, pill(w.none, plotLeft+plotSize/2, plotTop+plotSize/2, m)...)
		return append(shapes, axes(w, m, nil, nil)...)
	}
	x, y := place(p)
	tag := tagAt(x, y, w.you, m)
	shapes = append(shapes, guides(x, y)...)
	shapes = append(shapes, titles(p, w, m, []box{{x: x - dotRadius, y: y - dotRadius, w: 2 * dotRadius, h: 2 * dotRadius}, tag})...)
	shapes = append(shapes, dot(x, y, p.Border)...)
	shapes = append(shapes, pill(w.you, tag.x+tag.w/2, tag.y+tag.h/2, m)...)
	shapes = append(shapes, axes(w, m, &x, &y)...)
	shapes = append(shapes, chip(whole(p.Readiness), x, plotBottom+chipHeight/2+8, m)...)
	return append(shapes, chip(whole(p.Impact), plotLeft-10-chipWidth(whole(p.Impact), m)/2, y, m)...)
}

// place is where the dot is. Score 50 is exactly between the areas.
func place(p Quadrant) (x, y float64) {
	const scale = (plotSize - 2*inset) / 100.0
	return plotLeft + inset + clamp(p.Readiness)*scale, plotBottom - inset - clamp(p.Impact)*scale
}

func (a area) corner() (x, y float64) {
	x, y = plotLeft, plotBottom-half
	if a.right {
		x = plotRight - half
	}
	if a.high {
		y = plotTop
	}
	return x, y
}

func (a area) draw(lit bool) []shape {
	x, y := a.corner()
	if !lit {
		return []shape{box{x, y, half, half, corner, a.rest}}
	}
	const edge = 7
	return []shape{
		box{x, y, half, half, corner, a.edge},
		box{x + edge, y + edge, half - 2*edge, half - 2*edge, corner - edge, a.lit},
	}
}

// titles names the areas, in the middle along their outer side, or along the inner
// side where the outer one is taken.
func titles(p Quadrant, w words, m measurer, taken []box) []shape {
	var shapes []shape
	for _, a := range areas {
		lit := a.id == p.Quadrant
		ax, ay := a.corner()
		text := m.fit(label{text: w.areas[a.id], size: titleText, bold: true, fill: muted}, half-2*titleMargin)
		fill := a.rest
		if lit {
			text.fill, fill = a.edge, a.lit
		}
		width := m.width(text)
		plate := box{x: ax + half/2 - width/2 - 10, w: width + 20, h: text.size * 1.3, r: 8, fill: fill}
		outer, inner := ay+titleMargin, ay+half-titleMargin-plate.h
		if !a.high {
			outer, inner = inner, outer
		}
		plate.y = outer
		if overlaps(plate, taken) {
			plate.y = inner
		}
		text.x, text.y = ax+half/2, plate.y+text.size
		shapes = append(shapes, plate, text)
	}
	return shapes
}

func overlaps(b box, taken []box) bool {
	const air = 12
	for _, t := range taken {
		if b.x < t.x+t.w+air && t.x < b.x+b.w+air && b.y < t.y+t.h+air && t.y < b.y+b.h+air {
			return true
		}
	}
	return false
}

// guides are dashes from the dot to both axes.
func guides(x, y float64) []shape {
	const dash, pitch, thick = 12, 22, 4
	var shapes []shape
	for at := x - dotRadius - pitch; at > plotLeft; at -= pitch {
		shapes = append(shapes, box{at, y - thick/2, dash, thick, thick / 2, line})
	}
	for at := y + dotRadius + pitch - dash; at+dash < plotBottom; at += pitch {
		shapes = append(shapes, box{x - thick/2, at, thick, dash, thick / 2, line})
	}
	return shapes
}

// dot is the place of the business; on the border it has a wide ring, to say that it
// is not sharp.
func dot(x, y float64, border bool) []shape {
	shapes := []shape{disc{x, y, dotRadius + 6, white}, disc{x, y, dotRadius, ink}}
	if !border {
		return shapes
	}
	return append([]shape{disc{x, y, dotRadius + 17, ink}, disc{x, y, dotRadius + 13, white}}, shapes[1:]...)
}

// tagAt finds room for the words beside the dot: to the right, or to the left where
// the picture ends.
func tagAt(x, y float64, text string, m measurer) box {
	const away = dotRadius + 24
	b := box{x: x + away, y: y - chipHeight/2, w: chipWidth(text, m), h: chipHeight}
	if b.x+b.w > plotRight-8 {
		b.x = x - away - b.w
	}
	return b
}

func chipWidth(text string, m measurer) float64 {
	return m.width(label{text: text, size: tickText, bold: true}) + 28
}

// pill is white on dark, around the middle x, y.
func pill(text string, x, y float64, m measurer) []shape {
	w := chipWidth(text, m)
	return []shape{
		box{x - w/2 - 3, y - chipHeight/2 - 3, w + 6, chipHeight + 6, chipHeight/2 + 3, white},
		box{x - w/2, y - chipHeight/2, w, chipHeight, chipHeight / 2, ink},
		label{x: x, y: y + tickText*0.36, text: text, size: tickText, bold: true, fill: white},
	}
}

// chip is a score on an axis.
func chip(text string, x, y float64, m measurer) []shape {
	w := chipWidth(text, m)
	return []shape{
		box{x - w/2, y - chipHeight/2, w, chipHeight, 10, ink},
		label{x: x, y: y + tickText*0.36, text: text, size: tickText, bold: true, fill: white},
	}
}

// axes are the names of the axes and the numbers 0, 50 and 100, where no chip stands
// in their way.
func axes(w words, m measurer, x, y *float64) []shape {
	var shapes []shape
	for _, score := range []float64{0, 50, 100} {
		tx, ty := place(Quadrant{Readiness: score, Impact: score})
		if x == nil || tx < *x-66 || tx > *x+66 {
			shapes = append(shapes, label{x: tx, y: plotBottom + 8 + chipHeight/2 + tickText*0.36, text: whole(score), size: tickText, fill: muted})
		}
		if y == nil || ty < *y-50 || ty > *y+50 {
			shapes = append(shapes, label{x: plotLeft - 44, y: ty + tickText*0.36, text: whole(score), size: tickText, fill: muted})
		}
	}
	along := m.fit(label{x: plotLeft + plotSize/2, y: size - 24, text: w.readiness, size: axisText, bold: true, fill: ink}, plotSize)
	up := m.fit(label{x: 46, y: plotTop + plotSize/2, text: w.impact, size: axisText, bold: true, fill: ink, up: true}, plotSize)
	return append(shapes, along, up)
}
