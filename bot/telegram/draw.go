package telegram

import (
	"bytes"

	"digiwijzer/bot/picture"
	"digiwijzer/flows"
)

// draw is the drawing of the package picture.
func (c *Channel) draw(q flows.QuadrantPicture, lang string) ([]byte, error) {
	var b bytes.Buffer
	err := picture.PNG(&b, picture.Quadrant{Readiness: q.Readiness, Impact: q.Impact, Quadrant: q.Quadrant, Border: q.Border},
		c.config.Texts(), lang)
	return b.Bytes(), err
}
