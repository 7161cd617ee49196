package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"sync"

	"digiwijzer/bot/draw"
	"digiwijzer/bot/style"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageRules string

// pageStyle is the whole style sheet of a page: it is one file, so the fonts are in it.
var pageStyle = sync.OnceValue(func() string { return style.FontFaces(style.Inline) + style.CSS() + pageRules })

// pagePolicy allows only the page's own style, by its hash.
var pagePolicy = sync.OnceValue(func() string {
	hash := sha256.Sum256([]byte(pageStyle()))
	return "default-src 'none'; base-uri 'none'; form-action 'none'; font-src data:; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
})

// HTML writes the report as one self-contained page: style and charts are inline, a strict
// policy forbids external resources, and each chart is followed by its table.
func (d Document) HTML(w io.Writer) error {
	page, err := template.New("page").Funcs(template.FuncMap{
		"text":     func(id string) string { return d.words.Text(id) },
		"chart":    d.chartSVG,
		"goal":     d.goalSVG,
		"notes":    func() []string { return unique(d.Notes) },
		"policy":   Policy,
		"style":    func() template.CSS { return template.CSS(pageStyle()) },
		"wordmark": style.Wordmark,
	}).Parse(pageText)
	if err != nil {
		return err
	}
	return page.Execute(w, d)
}

// Policy returns the content security policy of the HTML format, which allows only the
// page's own style, by its hash, and the fonts in it.
func Policy() string { return pagePolicy() }

// chartSVG returns the chart of a table, or nothing if there is nothing to draw.
func (d Document) chartSVG(t Table) (template.HTML, error) {
	s := draw.Scene{ID: "chart-" + strings.NewReplacer(",", "-", "_", "-").Replace(t.ID)}
	var ok bool
	if s.H, ok = t.chart(&s, 0, 0); !ok {
		return "", nil
	}
	s.Title = t.chartTitle()
	return d.inline(s)
}

// goalSVG returns the bar of the year target without its label: the page has that as text, which is
// readable on small screens too.
func (d Document) goalSVG() (template.HTML, error) {
	if d.Goal == nil {
		return "", nil
	}
	g, s := *d.Goal, draw.Scene{ID: "goal", Title: d.Goal.Label}
	g.Label = ""
	s.H = g.draw(&s, 0, 0, chartWidth)
	return d.inline(s)
}

// inline returns a scene as part of the page, which sets its font and colours. All text in the SVG is
// escaped.
func (d Document) inline(s draw.Scene) (template.HTML, error) {
	s.W, s.Lang, s.PageFont = chartWidth, d.Lang, true
	var b strings.Builder
	err := s.SVG(&b)
	return template.HTML(b.String()), err
}
