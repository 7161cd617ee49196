package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/report"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// withOffer adds the catalogue, and white spots that no rule decides.
func withOffer(t *testing.T, r report.Rendering) report.Rendering {
	t.Helper()
	c, err := referral.BuiltIn()
	require.NoError(t, err)
	spot := func(region string, size referral.Size, wish, sector string, firms int) referral.WhiteSpot {
		return referral.WhiteSpot{Quadrant: referral.Vulnerable, Region: region, Size: size, Wish: wish, Sector: sector, Firms: firms, Estimate: true}
	}
	r.Offer = &report.Offer{Catalogue: c, Today: "2026-11-22", Spots: []referral.WhiteSpot{
		spot("GV", referral.Zzp, "klanten", "bouw", 512), spot("GV", referral.Zzp, "klanten", "horeca", 500),
		spot("GV", referral.Zzp, "papier", "bouw", 512), spot("GV", referral.Zzp, "papier", "horeca", 500),
		spot("GV", referral.Micro, "klanten", "zorg", 166), spot("GV", referral.Klein, "klanten", "zorg", 166),
	}}
	r.Offer.Spots[0].Municipalities = []string{"GM0406", "GM0402"}
	r.Offer.Spots[3].Municipalities = []string{"GM0317"}
	r.Made = time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)
	return r
}

func table(t *testing.T, d report.Document, id string) report.Table {
	t.Helper()
	for _, section := range d.Sections {
		for _, t := range section.Tables {
			if t.ID == id {
				return t
			}
		}
	}
	require.Fail(t, "no table "+id)
	return report.Table{}
}

func TestWhiteSpots(t *testing.T) {
	d := withOffer(t, year(t, disclosure.Internal)).Document()
	spots := table(t, d, "white_spots.vulnerable.none")
	var rows []string
	for _, row := range spots.Rows {
		cells := []string{row.Title}
		for _, cell := range row.Cells {
			cells = append(cells, cell.String())
		}
		rows = append(rows, strings.Join(cells, " | "))
	}
	assert.Equal(t, []string{
		"Meer klanten via internet, Minder papierwerk – Horeca en verblijf, Bouw en installatie | 0 | 0 | 0 | 1012 | 0",
		"Meer klanten via internet – Zorg en welzijn | 0 | 0 | 0 | 0 | 166",
	}, rows, "sectors and wishes with the same numbers share a row; firms of one size are counted once")
	assert.Contains(t, strings.Join(spots.Notes, " "), "in GM0317, GM0402, GM0406.", "the places of every row of the region")
	assert.Contains(t, strings.Join(spots.Notes, " "), "schattingen")
}

func TestInitiativesSheet(t *testing.T) {
	d := withOffer(t, year(t, disclosure.Internal)).Document()
	sheet := table(t, d, "initiatives")
	found := false
	for _, row := range sheet.Rows {
		require.Len(t, row.Cells, len(sheet.Columns), row.ID)
		for i, cell := range row.Cells[:6] {
			assert.NotEmpty(t, cell.Text, "%s: %s", row.ID, sheet.Columns[i].ID)
			assert.NotRegexp(t, `report\.|initiative\.|_`, cell.Text, "no raw codes")
		}
		if row.ID == "mkb-werkplaats-utrecht" {
			found = true
			assert.Equal(t, "Hulp bij digitalisering", row.Cells[0].Text)
			assert.Equal(t, "zzp, 2–9 mensen, 10–49 mensen, 50–249 mensen; Nu aan zet, Koploper, Rustig aan", row.Cells[1].Text)
			assert.Equal(t, "Provincie Utrecht", row.Cells[4].Text)
		}
	}
	assert.True(t, found, "mkb-werkplaats-utrecht")
}

