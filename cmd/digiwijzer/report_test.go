package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/app"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store"
)

// february is after the fourth quarter of 2026 was closed.
const february = "DIGIWIJZER_NOW=2027-02-01T12:00:00+01:00"

// finishMany has n businesses do the check, and hands them over.
func (h *harness) finishMany(n int) {
	h.t.Helper()
	h.withStore(func(ctx context.Context, s *store.Store) {
		finishSome(ctx, h.t, s, 0, n)
		_, err := s.HandOver(ctx, morning.Add(time.Hour))
		require.NoError(h.t, err)
	})
}

// withStore opens the data folder in this process, and makes the key if need be.
func (h *harness) withStore(do func(context.Context, *store.Store)) {
	h.t.Helper()
	dir, keyFile := filepath.Join(h.dir, "data"), filepath.Join(h.dir, "digiwijzer.key")
	key, err := store.LoadKey(keyFile)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = store.CreateKey(keyFile, filepath.Join(dir, "state.db"))
	}
	require.NoError(h.t, err)
	catalogue, err := referral.Load(referral.Embedded())
	require.NoError(h.t, err)
	s, err := store.Open(context.Background(), dir, key, store.Options{Region: catalogue.Region()})
	require.NoError(h.t, err)
	do(context.Background(), s)
	require.NoError(h.t, s.Close())
}

// makeData makes a data folder and a key.
func (h *harness) makeData() { h.withStore(func(context.Context, *store.Store) {}) }

// finishSome has businesses from one number to another do the check.
func finishSome(ctx context.Context, t testing.TB, s *store.Store, from, to int) {
	t.Helper()
	pick := func(i int, values ...string) string { return values[i*i%7%len(values)] }
	for i := from; i < to; i++ {
		chat := bot.Chat{Channel: "web", ID: fmt.Sprint(i)}
		o := flows.Outcome{Region: "U", Sector: pick(i, "horeca", "bouw", "retail"), Size: pick(i+1, "zzp", "micro"),
			Quadrant: pick(i+2, "vulnerable", "leading", "unhurried"), ReadinessBand: i % 10, Satisfaction: "4", DIIBasis: "ja",
			Channel: "web", Lang: "nl", Target: true, Referrals: []string{"kvk"}}
		errs, err := s.Apply(ctx, []bot.Work{{Chats: []bot.Chat{chat}, Do: func(tx bot.Tx) error {
			if err := tx.Stage(chat, o, morning); err != nil {
				return err
			}
			return tx.Freeze(chat)
		}}})
		require.NoError(t, err)
		require.NoError(t, errs[0])
	}
}

// copyData copies data folder and key of another harness.
func (h *harness) copyData(from *harness) {
	h.t.Helper()
	require.NoError(h.t, os.CopyFS(h.at("data"), os.DirFS(from.at("data"))))
	require.NoError(h.t, os.WriteFile(h.at("digiwijzer.key"), []byte(read(h.t, from.at("digiwijzer.key"))), 0o600))
}

func TestReportOfAQuarter(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.finishMany(60)
	assert.Contains(t, h.ok("report", "--quarter", "2026Q4"), "uiterlijk op 1-2-2027", "it is not over")
	o := h.run("", "report", "--quarter", "2026Q4", "--level", "extern")
	assert.Equal(t, 2, o.code)
	assert.Contains(t, o.stderr, "2027-02-01")
	assert.Equal(t, 1, strings.Count(o.stderr, "\n"), o.stderr)
	h.with(february)
	text := h.ok("report", "--quarter", "2026Q4")
	assert.Regexp(t, `(?m)^Deed de check +60 +vorige periode: geen cijfers`, text)
	assert.Regexp(t, `(?m)^Alle bedrijven +60$`, text)
	assert.NotContains(t, text, "Verwezen naar", "exact weeks are for level beheer")
	assert.Contains(t, h.ok("report", "--quarter", "2026Q4", "--level", "beheer"), "Verwezen naar")
	assert.Equal(t, h.ok("report", "--quarter", "2026Q4", "--format", "json"), h.ok("report", "--quarter", "2026Q4", "--format", "json"))

	external := h.ok("report", "--quarter", "2026Q4", "--level", "extern", "--format", "json")
	assert.NotContains(t, external, `"weeks": [`, "what is exact stays inside")
	assert.Contains(t, external, `"level": "extern"`)
}

