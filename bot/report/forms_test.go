package report_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"image/png"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"digiwijzer/bot/report"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// cube is a quarter with small groups.
func cube() *disclosure.Cube {
	c := disclosure.NewCube()
	add := func(n int, k int64, values map[disclosure.Dimension]string) {
		for a, av := range values {
			c.Add(a, av, "", "", n, k)
			for b, bv := range values {
				if a < b {
					c.Add(a, av, b, bv, n, k)
				}
			}
		}
	}
	for i, sector := range []string{"horeca", "bouw", "retail", "zorg"} {
		for j, quadrant := range []string{"vulnerable", "leading", "near"} {
			add(2+7*((i+j)%3), int64(1000*i+j), map[disclosure.Dimension]string{disclosure.BySector: sector, disclosure.ByQuadrant: quadrant,
				disclosure.ByRegion: []string{"U", "GV"}[j%2], disclosure.ByReadiness: []string{"0-29", "50-69"}[i%2], disclosure.BySize: "zzp",
				disclosure.ByVerdict: []string{"good", "not_good"}[(i+j)%2], disclosure.ByPartner: []string{"", "kvk-utrecht"}[i%2],
				disclosure.ByInitiative: []string{"kvk", "slim"}[j%2], disclosure.ByDII: []string{"ja", "nee"}[i%2], disclosure.ByObstacle: "tijd",
				disclosure.ByDuration: []string{disclosure.Within8, disclosure.Within4, disclosure.Days}[j]})
		}
	}
	c.Add(disclosure.BySector, "zorg", "", "", 1, 77)
	return c
}

var region = referral.Figures{Laggards: 13500}

func quarter(t testing.TB, l disclosure.Level) report.Rendering {
	t.Helper()
	told := figures.NewTold("2026Q3", l, disclosure.OfQuarter("2026Q3", cube()), nil, region)
	return report.Rendering{Words: words(t), Report: figures.Report{Level: l, Told: &told}}
}

func year(t testing.TB, l disclosure.Level) report.Rendering {
	t.Helper()
	all := disclosure.NewCube()
	var quarters []disclosure.Release
	for _, q := range figures.Span("2026").Quarters() {
		quarters = append(quarters, disclosure.OfQuarter(string(q), cube()))
		all.Merge(cube())
	}
	told := figures.NewTold("2026", l, disclosure.OfYear("2026", all, quarters), nil, region)
	return report.Rendering{Words: words(t), Report: figures.Report{Level: l, Told: &told}}
}

// whole is a quarter with its exact weeks.
func whole(t testing.TB) report.Rendering {
	r := weekly(t, figures.Quarter("2026Q3").Period(), busy)
	r.Told = quarter(t, disclosure.Accountable).Told
	return r
}

// open returns the weeks without attributes.
func open(t testing.TB, r report.Rendering, target figures.YearTarget) report.Rendering {
	t.Helper()
	r.Use, r.Trend, r.Level = r.Trend.Use(target), nil, disclosure.Internal
	return r
}

func TestQuarterAsText(t *testing.T) {
	text := written(t, quarter(t, disclosure.Internal), report.Text)
	assert.Contains(t, text, "Digiwijzer, 3e kwartaal 2026 (voor de werkgroep)")
	assert.Regexp(t, `(?m)^Nu aan zet +\d+ +\d+%$`, text)
	assert.Regexp(t, `(?m)^Nu aan zet of net daarbuiten +\d+ +\d+%$`, text)
	assert.Contains(t, text, "Aantallen zijn met een vaste sleutel afgerond op drietallen, zodat niemand te herkennen is")
	assert.Contains(t, text, "het landelijke doel is 95%")
	assert.Contains(t, text, "Eurostat telt vanaf 10")
	assert.Contains(t, text, "Het is geen steekproef.")
	answered := cube()
	answered.Add(disclosure.ByTaken, "kvk", "", "", 30, 5)
	asText := func(span figures.Span, r disclosure.Release) string {
		told := figures.NewTold(span, disclosure.Internal, r, nil, region)
		return written(t, report.Rendering{Words: words(t), Report: figures.Report{Level: disclosure.Internal, Told: &told}}, report.Text)
	}
	assert.NotContains(t, asText("2026Q3", disclosure.OfQuarter("2026Q3", answered)), "Gezette stap", "that is told per year")
	assert.Contains(t, asText("2026", disclosure.OfYear("2026", answered, nil)), "Gezette stap")
}

