package share

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // a logo may be one
	_ "image/png"

	"golang.org/x/image/draw"
)

const (
	logoBytes  = 5 << 20
	logoLeast  = 150  // pixels on the longer side: below that print shows the pixels
	logoMost   = 6000 // pixels on the longer side
	logoStored = 1200 // pixels on the longer side in the file: 45 mm at 600 dpi
)

// readLogo reads a PNG or JPEG and makes it ready for print: on white, without whatever
// else was in its file.
func readLogo(data []byte) (image.Image, error) {
	if len(data) > logoBytes {
		return nil, fmt.Errorf("the logo is %d kB; at most %d", len(data)>>10, logoBytes>>10)
	}
	size, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || (kind != "png" && kind != "jpeg") {
		return nil, fmt.Errorf("the logo is not a PNG or JPEG picture")
	}
	longer := max(size.Width, size.Height)
	if longer < logoLeast || longer > logoMost || min(size.Width, size.Height) < 1 {
		return nil, fmt.Errorf("the logo is %d by %d pixels; its longer side must be %d to %d for print", size.Width, size.Height, logoLeast, logoMost)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("the logo is damaged: %w", err)
	}
	shrink := min(1, float64(logoStored)/float64(longer))
	flat := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(size.Width)*shrink)), max(1, int(float64(size.Height)*shrink))))
	draw.Draw(flat, flat.Bounds(), image.White, image.Point{}, draw.Src)
	draw.CatmullRom.Scale(flat, flat.Bounds(), img, img.Bounds(), draw.Over, nil)
	return flat, nil
}
