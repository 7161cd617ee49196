package store

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/figures"
)

// The latest form replaces the one before; those of other years and initiatives stay.
func TestYearForms(t *testing.T) {
	ctx := t.Context()
	h := newHarness(t)
	s := h.open(t)
	nine := 9
	first := figures.YearForm{Initiative: "kvk", Year: 2026, Helped: 40, FromUs: 12, NotFromUs: 20, WaitDays: &nine, Remarks: "Druk"}
	latest := figures.YearForm{Initiative: "kvk", Year: 2026, Helped: 41}
	other := figures.YearForm{Initiative: "abc", Year: 2026, Helped: 1, WaitDays: &nine}
	before := figures.YearForm{Initiative: "kvk", Year: 2025}
	for _, f := range []figures.YearForm{first, other, before, latest} {
		require.NoError(t, s.SaveYearForm(ctx, f))
	}
	got, err := s.YearForms(ctx, 2026)
	require.NoError(t, err)
	assert.Equal(t, []figures.YearForm{other, latest}, got)
	got, err = ReadYearForms(ctx, h.dir, 2025)
	require.NoError(t, err)
	assert.Equal(t, []figures.YearForm{before}, got)
	got, err = ReadYearForms(ctx, filepath.Join(t.TempDir(), "none"), 2025)
	require.NoError(t, err)
	assert.Empty(t, got)
}

func TestAddressesOfYearForms(t *testing.T) {
	ctx := t.Context()
	h := newHarness(t)
	s := h.open(t)
	version, err := s.YearFormAddress(ctx, "kvk", 2026)
	require.NoError(t, err)
	assert.Zero(t, version, "none was given out")
	forms, err := OpenFormBook(ctx, h.dir)
	require.NoError(t, err)
	defer forms.Close()
	for i, c := range []struct {
		year  int
		renew bool
		want  int
	}{{2026, false, 1}, {2026, false, 1}, {2026, true, 2}, {2026, false, 2}, {2025, true, 1}} {
		version, err = forms.Address(ctx, "kvk", c.year, c.renew)
		require.NoError(t, err)
		assert.Equal(t, c.want, version, i)
		version, err = s.YearFormAddress(ctx, "kvk", c.year)
		require.NoError(t, err)
		assert.Equal(t, c.want, version, i)
	}
}
