package staff_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/share"
	"digiwijzer/bot/staff"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// source is a figures.Source in memory.
type source struct {
	figures.Empty
	snapshot figures.Snapshot
	cubes    map[figures.Quarter]*disclosure.Cube
	fails    error
}

func (s *source) Snapshot(context.Context, figures.Period) (figures.Snapshot, error) {
	return s.snapshot, s.fails
}

func (s *source) Cube(ctx context.Context, q figures.Quarter) (*disclosure.Cube, error) {
	if c := s.cubes[q]; c != nil {
		return c, nil
	}
	return s.Empty.Cube(ctx, q)
}

type fixedClock time.Time

func (c fixedClock) Now() time.Time { return time.Time(c) }

// friday is in 2026-W47.
var friday = time.Date(2026, time.November, 20, 12, 0, 0, 0, referral.Netherlands)

type harness struct {
	*testing.T
	*staff.Pages
	source *source
	texts  *locales.Texts
	forms  map[int][]figures.YearForm
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	texts, err := locales.BuiltIn()
	require.NoError(t, err)
	catalogue, err := referral.BuiltIn()
	require.NoError(t, err)
	s := &source{cubes: map[figures.Quarter]*disclosure.Cube{}}
	edition := &content.Edition{Texts: texts, Catalogue: catalogue, Partners: []content.ListedPartner{
		{Partner: flows.Partner{Code: "kvk-utrecht", Name: "KVK <Utrecht>", Kind: flows.PartnerKVK}},
		{Partner: flows.Partner{Code: "paused", Name: "Gepauzeerd", Paused: true}},
		{Partner: flows.Partner{Code: flows.TestPartner, Name: "Test"}},
	}}
	h := &harness{T: t, source: s, texts: texts, forms: map[int][]figures.YearForm{}}
	h.Pages = staff.New(staff.Options{
		Figures: figures.NewService(s, func() *referral.Catalogue { return catalogue }, fixedClock(friday)),
		Content: func() *content.Edition { return edition },
		Place:   func() share.Place { return share.Place{PublicURL: "https://check.example"} },
		Clock:   fixedClock(friday),
		YearForms: func(_ context.Context, year int) ([]figures.YearForm, error) {
			return h.forms[year], s.fails
		},
	})
	return h
}

// text returns the plain text of a page in Dutch.
func (h *harness) text(id staff.PageID, about string) string {
	h.Helper()
	page, err := h.Page(h.Context(), staff.Request{Page: id, About: about, Lang: "nl"})
	require.NoError(h, err)
	return page.PlainText(h.texts, "nl")
}

func count(week string, kind figures.Kind, key string, n int) figures.Count {
	return figures.Count{Week: week, Kind: kind, Key: key, N: n}
}

// page returns the plain text of a page at a level in Dutch.
func (h *harness) page(r staff.Request) string {
	h.Helper()
	r.Lang = "nl"
	page, err := h.Page(h.Context(), r)
	require.NoError(h, err)
	return page.PlainText(h.texts, "nl")
}

func (h *harness) someWeeks() {
	h.source.snapshot.Counted = []figures.Count{
		count("2026-W45", figures.Started, "", 4), count("2026-W46", figures.Started, "", 9), count("2026-W46", figures.Completed, "", 7),
		count("2026-W46", figures.Referral, "kvk", 2), count("2026-W46", figures.Referral, "slim", 3), count("2026-W46", figures.Stopped, "ai_use", 1),
		count("2026-W46", figures.Fast, "", 6), count("2026-W02", figures.Target, "", 40),
	}
	h.source.snapshot.Waiting = []figures.Count{count("2026-W46", figures.Repeat, "", 1)}
	h.source.snapshot.Unreadable = 2
}

// A coordinator gets the exact week in a private chat.
func TestExactWeekPage(t *testing.T) {
	h := newHarness(t)
	h.someWeeks()
	week := *staff.Resolve(staff.Week, "2026-W46", "nl", friday).Page
	text := h.page(week)
	assert.Equal(t, `Week 2026-W46
Exacte tellingen, alleen voor jou: niet doorgeven. Het werkboek en het plaatje mag je wel delen.
Let op: 6 van de 8 afgeronde gesprekken in week 2026-W46 waren binnen 20 seconden klaar of hadden dezelfde antwoorden als een gesprek kort daarvoor. Zonder die gesprekken zijn het er 2. De cijfers van die week kunnen te hoog zijn.
Begonnen: 9 (de week ervoor 4)
Deed de check: 7 (de week ervoor 0)
In de doelgroep (regio, tot 50 mensen): 0 (de week ervoor 0)
Geen loket in de regio: 0 (de week ervoor 0)
Deed de check nog eens dit halfjaar: 1 (de week ervoor 0)

Verwezen naar:
• SLIM-subsidie: 3
• KVK: 2

Gestopt bij de vraag over:
• `+h.texts.Text("nl", "topic.ai_use")+`: 1

Jaardoel 2026: 40 van 250 deden de check.
Nodig tot het eind van het jaar: 35 per week.
Wordt nog verwerkt, maar telt al mee: 1.
Beschadigd en daarom niet meegeteld: 2.
Dit zijn antwoorden van ondernemers zelf. Het is geen steekproef.`, text)
	assert.Equal(t, "Goedemorgen. Dit zijn de cijfers van vorige week.\n\n"+text, h.page(staff.DigestOf("2026-W46", "nl")))
	week.About = "2026-W30"
	assert.Contains(t, h.page(week), "Er gebeurde deze week niets.\nBegonnen: 0")
	assert.Contains(t, h.page(week), "\n\nNog niemand verwezen.\n\nJaardoel 2026: 40 van 250")
	assert.Equal(t, h.texts.Text("nl", "coordinator.bad_week"), h.text(staff.Week, "2026-W54"))
}

