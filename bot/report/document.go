package report

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"digiwijzer/store/figures/disclosure"
)

// Document is a report in words and numbers, independent of the format.
type Document struct {
	Lang        string
	ID          string // file name without extension: digiwijzer-2026-W47
	Title       string
	Figures     []Figure // key figures: those of the weeks, then the released ones
	ofWeeks     int      // how many of Figures are about the weeks
	Goal        *Goal    // the year target, as a bar
	Warning     string   // why the figures may be wrong, shown prominently; mostly empty
	Sections    []Section
	Notes       []string // caveats to all figures
	Definitions []Definition
	Nav         []Link   // navigation, in a browser only
	Sentences   []string // summary of a closed span
	made        time.Time
	footnotes   []string // those of Notes that are shown under the sentences
	words       Words
}

// Link is a link to another page.
type Link struct{ Text, Href string }

// Figure is a key figure.
type Figure struct {
	Label, Value, Note string
}

// Goal is how far a target has been reached, and how far it would be at an even pace.
type Goal struct {
	Label, Even       string // Even is the label of the mark at an even pace
	N, Expected, Goal int
}

// Definition explains a word.
type Definition struct{ Term, Text string }

// Section is a part of the report.
type Section struct {
	Title  string
	Tab    string // shorter title for the tab of a sheet; empty: Title
	Page   bool   // begins on a new page in print
	Text   []string
	Tables []Table
}

// Table is a table with named rows and columns. Bars is the column drawn as a chart;
// negative: none.
type Table struct {
	ID      string // stable: the dimensions, or what is counted
	Title   string
	Columns []Column
	Rows    []Row
	Notes   []string
	Bars    int
	Upright bool // the chart has vertical bars
	Wide    bool // its cells hold texts

	chartHeight float64 // 0: the usual height
}

// Column is the heading of a column of numbers.
type Column struct{ ID, Title string }

// Row is a row of a table.
type Row struct {
	ID, Title string
	Cells     []Cell
	Total     bool
	ZerosOnly bool // left out for readers, kept in CSV and in the sheet of all numbers
}

// Cell is a number or the reason why there is none.
type Cell struct {
	N    int
	Kind CellKind
	Text string // of a cell without a number
}

// CellKind is what a cell holds.
type CellKind int

// The kinds of cells.
const (
	Number  CellKind = iota
	Percent          // N is a whole percentage
	Untold           // not released, so that nobody is recognisable
	Blank            // too few for a percentage
	Below            // N is an exclusive upper bound
	Least            // N is a lower bound
	Plain            // text
)

// untoldMark is shown for a cell that is not released.
const untoldMark = "·"

func (c Cell) String() string {
	switch c.Kind {
	case Percent:
		return strconv.Itoa(c.N) + "%"
	case Untold:
		return untoldMark
	case Below, Least, Plain:
		return c.Text
	case Blank:
		return c.Text
	}
	return strconv.Itoa(c.N)
}

// Told returns the key figures of a closed span, without those of its weeks.
func (d Document) Told() []Figure { return d.Figures[d.ofWeeks:] }

// NonZeroRows returns the rows that readers are shown.
func (t Table) NonZeroRows() []Row {
	return slices.DeleteFunc(slices.Clone(t.Rows), func(row Row) bool { return row.ZerosOnly })
}

// remarks returns the notes, the warning first, for formats without a better place for it.
func (d Document) remarks() []string {
	if d.Warning == "" {
		return unique(d.Notes)
	}
	return unique(append([]string{d.Warning}, d.Notes...))
}

// Document renders the report in words.
func (r Rendering) Document() Document {
	d := Document{Lang: r.Words.Lang, Warning: r.Warning(), made: r.Made, words: r.Words}
	if r.Trend != nil || r.Use != nil {
		r.weekly(&d)
	}
	d.ofWeeks = len(d.Figures)
	if r.Told != nil {
		r.told(&d)
	}
	if r.Offer != nil && (r.Told != nil || r.Pending != nil) {
		r.initiatives(&d)
		r.whiteSpots(&d)
	}
	if r.Level == disclosure.Accountable {
		mark := r.Words.Text("report.accountable")
		d.ID, d.Title, d.Notes = d.ID+"-"+string(r.Level), d.Title+" – "+r.Words.Text("report.keep"), append([]string{mark}, d.Notes...)
	}
	if r.Invented {
		mark := r.Words.Text("dashboard.invented")
		d.ID, d.Title, d.Notes = "demo-"+d.ID, mark+": "+d.Title, append([]string{mark}, d.Notes...)
	}
	if r.Pending != nil {
		d.Notes = append(d.Notes, r.Words.Text("report.pending", "Period", string(r.Pending.Span), "Day", r.day(string(r.Pending.Settles))))
	}
	d.Notes = append(d.Notes, r.Words.Text("report.own_words"))
	d.footnotes = r.footnotes()
	for _, term := range []string{"started", "completed", "target", "repeat", "referral", "mention", "gap", "stopped", "waiting", "duration",
		"near", "readiness", "impact", "dii", "rounded", "percent", "week"} {
		d.Definitions = append(d.Definitions, Definition{r.Words.Text("report.term." + term), r.Words.Text("report.define." + term)})
	}
	return d
}

// day formats a date for people: 30-1-2027.
func (r Rendering) day(date string) string {
	parts := strings.Split(date, "-")
	if len(parts) != 3 {
		return date
	}
	return strings.TrimLeft(parts[2], "0") + "-" + strings.TrimLeft(parts[1], "0") + "-" + parts[0]
}

// number formats a whole number with the separator of the language.
func (r Rendering) number(n int) string {
	s, sign := strconv.Itoa(n), ","
	if r.Words.Lang == "nl" {
		sign = "."
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + sign + s[i:]
	}
	return s
}

// percent formats a whole percentage with its sign.
func percent(n, of int) string { return strconv.Itoa((n*100+of/2)/of) + "%" }
