package report

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"digiwijzer/referral"
	"digiwijzer/store/figures/disclosure"
)

// Foreign is the figures of another initiative: counts by table and row.
type Foreign struct {
	Name   string
	counts map[disclosure.Dimension]map[string]Cell // by value
}

// The limits on what is read of another initiative prevent its sums from overflowing.
const (
	mostLines      = 100_000
	mostBusinesses = 1_000_000_000 // in one line
	mostRemarks    = 20
)

// The columns that are read, by the names they may have in the first line.
var readColumns = map[string][]string{
	"table":  {"table", "tabel"},
	"row":    {"row", "rij", "regel"},
	"column": {"column", "kolom"},
	"value":  {"value", "waarde", "aantal", "n"},
	"unit":   {"unit", "eenheid"},
}

// ReadForeign reads the figures of another initiative from the CSV format of this report, or from
// what a spreadsheet with Dutch settings made of it: with semicolons, a byte order mark, decimal
// commas or in Windows-1252. It uses the columns table, row, value and, if present, column and
// unit. Tables of one dimension are shown next to ours; tables and rows may be identified by their
// codes or by their names in the language of words. remarks has a line about everything that does
// not fit in our tables. Errors mention the line.
func ReadForeign(content []byte, name string, words Words) (f Foreign, remarks []string, err error) {
	text := decoded(content)
	in := csv.NewReader(strings.NewReader(text))
	in.Comma = separator(text)
	in.FieldsPerRecord = -1
	in.LazyQuotes = true
	reader := foreignReader{foreign: Foreign{Name: name, counts: map[disclosure.Dimension]map[string]Cell{}}, words: words, unknownTables: map[string]int{}}
	first, err := in.Read()
	if err == nil && len(first) > 0 && strings.HasPrefix(strings.ToLower(first[0]), "sep=") {
		first, err = in.Read()
	}
	if err != nil {
		return f, nil, errors.New(words.Text("report.with.empty"))
	}
	if reader.place, err = columnsOf(first, words); err != nil {
		return f, nil, err
	}
	for range mostLines {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return reader.foreign, reader.remarks(), nil
		}
		line, _ := in.FieldPos(0)
		if err != nil {
			return f, nil, fmt.Errorf("%s: %w", words.Text("report.with.line", "N", line), err)
		}
		if err := reader.add(fields, line); err != nil {
			return f, nil, fmt.Errorf("%s: %w", words.Text("report.with.line", "N", line), err)
		}
	}
	return f, nil, errors.New(words.Text("report.with.too_long", "N", mostLines))
}