// A number follows the language of the page.
func TestPaceInTheLanguageOfThePage(t *testing.T) {
	h := newHarness(t)
	h.source.snapshot.Counted = []figures.Count{count("2026-W02", figures.Target, "", 37)}
	for level, inWords := range map[disclosure.Level]map[string]string{
		disclosure.Accountable: {"nl": "35,5 per week", "en": "35.5 a week"},
		disclosure.Internal:    {"nl": "41,7 per week", "en": "41.7 a week"}, // nobody did the check, as far as is told
	} {
		for lang, want := range inWords {
			page, err := h.Page(t.Context(), staff.Request{Page: staff.Week, About: "2026-W46", Lang: lang, Level: level})
			require.NoError(t, err)
			assert.Contains(t, page.PlainText(h.texts, lang), want)
		}
	}
}

// Without a level a page shows nothing that describes a single business, and the files never do.
func TestWeekPageWithoutAttributes(t *testing.T) {
	h := newHarness(t)
	h.someWeeks()
	assert.Equal(t, `Week 2026-W46
Begonnen: 9 (de week ervoor 4)
Deed de check: 7 (de week ervoor 0)
Deed de check nog eens dit halfjaar: 1 (de week ervoor 0)

Jaardoel 2026: 7 bedrijven deden de check; het doel is 250 in de doelgroep.
Wordt nog verwerkt, maar telt al mee: 1.
Beschadigd en daarom niet meegeteld: 2.
Dit zijn antwoorden van ondernemers zelf. Het is geen steekproef.`, h.text(staff.Week, "2026-W46"))
	exact, err := h.Page(t.Context(), *staff.Resolve(staff.Week, "2026-W46", "nl", friday).Page)
	require.NoError(t, err)
	open, err := h.Page(t.Context(), staff.Request{Page: staff.Week, About: "2026-W46", Lang: "nl"})
	require.NoError(t, err)
	require.Len(t, exact.Files, 2)
	for i, file := range exact.Files {
		want, err := open.Files[i].Make()
		require.NoError(t, err)
		got, err := file.Make()
		require.NoError(t, err)
		assert.True(t, bytes.Equal(want, got), "%s shows what everybody may see", file.Name)
	}
}

// A quarter that is not closed shows its weeks without attributes, and when the rest follows;
// a closed one its key figures too.
func TestQuarterPage(t *testing.T) {
	h := newHarness(t)
	h.source.snapshot.Counted = []figures.Count{count("2026-W41", figures.Started, "", 4), count("2026-W30", figures.Started, "", 3)}
	assert.Equal(t, `Kwartaal 2026Q4, de weken 2026-W40 tot en met 2026-W53
Begonnen: 4
Deed de check: 0
Deed de check nog eens dit halfjaar: 0

De cijfers met kenmerken over 2026Q4 komen er als die periode is afgesloten, uiterlijk op 2027-02-01. Eerder zou het verschil tussen twee versies iemand kunnen verraden.
Dit zijn antwoorden van ondernemers zelf. Het is geen steekproef.`, h.text(staff.Quarter, "2026Q4"))
	h.source.cubes["2026Q3"] = disclosure.NewCube()
	h.source.cubes["2026Q3"].Add(disclosure.ByQuadrant, "vulnerable", "", "", 21, 1)
	h.source.cubes["2026Q3"].Add(disclosure.ByQuadrant, "leading", "", "", 19, 2)
	text := h.text(staff.Quarter, "2026Q3")
	assert.Contains(t, text, "Begonnen: 3\n")
	assert.Contains(t, text, "\n• Bedrijven in de tabellen: 40 (")
	assert.Contains(t, text, "• Nu aan zet: 53% (21 van 40 bedrijven")
	assert.Contains(t, text, "afgerond op drietallen")
	assert.Equal(t, h.texts.Text("nl", "coordinator.bad_quarter"), h.text(staff.Quarter, "autumn"))
	assert.Contains(t, h.text(staff.Year, "2026"), "Jaar 2026, de weken 2026-W01 tot en met 2026-W53\nBegonnen: 7\n")
	assert.Equal(t, h.texts.Text("nl", "coordinator.bad_year"), h.text(staff.Year, "26"))
}

