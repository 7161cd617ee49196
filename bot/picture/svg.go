package picture

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"

	"digiwijzer/locales"
)

// SVG writes the quadrant as a drawing for the browser, in words of the language. It
// has a title and a description for those who do not see it, and no style of its own
// that a strict content security policy would refuse.
func SVG(w io.Writer, p Quadrant, texts *locales.Texts, lang string) error {
	m, err := newMeasurer()
	if err != nil {
		return err
	}
	wd := newWords(p, texts, lang)
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="quadrant-title quadrant-desc" lang="%s">`, size, size, escape(lang))
	fmt.Fprintf(&b, "\n<title id=\"quadrant-title\">%s</title>\n<desc id=\"quadrant-desc\">%s</desc>\n", escape(wd.title), escape(wd.desc))
	b.WriteString(`<g font-family="Go, system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif">` + "\n")
	for _, s := range scene(p, wd, m) {
		writeShape(&b, s, m)
	}
	b.WriteString("</g>\n</svg>\n")
	_, err = w.Write(b.Bytes())
	return err
}

func writeShape(b *bytes.Buffer, s shape, m measurer) {
	switch s := s.(type) {
	case box:
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%.1f" fill="%s"/>`, s.x, s.y, s.w, s.h, s.r, s.fill.hex())
	case disc:
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s"/>`, s.x, s.y, s.r, s.fill.hex())
	case label:
		weight, turn := "400", ""
		if s.bold {
			weight = "700"
		}
		if s.up {
			turn = fmt.Sprintf(` transform="rotate(-90 %.1f %.1f)"`, s.x, s.y)
		}
		// textLength keeps the words as wide as measured, whatever font the browser has.
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" font-size="%.0f" font-weight="%s" text-anchor="middle" textLength="%.1f" lengthAdjust="spacingAndGlyphs" fill="%s"%s>%s</text>`,
			s.x, s.y, s.size, weight, m.width(s), s.fill.hex(), turn, escape(s.text))
	}
	b.WriteByte('\n')
}

func (c colour) hex() string { return fmt.Sprintf("#%06x", uint32(c)) }

func escape(text string) string {
	var b bytes.Buffer
	// EscapeText fails only where the writer does; a Buffer does not.
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}
