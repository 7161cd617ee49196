// Package report gives the figures of the working group the forms in which people
// read them. It reckons nothing but percentages: what it shows was counted, protected
// and summed elsewhere. Every form is written from one Document.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"

	"digiwijzer/store/figures"
)

// Format is a form a report can take.
type Format string

// The forms.
const (
	Text Format = "table" // for a terminal or a mail
	CSV  Format = "csv"   // one row per number, RFC 4180
	XLSX Format = "xlsx"  // a workbook with charts
	JSON Format = "json"  // see docs/report-schema.json
	HTML Format = "html"  // one page that needs nothing else
	SVG  Format = "svg"   // the charts
	PNG  Format = "png"   // one picture of the main figures
)

// Report is what a report shows: the weeks, a quarter, or both.
type Report struct {
	Weekly  *Weekly
	Quarter *figures.Quarterly
	Pending *figures.Open // the quarter asked for is not closed yet
	Others  []Other       // the reach of other initiatives, to show beside
	// Invented says that nothing of it was counted: the figures of a demo, marked as such in
	// every form.
	Invented bool
	Words    Words
}

// Weekly is what the weekly part shows.
type Weekly struct {
	Report   figures.Report
	Before   figures.Weekly // totals of the period of the same length before it
	LastYear figures.Weekly // totals of the same weeks a year earlier
	Progress figures.Progress
	Running  string // the week that is not over yet; empty: none of them
}

// Words gives what a report says in its language. An id without a name is shown itself.
type Words struct {
	Lang       string
	Text       func(id string, pairs ...any) string
	Has        func(id string) bool
	Initiative func(id string) string
	Partner    func(code string) string
}

// Write writes the report in a form. An unknown form is an error.
func (r Report) Write(w io.Writer, f Format) error {
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

func (r Report) json(w io.Writer) error {
	type quarter struct {
		Quarter  *figures.Quarterly `json:"quarter,omitempty"`
		Pending  *figures.Open      `json:"pending,omitempty"`
		Invented bool               `json:"invented,omitempty"`
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if r.Weekly == nil {
		return encoder.Encode(quarter{r.Quarter, r.Pending, r.Invented})
	}
	return encoder.Encode(struct {
		figures.Report
		Before   figures.Weekly   `json:"before"`
		LastYear figures.Weekly   `json:"last_year"`
		Progress figures.Progress `json:"progress"`
		quarter
	}{r.Weekly.Report, r.Weekly.Before, r.Weekly.LastYear, r.Weekly.Progress, quarter{r.Quarter, r.Pending, r.Invented}})
}

// value is the name of a value of a dimension.
func (w Words) value(d figures.Dimension, value string) string {
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
	case figures.ByPartner:
		return clean(w.Partner(value))
	case figures.ByInitiative, figures.ByTaken:
		return clean(w.Initiative(value))
	}
	return clean(value)
}

// group is the name of a row or column: its values.
func (w Words) group(d figures.Dimension, g figures.Group) string {
	names := make([]string, len(g))
	for i, value := range g {
		names[i] = w.value(d, value)
	}
	if len(names) > 3 {
		return w.Text("report.others", "Count", len(names))
	}
	return strings.Join(names, " + ")
}

// clean drops what could steer a terminal or break a line: names come from people.
func clean(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, name)
}
