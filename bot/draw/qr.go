package draw

import (
	"fmt"

	"rsc.io/qr"

	"digiwijzer/bot/style"
)

// quietZone is the white edge around a QR code, in modules: without four of them scanners
// miss it (ISO/IEC 18004, 9.1).
const quietZone = 4

// printPixels is the least width of a QR code as a PNG: ten centimetres at 300 dpi.
const printPixels = 1200

// QR is a QR code with its quiet zone.
type QR struct {
	size int // modules on a side
	code *qr.Code
}

// NewQR encodes a link. A quarter of the code may be damaged (level Q): posters hang outdoors. The error does
// not contain the link, which may be personal.
func NewQR(link string) (QR, error) {
	code, err := qr.Encode(link, qr.Q)
	if err != nil {
		return QR{}, fmt.Errorf("QR code of a link of %d bytes: %w", len(link), err)
	}
	return QR{size: code.Size + 2*quietZone, code: code}, nil
}

// Grid returns the code with its top left corner, quiet zone included, at x, y.
func (q QR) Grid(x, y, side float64) Grid {
	return Grid{X: x, Y: y, Cell: side / float64(q.size), Size: q.size, Fill: style.Black,
		Filled: func(column, row int) bool { return q.code.Black(column-quietZone, row-quietZone) }}
}

// PrintModule returns the width of a module, in pixels, of a PNG for print.
func (q QR) PrintModule() int { return (printPixels + q.size - 1) / q.size }

// Scene returns the code on white with modules of module units: whole pixels in a PNG. An SVG has no unit of
// length and may be printed at any size.
func (q QR) Scene(module int, title string) Scene {
	side := float64(q.size * module)
	s := Scene{W: side, H: side, ID: "qr", Title: title}
	s.Add(Rect{W: side, H: side, Fill: style.White}, q.Grid(0, 0, side))
	return s
}
