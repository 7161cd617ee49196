// Package report renders figures as text, CSV, XLSX, JSON, HTML, SVG, PNG or PDF. It computes only
// percentages and differences: counting and rounding is done in package figures. Every format but
// JSON is written from one Document; PNG and PDF are one page: of a closed span at most five sentences
// and a chart, of weeks the key figures and the first charts.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// Format is a file format of a report.
type Format string

// The formats.
const (
	Text  Format = "table"  // plain text, for a terminal or a mail
	CSV   Format = "csv"    // one row per number, RFC 4180
	CSVNL Format = "csv-nl" // the same as Dutch spreadsheets read it: semicolon, decimal comma, byte order mark
	XLSX  Format = "xlsx"   // a workbook with charts
	JSON  Format = "json"   // see docs/report-schema.json
	HTML  Format = "html"   // one self-contained page
	SVG   Format = "svg"    // the charts
	PNG   Format = "png"    // one page: sentences and a chart
	PDF   Format = "pdf"    // the same, to print
)

// extensions are the formats by the extension of a file name.
var extensions = map[string]Format{"txt": Text, "csv": CSV, "xlsx": XLSX, "json": JSON, "html": HTML, "htm": HTML,
	"svg": SVG, "png": PNG, "pdf": PDF}

// FormatOf returns the format of a file with an extension such as "xlsx".
func FormatOf(extension string) (f Format, known bool) {
	f, known = extensions[extension]
	return f, known
}

// Extensions lists the extensions that FormatOf knows, for people.
func Extensions() string {
	var all []string
	for extension := range extensions {
		all = append(all, "."+extension)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// Binary reports whether a file of the format is not text, and so cannot be shown on a terminal.
func (f Format) Binary() bool { return f == XLSX || f == PNG || f == PDF }

// Rendering is a report with what is needed to show it.
type Rendering struct {
	figures.Report
	// History are the closed quarters up to the end of the period, the oldest first, to show how the
	// figures develop.
	History []figures.Told
	Since   string     // the first ISO week in which anything was counted; empty: unknown
	Offer   *Offer     // what the initiatives offer; nil: left out
	Foreign []Foreign  // figures of other initiatives, for comparison
	Forms   []YearForm // what initiatives report about the year; shown with a year only
	Made    time.Time  // the day on which the report is made: the date in files
	Words   Words
}

// Words returns the texts and names of a report in its language. An id without a name is its own
// name.
type Words struct {
	Lang       string
	Text       func(id string, pairs ...any) string
	Has        func(id string) bool
	Initiative func(id string) string
	Partner    func(code string) string
	Place      func(code string) string // name of a municipality
	// Values returns the values that a dimension can have according to the questions, the region and
	// the catalogue; nil: unknown.
	Values func(d disclosure.Dimension) []string
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
	case CSVNL:
		return d.DutchCSV(w)
	case XLSX:
		return d.XLSX(w)
	case HTML:
		return d.HTML(w)
	case SVG:
		return d.SVG(w)
	case PNG:
		return d.PNG(w)
	case PDF:
		return d.PDF(w)
	}
	return fmt.Errorf("%q is not a format of a report", f)
}

func (r Rendering) json(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r.Report)
}

// value returns the name of a value of a dimension, or of several that share a row.
func (w Words) value(d disclosure.Dimension, value string) string {
	if values := strings.Split(value, disclosure.PoolSign); len(values) > 1 {
		for i, one := range values {
			values[i] = w.value(d, one)
		}
		return strings.Join(values, disclosure.PoolSign)
	}
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

// clean removes control and format characters, which could control a terminal or break a line: names
// are written by people.
func clean(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, name)
}