func TestYearAsText(t *testing.T) {
	text := written(t, year(t, disclosure.Internal), report.Text)
	assert.Contains(t, text, "Digiwijzer, jaar 2026 (voor de werkgroep)")
	assert.Regexp(t, `(?m)^Bouw, horeca en handel samen( +\d+){3} +\d+$`, text)
	assert.Regexp(t, `(?m)^Zorg en welzijn +· +\d+ +· +\d+$`, text, "of other sectors one figure")
	assert.Contains(t, text, "· = niet getoond", "a footnote says why")
	assert.Contains(t, text, "13.500 achterblijvers")
}

func TestExternalHidesSmallFigures(t *testing.T) {
	text := written(t, quarter(t, disclosure.External), report.Text)
	assert.Contains(t, text, "minder dan 12")
	assert.Contains(t, text, "Aantallen onder de 12 staan er als 'minder dan 12'.")
	for line := range strings.Lines(written(t, quarter(t, disclosure.External), report.CSV)) {
		if fields := strings.Split(line, ","); fields[0] != "note" && len(fields) > 4 && fields[4] == "count" {
			n, err := strconv.Atoi(fields[3])
			require.NoError(t, err)
			assert.GreaterOrEqual(t, n, disclosure.PublicFloor, line)
		}
	}
}

// The exact weeks are marked, and without them no part describes a single business.
func TestLevelsOfWeeks(t *testing.T) {
	exact := weekly(t, figures.Period{From: "2026-W46", To: "2026-W47"}, busy)
	text := written(t, exact, report.Text)
	assert.Contains(t, text, "– niet doorgeven\n")
	assert.Contains(t, text, "geef ze niet door")
	for _, form := range []report.Format{report.Text, report.CSV, report.HTML} {
		out := written(t, exact, form)
		assert.Contains(t, out, "Verwezen naar", form)
		assert.Contains(t, out, "Gestopt bij", form)
	}
	reached, needed := 24, 30.5
	inside := open(t, exact, figures.YearTarget{Year: 2026, Goal: 250, Completed: 30, Reached: &reached, Estimated: true, WeeksLeft: 6, Needed: &needed})
	for _, form := range []report.Format{report.Text, report.CSV, report.HTML, report.JSON} {
		out := written(t, inside, form)
		assert.NotContains(t, out, "Verwezen naar", form)
		assert.NotContains(t, out, "Gestopt bij", form)
		assert.NotContains(t, out, "niet doorgeven", form)
		assert.Contains(t, out, "2026-W46", form)
	}
	text = written(t, inside, report.Text)
	assert.Regexp(t, `(?m)^Begonnen +10 +0 +10 +0 +0$`, text)
	assert.Regexp(t, `(?m)^BAKKERS +4 +0 +4 +0 +0$`, text)
	assert.Contains(t, text, "naar schatting 24 van 250 bedrijven in de doelgroep")
	assert.Contains(t, text, "30,5 bedrijven per week")
	unknown := open(t, exact, figures.YearTarget{Year: 2026, Goal: 250, Completed: 30})
	assert.Contains(t, written(t, unknown, report.Text), "Jaardoel 2026: 30 bedrijven deden de check; het doel is 250 in de doelgroep.")
}

func TestSpanNotClosed(t *testing.T) {
	r := weekly(t, figures.Period{From: "2026-W46", To: "2026-W47"}, busy)
	r.Pending = &figures.NotClosedError{Span: "2026Q4", Settles: "2027-01-30"}
	assert.Contains(t, written(t, r, report.Text), "uiterlijk op 30-1-2027")
}

func TestSpanWithoutFigures(t *testing.T) {
	told := figures.NewTold("2020", disclosure.Internal, disclosure.Release{Period: "2020"}, figures.Span("2020").Quarters(), region)
	r := report.Rendering{Words: words(t), Report: figures.Report{Level: disclosure.Internal, Told: &told}}
	assert.Contains(t, written(t, r, report.Text), "Over 2020 zijn er geen cijfers.")
}

