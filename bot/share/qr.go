package share

import (
	"fmt"

	"rsc.io/qr"

	"digiwijzer/bot/draw"
	"digiwijzer/bot/style"
)

// quietZone is the white edge around a QR code, in modules: without four of them scanners
// miss it (ISO/IEC 18004, 9.1).
const quietZone = 4

// printPixels is the least width of a QR code as a PNG: ten centimetres at 300 dpi.
const printPixels = 1200

// qrCode is a QR code with its quiet zone.
type qrCode struct {
	link string
	size int // modules on a side
	code *qr.Code
}

// newQR encodes a link. A quarter of the code may be damaged (level Q): posters hang in
// the rain.
func newQR(link string) (qrCode, error) {
	code, err := qr.Encode(link, qr.Q)
	if err != nil {
		return qrCode{}, fmt.Errorf("QR code of %q: %w", link, err)
	}
	return qrCode{link: link, size: code.Size + 2*quietZone, code: code}, nil
}

// grid returns the code with its top left corner, quiet zone included, at x, y.
func (q qrCode) grid(x, y, side float64) draw.Grid {
	return draw.Grid{X: x, Y: y, Cell: side / float64(q.size), Size: q.size, Fill: style.Black,
		Filled: func(column, row int) bool { return q.code.Black(column-quietZone, row-quietZone) }}
}

// printModule returns the width of a module, in pixels, of a PNG for print.
func (q qrCode) printModule() int { return (printPixels + q.size - 1) / q.size }

// scene returns the code on white with modules of so many units: whole pixels in a PNG. An
// SVG has no unit of length and may be printed at any size.
func (q qrCode) scene(module int) draw.Scene {
	side := float64(q.size * module)
	s := draw.Scene{W: side, H: side, ID: "qr", Title: q.link}
	s.Add(draw.Rect{W: side, H: side, Fill: style.White}, q.grid(0, 0, side))
	return s
}
