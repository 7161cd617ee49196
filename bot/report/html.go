package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

// HTML writes the report as one self-contained page: style and charts are inline, a strict
// policy forbids external resources, and each chart is followed by its table.
func (d Document) HTML(w io.Writer) error {
	f, err := newFaces()
	if err != nil {
		return err
	}
	page, err := template.New("page").Funcs(template.FuncMap{
		"text":   func(id string) string { return d.words.Text(id) },
		"chart":  func(t Table) *drawing { return newDrawing(t, f) },
		"goal":   func() *drawing { return d.goalDrawing(f) },
		"notes":  func() []string { return unique(d.Notes) },
		"policy": Policy,
		"style":  func() template.CSS { return template.CSS(pageStyle) },
	}).Parse(pageText)
	if err != nil {
		return err
	}
	return page.Execute(w, d)
}

// Policy returns the content security policy of the HTML format, which allows only the
// page's own style, by its hash.
func Policy() string {
	hash := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
}

// drawing is a scene as data for the template, which escapes all text.
type drawing struct {
	ID, Title string
	W, H      float64
	Rects     []shape
	Labels    []shape
}

type shape struct {
	Class, Text, Anchor, Weight string
	X, Y, W, H, Size            float64
}

func newDrawing(t Table, f faces) *drawing {
	s, ok := t.chart(f)
	if !ok {
		return nil
	}
	return s.drawing("chart-" + strings.NewReplacer(",", "-", "_", "-").Replace(t.ID))
}

func (d Document) goalDrawing(f faces) *drawing {
	if d.Goal == nil {
		return nil
	}
	g := *d.Goal
	g.Label = "" // the page shows it as text, which is readable on small screens
	s := g.scene(f, chartWidth)
	s.w, s.title = chartWidth, d.Goal.Label
	return s.drawing("goal")
}

func (s scene) drawing(id string) *drawing {
	d := &drawing{ID: id, Title: s.title, W: s.w, H: s.h}
	for _, r := range s.rects {
		d.Rects = append(d.Rects, shape{Class: string(r.class), X: r.x, Y: r.y, W: r.w, H: r.h})
	}
	for _, l := range s.labels {
		sh := shape{Class: string(l.class), Text: l.text, Anchor: "start", Weight: "400", X: l.x, Y: l.y, W: s.faces.width(l), Size: l.size}
		if l.end {
			sh.Anchor = "end"
		}
		if l.bold {
			sh.Weight = "700"
		}
		d.Labels = append(d.Labels, sh)
	}
	return d
}