func TestCSV(t *testing.T) {
	text := written(t, year(t, disclosure.Internal), report.CSV) + strings.TrimPrefix(written(t, whole(t), report.CSV), "table,row,column,value,unit,title,row_title,column_title\r\n")
	assert.Equal(t, strings.Count(text, "\n"), strings.Count(text, "\r\n"), "RFC 4180 ends lines with CRLF")
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord = 8
	lines, err := in.ReadAll()
	require.NoError(t, err)
	assert.Equal(t, []string{"table", "row", "column", "value", "unit", "title", "row_title", "column_title"}, lines[0])
	assert.Contains(t, lines, []string{"referrals", "edih", "total", "0", "count", "Verwezen naar", "EDIH", "samen"}, "zeros too")
	hidden := 0
	for _, line := range lines[1:] {
		switch line[4] {
		case "untold":
			hidden++
			assert.Empty(t, line[3])
		case "count", "percent":
			_, err := strconv.Atoi(line[3])
			assert.NoError(t, err)
		}
	}
	assert.Positive(t, hidden)
}

func TestWorkbook(t *testing.T) {
	text := written(t, whole(t), report.XLSX)
	f, err := excelize.OpenReader(strings.NewReader(text))
	require.NoError(t, err)
	defer f.Close()
	sheets := f.GetSheetList()
	assert.Equal(t, "Overzicht", sheets[0])
	assert.Equal(t, []string{"Uitleg", "Gegevens"}, sheets[len(sheets)-2:], "what is not for print comes last")
	for _, sheet := range sheets {
		layout, err := f.GetPageLayout(sheet)
		require.NoError(t, err)
		assert.Equal(t, 9, *layout.Size, "%s prints on A4", sheet)
	}
	title, err := f.GetCellValue("Overzicht", "A1")
	require.NoError(t, err)
	assert.Equal(t, "Digiwijzer, 3e kwartaal 2026 (met exacte weken) – niet doorgeven", title)
	for _, sheet := range slices.DeleteFunc(slices.Clone(sheets[1:]), func(name string) bool { return name == "Uitleg" }) {
		panes, err := f.GetPanes(sheet)
		require.NoError(t, err)
		assert.True(t, panes.Freeze, "the header of %s stays in view", sheet)
	}
	kind, err := f.GetCellType("Gegevens", "D2")
	require.NoError(t, err)
	assert.Contains(t, []excelize.CellType{excelize.CellTypeNumber, excelize.CellTypeUnset}, kind, "numbers are numbers")
	rows, err := f.GetRows("Uitleg")
	require.NoError(t, err)
	assert.Contains(t, strings.Join(rows[len(rows)-1], " "), "geen steekproef")
	charts := 0
	for name, content := range parts(t, text) {
		charts += strings.Count(name, "xl/charts/chart")
		assert.False(t, formula(name, content), "%s has a formula", name)
		assert.NotContains(t, name, "vba")
		assert.NotContains(t, name, "externalLink")
	}
	assert.Greater(t, charts, 5)
}

func TestSameFiguresGiveTheSameWorkbook(t *testing.T) {
	first := written(t, whole(t), report.XLSX)
	for range 5 { // what is written in the order of a map would differ by now
		assert.True(t, first == written(t, whole(t), report.XLSX))
	}
}

// formula reports whether a part of a workbook has a formula in a cell; in a chart <f> is a
// range.
func formula(name, content string) bool {
	return !strings.HasPrefix(name, "xl/charts/") && regexp.MustCompile(`<(\w+:)?f[ >/]`).MatchString(content)
}

// parts returns the files in the workbook.
func parts(t *testing.T, workbook string) map[string]string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(workbook), int64(len(workbook)))
	require.NoError(t, err)
	all := map[string]string{}
	for _, file := range z.File {
		r, err := file.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		all[file.Name] = string(content)
	}
	return all
}