func TestReportInEveryForm(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.finishMany(30)
	h.with(february)
	for form, begins := range map[string]string{"table": "Digiwijzer", "csv": "table,row", "xlsx": "PK", "json": "{", "html": "<!doctype html>", "svg": "<svg", "png": "\x89PNG", "pdf": "%PDF", "csv-nl": "\ufefftable;row"} {
		h.ok("report", "--quarter", "2026Q4", "--format", form, "-o", h.at("out."+form))
		content, err := os.ReadFile(filepath.Join(h.dir, "out."+form))
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(string(content), begins), form)
	}
	entries, err := os.ReadDir(h.dir)
	require.NoError(t, err)
	assert.Len(t, entries, 9+2, "nothing half-written stays behind")
	o := h.run("", "report", "-o", h.at("no/such/folder/x.csv"))
	assert.Equal(t, 2, o.code)

	other := h.ok("report", "--quarter", "2026Q4", "--with", h.at("out.csv"))
	assert.Regexp(t, `(?m)^Hoe goed voorbereid +aantal +% +out$`, other)
	var r weekly
	text, err := os.ReadFile(filepath.Join(h.dir, "out.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &r))
	assert.Equal(t, 30, r.Totals.Completed, "the weekly part keeps its form")
	lines, err := csv.NewReader(strings.NewReader(read(t, filepath.Join(h.dir, "out.csv")))).ReadAll()
	require.NoError(t, err)
	assert.Greater(t, len(lines), 50)
}

// TestTheSameFiguresGiveTheSameFiles: byte for byte, with a copy of the data, and by a process of
// its own.
func TestTheSameFiguresGiveTheSameFiles(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("many reports, one after the other: the race detector has nothing to find")
	}
	h := newHarness(t)
	h.finishMany(60)
	h.with(february)
	h.ok("report", "--quarter", "2026Q4") // what is decided once about a closed quarter is decided now
	twin := newHarness(t, february)
	twin.copyData(h)
	file := func(h *harness, args []string) string {
		h.ok(append(args, "-o", h.at("out"))...)
		return read(t, h.at("out"))
	}
	for _, c := range []struct{ forms, others, period string }{
		{"json xlsx", "table csv html svg png pdf", "--quarter 2026Q4"},
		{"html", "csv", "--quarter 2026Q4 --level extern"},
		{"csv", "json", "--week 2026-W47"},
	} {
		forms := c.forms
		if *whole {
			forms += " " + c.others
		}
		for _, form := range strings.Fields(forms) {
			args := append([]string{"report", "--format", form}, strings.Fields(c.period)...)
			first := file(h, args)
			assert.NotEmpty(t, first)
			assert.True(t, first == file(twin, args), "%v of a copy", args)
			if form == "xlsx" {
				require.Zero(t, h.exec("", append(args, "-o", "out")...).code)
				assert.True(t, first == read(t, h.at("out")), "%v by a process", args)
			}
		}
	}
}

func TestMistakesInAReport(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "LANG=en_GB.UTF-8")
	write(t, filepath.Join(h.dir, "bad.csv"), "a,b\n")
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"tables of choice": {[]string{"--quarter", "2026Q3", "--by", "sector,quadrant"}, "line of business × place in the figure"},
		"extern without":   {[]string{"--level", "extern"}, "--quarter"},
		"unknown level":    {[]string{"--level", "iedereen"}, "intern"},
		"no such file":     {[]string{"--with", h.at("nothing.csv")}, "nothing.csv"},
		"another form":     {[]string{"--with", h.at("bad.csv")}, "codebook"},
	} {
		o := h.run("", append([]string{"report"}, c.args...)...)
		assert.Equal(t, 2, o.code, name)
		assert.Contains(t, o.stderr, c.says, name)
		assert.NotContains(t, o.stderr, "goroutine", name)
		assert.Empty(t, o.stdout, name)
	}
}

