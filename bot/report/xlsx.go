package report

import (
	"cmp"
	"errors"
	"io"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"digiwijzer/bot/style"
)

// XLSX writes a workbook: an overview of one page, a sheet per section with native charts, a
// sheet with all numbers, and a sheet with definitions and caveats. Every cell is a number or
// a plain string; there are no formulas.
func (d Document) XLSX(w io.Writer) error {
	b := &book{file: excelize.NewFile(), places: map[string]place{}}
	defer b.file.Close() //nolint:errcheck // holds no file of its own once written
	b.styles()
	overview := d.words.Text("report.sheet.overview")
	b.must(b.file.SetSheetName("Sheet1", sheetName(overview, 1)))
	for i, section := range d.Sections {
		b.section(section, i+2)
	}
	b.definitions(d, sheetName(d.words.Text("report.sheet.definitions"), len(d.Sections)+2))
	b.list(d, sheetName(d.words.Text("report.sheet.data"), len(d.Sections)+3))
	b.overview(d, sheetName(overview, 1))
	made := d.made.UTC().Format(time.RFC3339)
	b.must(b.file.SetDocProps(&excelize.DocProperties{Title: PlainText(d.Title), Creator: "Digiwijzer", Language: d.Lang, Created: made, Modified: made}))
	b.file.SetActiveSheet(0)
	if err := errors.Join(b.faults...); err != nil {
		return err
	}
	b.sortContentTypes()
	return b.file.Write(w)
}

// sortContentTypes sorts what excelize writes in the order of a map, so that the same figures give
// the same bytes.
func (b *book) sortContentTypes() {
	if types := b.file.ContentTypes; types != nil {
		all := types.Defaults
		sort.Slice(all, func(i, j int) bool { return all[i].Extension < all[j].Extension })
	}
}

// book builds a workbook and collects errors.
type book struct {
	file   *excelize.File
	faults []error
	places map[string]place // of each table, by id
	span   int              // number of columns that a note is merged over
	style  struct{ title, header, headerName, text, number, percent, strong, strongNumber, strongPercent, note, hidden, label, big, bigPercent, aside int }
}

// place is the position of a table: its sheet, the row of its header and the last row that
// is not a total.
type place struct {
	sheet       string
	first, last int
	table       Table
}

func (b *book) must(err error) {
	if err != nil {
		b.faults = append(b.faults, err)
	}
}

func (b *book) styles() {
	add := func(s excelize.Style) int {
		if s.Font == nil {
			s.Font = &excelize.Font{}
		}
		s.Font.Family = "Calibri"
		id, err := b.file.NewStyle(&s)
		b.must(err)
		return id
	}
	line := []excelize.Border{{Type: "bottom", Color: "C9D2DE", Style: 1}}
	right := &excelize.Alignment{Horizontal: "right", WrapText: true, Vertical: "top"}
	wrap := &excelize.Alignment{WrapText: true, Vertical: "top"}
	middle := &excelize.Alignment{Vertical: "center", WrapText: true, Indent: 1}
	band := excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DCE7EE"}}
	b.style.title = add(excelize.Style{Font: &excelize.Font{Bold: true, Size: 16, Color: hex(style.Ink)}})
	b.style.header = add(excelize.Style{Font: &excelize.Font{Bold: true}, Fill: band, Alignment: right, Border: line})
	b.style.headerName = add(excelize.Style{Font: &excelize.Font{Bold: true}, Fill: band, Alignment: wrap, Border: line})
	b.style.text = add(excelize.Style{Alignment: wrap, Border: line})
	b.style.number = add(excelize.Style{NumFmt: 3, Border: line})
	b.style.percent = add(excelize.Style{NumFmt: 9, Border: line})
	b.style.strong = add(excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: wrap, Border: line})
	b.style.strongNumber = add(excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: 3, Border: line})
	b.style.strongPercent = add(excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: 9, Border: line})
	b.style.hidden = add(excelize.Style{Font: &excelize.Font{Color: hex(style.Soft)}, Alignment: right, Border: line})
	b.style.note = add(excelize.Style{Font: &excelize.Font{Italic: true, Color: hex(style.Soft)}, Alignment: wrap})
	b.style.label = add(excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: middle, Border: line})
	b.style.aside = add(excelize.Style{Font: &excelize.Font{Color: hex(style.Soft)}, Alignment: middle, Border: line})
	big := excelize.Style{NumFmt: 3, Font: &excelize.Font{Bold: true, Size: 18, Color: hex(style.Act)}, Border: line,
		Alignment: &excelize.Alignment{Horizontal: "right", Vertical: "center"}}
	b.style.big = add(big)
	big.NumFmt = 9
	b.style.bigPercent = add(big)
}

