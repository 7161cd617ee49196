package demo_test

import (
	"context"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/demo"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/flows/simulation"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
	"digiwijzer/store/memdir"
	"digiwijzer/store/sqlite/sqlitetest"
)

type fixedClock time.Time

func (c fixedClock) Now() time.Time { return time.Time(c) }

// night is a Saturday on which a quarter is closed, at an hour when no follow-ups are sent.
var night = time.Date(2026, time.November, 28, 3, 0, 0, 0, referral.Netherlands)

// harness is an empty data folder and the embedded content.
type harness struct {
	*testing.T
	dir     string
	key     *store.Key
	edition *content.Edition
	store   *store.Store
	options demo.Options
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	dir := memdir.New(t)
	h := &harness{T: t, dir: filepath.Join(dir, "data")}
	var err error
	h.edition, err = content.Load("")
	require.NoError(t, err)
	h.key, err = store.CreateKey(filepath.Join(dir, "digiwijzer.key"), filepath.Join(h.dir, "state.db"))
	require.NoError(t, err)
	sqlitetest.Folder(t, h.dir)
	h.store, err = store.Open(context.Background(), h.dir, h.key, store.Options{Region: h.edition.Catalogue.Region()})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, h.store.Close()) })
	population, err := simulation.ParsePopulation(simulation.EmbeddedPopulation(), h.edition.Questions, h.edition.Catalogue.Region())
	require.NoError(t, err)
	engine := *h.edition.Engine
	engine.Partners = map[string]flows.Partner{"een": {Code: "een", Name: "Een"}, "twee": {Code: "twee", Name: "Twee"}}
	h.options = demo.Options{Store: h.store, Engine: &engine, Population: population, Partners: []string{"een", "twee"}, Now: night}
	return h
}

// report returns the figures of a period.
func (h *harness) report(p figures.Period) figures.Report {
	h.Helper()
	reader, err := store.OpenFigures(h.Context(), h.dir, h.key)
	require.NoError(h, err)
	defer reader.Close()
	service := figures.NewService(reader, func() *referral.Catalogue { return h.edition.Catalogue }, fixedClock(night))
	r, err := service.Report(h.Context(), p, disclosure.Accountable)
	require.NoError(h, err)
	return r
}

func TestFill(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	var progress []int
	h.options.Progress = func(done int) { progress = append(progress, done) }
	require.NoError(t, demo.Fill(t.Context(), h.options))
	assert.Equal(t, []int{70, 173, demo.People}, progress)

	all := h.report(figures.Period{From: "2026-W22", To: "2026-W48"})
	totals := all.Trend.Totals
	assert.Equal(t, demo.People, totals.Started)
	assert.Greater(t, totals.Completed, demo.People*3/4)
	assert.Positive(t, totals.Repeat, "someone came again")
	assert.Zero(t, totals.Fast, "nobody answers faster than people read")
	known := 0
	for class, n := range totals.Durations {
		assert.Positive(t, n, class)
		known += n
	}
	assert.Len(t, totals.Durations, 5)
	assert.Equal(t, totals.Completed, known, "of everybody it is known how long it took")
	assert.ElementsMatch(t, []string{"een", "twee"}, slices.Collect(maps.Keys(totals.Partners)))
	assert.Greater(t, totals.Partners["een"], demo.People/5)
	left := 0
	for question, n := range totals.Stopped {
		assert.NotEmpty(t, question)
		left += n
	}
	assert.Greater(t, left, demo.People/10)
	assert.Positive(t, *all.Trend.Waiting, "the last finished less than a day ago")
	for _, week := range all.Trend.Weeks[1:] {
		assert.Positive(t, week.Started, week.Week)
	}

	quarter := h.report(figures.Quarter("2026Q3").Period()).Told
	require.NotNil(t, quarter)
	assert.Greater(t, quarter.Outcomes, 80)
	require.NotNil(t, quarter.Facts.Satisfied)
	assert.Equal(t, disclosure.Within8, quarter.Facts.Median)
	n, told := quarter.Facts.Satisfied.N.N()
	assert.True(t, told)
	assert.Positive(t, n)
	assert.Greater(t, quarter.Facts.Satisfied.Of, n)
	assert.Positive(t, quarter.Answers)
	_, unsent, _, err := h.store.Waiting(t.Context(), night)
	require.NoError(t, err)
	assert.Zero(t, unsent, "no message is left to be sent")
}

func TestSameOptionsGiveSameFigures(t *testing.T) {
	t.Parallel()
	// As JSON: that leaves out how many were asked what they did, which depends on the day
	// that is drawn for each of them.
	fill := func() (totals figures.Counts, encoded string) {
		h := newHarness(t)
		h.options.Partners = nil
		require.NoError(t, demo.Fill(t.Context(), h.options))
		totals = h.report(figures.Period{From: "2026-W22", To: "2026-W48"}).Trend.Totals
		text, err := json.Marshal(totals)
		require.NoError(t, err)
		return totals, string(text)
	}
	first, encoded := fill()
	_, again := fill()
	assert.JSONEq(t, encoded, again)
	assert.Empty(t, first.Partners, "none was configured")
}

func TestFillEndsWithContext(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	ctx, cancel := context.WithCancel(t.Context())
	h.options.Progress = func(int) { cancel() }
	assert.ErrorIs(t, demo.Fill(ctx, h.options), context.Canceled)
	_, err := h.store.Apply(t.Context(), nil)
	assert.NoError(t, err, "the store can be used again")
}