func TestHTML(t *testing.T) {
	page := written(t, year(t, disclosure.Internal), report.HTML)
	assert.Contains(t, page, `<html lang="nl">`)
	assert.Regexp(t, `Content-Security-Policy" content="default-src &#39;none&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;; font-src data:; style-src &#39;sha256-`, page)
	assert.NotRegexp(t, `(?i)<script|<link|<img|style="|onload|url\([^d]`, page, "nothing from outside, no inline style")
	assert.Equal(t, strings.Count(page, "<table>"), strings.Count(page, "<caption>"))
	assert.Positive(t, strings.Count(page, `<span class="aloud">niet getoond</span>`), "who listens hears what is not told")
	assert.NotContains(t, page, "ZgotmplZ")
	for _, id := range regexp.MustCompile(`aria-labelledby="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		assert.Equal(t, 1, strings.Count(page, `id="`+id[1]+`"`), id[1])
	}
}

func TestSVGAndPNG(t *testing.T) {
	r := whole(t)
	var svg struct {
		XMLName xml.Name
		Title   string `xml:"title"`
	}
	require.NoError(t, xml.Unmarshal([]byte(written(t, r, report.SVG)), &svg))
	assert.Equal(t, "svg", svg.XMLName.Local)
	assert.Contains(t, svg.Title, "3e kwartaal 2026")
	for _, report := range []report.Rendering{r, quarter(t, disclosure.External), weekly(t, figures.Period{From: "2026-W47", To: "2026-W47"}, figures.Snapshot{})} {
		img, err := png.Decode(strings.NewReader(written(t, report, "png")))
		require.NoError(t, err)
		assert.Equal(t, 880, img.Bounds().Dx())
		assert.Less(t, img.Bounds().Dy(), 2000, "it is read on a phone")
	}
}

func TestJSONMatchesItsSchema(t *testing.T) {
	schema := map[string]any{}
	text, err := os.ReadFile("../../docs/report-schema.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &schema))
	pending := weekly(t, figures.Period{From: "2026-W46", To: "2026-W47"}, busy)
	pending.Pending = &figures.NotClosedError{Span: "2026Q4", Settles: "2027-01-30"}
	compared := quarter(t, disclosure.Internal)
	compared.Told.Facts.Previous = &figures.Facts{Basis: &figures.Share{N: disclosure.Rest(8), Of: 8}}
	needed := 2.5
	inside := open(t, pending, figures.YearTarget{Year: 2026, Goal: 250, Needed: &needed})
	for name, r := range map[string]report.Rendering{"pending": pending, "compared": compared, "both": whole(t), "year": year(t, disclosure.Internal), "inside": inside, "external": quarter(t, disclosure.External),
		"damaged": weekly(t, figures.Period{From: "2026-W46", To: "2026-W47"}, figures.Snapshot{Unreadable: 2}),
		"weeks":   weekly(t, figures.Period{From: "2026-W46", To: "2026-W47"}, figures.Snapshot{NoKey: true})} {
		var got any
		require.NoError(t, json.Unmarshal([]byte(written(t, r, report.JSON)), &got))
		for _, fault := range against(schema, schema, got, name) {
			t.Error(fault)
		}
	}
	assert.NotEmpty(t, against(schema, schema, map[string]any{"weeks": "none"}, "wrong"), "the check checks")
	assert.NotEmpty(t, against(schema, schema, map[string]any{"unheard": 1}, "wrong"))
}

// against checks a value against the part of JSON Schema that the schema uses: $ref,
// type, properties, required, additionalProperties, items and enum.
func against(root, schema map[string]any, value any, path string) (faults []string) {
	if ref, ok := schema["$ref"].(string); ok {
		schema = root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	if !typed(schema["type"], value) {
		return []string{path + ": wrong type"}
	}
	if enum, ok := schema["enum"].([]any); ok && !contains(enum, value) {
		faults = append(faults, path+": not one of the values")
	}
	switch value := value.(type) {
	case []any:
		for i, item := range value {
			faults = append(faults, against(root, schema["items"].(map[string]any), item, path+"["+strconv.Itoa(i)+"]")...)
		}
	case map[string]any:
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := value[name.(string)]; !ok {
				faults = append(faults, path+": lacks "+name.(string))
			}
		}
		properties, _ := schema["properties"].(map[string]any)
		for name, v := range value {
			part, ok := properties[name].(map[string]any)
			if !ok {
				part, ok = schema["additionalProperties"].(map[string]any)
			}
			if !ok {
				faults = append(faults, path+": does not know "+name)
				continue
			}
			faults = append(faults, against(root, part, v, path+"."+name)...)
		}
	}
	return faults
}

func typed(kinds, value any) bool {
	if kind, ok := kinds.(string); ok {
		kinds = []any{kind}
	}
	for _, kind := range kinds.([]any) {
		number, isNumber := value.(float64)
		_, isText := value.(string)
		_, isList := value.([]any)
		_, isObject := value.(map[string]any)
		_, isBool := value.(bool)
		if kind == "null" && value == nil || kind == "string" && isText || kind == "array" && isList || kind == "object" && isObject ||
			kind == "boolean" && isBool || kind == "number" && isNumber || kind == "integer" && isNumber && number == float64(int(number)) {
			return true
		}
	}
	return false
}

func contains(list []any, value any) bool {
	for _, v := range list {
		if v == value {
			return true
		}
	}
	return false
}

// payloads are hostile names: two hundred ways to start a formula, markup or a terminal
// escape sequence.
func payloads() (all []string) {
	for _, lead := range []string{"", " ", "\t", "\r", "\n", "\x00", "'", "\"", " '", "\u00a0", "\u3000", "\ufeff", "\u200b", "`"} {
		for _, body := range []string{"=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://x\",\"y\")", "＝1+1", "＋1", "－1", "＠x",
			"|calc", "%0A=1", "=IMPORTXML(\"http://x\")", "−1"} {
			all = append(all, lead+body)
		}
	}
	return append(all, "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{.}}", "</style>", "javascript:alert(1)",
		"\x1b[2J\x1b]0;x\x07", "a,b\r\nc", "]]>", "&lt;", "\u202eevil")
}