func TestFilesOfFigures(t *testing.T) {
	h := newHarness(t)
	for id, want := range map[staff.PageID][]string{
		staff.Week: {"digiwijzer-2026-W46.png", "digiwijzer-2026-W46.xlsx"}, staff.Digest: {"digiwijzer-2026-W46.png", "digiwijzer-2026-W46.xlsx"},
		staff.Partners: nil, staff.Editor: nil,
	} {
		page, err := h.Page(t.Context(), staff.Request{Page: id, About: "2026-W46", Lang: "nl"})
		require.NoError(t, err)
		var names []string
		for _, file := range page.Files {
			names = append(names, file.Name)
			data, err := file.Make()
			require.NoError(t, err)
			if _, err = png.Decode(bytes.NewReader(data)); !file.Image {
				_, err = zip.NewReader(bytes.NewReader(data), int64(len(data))) // XLSX is a ZIP
			}
			assert.NoError(t, err, file.Name)
		}
		assert.Equal(t, want, names, id)
		assert.Equal(t, len(want), staff.Files(id), id)
	}
	page, err := h.Page(t.Context(), staff.Request{Page: staff.Week, About: "2026-W54", Lang: "nl"})
	require.NoError(t, err)
	assert.Empty(t, page.Files)
}

func TestPartnersPage(t *testing.T) {
	h := newHarness(t)
	h.source.snapshot.Counted = []figures.Count{count("2026-W41", figures.Started, "", 5), count("2026-W41", figures.Partner, "kvk-utrecht", 2),
		count("2026-W30", figures.Partner, "gone", 1)}
	assert.Equal(t, `Partners die de link uitdelen:
• kvk-utrecht – KVK <Utrecht>: 2 begonnen dit kwartaal (trend +2), laatst in 2026-W41
• paused – Gepauzeerd · gepauzeerd
• gone – –: 0 begonnen dit kwartaal (trend -1), laatst in 2026-W30 · niet meer in de lijst
• Zonder bekende partner: 3 van de 5 dit kwartaal

De link, posters en teksten van één partner: /partner CODE`, h.text(staff.Partners, ""))
}

func TestPartnerPage(t *testing.T) {
	h := newHarness(t)
	page, err := h.Page(t.Context(), staff.Request{Page: staff.Partner, About: "kvk-utrecht", Lang: "nl"})
	require.NoError(t, err)
	assert.Contains(t, page.PlainText(h.texts, "nl"), "KVK <Utrecht>\n\nLink: https://check.example/p/kvk-utrecht")
	require.Len(t, page.Files, 1)
	assert.Equal(t, "digiwijzer-kvk-utrecht.zip", page.Files[0].Name)
	data, err := page.Files[0].Make()
	require.NoError(t, err)
	files, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(files.File), 6)
	page, err = h.Page(t.Context(), staff.Request{Page: staff.Partner, About: "paused", Lang: "nl"})
	require.NoError(t, err)
	assert.Contains(t, page.PlainText(h.texts, "nl"), "kunnen we nu geen pakket maken")
	assert.Empty(t, page.Files)
}

func TestEditorPage(t *testing.T) {
	h := newHarness(t)
	page, err := h.Page(t.Context(), staff.Request{Page: staff.Editor, Lang: "en"})
	require.NoError(t, err)
	require.NotEmpty(t, page.Parts)
	for _, part := range page.Parts {
		for i, block := range part {
			assert.Equal(t, i > 0, block.Style == staff.Item, "a heading and a list")
			assert.NotContains(t, staff.Render(h.texts, "en", block.Text), "[")
		}
	}
}

// TestFormsPage: who sent the form of last year and who did not, once there was a year to report on.
func TestFormsPage(t *testing.T) {
	h := newHarness(t)
	assert.Empty(t, h.text(staff.Forms, ""), "we did not exist last year")
	h.source.snapshot.Counted = []figures.Count{count("2025-W30", figures.Started, "", 5)}
	text := h.text(staff.Forms, "")
	assert.Contains(t, text, "Van deze initiatieven is het formulier over 2025 nog niet binnen:\n• ")
	assert.Contains(t, text, "• KVK")
	assert.NotContains(t, text, "ingevuld:")
	h.forms[2025] = []figures.YearForm{{Initiative: "kvk", Year: 2025}}
	text = h.text(staff.Forms, "")
	in, out, found := strings.Cut(text, "Van deze initiatieven")
	require.True(t, found)
	assert.Contains(t, out, "• ")
	assert.Contains(t, in, "Deze initiatieven hebben hun formulier over 2025 ingevuld:\n• KVK")
	assert.NotContains(t, out, "• KVK\n")
}

