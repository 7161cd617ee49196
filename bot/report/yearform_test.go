package report_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"digiwijzer/bot/report"
	"digiwijzer/store/figures/disclosure"
)

// filled returns a form in which an initiative filled in cells.
func filled(t *testing.T, cells map[string]any) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, report.WriteYearForm(&b, "kvk", 2026, time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC), words(t)))
	file, err := excelize.OpenReader(&b)
	require.NoError(t, err)
	defer file.Close()
	for cell, value := range cells {
		if formula, is := strings.CutPrefix(cell, "="); is {
			require.NoError(t, file.SetCellFormula("Formulier", formula, value.(string)))
			continue
		}
		require.NoError(t, file.SetCellValue("Formulier", cell, value))
	}
	var out bytes.Buffer
	require.NoError(t, file.Write(&out))
	return out.Bytes()
}

func TestYearForm(t *testing.T) {
	got, err := report.ReadYearForm(filled(t, map[string]any{"B6": 40, "B7": "12", "B8": 20, "B9": 9, "B10": "Druk\njaar"}), words(t))
	require.NoError(t, err)
	nine := 9
	want := report.YearForm{Initiative: "kvk", Year: 2026, Helped: 40, FromUs: 12, NotFromUs: 20, WaitDays: &nine, Remarks: "Druk jaar"}
	assert.Equal(t, want, got)
	got, err = report.ReadYearForm(filled(t, map[string]any{"B6": 0, "B7": 0, "B8": 0}), words(t))
	require.NoError(t, err)
	assert.Nil(t, got.WaitDays, "not said")

	r := year(t, disclosure.Internal)
	r.Forms = []report.YearForm{want}
	forms := table(t, r.Document(), "year_forms")
	require.Len(t, forms.Rows, 1)
	var cells []string
	for _, cell := range forms.Rows[0].Cells[2:] {
		cells = append(cells, cell.String())
	}
	assert.Equal(t, []string{"40", "12", "20", "9", "Druk jaar"}, cells)
	assert.Contains(t, written(t, r, report.Text), "Druk jaar")
	r = quarter(t, disclosure.Internal)
	r.Forms = []report.YearForm{want}
	assert.NotContains(t, written(t, r, report.Text), "Druk jaar", "beside a year only")
}

// Every cell that is wrong is named, with what it must be.
func TestYearFormFaults(t *testing.T) {
	const right = 1
	for _, c := range []struct {
		cells map[string]any
		want  []string
	}{
		{nil, []string{"B6: ", "B7: ", "B8: ", "vul een heel getal in"}},
		{map[string]any{"B6": "veel", "B7": 2.5, "B8": -3, "B9": 400}, []string{"B6: 'veel'", "B7: '2.5'", "B8: '-3'", "B9: '400'"}},
		{map[string]any{"B6": "12 bedrijven", "B7": right, "B8": right}, []string{"B6: '12 bedrijven' is geen heel getal"}},
		{map[string]any{"B6": 5, "B7": 4, "B8": 2}, []string{"B6: er zijn 5", "maar 6"}},
		{map[string]any{"=B6": "40+2", "B7": right, "B8": right}, []string{"B6: hier staat een formule"}},
		{map[string]any{"B6": 9, "B7": right, "B8": right, "B10": strings.Repeat("a", 501)}, []string{"B10: ", "500"}},
		{map[string]any{"B6": "+9", "B7": "1.0", "B8": "1e1", "B9": "1 0"}, []string{"B6: '+9'", "B7: '1.0'", "B8: '1e1'", "B9: '1 0'"}},
		{map[string]any{"B6": 9, "B7": right, "B8": right, "=B9": "1+1"}, []string{"B9: hier staat een formule"}},
		{map[string]any{"B6": 9, "B7": right, "B8": right, "B10": "Bel Jan: 030-123 45 67"}, []string{"B10: hier lijkt een e-mailadres of telefoonnummer"}},
		{map[string]any{"B6": 9, "B7": right, "B8": right, "B10": "jan@bakker.example"}, []string{"B10: hier lijkt een e-mailadres of telefoonnummer"}},
		{map[string]any{"B4": "dit jaar", "B6": 9, "B7": right, "B8": right}, []string{"B4: 'dit jaar'"}},
		{map[string]any{"C1": "iets anders"}, []string{"geen jaarformulier"}},
	} {
		_, err := report.ReadYearForm(filled(t, c.cells), words(t))
		for _, want := range c.want {
			assert.ErrorContains(t, err, want)
		}
	}
	_, err := report.ReadYearForm([]byte("a;b;c"), words(t))
	assert.ErrorContains(t, err, "geen Excel-bestand")
	_, err = report.ReadYearForm(make([]byte, 2<<20), words(t))
	assert.ErrorContains(t, err, "te groot")
}

// A page is read as a workbook is: what one accepts or refuses, the other does too.
func TestYearFormOnPageAndInWorkbook(t *testing.T) {
	cells := map[string]string{"helped": "B6", "from_us": "B7", "not_from_us": "B8", "wait_days": "B9", "remarks": "B10"}
	for _, typed := range []map[string]string{
		{"helped": "40", "from_us": "12", "not_from_us": "20", "wait_days": "9", "remarks": "In 2025 hielpen we 1.200 mensen, in 2026 meer."},
		{"helped": "40", "from_us": " 12\t", "not_from_us": "0", "remarks": "Twee\nregels"},
		{"helped": "40", "from_us": "veertig", "not_from_us": "-1", "wait_days": "367"},
		{"helped": "10", "from_us": "9", "not_from_us": "9"},
		{"helped": "1000001", "from_us": "", "not_from_us": "٣"},
		{"helped": "1", "from_us": "1", "not_from_us": "0", "remarks": strings.Repeat("é", 501)},
		{"helped": "1", "from_us": "1", "not_from_us": "0", "remarks": strings.Repeat("é", 500)},
	} {
		filledIn := map[string]any{}
		for field, text := range typed {
			filledIn[cells[field]] = text
		}
		page, faults := report.ReadYearAnswers(func(field string) string { return typed[field] }, words(t))
		book, err := report.ReadYearForm(filled(t, filledIn), words(t))
		if len(faults) == 0 {
			require.NoError(t, err, typed)
			page.Initiative, page.Year = "kvk", 2026
			assert.Equal(t, book, page, typed)
			again, faults := report.ReadYearAnswers(func(field string) string { return report.YearAnswers(page)[field] }, words(t))
			again.Initiative, again.Year = "kvk", 2026
			assert.Empty(t, faults)
			assert.Equal(t, page, again, "as it is shown again")
			continue
		}
		for field, text := range faults {
			assert.ErrorContains(t, err, cells[field]+": "+text)
		}
		assert.Len(t, strings.Split(err.Error(), "; B"), len(faults), err)
	}
}
