package draw

import (
	"fmt"
	"image/color"
)

// Color is a colour without transparency, 0xRRGGBB.
type Color uint32

// The colours of drawings on screens. Text in Ink, Muted, Bar or Mark on White has a
// contrast of at least 4.5 (WCAG 2.2, 1.4.3).
const (
	White Color = 0xffffff
	Ink   Color = 0x1b2a41
	Muted Color = 0x4a5568
	Line  Color = 0x6b7688
	Faint Color = 0xe4e9f0
	Bar   Color = 0x1f6f8b
	Mark  Color = 0xc2410c
)

// The colours of printed matter are those of the site, dark enough on white to be
// printed in grey too.
const (
	Black      Color = 0x000000
	PrintInk   Color = 0x17252b
	PrintMuted Color = 0x4c5b62
	Hairline   Color = 0xc9c7bb
	Band       Color = 0x0b4d55
	OnBand     Color = 0xd6e8e8 // softer than white
	Sun        Color = 0xf3b53a
)

// Hex returns the colour as "#rrggbb".
func (c Color) Hex() string { return fmt.Sprintf("#%06x", uint32(c)) }

func (c Color) rgba() color.RGBA {
	r, g, b := c.channels()
	return color.RGBA{R: uint8(r), G: uint8(g), B: uint8(b), A: 255}
}

func (c Color) channels() (r, g, b int) {
	return int(c >> 16 & 0xff), int(c >> 8 & 0xff), int(c & 0xff)
}
