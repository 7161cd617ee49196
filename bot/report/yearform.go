package report

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// YearForm is what an initiative reports about a year.
type YearForm = figures.YearForm

// The layout of the form: a question in each row, its answer next to it.
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
	longestRemark = 500     // characters
	largestForm   = 1 << 20 // bytes, unzipped ten times that
)

// formFields are the questions from firstFormRow on, in order. Each has a text "report.form.<field>".
var formFields = []string{"helped", "from_us", "not_from_us", "wait_days", "remarks"}

// cellOf returns the cell of an answer or of the year.
func cellOf(field string) string {
	if field == "year" {
		return formYear
	}
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
	b.str(sheet, 1, note, FormNote(words), b.style.note)
	b.must(b.file.MergeCell(sheet, at(1, note), at(answerColumn, note)))
	b.must(b.file.SetRowHeight(sheet, note, 48))
	b.must(b.file.SetColWidth(sheet, "A", "B", 48))
	b.must(b.file.SetColVisible(sheet, "C", false))
	b.must(b.file.ProtectSheet(sheet, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true}))
	a4, one, fit := 9, 1, true
	b.must(b.file.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &a4, FitToWidth: &one, FitToHeight: &one}))
	b.must(b.file.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}))
	stamp := made.UTC().Format(time.RFC3339)
	b.must(b.file.SetDocProps(&excelize.DocProperties{Title: PlainText(words.value(disclosure.ByInitiative, initiative)), Creator: "Digiwijzer", Language: words.Lang, Created: stamp, Modified: stamp}))
	if err := errors.Join(b.faults...); err != nil {
		return err
	}
	b.sortContentTypes()
	return b.file.Write(w)
}

// answers reads the answers of a form, in the same way for a workbook and a page.
type answers struct {
	words Words
	// value returns the answer in a field; ok is false if it is invalid in itself.
	value func(field string) (text string, ok bool)
	// fault records what is wrong with a field.
	fault  func(field, text string)
	faulty bool
}

// form reads the answers of a whole form.
func (a *answers) form() (f YearForm) {
	f.Helped, f.FromUs, f.NotFromUs = a.number("helped", mostHelped), a.number("from_us", mostHelped), a.number("not_from_us", mostHelped)
	if text, ok := a.value("wait_days"); text != "" || !ok {
		days := a.number("wait_days", longestWait)
		f.WaitDays = &days
	}
	f.Remarks, _ = a.value("remarks")
	if utf8.RuneCountInString(f.Remarks) > longestRemark {
		a.wrong("remarks", "too_long", "N", longestRemark)
	} else if reachable.MatchString(f.Remarks) {
		a.wrong("remarks", "personal")
	}
	if !a.faulty && f.FromUs+f.NotFromUs > f.Helped {
		a.wrong("helped", "too_many", "Helped", f.Helped, "Sum", f.FromUs+f.NotFromUs)
	}
	return f
}

// reachable matches an e-mail address, and a telephone number of nine digits or more.
var reachable = regexp.MustCompile(`\S@\S|(?:\d[ ().-]{0,3}){8}\d`)

func (a *answers) wrong(field, id string, pairs ...any) {
	a.faulty = true
	a.fault(field, a.words.Text("report.form."+id, pairs...))
}

// digitsOnly matches a number as the form requests it: digits only.
var digitsOnly = regexp.MustCompile(`^[0-9]{1,9}$`)

// number returns the whole number in a field, from 0 to most.
func (a *answers) number(field string, most int) int {
	text, ok := a.value(field)
	if !ok {
		a.faulty = true
		return 0
	}
	if text == "" {
		a.wrong(field, "empty", "Most", most)
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || !digitsOnly.MatchString(text) || n > most {
		a.wrong(field, "number", "Value", shortened(text), "Most", most)
	}
	return n
}

// oneLine returns what someone typed as one line without control characters.
func oneLine(typed string) string {
	return clean(strings.Join(strings.Fields(strings.ToValidUTF8(typed, "")), " "))
}

// FormField is a question of the year form, for a page.
type FormField struct {
	Name string // of the field: "helped"
	Text string // the question
	Long bool   // requires text instead of a number
	Most int    // characters
}

// FormFields returns the questions of the year form in order.
func FormFields(words Words) (all []FormField) {
	for _, name := range formFields {
		f := FormField{Name: name, Text: words.Text("report.form." + name), Most: len("1000000")}
		if name == "remarks" {
			f.Long, f.Most = true, longestRemark
		}
		all = append(all, f)
	}
	return all
}

// FormNote returns how the year form is filled in.
func FormNote(words Words) string { return words.Text("report.form.note", "N", longestRemark) }

// ReadYearAnswers reads a year form that was filled in on a page, just as ReadYearForm reads a
// workbook. typed returns the value of a field of FormFields; faults maps a field to what is wrong.
// The caller adds the initiative and the year.
func ReadYearAnswers(typed func(field string) string, words Words) (f YearForm, faults map[string]string) {
	faults = map[string]string{}
	a := answers{words: words,
		value: func(field string) (string, bool) { return oneLine(typed(field)), true },
		fault: func(field, text string) { faults[field] = text }}
	return a.form(), faults
}

// YearAnswers returns the answers of a form by field, as they are typed.
func YearAnswers(f YearForm) map[string]string {
	typed := map[string]string{"helped": strconv.Itoa(f.Helped), "from_us": strconv.Itoa(f.FromUs), "not_from_us": strconv.Itoa(f.NotFromUs), "remarks": f.Remarks}
	if f.WaitDays != nil {
		typed["wait_days"] = strconv.Itoa(*f.WaitDays)
	}
	return typed
}

// ReadYearForm reads a workbook that was filled in. The error lists every invalid cell, and what it
// must be.
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
	if mark, _ := r.value(formMarkCell); mark != formMark {
		return f, errors.New(words.Text("report.form.no_form"))
	}
	a := answers{words: words, value: func(field string) (string, bool) { return r.value(cellOf(field)) },
		fault: func(field, text string) { r.fault(cellOf(field), text) }}
	year := a.number("year", 9999)
	f = a.form()
	f.Year = year
	f.Initiative, _ = r.value(formInitiative)
	if len(r.faults) > 0 {
		return f, errors.New(strings.Join(r.faults, "; "))
	}
	return f, nil
}

// formReader reads the cells of a form and collects their faults, one for each.
type formReader struct {
	file   *excelize.File
	sheet  string
	words  Words
	faults []string
}

func (r *formReader) fault(cell, text string) {
	if line := cell + ": " + text; !slices.Contains(r.faults, line) {
		r.faults = append(r.faults, line)
	}
}

// value returns what is in a cell. A formula is a fault: its value depends on the program that
// computed it last.
func (r *formReader) value(cell string) (text string, ok bool) {
	if formula, err := r.file.GetCellFormula(r.sheet, cell); err != nil || formula != "" {
		r.fault(cell, r.words.Text("report.form.formula"))
		return "", false
	}
	value, err := r.file.GetCellValue(r.sheet, cell, excelize.Options{RawCellValue: true})
	if err != nil {
		r.fault(cell, r.words.Text("report.form.number", "Value", "?", "Most", mostHelped))
		return "", false
	}
	return oneLine(value), true
}

// shortened returns at most twenty characters of what someone typed.
func shortened(value string) string {
	if runes := []rune(value); len(runes) > 20 {
		return string(runes[:20]) + "…"
	}
	return value
}

// yearForms adds what initiatives report about the year next to what was counted here.
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