// No name becomes a formula in a spreadsheet, markup in a page or a terminal escape sequence.
func TestHostileNames(t *testing.T) {
	require.GreaterOrEqual(t, len(payloads()), 200)
	trigger := regexp.MustCompile("^[\\s'\"`\u00a0\u3000\ufeff\u200b]*[=+\\-@|%＝＋－＠−\\x00\\t\\r]")
	safe := func(cell string) bool {
		rest, quoted := strings.CutPrefix(cell, "'")
		return quoted && rest != "" || !trigger.MatchString(cell)
	}
	for start := 0; start < len(payloads()); start += 40 {
		batch := payloads()[start:min(start+40, len(payloads()))]
		r := weekly(t, figures.Period{From: "2026-W46", To: "2026-W46"}, hostile(batch))
		r.Words.Partner = func(code string) string {
			i, _ := strconv.Atoi(strings.TrimPrefix(code, "p"))
			return batch[i]
		}
		r.Words.Initiative = r.Words.Partner

		lines, err := csv.NewReader(strings.NewReader(written(t, r, report.CSV))).ReadAll()
		require.NoError(t, err)
		for _, line := range lines {
			for _, cell := range line {
				assert.True(t, safe(cell), "csv: %q", cell)
			}
		}
		workbook := written(t, r, report.XLSX)
		f, err := excelize.OpenReader(strings.NewReader(workbook))
		require.NoError(t, err)
		for _, sheet := range f.GetSheetList() {
			rows, err := f.GetRows(sheet)
			require.NoError(t, err)
			for _, row := range rows {
				for _, cell := range row {
					assert.True(t, safe(cell), "xlsx: %q", cell)
				}
			}
		}
		for name, content := range parts(t, workbook) {
			assert.False(t, formula(name, content), name)
		}
		page := written(t, r, report.HTML)
		assert.NotContains(t, page, "<script>")
		assert.NotContains(t, page, "<img")
		if slices.Contains(batch, "<script>alert(1)</script>") {
			assert.Contains(t, page, "&lt;script&gt;alert(1)&lt;/script&gt;")
		}
		assert.NoError(t, xml.Unmarshal([]byte(written(t, r, report.SVG)), new(struct{})))
		assert.False(t, bytes.ContainsAny([]byte(written(t, r, report.Text)), "\x00\x1b\x07\r\t"), "a terminal takes no commands")
	}
}

