package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// header is the first line in every language, so that programs can read it.
var header = []string{"table", "row", "column", "value", "unit", "title", "row_title", "column_title"}

// CSV writes a line for every number (RFC 4180). The first three columns are stable names, the
// last three are titles in the language of the report. A number that is not released has an empty
// value and the unit "untold"; one of which only an upper bound is known, "below".
func (d Document) CSV(w io.Writer) error { return d.csv(w, csv.NewWriter(w), plainNumber) }

// byteOrderMark makes a spreadsheet read a file as UTF-8.
const byteOrderMark = "\ufeff"

// DutchCSV writes the same for spreadsheets with Dutch settings: fields separated by semicolons, a
// decimal comma and a byte order mark.
func (d Document) DutchCSV(w io.Writer) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.Comma = ';'
	return d.csv(w, out, func(number string) string { return strings.Replace(number, ".", ",", 1) })
}

func plainNumber(number string) string { return number }

func (d Document) csv(w io.Writer, out *csv.Writer, number func(string) string) error {
	out.UseCRLF = true
	if err := out.Write(header); err != nil {
		return err
	}
	for _, section := range d.Sections {
		for _, t := range section.Tables {
			for _, row := range t.Rows {
				for i, cell := range row.Cells {
					column := t.Columns[i]
					value, unit := cell.plain()
					line := []string{t.ID, row.ID, column.ID, value, unit, t.Title, row.Title, column.Title}
					for i := range line {
						line[i] = PlainText(line[i])
					}
					if cell.Kind == Number || cell.Kind == Percent {
						line[3] = number(value)
					}
					if err := out.Write(line); err != nil {
						return err
					}
				}
			}
		}
	}
	for _, note := range d.remarks() {
		if err := out.Write([]string{"note", "", "", "", "", PlainText(note), "", ""}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// The units of cells without a number.
const (
	untoldUnit = "untold"
	belowUnit  = "below"
	leastUnit  = "least"
)

// plain returns the number of a cell and its unit.
func (c Cell) plain() (value, unit string) {
	switch c.Kind {
	case Percent:
		return strconv.Itoa(c.N), "percent"
	case Untold:
		return "", untoldUnit
	case Below:
		return "", belowUnit
	case Least:
		return strconv.Itoa(c.N), leastUnit
	case Blank:
		return "", "none"
	case Plain:
		return c.Text, "text"
	}
	return strconv.Itoa(c.N), "count"
}

// PlainText returns text for a spreadsheet: without control characters, and such that no program
// evaluates it as a formula, which quoting does not prevent
// (https://owasp.org/www-community/attacks/CSV_Injection). Text that could start a formula, also after
// spaces or quotes, is prefixed with an apostrophe. A percent sign by itself is a heading.
func PlainText(text string) string {
	text = clean(text)
	begin := strings.TrimLeft(text, " \u00a0\u3000'\"`´‘’“”")
	if begin != "" && begin != "%" && strings.ContainsRune("=+-@|%＝＋－＠−", []rune(begin)[0]) {
		return "'" + text
	}
	return text
}