// sheetName makes a title valid as the name of a sheet: at most 31 characters, without the forbidden
// ones; a title that is cut is followed by the number of the sheet.
func sheetName(title string, number int) string {
	title = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\'`, r) {
			return ' '
		}
		return r
	}, clean(title)), " ")
	if utf8.RuneCountInString(title) > 28 {
		title = string([]rune(title)[:25]) + " " + strconv.Itoa(number)
	}
	return title
}

func at(column, row int) string {
	name, _ := excelize.CoordinatesToCellName(column, row) // both come from loops from 1
	return name
}

func (b *book) str(sheet string, column, row int, text string, style int) {
	b.must(b.file.SetCellStr(sheet, at(column, row), PlainText(text)))
	b.must(b.file.SetCellStyle(sheet, at(column, row), at(column, row), style))
}

func (b *book) cell(sheet string, column, row int, c Cell, strong bool) {
	number, share := b.style.number, b.style.percent
	if strong {
		number, share = b.style.strongNumber, b.style.strongPercent
	}
	switch c.Kind {
	case Number:
		b.must(b.file.SetCellInt(sheet, at(column, row), int64(c.N)))
		b.must(b.file.SetCellStyle(sheet, at(column, row), at(column, row), number))
	case Percent:
		b.must(b.file.SetCellFloat(sheet, at(column, row), float64(c.N)/100, 2, 64))
		b.must(b.file.SetCellStyle(sheet, at(column, row), at(column, row), share))
	case Plain:
		b.str(sheet, column, row, c.Text, b.style.text)
	case Untold, Below, Least, Blank:
		b.str(sheet, column, row, c.String(), b.style.hidden)
	}
}

const (
	chartRows  = 21 // height of a chart, in rows
	nameColumn = 38 // width of the first column, in characters

	numberColumn = 13
	textColumn   = 24

	definitionColumn = 100
	lineHeight       = 15.0 // in points
)

// section writes the tables of a section, each with its chart to the right. The title and
// the first column are frozen, and the header of the first table if there is no text.
func (b *book) section(s Section, number int) {
	sheet := sheetName(cmp.Or(s.Tab, s.Title), number)
	_, err := b.file.NewSheet(sheet)
	b.must(err)
	b.str(sheet, 1, 1, s.Title, b.style.title)
	row, widest := 2, 4
	for _, t := range s.Tables {
		widest = max(widest, len(t.Columns))
	}
	b.span = widest + 1
	for _, line := range s.Text {
		b.wide(sheet, row, line)
		row++
	}
	frozen := 1
	if len(s.Text) == 0 {
		frozen = 2
	}
	for _, t := range s.Tables {
		row = b.table(sheet, row, t, widest+3)
	}
	b.must(b.file.SetColWidth(sheet, "A", "A", nameColumn))
	last, _ := excelize.ColumnNumberToName(widest + 1)
	b.must(b.file.SetColWidth(sheet, "B", last, columnWidth(s)))
	b.must(b.file.SetPanes(sheet, &excelize.Panes{Freeze: true, XSplit: 1, YSplit: frozen, TopLeftCell: at(2, frozen+1), ActivePane: "bottomRight"}))
	b.landscape(sheet)
}

// columnWidth returns the width of the columns next to the names.
func columnWidth(s Section) float64 {
	for _, t := range s.Tables {
		if t.Wide {
			return textColumn
		}
	}
	return numberColumn
}

// linesIn returns how many lines a text takes in a column.
func linesIn(text string, width int) int { return 1 + utf8.RuneCountInString(text)/width }

// height returns the height of a row whose texts wrap.
func (row Row) height() float64 {
	lines := linesIn(row.Title, nameColumn-4)
	for _, c := range row.Cells {
		if c.Kind == Plain {
			lines = max(lines, linesIn(c.Text, textColumn-3))
		}
	}
	return lineHeight * float64(lines)
}

