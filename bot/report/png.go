package report

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// chartsOnPicture is how many charts go on the picture: it is read on a phone.
const chartsOnPicture = 2

// PNG writes the report on one sheet as a picture, with the first charts.
func (d Document) PNG(w io.Writer) error {
	f, err := newFaces()
	if err != nil {
		return err
	}
	s := d.poster(f, chartsOnPicture)
	img := image.NewRGBA(image.Rect(0, 0, int(s.w), int(math.Ceil(s.h))))
	draw.Draw(img, img.Rect, image.NewUniform(paper.rgba()), image.Point{}, draw.Src)
	for _, r := range s.rects {
		area := image.Rect(int(math.Round(r.x)), int(math.Round(r.y)), int(math.Round(r.x+r.w)), int(math.Round(r.y+r.h)))
		draw.Draw(img, area, image.NewUniform(r.class.rgba()), image.Point{}, draw.Src)
	}
	for _, l := range s.labels {
		x := l.x
		if l.end {
			x -= f.width(l)
		}
		drawer := font.Drawer{Dst: img, Src: image.NewUniform(l.class.rgba()), Face: f.of(l),
			Dot: fixed.Point26_6{X: fixed.Int26_6(x * 64), Y: fixed.Int26_6(l.y * 64)}}
		drawer.DrawString(l.text)
	}
	return png.Encode(w, img)
}

func (c class) rgba() color.RGBA {
	v := colours[c]
	return color.RGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 255}
}
