// Package draw holds scenes of shapes and text and renders them as PNG, SVG and PDF.
// The same scene gives the same bytes. The quadrant picture is drawn here too.
package draw

import (
	"image"

	"digiwijzer/bot/style"
)

// Scene is a drawing. A unit is a pixel in a PNG, a user unit in an SVG and a point in a
// PDF; the origin is the top left corner.
type Scene struct {
	W, H   float64
	Shapes []Shape // from back to front

	Lang  string
	Title string // for people who cannot see the drawing, and as the title of a PDF
	Desc  string // a longer description, SVG only; may be empty
	ID    string // prefix of the ids in an SVG, unique in its page

	// Bleed is the margin of the scene that an SVG leaves out, if the surrounding page has its own margins.
	Bleed float64
	// PageFont makes an SVG use the font of the surrounding page. Its texts then do not keep their measured width.
	PageFont bool
}

// Shape is a part of a scene. Every shape can be rendered in every format.
type Shape interface {
	png(*raster)
	svg(*svgWriter)
	pdf(*page)
	// moved returns the shape scaled by f around the origin and then moved.
	moved(f, dx, dy float64) Shape
}

var _ = []Shape{Rect{}, Circle{}, Text{}, Grid{}, Image{}}

// At returns the shapes of the scene, without its bleed, with their top left corner at x, y and the given width.
func (s Scene) At(x, y, width float64) []Shape {
	f := width / (s.W - 2*s.Bleed)
	shapes := make([]Shape, len(s.Shapes))
	for i, shape := range s.Shapes {
		shapes[i] = shape.moved(f, x-s.Bleed*f, y-s.Bleed*f)
	}
	return shapes
}

// Add puts shapes in front of those already in the scene.
func (s *Scene) Add(shapes ...Shape) { s.Shapes = append(s.Shapes, shapes...) }

// Rect is a filled rectangle with corners of radius R. Without rounded corners its
// edges are on whole pixels in a PNG.
type Rect struct {
	X, Y, W, H, R float64
	Fill          style.Color
}

// Circle is a filled circle around X, Y.
type Circle struct {
	X, Y, R float64
	Fill    style.Color
}

// Image is a bitmap stretched to a rectangle.
type Image struct {
	X, Y, W, H float64
	Bitmap     image.Image
}

// Grid is a square of Size by Size cells, such as a QR code, of which those reported by
// Filled have a colour. In an SVG it is one path, as separate cells would show hairlines.
type Grid struct {
	X, Y, Cell float64
	Size       int
	Filled     func(column, row int) bool
	Fill       style.Color
}

func (r Rect) moved(f, dx, dy float64) Shape {
	return Rect{X: r.X*f + dx, Y: r.Y*f + dy, W: r.W * f, H: r.H * f, R: r.R * f, Fill: r.Fill}
}

func (c Circle) moved(f, dx, dy float64) Shape {
	return Circle{X: c.X*f + dx, Y: c.Y*f + dy, R: c.R * f, Fill: c.Fill}
}

func (i Image) moved(f, dx, dy float64) Shape {
	return Image{X: i.X*f + dx, Y: i.Y*f + dy, W: i.W * f, H: i.H * f, Bitmap: i.Bitmap}
}

func (g Grid) moved(f, dx, dy float64) Shape {
	g.X, g.Y, g.Cell = g.X*f+dx, g.Y*f+dy, g.Cell*f
	return g
}

func (t Text) moved(f, dx, dy float64) Shape {
	t.X, t.Y, t.Size = t.X*f+dx, t.Y*f+dy, t.Size*f
	return t
}

// runs returns each run of adjoining filled cells in a row as a rectangle.
func (g Grid) runs() (runs []Rect) {
	for row := range g.Size {
		for column := 0; column < g.Size; column++ {
			from := column
			for column < g.Size && g.Filled(column, row) {
				column++
			}
			if column > from {
				runs = append(runs, Rect{X: g.X + float64(from)*g.Cell, Y: g.Y + float64(row)*g.Cell,
					W: float64(column-from) * g.Cell, H: g.Cell, Fill: g.Fill})
			}
		}
	}
	return runs
}