// wide writes a text in a cell merged over b.span columns.
func (b *book) wide(sheet string, row int, text string) {
	b.must(b.file.MergeCell(sheet, at(1, row), at(b.span, row)))
	b.str(sheet, 1, row, text, b.style.note)
	letters := nameColumn + numberColumn*(b.span-1)
	b.must(b.file.SetRowHeight(sheet, row, 15*float64(1+utf8.RuneCountInString(text)/letters)))
}

// table writes a table and returns the next free row.
func (b *book) table(sheet string, row int, t Table, chartColumn int) int {
	top := row
	b.str(sheet, 1, row, t.Title, b.style.headerName)
	b.must(b.file.SetRowHeight(sheet, row, t.headerHeight()))
	for i, column := range t.Columns {
		b.str(sheet, i+2, row, column.Title, b.style.header)
	}
	last := row
	for _, line := range t.NonZeroRows() {
		row++
		style := b.style.text
		if line.Total {
			style = b.style.strong
		} else {
			last = row
		}
		b.str(sheet, 1, row, line.Title, style)
		b.must(b.file.SetRowHeight(sheet, row, line.height()))
		for i, c := range line.Cells {
			b.cell(sheet, i+2, row, c, line.Total)
		}
	}
	b.places[t.ID] = place{sheet, top, last, t}
	for _, note := range t.Notes {
		row++
		b.wide(sheet, row, note)
	}
	if b.chart(b.places[t.ID], sheet, at(chartColumn, top)) {
		row = max(row, top+chartRows)
	}
	return row + 2
}

// chart adds a native chart of a table to a sheet.
func (b *book) chart(p place, sheet, cell string) bool {
	t := p.table
	if t.Bars < 0 || p.last <= p.first || t.chartless() {
		return false
	}
	kind, axis := excelize.Bar, true
	if t.Upright {
		kind, axis = excelize.Col, false
	}
	column, _ := excelize.ColumnNumberToName(t.Bars + 2)
	span := func(column string) string {
		return "'" + p.sheet + "'!$" + column + "$" + strconv.Itoa(p.first+1) + ":$" + column + "$" + strconv.Itoa(min(p.last, p.first+maxBars*4))
	}
	b.must(b.file.AddChart(sheet, cell, &excelize.Chart{
		Type: kind,
		Series: []excelize.ChartSeries{{Name: "'" + p.sheet + "'!$" + column + "$" + strconv.Itoa(p.first), Categories: span("A"), Values: span(column),
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{hex(style.Act)}}}},
		Title:     excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: PlainText(t.chartTitle())}}},
		Legend:    excelize.ChartLegend{Position: "none"},
		Dimension: excelize.ChartDimension{Width: 560, Height: 320},
		XAxis:     excelize.ChartAxis{ReverseOrder: axis, Font: excelize.Font{Color: hex(style.Ink), Size: 10}},
		YAxis:     excelize.ChartAxis{None: true},
		PlotArea:  excelize.ChartPlotArea{ShowVal: true},
		Format:    excelize.GraphicOptions{AltText: PlainText(t.chartTitle())},
	}))
	return true
}

// headerHeight returns the height of the header in points, for its longest column title.
func (t Table) headerHeight() float64 {
	lines := 1
	for _, c := range t.Columns {
		lines = max(lines, 1+utf8.RuneCountInString(c.Title)/12)
	}
	return 15.5 * float64(min(lines, 5))
}

// chartless reports whether the column of the chart has only zeros.
func (t Table) chartless() bool {
	for _, row := range t.Rows {
		if !row.Total && row.Cells[t.Bars].Kind == Number && row.Cells[t.Bars].N > 0 {
			return false
		}
	}
	return true
}

