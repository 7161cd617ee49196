package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// YearForm is what an initiative says of a year. Its figures are its own: nothing here checks
// them.
type YearForm struct {
	Initiative string
	Year       int
	Helped     int    // businesses helped in the year
	FromUs     int    // of those, came through us
	NotFromUs  int    // of those, did not; of the others it is not known
	WaitDays   *int   // usual wait from the first contact to the first help; nil: not said
	Remarks    string // up to longestRemark characters
}

// The layout of the form: a question in each row, its answer beside it.
const (
	formMark       = "digiwijzer year form 1"
	formMarkCell   = "C1"
	formInitiative = "B2"
	formYear       = "B4"
	firstFormRow   = 6
	answerColumn   = 2
)

// The limits on what is read of a form.
const (
	mostHelped    = 1_000_000
	longestWait   = 366
	longestRemark = 500
	largestForm   = 1 << 20 // bytes, unzipped ten times that
)

// formFields are the questions from firstFormRow on.
var formFields = []string{"helped", "from_us", "not_from_us", "wait_days", "remarks"}

// answer returns the cell of an answer.
func answer(field string) string {
	return at(answerColumn, firstFormRow+slices.Index(formFields, field))
}

// WriteYearForm writes the workbook in which an initiative fills in its year.
func WriteYearForm(w io.Writer, initiative string, year int, made time.Time, words Words) error {
	text := words.Text
	b := &book{file: excelize.NewFile()}
	defer b.file.Close() //nolint:errcheck // holds no file of its own once written
	b.styles()
	sheet := text("report.form.sheet")
	b.must(b.file.SetSheetName("Sheet1", sheet))
	b.str(sheet, 1, 1, text("report.form.title", "Initiative", words.value(disclosure.ByInitiative, initiative), "Year", strconv.Itoa(year)), b.style.title)
	b.must(b.file.SetCellStr(sheet, formMarkCell, formMark))
	for row, line := range [][2]string{{text("report.form.initiative"), initiative}, {text("report.form.name"), words.value(disclosure.ByInitiative, initiative)},
		{text("report.form.year"), strconv.Itoa(year)}} {
		b.str(sheet, 1, row+2, line[0], b.style.headerName)
		b.str(sheet, answerColumn, row+2, line[1], b.style.text)
	}
	unlocked, err := b.file.NewStyle(&excelize.Style{Protection: &excelize.Protection{Locked: false}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"},
		Border: []excelize.Border{{Type: "bottom", Style: 1, Color: "808080"}}})
	b.must(err)
	for i, field := range formFields {
		row := firstFormRow + i
		b.str(sheet, 1, row, text("report.form."+field), b.style.text)
		b.must(b.file.SetCellStyle(sheet, at(answerColumn, row), at(answerColumn, row), unlocked))
		b.must(b.file.SetRowHeight(sheet, row, 32))
	}
	b.must(b.file.SetRowHeight(sheet, firstFormRow+len(formFields)-1, 120))
	note := firstFormRow + len(formFields) + 1
	b.str(sheet, 1, note, text("report.form.note", "N", longestRemark), b.style.note)
	b.must(b.file.MergeCell(sheet, at(1, note), at(answerColumn, note)))
	b.must(b.file.SetRowHeight(sheet, note, 48))
	b.must(b.file.SetColWidth(sheet, "A", "B", 48))
	b.must(b.file.SetColVisible(sheet, "C", false))
	b.must(b.file.ProtectSheet(sheet, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true}))
	a4, one, fit := 9, 1, true
	b.must(b.file.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &a4, FitToWidth: &one, FitToHeight: &one}))
	b.must(b.file.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}))
	stamp := made.UTC().Format(time.RFC3339)
	b.must(b.file.SetDocProps(&excelize.DocProperties{Title: harmless(words.value(disclosure.ByInitiative, initiative)), Creator: "Digiwijzer", Language: words.Lang, Created: stamp, Modified: stamp}))
	if err := errors.Join(b.faults...); err != nil {
		return err
	}
	b.sortContentTypes()
	return b.file.Write(w)
}

// formReader collects the faults of a form, one for each cell.
type formReader struct {
	file   *excelize.File
	sheet  string
	words  Words
	faults []string
}

