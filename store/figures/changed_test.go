package figures

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/figures/disclosure"
)

// TestChangedQuarterTakesNothingElseAway: of a span whose rows no longer give what was released, nothing is told; weeks and
// other quarters are as before.
func TestChangedQuarterTakesNothingElseAway(t *testing.T) {
	s, m, _ := newService(t)
	none := 0
	m.waiting = &none
	m.snapshot.Counted = []Count{started("2026-W46", 5), {"2026-W46", Completed, "", 5}}
	cube := disclosure.NewCube()
	cube.Add(disclosure.ByQuadrant, "vulnerable", "", "", 60, 1)
	m.cubes = map[Quarter]*disclosure.Cube{"2025Q4": cube, "2026Q1": cube, "2026Q2": cube}
	m.ledger["2025Q4"], m.ledger["2026Q1"] = "changed", "changed"

	_, err := s.Report(t.Context(), parsed(t, ParseWeek, "2026-W46"), disclosure.Accountable)
	require.NoError(t, err, "the year target has last year's share")
	var changed ChangedError
	_, err = s.Release(t.Context(), "2026Q1", disclosure.Internal)
	require.ErrorAs(t, err, &changed)
	told, err := s.Release(t.Context(), "2026Q2", disclosure.Internal)
	require.NoError(t, err, "the quarter before it")
	assert.Nil(t, told.Facts.Previous)
	all, err := s.History(t.Context(), "2026Q3", disclosure.Internal, 8)
	require.NoError(t, err)
	require.Len(t, all, 1)
	assert.EqualValues(t, "2026Q2", all[0].Period)
}

// TestClosedQuartersAreReleased: a quarter of which an answer still waits is not closed, as in a report.
func TestClosedQuartersAreReleased(t *testing.T) {
	s, m, _ := newService(t)
	m.snapshot.Counted = []Count{{"2026-W33", Completed, "", 9}}
	waiting := 1 // a follow-up answer: it is in no weekly count
	m.waiting = &waiting
	closed, err := s.ClosedQuarters(t.Context(), 4)
	require.NoError(t, err)
	assert.Empty(t, closed)
	waiting = 0
	closed, err = s.ClosedQuarters(t.Context(), 4)
	require.NoError(t, err)
	assert.Equal(t, []Quarter{"2026Q3"}, closed)
}
