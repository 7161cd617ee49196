package telegram

import (
	"bytes"

	"digiwijzer/bot/draw"
	"digiwijzer/flows"
)

// draw returns the quadrant picture as a PNG.
func (c *Channel) draw(q flows.QuadrantPicture, lang string) ([]byte, error) {
	var b bytes.Buffer
	err := draw.Quadrant(q).Scene(c.config.Texts(), lang).PNG(&b)
	return b.Bytes(), err
}
