// Package report renders figures as text, CSV, XLSX, JSON, HTML, SVG or PNG. It computes
// only percentages: what it shows was counted, and rounded where need be, in package figures. Every form
// but JSON is written from one Document.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"

	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// Format is a file format of a report.
type Format string

// The formats.
const (
	Text Format = "table" // plain text, for a terminal or a mail
	CSV  Format = "csv"   // one row per number, RFC 4180
	XLSX Format = "xlsx"  // a workbook with charts
	JSON Format = "json"  // see docs/report-schema.json
	HTML Format = "html"  // one self-contained page
	SVG  Format = "svg"   // the charts
	PNG  Format = "png"   // one picture of the main figures
)

// Rendering is a report with what is needed to show it.
type Rendering struct {
	figures.Report
	Foreign []Foreign // figures of other initiatives, for comparison
	Words   Words
}

// Words returns the texts and names of a report in its language. An id without a name is
// its own name.
type Words struct {
	Lang       string
	Text       func(id string, pairs ...any) string
	Has        func(id string) bool
	Initiative func(id string) string
	Partner    func(code string) string
}

// Write writes the report in a format. It returns an error for an unknown format.
func (r Rendering) Write(w io.Writer, f Format) error {
	if f == JSON {
		return r.json(w)
	}
	d := r.Document()
	switch f {
	case Text:
		return d.Text(w)
	case CSV:
		return d.CSV(w)
	case XLSX:
		return d.XLSX(w)
	case HTML:
		return d.HTML(w)
	case SVG:
		return d.SVG(w)
	case PNG:
		return d.PNG(w)
	}
	return fmt.Errorf("%q is no form of a report", f)
}

func (r Rendering) json(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r.Report)
}

// value returns the name of a value of a dimension.
func (w Words) value(d disclosure.Dimension, value string) string {
	key := strings.ReplaceAll(value, " ", "_")
	if value == "" {
		key = "empty"
	}
	for _, id := range []string{"report.value." + string(d) + "." + key, "option." + string(d) + "." + key,
		"quadrant." + key + ".title", "report.value." + key} {
		if w.Has(id) {
			return w.Text(id)
		}
	}
	switch d {
	case disclosure.ByPartner:
		return clean(w.Partner(value))
	case disclosure.ByInitiative, disclosure.ByTaken:
		return clean(w.Initiative(value))
	case disclosure.ByHindrance:
		return w.value(disclosure.ByObstacle, value) // the same answers
	}
	return clean(value)
}

// clean removes control and format characters, which could steer a terminal or break a
// line: names are written by people.
func clean(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, name)
}