// overview writes the first sheet: key figures, caveats and the main charts.
func (b *book) overview(d Document, sheet string) {
	b.str(sheet, 1, 1, d.Title, b.style.title)
	b.span = 8
	row := 3
	for _, f := range d.Figures {
		b.str(sheet, 1, row, f.Label, b.style.label)
		if n, err := strconv.Atoi(f.Value); err == nil {
			b.must(b.file.SetCellInt(sheet, at(2, row), int64(n)))
		} else if n, err := strconv.Atoi(strings.TrimSuffix(f.Value, "%")); err == nil {
			b.must(b.file.SetCellFloat(sheet, at(2, row), float64(n)/100, 2, 64))
		}
		style := b.style.big
		if strings.HasSuffix(f.Value, "%") {
			style = b.style.bigPercent
		}
		b.must(b.file.SetCellStyle(sheet, at(2, row), at(2, row), style))
		b.must(b.file.MergeCell(sheet, at(3, row), at(8, row)))
		b.str(sheet, 3, row, f.Note, b.style.aside)
		b.must(b.file.SetCellStyle(sheet, at(3, row), at(8, row), b.style.aside))
		b.must(b.file.SetRowHeight(sheet, row, 30))
		row++
	}
	row++
	if d.Goal != nil {
		b.wide(sheet, row, d.Goal.Label)
		row++
	}
	for _, note := range d.remarks() {
		b.wide(sheet, row, note)
		row++
	}
	row++
	for _, id := range []string{"weeks", "referrals", "quadrant", "obstacle"} {
		if p, ok := b.places[id]; ok && b.chart(p, sheet, at(1, row)) {
			row += chartRows
		}
	}
	b.must(b.file.SetColWidth(sheet, "A", "A", nameColumn))
	b.must(b.file.SetColWidth(sheet, "B", "H", numberColumn))
	fit, one := true, 1
	b.must(b.file.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}))
	paper, orientation := paperA4, "portrait"
	b.must(b.file.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: &orientation, Size: &paper, FitToWidth: &one, FitToHeight: &one}))
	b.footer(sheet)
	hide := false
	b.must(b.file.SetSheetView(sheet, 0, &excelize.ViewOptions{ShowGridLines: &hide}))
}

// list writes every number in a row of its own, for sorting and filtering.
func (b *book) list(d Document, sheet string) {
	_, err := b.file.NewSheet(sheet)
	b.must(err)
	for i, name := range header {
		b.str(sheet, i+1, 1, name, b.style.header)
	}
	row := 1
	for _, section := range d.Sections {
		for _, t := range section.Tables {
			for _, line := range t.Rows {
				for i, c := range line.Cells {
					row++
					_, unit := c.plain()
					for j, text := range []string{t.ID, line.ID, t.Columns[i].ID, "", unit, t.Title, line.Title, t.Columns[i].Title} {
						if j == 3 {
							b.cell(sheet, j+1, row, c, false)
							continue
						}
						b.must(b.file.SetCellStr(sheet, at(j+1, row), PlainText(text)))
					}
				}
			}
		}
	}
	b.must(b.file.SetColWidth(sheet, "A", "E", 18))
	b.must(b.file.SetColWidth(sheet, "F", "H", 34))
	b.must(b.file.AutoFilter(sheet, "A1:H"+strconv.Itoa(max(row, 2)), nil))
	b.must(b.file.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	b.landscape(sheet)
}

// definitions writes the last sheet: the meaning of the terms, and the caveats.
func (b *book) definitions(d Document, sheet string) {
	_, err := b.file.NewSheet(sheet)
	b.must(err)
	b.str(sheet, 1, 1, d.words.Text("report.sheet.definitions"), b.style.title)
	row := 3
	for _, definition := range d.Definitions {
		b.str(sheet, 1, row, definition.Term, b.style.strong)
		b.str(sheet, 2, row, definition.Text, b.style.text)
		b.must(b.file.SetRowHeight(sheet, row, lineHeight*float64(linesIn(definition.Text, definitionColumn-8))))
		row++
	}
	row++
	for _, note := range d.remarks() {
		b.str(sheet, 2, row, note, b.style.text)
		b.must(b.file.SetRowHeight(sheet, row, lineHeight*float64(linesIn(note, definitionColumn-8))))
		row++
	}
	b.must(b.file.SetColWidth(sheet, "A", "A", nameColumn))
	b.must(b.file.SetColWidth(sheet, "B", "B", definitionColumn))
	b.landscape(sheet)
}

func (b *book) landscape(sheet string) {
	orientation, paper, one, many, fit := "landscape", paperA4, 1, 0, true
	b.must(b.file.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}))
	b.must(b.file.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: &orientation, Size: &paper, FitToWidth: &one, FitToHeight: &many}))
	b.footer(sheet)
}

// paperA4 is the code of A4 in a workbook.
const paperA4 = 9

// footer numbers the printed pages.
func (b *book) footer(sheet string) {
	b.must(b.file.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{OddFooter: "&L&A&R&P / &N"}))
}

// hex returns a colour as a workbook writes it: "1F6F8B".
func hex(c style.Color) string { return strings.ToUpper(c.Hex()[1:]) }