// TestFormsInReport: the initiatives' own figures of a year are in the report of that year, for the working group.
func TestFormsInReport(t *testing.T) {
	h := newHarness(t)
	h.forms[2025] = []figures.YearForm{{Initiative: "kvk", Year: 2025, Helped: 40}}
	for _, c := range []struct {
		span  figures.Span
		level disclosure.Level
		want  []figures.YearForm
	}{{"2025", disclosure.Internal, h.forms[2025]}, {"2025", disclosure.Accountable, h.forms[2025]}, {"2025", disclosure.External, nil},
		{"2024", disclosure.Internal, nil}, {"2025Q3", disclosure.Internal, nil}} {
		made, err := h.Report(t.Context(), c.span.Period(), c.level, "nl")
		require.NoError(t, err)
		assert.Equal(t, c.want, made.Forms, "%s %s", c.span, c.level)
	}
}

func TestFiguresOfRecentWeeks(t *testing.T) {
	h := newHarness(t)
	made, err := h.Figures(t.Context(), staff.Request{Page: staff.Recent, Lang: "nl"})
	require.NoError(t, err)
	assert.Nil(t, made.Trend)
	assert.Equal(t, "2026-W35", made.Use.Period.From)
	assert.Len(t, made.Use.Weeks, staff.RecentWeeks)
	assert.Equal(t, "2026-W47", made.Use.Running)
	assert.False(t, made.Invented)
	for _, wrong := range []staff.Request{{Page: staff.Week, About: "2026-W99"}, {Page: staff.Quarter, About: "../../etc"}} {
		_, err = h.Figures(t.Context(), wrong)
		assert.ErrorIs(t, err, staff.ErrNoPeriod)
	}
	h.source.snapshot.Counted = []figures.Count{count("2026-W30", figures.Started, "", 1)}
	closed, err := h.ClosedQuarters(t.Context(), 8)
	require.NoError(t, err)
	assert.Equal(t, []string{"2026Q3"}, closed)
}

func TestReadErrorIsReturned(t *testing.T) {
	h := newHarness(t)
	h.source.fails = errors.New("disk")
	for _, r := range []staff.Request{{Page: staff.Week, About: "2026-W46"}, {Page: staff.Quarter, About: "2026Q3"}, {Page: staff.Year, About: "2026"}, {Page: staff.Partners}, {Page: staff.Forms}} {
		_, err := h.Page(t.Context(), r)
		assert.ErrorIs(t, err, h.source.fails, r.Page)
		assert.NotErrorIs(t, err, staff.ErrNoPeriod, r.Page)
	}
}

func TestResolve(t *testing.T) {
	page := func(id staff.PageID, about string) staff.Action {
		return staff.Action{Page: &staff.Request{Page: id, About: about, Lang: "nl"}}
	}
	exact := func(a staff.Action) staff.Action { a.Page.Level = disclosure.Accountable; return a }
	answer := func(id string) staff.Action { return staff.Action{Answer: flows.Say("coordinator." + id)} }
	for _, c := range []struct {
		id    staff.PageID
		about string
		want  staff.Action
	}{
		{staff.Week, "", exact(page(staff.Week, "2026-W46"))},
		{staff.Week, "2026-w40", exact(page(staff.Week, "2026-W40"))},
		{staff.Week, "40", answer("bad_week")},
		{staff.Week, "2026-W54", answer("bad_week")},
		{staff.Quarter, "", page(staff.Quarter, "2026Q3")},
		{staff.Quarter, "2026-q3", page(staff.Quarter, "2026Q3")},
		{staff.Quarter, "autumn", answer("bad_quarter")},
		{staff.Year, "", page(staff.Year, "2026")},
		{staff.Year, "2025", page(staff.Year, "2025")},
		{staff.Year, "2025Q1", answer("bad_year")},
		{staff.Partner, "kvk", page(staff.Partner, "kvk")},
		{staff.Partner, "", answer("bad_partner")},
		{staff.Partners, "", page(staff.Partners, "")},
		{staff.Monday, staff.On, staff.Action{Answer: flows.Say("coordinator.monday_is_on"), Digest: flows.Yes}},
		{staff.Monday, staff.Off, staff.Action{Answer: flows.Say("coordinator.monday_is_off"), Digest: flows.No}},
		{staff.Monday, "", staff.Action{Answer: flows.Say("coordinator.monday_how"), Subscribed: flows.Say("coordinator.monday_is_on")}},
	} {
		assert.Equal(t, c.want, staff.Resolve(c.id, c.about, "nl", friday), "%s %q", c.id, c.about)
	}
}