// TestReportWithoutFigures: what was not counted is said, and a file of zeros is not made; but
// programs that read JSON get zeros.
func TestReportWithoutFigures(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	o := h.run("", "report", "-o", h.at("out.html"))
	assert.Equal(t, 2, o.code)
	assert.Regexp(t, `^digiwijzer: Er zijn nog geen cijfers in .*\n$`, o.stderr)
	_, err := os.Stat(filepath.Join(h.dir, "out.html"))
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.Contains(t, h.run("", "report", "--format", "json").stdout, `"completed": 0`)

	h.finishMany(30)
	h.with(february)
	for args, says := range map[string]string{
		"--quarter 2019Q1": "Over 2019Q1 zijn er geen cijfers; de eerste week met cijfers is 2026-W47",
		"--quarter 1999Q1": "Over 1999Q1 zijn er geen cijfers; kies een jaar van 2000 tot en met 2099",
		"--week 1999-W05":  "Over 1999-W05 zijn er geen cijfers; kies een jaar van 2000 tot en met 2099",
		"--year 2100":      "Over 2100 zijn er geen cijfers; kies een jaar van 2000 tot en met 2099",
		"--year 2031":      "2031 is nog niet begonnen; het is nu week 2027-W05",
		"--half 2026h3":    `--half: "2026h3" is geen halfjaar`,
		"-o .":             ". is een map; geef de naam van een bestand",
		"-o cijfers.docx":  "aan cijfers.docx is niet te zien in welke vorm het moet",
		"-o geen/map.png":  "geen/map.png is niet te schrijven: die map bestaat niet",
		"--with geen.csv":  "geen.csv bestaat niet",
	} {
		o := h.run("", append([]string{"report"}, strings.Fields(args)...)...)
		assert.Equal(t, 2, o.code, args)
		assert.Contains(t, o.stderr, says, args)
		assert.Equal(t, 1, strings.Count(o.stderr, "\n"), o.stderr)
		assert.Empty(t, o.stdout, args)
	}
}

// TestPeriodsOfAReport: a period may be written as people write it.
func TestPeriodsOfAReport(t *testing.T) {
	t.Parallel()
	p := &program{Base: app.Base{Clock: fixedClock(time.Date(2027, time.February, 1, 12, 0, 0, 0, referral.Netherlands))}}
	for want, all := range map[string][]reportCmd{
		"2026-W47..2026-W47": {{Week: "2026-W47"}, {Week: "2026w47"}, {Week: "2026-47"}, {Week: "47"}, {Week: " w47"}},
		"2027-W05..2027-W05": {{Week: "5"}, {Week: "05"}},
		"2026-W40..2026-W53": {{Quarter: "2026Q4"}, {Quarter: "2026q4"}, {Quarter: "2026-Q4"}, {Quarter: "Q4"}, {Quarter: "4"}, {Quarter: "2026K4"}},
		"2027-W01..2027-W12": {{Quarter: "q1"}},
		"2026-W27..2026-W53": {{Half: "2026H2"}, {Half: "2026h2"}, {Half: "H2"}},
		"2026-W01..2026-W53": {{Year: "2026"}, {Rolling: "2026Q4"}, {Rolling: "Q4"}},
		"2025-W40..2026-W39": {{Rolling: "2026Q3"}},
		"2017-W06..2027-W05": {{From: "2017-W06", To: "5"}}, // ten ISO years
		"2027-W04..2027-W05": {{}},
	} {
		for _, cmd := range all {
			period, err := cmd.period(p)
			require.NoError(t, err, "%+v", cmd)
			assert.Equal(t, want, period.From+".."+period.To, "%+v", cmd)
		}
	}
}

// fixedClock is a clock that stands still.
type fixedClock time.Time

func (c fixedClock) Now() time.Time                       { return time.Time(c) }
func (c fixedClock) After(time.Duration) <-chan time.Time { return nil }

// TestReportOfAYear: the form follows from the name, and a year has what its quarters lack.
func TestReportOfAYear(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.finishMany(30)
	h.with(february)
	h.ok("report", "--year", "2026", "-o", h.at("jaar.xlsx"))
	assert.True(t, strings.HasPrefix(read(t, filepath.Join(h.dir, "jaar.xlsx")), "PK"))
	text := h.ok("report", "--year", "2026")
	for _, part := range []string{"INITIATIEVEN\n", "WITTE VLEKKEN\n", "• MKB Werkplaats Utrecht\n"} {
		assert.Contains(t, text, part)
	}
	assert.Contains(t, h.ok("report", "--quarter", "2027Q1"), "Digiwijzer, 1e kwartaal 2027, loopt nog\n")
}