// hostile returns counts for each of the names.
func hostile(names []string) (f figures.Snapshot) {
	for i := range names {
		code := "p" + strconv.Itoa(i)
		f.Counted = append(f.Counted, figures.Count{Week: "2026-W46", Kind: figures.Partner, Key: code, N: 1},
			figures.Count{Week: "2026-W46", Kind: figures.Referral, Key: code, N: 1})
	}
	return f
}

// The CSV of one initiative is shown next to the figures of another.
func TestForeignFigures(t *testing.T) {
	theirs := written(t, year(t, disclosure.Internal), report.CSV)
	other, _, err := report.ReadForeign([]byte(theirs), "Werkplaats", words(t))
	require.NoError(t, err)
	r := year(t, disclosure.Internal)
	r.Foreign = []report.Foreign{other}
	text := written(t, r, report.Text)
	assert.Regexp(t, `(?m)^Branche +aantal +% +Werkplaats$`, text)
	assert.Regexp(t, `(?m)^Horeca en verblijf +(\d+) +\d+% +(\d+)$`, text)

	for name, bad := range map[string]string{"empty": "", "no header": "a,b\r\n1,2\r\n", "no number": "table,row,column,value,unit\r\nsector,horeca,n,veel,count\r\n",
		"negative": "table,row,column,value,unit\r\nsector,horeca,n,-1,count\r\n"} {
		_, _, err := report.ReadForeign([]byte(bad), "x", words(t))
		assert.Error(t, err, name)
	}
	other, _, err = report.ReadForeign([]byte("table,row,column,value,unit\r\nsector,horeca,n,12,count\r\nsector,zorg,n,,hidden\r\n"), "=x", words(t))
	require.NoError(t, err)
	r.Foreign = []report.Foreign{other}
	text = written(t, r, report.Text)
	assert.Regexp(t, `(?m)^Horeca en verblijf.* 12$`, text)
	assert.Regexp(t, `(?m)^Zorg en welzijn.* ·$`, text)
	plain := written(t, r, report.CSV)
	assert.Contains(t, plain, ",'=x")
	assert.NotContains(t, plain, ",=x")
}

// A flooded week gives a warning in every format, before the figures where people read them.
func TestFloodWarning(t *testing.T) {
	flooded := func(hasty int) report.Rendering {
		f := busy
		f.Counted = append(slices.Clone(busy.Counted), figures.Count{Week: "2026-W46", Kind: figures.Fast, N: hasty})
		return weekly(t, figures.Period{From: "2026-W46", To: "2026-W47"}, f)
	}
	const says = "Let op: 5 van de 8 afgeronde gesprekken in week 2026-W46 waren binnen 20 seconden klaar of hadden dezelfde antwoorden als een gesprek kort daarvoor. Zonder die gesprekken zijn het er 3."
	r := flooded(5)
	for _, form := range []report.Format{report.Text, report.CSV, report.HTML} {
		assert.Equal(t, 1, strings.Count(written(t, r, form), says), form)
		assert.NotContains(t, written(t, flooded(4), form), "Let op", form)
	}
	assert.Contains(t, written(t, r, report.SVG), "Let op: 5 van de 8 afgeronde gesprekken")
	assert.Contains(t, strings.Join(slices.Collect(maps.Values(parts(t, written(t, r, report.XLSX)))), ""), says)
	page := written(t, r, report.HTML)
	assert.Less(t, strings.Index(page, says), strings.Index(page, "<section"))
	assert.Contains(t, written(t, r, report.JSON), `"hasty": 5`)

	both := flooded(5)
	both.Trend.Weeks[1].Completed, both.Trend.Weeks[1].Fast = 1300, 1200
	assert.Contains(t, written(t, both, report.Text), "Let op: 1.205 van de 1.308 afgeronde gesprekken in 2 weken (2026-W46, 2026-W47) waren")
	assert.Empty(t, quarter(t, disclosure.External).Warning(), "what is exact per week stays inside")
}
