package picture

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"digiwijzer/locales"
)

// PNG writes the quadrant as a picture of 960×960 pixels, in words of the language.
func PNG(w io.Writer, p Quadrant, texts *locales.Texts, lang string) error {
	m, err := newMeasurer()
	if err != nil {
		return err
	}
	pt := painter{img: image.NewRGBA(image.Rect(0, 0, size, size)), fonts: m}
	for _, s := range scene(p, newWords(p, texts, lang), m) {
		pt.paint(s)
	}
	flat := []colour{white, ink, muted, line}
	for _, a := range areas {
		flat = append(flat, a.rest, a.lit, a.edge)
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(w, indexed(pt.img, flat)); err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	return nil
}

// painter puts shapes into pixels.
type painter struct {
	img   *image.RGBA
	fonts measurer
	ras   vector.Rasterizer
}

func (c colour) rgba() color.RGBA {
	return color.RGBA{R: uint8(c >> 16), G: uint8(c >> 8), B: uint8(c), A: 255}
}

func (pt *painter) paint(s shape) {
	switch s := s.(type) {
	case box:
		pt.box(s)
	case disc:
		pt.path(s.x-s.r, s.y-s.r, 2*s.r, 2*s.r, s.r, s.fill)
	case label:
		pt.label(s)
	}
}

// box fills the middle of a large rectangle directly and leaves the two strips with
// the round corners to the rasteriser: that is an order faster.
func (pt *painter) box(b box) {
	if b.h < 4*b.r+8 {
		pt.path(b.x, b.y, b.w, b.h, b.r, b.fill)
		return
	}
	left, right := int(math.Round(b.x)), int(math.Round(b.x+b.w))
	top, bottom := int(math.Ceil(b.y+b.r)), int(math.Floor(b.y+b.h-b.r))
	draw.Draw(pt.img, image.Rect(left, top, right, bottom), image.NewUniform(b.fill.rgba()), image.Point{}, draw.Src)
	pt.pathIn(image.Rect(left, int(b.y), right, top), b.x, b.y, b.w, b.h, b.r, b.fill)
	pt.pathIn(image.Rect(left, bottom, right, int(math.Ceil(b.y+b.h))), b.x, b.y, b.w, b.h, b.r, b.fill)
}

// path fills a rounded rectangle, smooth at the edges.
func (pt *painter) path(x, y, w, h, r float64, fill colour) {
	bounds := image.Rect(int(math.Floor(x)), int(math.Floor(y)), int(math.Ceil(x+w)), int(math.Ceil(y+h)))
	pt.pathIn(bounds.Intersect(pt.img.Bounds()), x, y, w, h, r, fill)
}

// pathIn fills the part of a rounded rectangle that lies in bounds.
func (pt *painter) pathIn(bounds image.Rectangle, x, y, w, h, r float64, fill colour) {
	// k places the control points of a quarter circle.
	const k = 0.5522847498
	if bounds.Empty() {
		return
	}
	z := &pt.ras
	z.Reset(bounds.Dx(), bounds.Dy())
	l, t := float32(x)-float32(bounds.Min.X), float32(y)-float32(bounds.Min.Y)
	rt, b := l+float32(w), t+float32(h)
	rr, c := float32(r), float32(r*(1-k))
	z.MoveTo(l+rr, t)
	z.LineTo(rt-rr, t)
	z.CubeTo(rt-c, t, rt, t+c, rt, t+rr)
	z.LineTo(rt, b-rr)
	z.CubeTo(rt, b-c, rt-c, b, rt-rr, b)
	z.LineTo(l+rr, b)
	z.CubeTo(l+c, b, l, b-c, l, b-rr)
	z.LineTo(l, t+rr)
	z.CubeTo(l, t+c, l+c, t, l+rr, t)
	z.ClosePath()
	z.Draw(pt.img, bounds, image.NewUniform(fill.rgba()), image.Point{})
}

func (pt *painter) label(l label) {
	face, width := pt.fonts.face(l.size, l.bold), pt.fonts.width(l)
	if !l.up {
		d := font.Drawer{Dst: pt.img, Src: image.NewUniform(l.fill.rgba()), Face: face,
			Dot: fixed.Point26_6{X: fixed.Int26_6((l.x - width/2) * 64), Y: fixed.Int26_6(l.y * 64)}}
		d.DrawString(l.text)
		return
	}
	// Drawn lying down as a mask, then turned a quarter to the left.
	lying := image.NewAlpha(image.Rect(0, 0, int(math.Ceil(width))+2, int(math.Ceil(l.size*1.5))))
	d := font.Drawer{Dst: lying, Src: image.Opaque, Face: face, Dot: fixed.P(1, int(l.size))}
	d.DrawString(l.text)
	pt.turned(lying, int(l.x)-int(l.size), int(l.y+width/2), l.fill)
}

// turned paints a mask turned a quarter to the left, with its lower left corner at
// x, bottom.
func (pt *painter) turned(mask *image.Alpha, x, bottom int, fill colour) {
	up := image.NewAlpha(image.Rect(0, 0, mask.Rect.Dy(), mask.Rect.Dx()))
	for my := range mask.Rect.Dy() {
		for mx := range mask.Rect.Dx() {
			up.SetAlpha(my, mask.Rect.Dx()-1-mx, mask.AlphaAt(mx, my))
		}
	}
	at := image.Rect(x, bottom-up.Rect.Dy(), x+up.Rect.Dx(), bottom)
	draw.DrawMask(pt.img, at, image.NewUniform(fill.rgba()), image.Point{}, up, image.Point{}, draw.Over)
}

// indexed brings the drawing down to a palette: a quarter of the bytes to compress.
// The flat colours stay exact; the shades between them, at edges, are rounded.
func indexed(img *image.RGBA, flat []colour) *image.Paletted {
	out := image.NewPaletted(img.Rect, make(color.Palette, 0, 256))
	seen := map[color.RGBA]uint8{}
	for _, c := range flat {
		shade(out, seen, c.rgba())
	}
	var last color.RGBA
	var index uint8
	for i := 0; i < len(img.Pix); i += 4 {
		c := color.RGBA{img.Pix[i], img.Pix[i+1], img.Pix[i+2], 255}
		if c != last || i == 0 {
			known := false
			if index, known = seen[c]; !known {
				index = shade(out, seen, color.RGBA{rounded(c.R), rounded(c.G), rounded(c.B), 255})
				seen[c] = index
			}
			last = c
		}
		out.Pix[i/4] = index
	}
	return out
}

// rounded keeps the highest four bits of a channel, spread over 0–255.
func rounded(v uint8) uint8 { return (v >> 4) * 17 }

// shade gives the place of a colour in the palette, or of the nearest when it is full.
func shade(out *image.Paletted, seen map[color.RGBA]uint8, c color.RGBA) uint8 {
	if index, ok := seen[c]; ok {
		return index
	}
	if len(out.Palette) == 256 {
		return uint8(out.Palette.Index(c))
	}
	out.Palette = append(out.Palette, c)
	seen[c] = uint8(len(out.Palette) - 1)
	return seen[c]
}
