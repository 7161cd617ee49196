package draw

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"digiwijzer/bot/style"
)

// PNG writes the scene as a picture of W×H pixels, rounded up. It has at most 256
// colours unless an image is in it.
func (s Scene) PNG(w io.Writer) error {
	p := raster{img: image.NewRGBA(image.Rect(0, 0, int(math.Ceil(s.W)), int(math.Ceil(s.H))))}
	for _, shape := range s.Shapes {
		shape.png(&p)
	}
	var img image.Image = p.img
	if !p.photo {
		img = indexed(p.img, p.flat)
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(w, img); err != nil {
		return fmt.Errorf("draw: png: %w", err)
	}
	return nil
}

// raster is a PNG being painted.
type raster struct {
	img   *image.RGBA
	flat  []style.Color // the colours painted with
	photo bool          // an image was painted
	ras   vector.Rasterizer
}

func opaque(c style.Color) color.RGBA {
	r, g, b := c.RGB()
	return color.RGBA{R: uint8(r), G: uint8(g), B: uint8(b), A: 255}
}

// source returns a colour as an image to paint with.
func (p *raster) source(c style.Color) *image.Uniform {
	p.flat = append(p.flat, c)
	return image.NewUniform(opaque(c))
}

func (r Rect) png(p *raster) {
	outside := image.Rect(int(math.Floor(r.X)), int(math.Floor(r.Y)), int(math.Ceil(r.X+r.W)), int(math.Ceil(r.Y+r.H)))
	top, bottom := int(math.Ceil(r.Y+r.R)), int(math.Floor(r.Y+r.H-r.R))
	switch {
	case r.R == 0:
		r.fill(p, int(math.Round(r.Y)), int(math.Round(r.Y+r.H)))
	case r.H < 4*r.R+8:
		r.smooth(p, outside)
	default:
		// Rasterizing only the two strips with the round corners, not the area between
		// them, takes a third off the time of a quadrant picture.
		r.fill(p, top, bottom)
		r.smooth(p, image.Rect(outside.Min.X, outside.Min.Y, outside.Max.X, top))
		r.smooth(p, image.Rect(outside.Min.X, bottom, outside.Max.X, outside.Max.Y))
	}
}

// fill paints the rows from top to bottom, without smooth edges.
func (r Rect) fill(p *raster, top, bottom int) {
	area := image.Rect(int(math.Round(r.X)), top, int(math.Round(r.X+r.W)), bottom)
	draw.Draw(p.img, area, p.source(r.Fill), image.Point{}, draw.Src)
}

// smooth paints the part of the rounded rectangle inside bounds, with smooth edges.
func (r Rect) smooth(p *raster, bounds image.Rectangle) {
	// k places the control points of a cubic Bézier curve for a quarter circle.
	const k = 0.5522847498
	if bounds = bounds.Intersect(p.img.Bounds()); bounds.Empty() {
		return
	}
	z := &p.ras
	z.Reset(bounds.Dx(), bounds.Dy())
	left, top := float32(r.X)-float32(bounds.Min.X), float32(r.Y)-float32(bounds.Min.Y)
	right, bottom := left+float32(r.W), top+float32(r.H)
	radius, c := float32(r.R), float32(r.R*(1-k))
	z.MoveTo(left+radius, top)
	z.LineTo(right-radius, top)
	z.CubeTo(right-c, top, right, top+c, right, top+radius)
	z.LineTo(right, bottom-radius)
	z.CubeTo(right, bottom-c, right-c, bottom, right-radius, bottom)
	z.LineTo(left+radius, bottom)
	z.CubeTo(left+c, bottom, left, bottom-c, left, bottom-radius)
	z.LineTo(left, top+radius)
	z.CubeTo(left, top+c, left+c, top, left+radius, top)
	z.ClosePath()
	z.Draw(p.img, bounds, p.source(r.Fill), image.Point{})
}

func (c Circle) png(p *raster) {
	Rect{X: c.X - c.R, Y: c.Y - c.R, W: 2 * c.R, H: 2 * c.R, R: c.R, Fill: c.Fill}.png(p)
}

func (g Grid) png(p *raster) {
	for _, run := range g.runs() {
		run.png(p)
	}
}

func (i Image) png(p *raster) {
	p.photo = true
	area := image.Rect(int(math.Round(i.X)), int(math.Round(i.Y)), int(math.Round(i.X+i.W)), int(math.Round(i.Y+i.H)))
	xdraw.CatmullRom.Scale(p.img, area, i.Bitmap, i.Bitmap.Bounds(), draw.Over, nil)
}

func (t Text) png(p *raster) {
	width := t.Width()
	if !t.Up {
		d := font.Drawer{Dst: p.img, Src: p.source(t.Fill), Face: t.face(),
			Dot: fixed.Point26_6{X: fixed.Int26_6((t.X - t.Anchor.before(width)) * 64), Y: fixed.Int26_6(t.Y * 64)}}
		d.DrawString(t.Text)
		return
	}
	lying := image.NewAlpha(image.Rect(0, 0, int(math.Ceil(width))+2, int(math.Ceil(t.Size*1.5))))
	d := font.Drawer{Dst: lying, Src: image.Opaque, Face: t.face(), Dot: fixed.P(1, int(t.Size))}
	d.DrawString(t.Text)
	up := turned(lying)
	area := up.Rect.Add(image.Pt(int(t.X)-int(t.Size), int(t.Y+t.Anchor.before(width))-up.Rect.Dy()))
	draw.DrawMask(p.img, area, p.source(t.Fill), image.Point{}, up, image.Point{}, draw.Over)
}

// turned returns a mask turned a quarter to the left.
func turned(mask *image.Alpha) *image.Alpha {
	up := image.NewAlpha(image.Rect(0, 0, mask.Rect.Dy(), mask.Rect.Dx()))
	for y := range mask.Rect.Dy() {
		for x := range mask.Rect.Dx() {
			up.SetAlpha(y, mask.Rect.Dx()-1-x, mask.AlphaAt(x, y))
		}
	}
	return up
}

// indexed reduces a picture to a palette, a quarter of the bytes to compress. The flat
// colours stay exact; the shades between them, at edges, are rounded.
func indexed(img *image.RGBA, flat []style.Color) *image.Paletted {
	p := indexedImage{Paletted: image.NewPaletted(img.Rect, make(color.Palette, 0, 256)), index: map[color.RGBA]uint8{}}
	for _, c := range flat {
		p.add(opaque(c), opaque(c))
	}
	var last color.RGBA
	for i := range p.Pix {
		c := color.RGBA{img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2], 255}
		if i > 0 && c == last { // most pixels equal the previous one
			p.Pix[i] = p.Pix[i-1]
			continue
		}
		p.Pix[i] = p.add(c, color.RGBA{rounded(c.R), rounded(c.G), rounded(c.B), 255})
		last = c
	}
	return p.Paletted
}

// indexedImage is a picture whose colours are numbered in order of appearance.
type indexedImage struct {
	*image.Paletted
	index map[color.RGBA]uint8
}

// add returns the number of a colour, shown as shade, or as the nearest to it if there
// are 256 already.
func (p indexedImage) add(c, shade color.RGBA) uint8 {
	if i, ok := p.index[c]; ok {
		return i
	}
	i, ok := p.index[shade]
	switch {
	case ok:
	case len(p.Palette) == 256:
		i = uint8(p.Palette.Index(shade))
	default:
		i = uint8(len(p.Palette))
		p.Palette = append(p.Palette, shade)
		p.index[shade] = i
	}
	p.index[c] = i
	return i
}

// rounded keeps the highest four bits of a channel, spread over 0–255.
func rounded(v uint8) uint8 { return (v >> 4) * 17 }
