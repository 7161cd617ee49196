package draw

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"strings"

	"digiwijzer/bot/style"
)

// SVG writes the scene for a browser, with its title and description for people who
// cannot see it. It has no style that a strict content security policy would refuse.
func (s Scene) SVG(w io.Writer) error {
	b := svgWriter{scene: &s}
	ids := s.ID + "-title"
	if s.Desc != "" {
		ids += " " + s.ID + "-desc"
	}
	b.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="%g %g %g %g" role="img" aria-labelledby="%s" lang="%s">`+"\n",
		s.Bleed, s.Bleed, s.W-2*s.Bleed, s.H-2*s.Bleed, escape(ids), escape(s.Lang))
	b.printf("<title id=\"%s-title\">%s</title>\n", escape(s.ID), escape(s.Title))
	if s.Desc != "" {
		b.printf("<desc id=\"%s-desc\">%s</desc>\n", escape(s.ID), escape(s.Desc))
	}
	if s.PageFont {
		b.printf("<g>\n")
	} else {
		b.printf(`<g font-family="Cantarell, system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif">` + "\n")
	}
	for _, shape := range s.Shapes {
		shape.svg(&b)
		b.printf("\n")
	}
	b.printf("</g>\n</svg>\n")
	_, err := w.Write(b.Bytes())
	return err
}

// svgWriter is an SVG being written.
type svgWriter struct {
	bytes.Buffer
	scene *Scene
}

func (b *svgWriter) printf(format string, args ...any) { fmt.Fprintf(b, format, args...) }

// fill returns the attributes that give a shape its colour: that of a light page, and the class with which a page
// with the style sheet applies its own mode.
func (b *svgWriter) fill(c style.Color) string {
	if class := c.Class(); class != "" {
		return fmt.Sprintf(`class="%s" fill="%s"`, class, c.Hex())
	}
	return fmt.Sprintf(`fill="%s"`, c.Hex())
}

func (r Rect) svg(b *svgWriter) {
	b.printf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f"`, r.X, r.Y, r.W, r.H)
	if r.R > 0 {
		b.printf(` rx="%.1f"`, r.R)
	}
	b.printf(` %s/>`, b.fill(r.Fill))
}

func (c Circle) svg(b *svgWriter) {
	b.printf(`<circle cx="%.1f" cy="%.1f" r="%.1f" %s/>`, c.X, c.Y, c.R, b.fill(c.Fill))
}

func (g Grid) svg(b *svgWriter) {
	b.printf(`<path shape-rendering="crispEdges" %s d="`, b.fill(g.Fill))
	for _, r := range g.runs() {
		b.printf("M%g %gh%gv%gh-%gz", r.X, r.Y, r.W, r.H, r.W)
	}
	b.printf(`"/>`)
}

func (i Image) svg(b *svgWriter) {
	b.printf(`<image x="%.1f" y="%.1f" width="%.1f" height="%.1f" preserveAspectRatio="none" href="data:image/png;base64,%s"/>`,
		i.X, i.Y, i.W, i.H, base64.StdEncoding.EncodeToString(i.encoded()))
}

// encoded returns the bitmap as a PNG; only one without pixels cannot be encoded, and is left empty.
func (i Image) encoded() []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, i.Bitmap)
	return b.Bytes()
}

func (t Text) svg(b *svgWriter) {
	weight := "400"
	if t.Bold {
		weight = "700"
	}
	b.printf(`<text x="%.1f" y="%.1f" font-size="%.0f" font-weight="%s" text-anchor="%s"`, t.X, t.Y, t.Size, weight, [...]string{"start", "middle", "end"}[t.Anchor])
	if !b.scene.PageFont {
		// Keeps the text as wide as measured, whatever font the browser has.
		b.printf(` textLength="%.1f" lengthAdjust="spacingAndGlyphs"`, t.Width())
	}
	if t.Up {
		b.printf(` transform="rotate(-90 %.1f %.1f)"`, t.X, t.Y)
	}
	b.printf(` %s>%s</text>`, b.fill(t.Fill), escape(t.Text))
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder never fails
	return b.String()
}
