package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// SVG writes the report on one sheet, with all its charts.
func (d Document) SVG(w io.Writer) error {
	f, err := newFaces()
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, d.poster(f, 0).svg("poster", d.Lang)+"\n")
	return err
}

// svg is the drawing for a browser: with a title for those who do not see it, and
// colours as attributes that a page may override by class.
func (s scene) svg(id, lang string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" role="img" aria-labelledby="%s-title" lang="%s">`,
		s.w, s.h, escape(id), escape(lang))
	fmt.Fprintf(&b, `<title id="%s-title">%s</title>`, escape(id), escape(s.title))
	fmt.Fprintf(&b, `<rect class="paper" width="%.0f" height="%.0f" fill="%s"/>`, s.w, s.h, paper.hex())
	for _, r := range s.rects {
		fmt.Fprintf(&b, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, r.class, r.x, r.y, r.w, r.h, r.class.hex())
	}
	b.WriteString(`<g font-family="Go, system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif">`)
	for _, l := range s.labels {
		anchor, weight := "start", "400"
		if l.end {
			anchor = "end"
		}
		if l.bold {
			weight = "700"
		}
		// textLength keeps the words as wide as measured, whatever font the browser has.
		fmt.Fprintf(&b, `<text class="%s" x="%.1f" y="%.1f" font-size="%.0f" font-weight="%s" text-anchor="%s" textLength="%.1f" lengthAdjust="spacingAndGlyphs" fill="%s">%s</text>`,
			l.class, l.x, l.y, l.size, weight, anchor, s.faces.width(l), l.class.hex(), escape(l.text))
	}
	b.WriteString("</g></svg>")
	return b.String()
}

func (c class) hex() string { return fmt.Sprintf("#%06x", colours[c]) }

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}
