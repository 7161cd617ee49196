package main

import (
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

// fillIn types answers in the cells of a workbook.
func fillIn(t *testing.T, file string, cells map[string]any) {
	t.Helper()
	book, err := excelize.OpenFile(file)
	require.NoError(t, err)
	for cell, value := range cells {
		require.NoError(t, book.SetCellValue(book.GetSheetList()[0], cell, value))
	}
	require.NoError(t, book.Save())
	require.NoError(t, book.Close())
}

// TestYearForms: what an initiative says of its year, in a workbook or on the site, stands beside
// our referrals in the report of that year.
func TestYearForms(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.summer(t, map[string]int{"": 60})
	for args, says := range map[string]string{
		"kvk --year 2025":                "kies --link",
		"kvk --year 25 -o f.xlsx":        "geen jaar",
		"kvk --year 1999 --link":         "Over 1999 zijn er geen cijfers",
		"nobody --year 2025 -o f.xlsx":   "nobody",
		"kvk --year 2025 -o geen/f.xlsx": "die map bestaat niet",
	} {
		o := h.run("", append([]string{"catalogue", "form"}, strings.Fields(args)...)...)
		assert.Equal(t, 2, o.code, args)
		assert.Contains(t, o.stderr, says, args)
		assert.Equal(t, 1, strings.Count(o.stderr, "\n"), o.stderr)
	}

	h.ok("catalogue", "form", "kvk", "--year", "2025", "-o", h.at("kvk.xlsx"))
	o := h.run("", "report", "--year", "2025", "--form", h.at("kvk.xlsx"))
	assert.Equal(t, 2, o.code)
	assert.Contains(t, o.stderr, "kvk.xlsx: B6: hier staat niets")
	fillIn(t, filepath.Join(h.dir, "kvk.xlsx"), map[string]any{"B6": 4040, "B7": 12, "B8": 20, "B10": "Uit het werkboek"})
	told := h.ok("report", "--year", "2025", "--form", h.at("kvk.xlsx"))
	assert.Contains(t, told, "4040")
	assert.Contains(t, told, "Uit het werkboek")
	for args, says := range map[string]string{
		"--year 2024 --form kvk.xlsx":                 "kvk.xlsx gaat over 2025, het verslag over 2024",
		"--year 2025 --form kvk.xlsx --form kvk.xlsx": "kvk",
		"--quarter 2025Q3 --form kvk.xlsx":            "--year",
	} {
		args := strings.ReplaceAll(args, "kvk.xlsx", h.at("kvk.xlsx"))
		o := h.run("", append([]string{"report"}, strings.Fields(args)...)...)
		assert.Equal(t, 2, o.code, args)
		assert.Contains(t, o.stderr, says, args)
	}
	assert.NotContains(t, h.ok("report", "--year", "2025"), "Onze verwijzingen naast")

	s := h.serve()
	link := h.ok("catalogue", "form", "kvk", "--year", "2025", "--link")
	assert.Equal(t, link, h.ok("catalogue", "form", "kvk", "--year", "2025", "--link"), "the same as long as it is not renewed")
	address := s.url + regexp.MustCompile(`/jaarformulier/\S+`).FindString(link)
	send := func(helped, remarks string) *http.Response {
		r, err := http.PostForm(address, url.Values{"helped": {helped}, "from_us": {"11"}, "not_from_us": {"7"}, "remarks": {remarks}})
		require.NoError(t, err)
		require.NoError(t, r.Body.Close())
		return r
	}
	assert.Equal(t, http.StatusUnprocessableEntity, send("5", "te veel").StatusCode)
	assert.Equal(t, http.StatusOK, send("3030", "Eerst").StatusCode)
	assert.Equal(t, http.StatusOK, send("3131", "Van de site").StatusCode)
	told = h.ok("report", "--year", "2025")
	assert.Contains(t, told, "3131")
	assert.Contains(t, told, "Van de site")
	assert.NotContains(t, told, "3030")
	assert.NotContains(t, h.ok("report", "--year", "2025", "--level", "extern"), "Van de site")
	told = h.ok("report", "--year", "2025", "--form", h.at("kvk.xlsx"))
	assert.Contains(t, told, "Uit het werkboek", "a file comes before what was sent")
	assert.NotContains(t, told, "Van de site")

	renewed := h.ok("catalogue", "form", "kvk", "--year", "2025", "--renew")
	assert.NotEqual(t, link, renewed)
	assert.Equal(t, http.StatusNotFound, send("1", "oud adres").StatusCode)
	address = s.url + regexp.MustCompile(`/jaarformulier/\S+`).FindString(renewed)
	assert.Equal(t, http.StatusOK, send("3232", "").StatusCode)
	assert.NotContains(t, s.stderr.String(), address[strings.LastIndexByte(address, '/')+1:], "the address is in no log")
	assert.Zero(t, s.stop(), s.stderr)
}