// decoded returns the text of a file: UTF-8 with or without a byte order mark, or else Windows-1252,
// which older spreadsheets write.
func decoded(content []byte) string {
	content = bytes.TrimPrefix(content, []byte(byteOrderMark))
	if utf8.Valid(content) {
		return string(content)
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(content)
	if err != nil {
		return strings.ToValidUTF8(string(content), "?")
	}
	return string(text)
}

// separator returns what separates the fields of the first line.
func separator(text string) rune {
	first, _, _ := strings.Cut(text, "\n")
	if rest, ok := strings.CutPrefix(strings.ToLower(first), "sep="); ok && rest != "" {
		return []rune(rest)[0]
	}
	best := ','
	for _, mark := range []rune{';', '\t'} {
		if strings.Count(first, string(mark)) > strings.Count(first, string(best)) {
			best = mark
		}
	}
	return best
}

// columnsOf returns the index of each column that is read.
func columnsOf(first []string, words Words) (map[string]int, error) {
	place := map[string]int{}
	for id, names := range readColumns {
		at := slices.IndexFunc(first, func(title string) bool { return slices.Contains(names, strings.ToLower(strings.TrimSpace(title))) })
		if at >= 0 {
			place[id] = at
		}
	}
	for _, id := range []string{"table", "row", "value"} {
		if _, ok := place[id]; !ok {
			return nil, errors.New(words.Text("report.with.no_column", "Name", id))
		}
	}
	return place, nil
}

// foreignReader reads the lines of a file.
type foreignReader struct {
	foreign       Foreign
	place         map[string]int
	words         Words
	unknownTables map[string]int // lines by name
	unplaced      []string
}

func (r *foreignReader) field(fields []string, column string) string {
	if i, read := r.place[column]; read && i < len(fields) {
		return strings.TrimPrefix(strings.TrimSpace(clean(fields[i])), "'")
	}
	return ""
}

// add adds one line.
func (r *foreignReader) add(fields []string, line int) error {
	table, row := r.field(fields, "table"), r.field(fields, "row")
	if strings.Join(fields, "") == "" || table == "note" || !slices.Contains([]string{"", "n", "aantal"}, strings.ToLower(r.field(fields, "column"))) {
		return nil
	}
	d, known := r.words.dimension(table)
	if !known {
		r.unknownTables[table]++
		return nil
	}
	cell := Cell{}
	switch unit := r.field(fields, "unit"); unit {
	case untoldUnit, belowUnit, leastUnit, "hidden":
		cell.Kind = Untold
	case "percent", "none", "text":
		return nil
	default:
		n, ok := wholeNumber(r.field(fields, "value"))
		if !ok || n > mostBusinesses {
			return errors.New(r.words.Text("report.with.no_number", "Value", strconv.Quote(r.field(fields, "value"))))
		}
		cell.N = n
	}
	if row == "total" {
		return nil
	}
	value, known := r.words.valueOf(d, row)
	if !known {
		r.unplaced = append(r.unplaced, r.words.Text("report.with.no_row", "N", line, "Table", r.words.dimensionName(d), "Row", strconv.Quote(row), "Value", cell.String()))
		return nil
	}
	if r.foreign.counts[d] == nil {
		r.foreign.counts[d] = map[string]Cell{}
	}
	before := r.foreign.counts[d][value]
	r.foreign.counts[d][value] = Cell{N: before.N + cell.N, Kind: max(before.Kind, cell.Kind)}
	return nil
}

// remarks returns what could not be placed, a line each.
func (r *foreignReader) remarks() []string {
	lines := r.unplaced
	if more := len(lines) - mostRemarks; more > 0 {
		lines = append(lines[:mostRemarks:mostRemarks], r.words.Text("report.with.more", "Count", more))
	}
	var tables []string
	for name := range r.unknownTables {
		tables = append(tables, name)
	}
	slices.Sort(tables)
	for _, name := range tables[:min(len(tables), mostRemarks)] {
		lines = append(lines, r.words.Text("report.with.no_table", "Table", strconv.Quote(name), "Count", r.unknownTables[name]))
	}
	return lines
}

var (
	thousands = regexp.MustCompile(`^\d{1,3}([. ]\d{3})+(,0+)?$`)
	zeros     = regexp.MustCompile(`[,.]0+$`)
)

// wholeNumber reads a number as a Dutch or an English spreadsheet writes it: "1234", "1.234",
// "31,0" or "31.00".
func wholeNumber(text string) (n int, ok bool) {
	if thousands.MatchString(text) {
		text = strings.NewReplacer(".", "", " ", "").Replace(text)
	}
	n, err := strconv.Atoi(zeros.ReplaceAllString(text, ""))
	return n, err == nil && n >= 0
}

// dimension returns the dimension with a code or name.
func (w Words) dimension(text string) (d disclosure.Dimension, known bool) {
	lines, _ := disclosure.YearList()
	for _, l := range lines {
		if d := l.Of; same(text, string(d)) || same(text, w.dimensionName(d)) {
			return d, true
		}
	}
	return "", false
}

func (w Words) dimensionName(d disclosure.Dimension) string {
	return w.Text("report.dimension." + string(d))
}

// valueOf returns the value of a dimension with a code or name.
func (w Words) valueOf(d disclosure.Dimension, text string) (value string, known bool) {
	for _, value := range w.values(d) {
		if text == value || value != "" && same(text, value) || same(text, w.value(d, value)) {
			return value, true
		}
	}
	return "", false
}

// same reports whether two names are equal except for capitals, accents and punctuation.
func same(a, b string) bool { return referral.Fold(a) == referral.Fold(b) }

// values returns the values that a dimension can have, groups included.
func (w Words) values(d disclosure.Dimension) (all []string) {
	if w.Values != nil {
		all = w.Values(d)
	}
	all = append(slices.Clip(all), orders[d]...)
	lines, _ := disclosure.YearList()
	for _, l := range lines {
		if l.Of == d {
			all = append(all, l.Values...)
		}
	}
	return unique(all)
}

// cell returns the count of the other initiative for a value, or for all its members together; blank
// if it has none.
func (f Foreign) cell(d disclosure.Dimension, value string, members []string) Cell {
	if c, known := f.counts[d][value]; known {
		return c
	}
	sum := Cell{}
	for _, value := range members {
		c, known := f.counts[d][value]
		if !known {
			return Cell{Kind: Blank}
		}
		if c.Kind == Untold {
			return c
		}
		sum.N += c.N
	}
	return sum
}

// missing returns the values that another initiative counted and that ours do not include.
func (r Rendering) missing(d disclosure.Dimension, ours []string) (all []string) {
	for _, f := range r.Foreign {
		for value := range f.counts[d] {
			if !slices.Contains(ours, value) && !slices.Contains(all, value) {
				all = append(all, value)
			}
		}
	}
	slices.SortFunc(all, cmp.Compare[string])
	return all
}