// TestSentences: the printed page has the published figures, and nothing where there are none.
func TestSentences(t *testing.T) {
	lines := year(t, disclosure.Internal).Document().Sentences
	assert.LessOrEqual(t, len(lines), 5)
	assert.Regexp(t, `^In (het )?2026 deden \d+ bedrijven de check`, lines[0])
	assert.Regexp(t, `^Nu aan zet of net daarbuiten: \d+ van de \d+ \(\d+%\)\. `, lines[1])
	small := disclosure.NewCube()
	small.Add(disclosure.ByQuadrant, "vulnerable", "", "", 6, 1)
	small.Add(disclosure.ByQuadrant, "leading", "", "", 54, 2)
	sentences := func(l disclosure.Level) string {
		told := figures.NewTold("2026Q3", l, disclosure.OfQuarter("2026Q3", small), nil, region)
		return strings.Join(report.Rendering{Words: words(t), Report: figures.Report{Level: l, Told: &told}}.Document().Sentences, "\n")
	}
	require.Contains(t, sentences(disclosure.Internal), ": 6 van de 60")
	assert.NotContains(t, sentences(disclosure.External), ": 6 van de", "small figures stay hidden")
	nothing := figures.NewTold("2020", disclosure.Internal, disclosure.Release{Period: "2020"}, figures.Span("2020").Quarters(), region)
	assert.Empty(t, report.Rendering{Words: words(t), Report: figures.Report{Level: disclosure.Internal, Told: &nothing}}.Document().Sentences)
	pdf := written(t, withOffer(t, year(t, disclosure.Internal)), report.PDF)
	assert.True(t, strings.HasPrefix(pdf, "%PDF-"))
	assert.Equal(t, 1, strings.Count(pdf, "/Type /Page\n"), "one page")
}

// TestQuartersSideBySide: published figures count as different from a difference of six.
func TestQuartersSideBySide(t *testing.T) {
	r := quarter(t, disclosure.Internal)
	before := *r.Told
	before.Period, before.Outcomes = "2026Q2", r.Told.Outcomes-1
	r.History = []figures.Told{before, *r.Told}
	quarters := table(t, r.Document(), "quarters")
	assert.Equal(t, "2e kwartaal 2026", quarters.Columns[0].Title)
	assert.Equal(t, "meer", quarters.Rows[0].Cells[2].Text, "who did the check is counted exactly")
	for _, row := range quarters.Rows[1:] {
		assert.Contains(t, []string{"ongeveer gelijk", ""}, row.Cells[2].Text, row.ID)
	}
	r.History = r.History[1:]
	assert.NotContains(t, written(t, r, report.Text), "KWARTALEN NAAST ELKAAR", "there is nothing to compare")
}

// TestOneVocabulary: the bot and the report call the same thing the same.
func TestOneVocabulary(t *testing.T) {
	w := words(t)
	for _, id := range []string{"started", "completed", "target", "gap", "repeat"} {
		assert.Equal(t, w.Text("report."+id), w.Text("coordinator."+id), id)
	}
}

// TestComparedPeriods: where there was no service there are no figures, and a week that is not
// over is not compared with whole ones.
func TestComparedPeriods(t *testing.T) {
	r := weekly(t, figures.Period{From: "2026-W46", To: "2026-W47"}, busy)
	r.Since = "2026-W45"
	text := written(t, r, report.Text)
	assert.Regexp(t, `(?m)^Begonnen +10 +0 +10 +niet de hele periode +geen cijfers$`, text)
	assert.Contains(t, text, "vorige periode: niet de hele periode, een jaar eerder: geen cijfers")
	r.Since = "2026-W44"
	assert.Regexp(t, `(?m)^Begonnen +10 +0 +10 +0 +geen cijfers$`, written(t, r, report.Text))
	r.Since, r.Trend.Running = "2026-W45", "2026-W47"
	text = written(t, r, report.Text)
	assert.Regexp(t, `(?m)^Begonnen +\d+ +tot en met vorige week: \d+; evenveel weken ervoor: 0, een jaar eerder: geen cijfers$`, text)
}