// ReadYearForm reads a form that was filled in. The error names every cell that is wrong, and
// what it must be.
func ReadYearForm(content []byte, words Words) (f YearForm, err error) {
	if len(content) > largestForm {
		return f, errors.New(words.Text("report.form.too_large"))
	}
	file, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{UnzipSizeLimit: 10 * largestForm, UnzipXMLSizeLimit: largestForm})
	if err != nil {
		return f, errors.New(words.Text("report.form.no_workbook"))
	}
	defer file.Close() //nolint:errcheck // was read from memory
	r := formReader{file: file, sheet: file.GetSheetList()[0], words: words}
	if r.value(formMarkCell) != formMark {
		return f, errors.New(words.Text("report.form.no_form"))
	}
	f = YearForm{Initiative: r.value(formInitiative), Year: r.number(formYear, 9999)}
	f.Helped, f.FromUs, f.NotFromUs = r.number(answer("helped"), mostHelped), r.number(answer("from_us"), mostHelped), r.number(answer("not_from_us"), mostHelped)
	if r.value(answer("wait_days")) != "" {
		days := r.number(answer("wait_days"), longestWait)
		f.WaitDays = &days
	}
	f.Remarks = r.value(answer("remarks"))
	if n := utf8.RuneCountInString(f.Remarks); n > longestRemark {
		r.fault(answer("remarks"), "report.form.too_long", "N", longestRemark)
	}
	if len(r.faults) == 0 && f.FromUs+f.NotFromUs > f.Helped {
		r.fault(answer("helped"), "report.form.too_many", "Helped", f.Helped, "Sum", f.FromUs+f.NotFromUs)
	}
	if len(r.faults) > 0 {
		return f, errors.New(strings.Join(r.faults, "; "))
	}
	return f, nil
}

func (r *formReader) fault(cell, id string, pairs ...any) {
	r.faults = append(r.faults, fmt.Sprintf("%s: %s", cell, r.words.Text(id, pairs...)))
}

// value returns what is in a cell. A formula is a fault: what it gives depends on the program
// that computed it last.
func (r *formReader) value(cell string) string {
	if formula, err := r.file.GetCellFormula(r.sheet, cell); err != nil || formula != "" {
		r.fault(cell, "report.form.formula")
		return ""
	}
	value, err := r.file.GetCellValue(r.sheet, cell, excelize.Options{RawCellValue: true})
	if err != nil {
		r.fault(cell, "report.form.number", "Value", "?", "Most", mostHelped)
	}
	return clean(strings.Join(strings.Fields(value), " "))
}

// number returns the whole number in a cell, from 0 to most.
func (r *formReader) number(cell string, most int) int {
	before := len(r.faults)
	value := r.value(cell)
	n, err := strconv.Atoi(value)
	switch {
	case len(r.faults) > before:
	case value == "":
		r.fault(cell, "report.form.empty", "Most", most)
	case err != nil || n < 0 || n > most:
		r.fault(cell, "report.form.number", "Value", shortened(value), "Most", most)
	}
	return n
}

// shortened returns at most twenty characters of what someone typed.
func shortened(value string) string {
	if runes := []rune(value); len(runes) > 20 {
		return string(runes[:20]) + "…"
	}
	return value
}

// yearForms adds what initiatives say of the year beside what was counted here.
func (r Rendering) yearForms(d *Document) {
	if len(r.Forms) == 0 || r.Told == nil || r.Told.Kind != figures.OneYear {
		return
	}
	text := r.Words.Text
	t := Table{ID: "year_forms", Title: text("report.form.table"), Bars: -1, Notes: []string{text("report.form.table_note")}}
	for _, id := range []string{"referred", "taken"} {
		t.Columns = append(t.Columns, Column{id, text("report.steps." + id)})
	}
	for _, id := range []string{"helped", "from_us", "not_from_us", "wait_days", "remarks"} {
		t.Columns = append(t.Columns, Column{id, text("report.form.column." + id)})
	}
	referred, taken := r.Told.Table(disclosure.ByInitiative, ""), r.Told.Table(disclosure.ByTaken, "")
	for _, f := range r.Forms {
		wait := Cell{Kind: Blank}
		if f.WaitDays != nil {
			wait = Cell{N: *f.WaitDays}
		}
		t.Rows = append(t.Rows, Row{ID: f.Initiative, Title: r.Words.value(disclosure.ByInitiative, f.Initiative),
			Cells: []Cell{r.shown(referred.Figure(f.Initiative)), r.shown(taken.Figure(f.Initiative)),
				{N: f.Helped}, {N: f.FromUs}, {N: f.NotFromUs}, wait, {Kind: Plain, Text: f.Remarks}}})
	}
	d.Sections = append(d.Sections, Section{Title: text("report.chapter.forms"), Text: []string{text("report.lead.forms")}, Tables: []Table{t}})
}
