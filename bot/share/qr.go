package share

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	"rsc.io/qr"
)

// quiet is the white edge around a QR code, in modules: without four of them scanners
// miss it (ISO/IEC 18004, 9.1).
const quiet = 4

// pngSide is how many pixels a QR code has at least: ten centimetres at 300 dpi.
const pngSide = 1200

// qrCode is a QR code, quiet zone included. A quarter of it may be lost (level Q):
// posters hang in the rain.
type qrCode struct {
	link string
	size int // modules on a side
	code *qr.Code
}

func newQR(link string) (qrCode, error) {
	code, err := qr.Encode(link, qr.Q)
	if err != nil {
		return qrCode{}, fmt.Errorf("QR code of %q: %w", link, err)
	}
	return qrCode{link: link, size: code.Size + 2*quiet, code: code}, nil
}

// dark tells the colour of a module; the quiet zone is light.
func (q qrCode) dark(x, y int) bool { return q.code.Black(x-quiet, y-quiet) }

// runs calls visit for every row of adjoining dark modules.
func (q qrCode) runs(visit func(x, y, length int)) {
	for y := range q.size {
		for x := 0; x < q.size; {
			from := x
			for x < q.size && q.dark(x, y) {
				x++
			}
			if x > from {
				visit(from, y, x-from)
			}
			x = max(x, from+1)
		}
	}
}

// svg draws the code without a unit of length: it may be printed at any size.
func (q qrCode) svg() []byte {
	var path strings.Builder
	q.runs(func(x, y, length int) { fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x, y, length, length) })
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[1]d" shape-rendering="crispEdges" role="img">`+
		`<title>%[2]s</title><rect width="%[1]d" height="%[1]d" fill="#fff"/><path d="%[3]s" fill="#000"/></svg>`+"\n",
		q.size, escape(q.link), path.String())
	return b.Bytes()
}

// png draws the code in two colours, every module as many whole pixels.
func (q qrCode) png() ([]byte, error) {
	scale := (pngSide + q.size - 1) / q.size
	img := image.NewPaletted(image.Rect(0, 0, q.size*scale, q.size*scale), color.Palette{color.White, color.Black})
	q.runs(func(x, y, length int) {
		for row := y * scale; row < (y+1)*scale; row++ {
			for column := x * scale; column < (x+length)*scale; column++ {
				img.SetColorIndex(column, row, 1)
			}
		}
	})
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img)
	return b.Bytes(), err
}
